import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { audioCodecString, readAudioSpecificConfig } from "../../../media/mp4/aac.ts";
import { pictureSize, videoCodecString } from "../../../media/mp4/avc.ts";
import { AVCC } from "../flv/flv_bytes.ts";
import { avcCOf, bits } from "./sps_bytes.ts";

describe("avcC", () => {
  it("gives profile, constraints and level as the CODECS string, and the cropped size", () => {
    assert.equal(videoCodecString(AVCC), "avc1.64001f");
    assert.deepEqual(pictureSize(AVCC), { width: 426, height: 240 });
  });

  const sizes: readonly [name: string, payload: Uint8Array, width: number, height: number][] = [
    // deno-fmt-ignore
    ["baseline, picture order type 2", bits(["u", 8, 66], ["u", 16, 0xc01f], ["ue", 0], ["ue", 0], ["ue", 2], ["ue", 1], ["u", 1, 0],
      ["ue", 79], ["ue", 44], ["u", 1, 1], ["u", 1, 1], ["u", 1, 0]), 1280, 720],
    // deno-fmt-ignore
    ["picture order type 1", bits(["u", 8, 77], ["u", 16, 0x401f], ["ue", 0], ["ue", 4], ["ue", 1], ["u", 1, 1], ["se", -3], ["se", 2], ["ue", 2],
      ["se", 1], ["se", -1], ["ue", 1], ["u", 1, 0], ["ue", 119], ["ue", 67], ["u", 1, 1], ["u", 1, 1], ["u", 1, 1], ["ue", 0], ["ue", 0], ["ue", 0], ["ue", 4]), 1920, 1080],
    // deno-fmt-ignore
    ["interlaced", bits(["u", 8, 77], ["u", 16, 0x4028], ["ue", 0], ["ue", 0], ["ue", 0], ["ue", 2], ["ue", 1], ["u", 1, 0],
      ["ue", 119], ["ue", 33], ["u", 1, 0], ["u", 1, 1], ["u", 1, 1], ["u", 1, 1], ["ue", 0], ["ue", 0], ["ue", 0], ["ue", 2]), 1920, 1080],
    // deno-fmt-ignore
    ["4:4:4 with scaling lists", bits(["u", 8, 244], ["u", 16, 31], ["ue", 0], ["ue", 3], ["u", 1, 0], ["ue", 0], ["ue", 0], ["u", 1, 0], ["u", 1, 1],
      ["u", 1, 1], ["se", 2], ["se", -10], ...Array(11).fill(["u", 1, 0]), // one list, ended early (next scale 0), eleven absent
      ["ue", 0], ["ue", 2], ["ue", 1], ["u", 1, 0], ["ue", 19], ["ue", 14], ["u", 1, 1], ["u", 1, 1], ["u", 1, 1], ["ue", 1], ["ue", 2], ["ue", 0], ["ue", 5]), 317, 235],
  ];
  for (const [name, payload, width, height] of sizes) {
    it(`reads the size of: ${name}`, () => assert.deepEqual(pictureSize(avcCOf(payload)), { width, height }));
  }

  const broken: readonly [name: string, bytes: Uint8Array, error: RegExp][] = [
    ["nothing", new Uint8Array(0), /avcC: 0 bytes of at least 8/],
    ["another version", Uint8Array.from(AVCC, (b, i) => i === 0 ? 3 : b), /version is 3/],
    ["no SPS", Uint8Array.from(AVCC, (b, i) => i === 5 ? 0xe0 : b), /has no SPS/],
    ["an SPS longer than the record", Uint8Array.from(AVCC, (b, i) => i === 6 ? 1 : b), /bytes left of an SPS of 280/],
    ["a PPS in place of the SPS", Uint8Array.from(AVCC, (b, i) => i === 8 ? 0x68 : b), /nal_unit_type is 8/],
    ["an SPS that ends early", avcCOf(bits(["u", 8, 66], ["u", 16, 0xc01f], ["ue", 0], ["ue", 0])), /SPS: it ends after 4 bytes/],
    ["an endless code", avcCOf(new Uint8Array(40)), /exp-Golomb code begins with 32 zeros/],
    [
      "cropping to nothing",
      // deno-fmt-ignore
      avcCOf(bits(["u", 8, 66], ["u", 16, 31], ["ue", 0], ["ue", 0], ["ue", 2], ["ue", 1], ["u", 1, 0],
        ["ue", 0], ["ue", 0], ["u", 1, 1], ["u", 1, 1], ["u", 1, 1], ["ue", 8], ["ue", 0], ["ue", 0], ["ue", 0])),
      /pictures are 0x16/,
    ],
  ];
  for (const [name, bytes, error] of broken) {
    it(`refuses ${name}`, () => assert.throws(() => pictureSize(bytes), error));
  }
});

describe("AudioSpecificConfig", () => {
  it("gives the CODECS string, rate and channels", () => {
    assert.equal(audioCodecString(Uint8Array.of(0x11, 0x90)), "mp4a.40.2");
    assert.deepEqual(readAudioSpecificConfig(Uint8Array.of(0x11, 0x90, 0x56, 0xe5, 0)), { objectType: 2, sampleRate: 48_000, channels: 2 });
    assert.deepEqual(readAudioSpecificConfig(Uint8Array.of(0x12, 0x08)), { objectType: 2, sampleRate: 44_100, channels: 1 });
    const escaped = bits(["u", 5, 31], ["u", 6, 10], ["u", 4, 15], ["u", 24, 12_345], ["u", 4, 7]);
    assert.deepEqual(readAudioSpecificConfig(escaped), { objectType: 42, sampleRate: 12_345, channels: 8 });
    assert.equal(audioCodecString(escaped), "mp4a.40.42");
  });

  const broken: readonly [name: string, bytes: number[], error: RegExp][] = [
    ["nothing", [], /ends after 0 bytes/],
    ["one byte", [0x11], /ends after 1 bytes/],
    ["object type 0", [0, 0], /audioObjectType is 0/],
    ["a reserved rate", [0x16, 0x90], /samplingFrequencyIndex is 13/],
    ["channels that a program config would tell", [0x11, 0x80], /channelConfiguration is 0/],
  ];
  for (const [name, bytes, error] of broken) {
    it(`refuses ${name}`, () => assert.throws(() => audioCodecString(Uint8Array.from(bytes)), error));
  }
});

describe("configuration records", () => {
  it("are read or refused, whatever their bytes", () => {
    const damaged = fc.array(fc.tuple(fc.nat(AVCC.length - 1), fc.nat(255)), { maxLength: 4 })
      .map((changes) => changes.reduce((bytes, [at, value]) => bytes.with(at, value), AVCC));
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        for (const read of [pictureSize, videoCodecString, audioCodecString]) {
          try {
            read(bytes);
          } catch (error) {
            assert.ok(error instanceof SyntaxError || error instanceof RangeError);
            assert.match(error.message, /^Cannot read /);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});
