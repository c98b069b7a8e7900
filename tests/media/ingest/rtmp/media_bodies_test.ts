import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { createBody, type Taken } from "../../../../media/ingest/rtmp/body.ts";
import { readPicture } from "../../../../media/ingest/rtmp/pictures.ts";
import { createSoundReader } from "../../../../media/ingest/rtmp/sounds.ts";
import { AUDIO_SPECIFIC_CONFIG, AVCC } from "../../flv/flv_bytes.ts";
import { fourCc, u24 } from "./rtmp_bytes.ts";

const picture = (...body: readonly number[]) => readPicture(createBody(Uint8Array.from(body)), 40);
const sounds = (...bodies: readonly (readonly number[])[]) => {
  const read = createSoundReader();
  return bodies.map((body) => read(createBody(Uint8Array.from(body)), 40));
};
const items = (taken: Taken | undefined) => taken?.kind === "items" ? taken.items : taken;
const aPicture = (
  isKey: boolean,
  compositionMs: number,
  ...data: number[]
) => [{ kind: "picture", timeMs: 40, compositionMs, isKey, data: Uint8Array.from(data) }];
const OPUS_HEAD = [...fourCc("OpusHead"), 1, 1, 56, 1, 0x80, 0xbb, 0, 0, 0, 0, 0];

describe("the body of a video message", () => {
  const cases: [name: string, body: number[], expected: unknown][] = [
    ["H.264's header", [0x17, 0, 0, 0, 0, ...AVCC], [{ kind: "picture_header", codec: "h264", record: AVCC }]],
    ["a key picture", [0x17, 1, 0, 0, 66, 9], aPicture(true, 66, 9)],
    ["a picture shown before it is decoded", [0x27, 1, 0xff, 0xff, 0xdf, 9], aPicture(false, -33, 9)],
    ["the end of a sequence", [0x17, 2, 0, 0, 0], []],
    ["HEVC in the old clothes", [0x1c, 1, 0, 0, 0, 9], aPicture(true, 0, 9)],
    ["nothing at all", [], []],
    ["a command frame", [0x57, 0], []],
    ["an empty picture", [0x17, 1, 0, 0, 0], []],
    ["HEVC's header, extended", [0x90, ...fourCc("hvc1"), 1, 2], [{ kind: "picture_header", codec: "hevc", record: Uint8Array.of(1, 2) }]],
    ["HEVC with a composition time", [0x91, ...fourCc("hvc1"), 0, 0, 33, 9], aPicture(true, 33, 9)],
    ["HEVC without one", [0xa3, ...fourCc("hvc1"), 9], aPicture(false, 0, 9)],
    ["H.264, extended", [0xa1, ...fourCc("avc1"), 0, 0, 33, 9], aPicture(false, 33, 9)],
    ["AV1's header", [0x90, ...fourCc("av01"), 0x81], [{ kind: "picture_header", codec: "av1", record: Uint8Array.of(0x81) }]],
    ["AV1, which has no composition time", [0x91, ...fourCc("av01"), 0, 0, 33, 9], aPicture(true, 0, 0, 0, 33, 9)],
    ["VP9's header, of which Matroska carries nothing", [0x90, ...fourCc("vp09"), 1, 2], [{
      kind: "picture_header",
      codec: "vp9",
      record: new Uint8Array(0),
    }]],
    ["HDR metadata", [0x94, ...fourCc("hvc1"), 2, 0, 1, 97], []],
    ["nanoseconds in front (ModEx)", [0x97, 2, 1, 2, 3, 0x03, ...fourCc("hvc1"), 9], aPicture(true, 0, 9)],
    ["one track, number 0", [0x96, 0x03, ...fourCc("hvc1"), 0, 9], aPicture(true, 0, 9)],
    ["one track, number 1", [0x96, 0x03, ...fourCc("hvc1"), 1, 9], []],
    ["track 0 of two of one codec", [0x96, 0x13, ...fourCc("hvc1"), 1, ...u24(2), 7, 7, 0, ...u24(1), 9], aPicture(true, 0, 9)],
    [
      "track 0 of two of two codecs",
      [0x96, 0x23, ...fourCc("av01"), 1, ...u24(2), 7, 7, ...fourCc("hvc1"), 0, ...u24(1), 9],
      aPicture(true, 0, 9),
    ],
    ["VVC", [0x90, ...fourCc("vvc1"), 1], { kind: "unknown", what: "picture", codec: "vvc1" }],
    ["Sorenson's H.263", [0x22, 1], { kind: "unknown", what: "picture", codec: "Sorenson H.263" }],
  ];
  for (const [name, body, expected] of cases) it(`is read: ${name}`, () => assert.deepEqual(items(picture(...body)), expected));

  for (const body of [[0x17], [0x17, 1, 0], [0x90, 104], [0x96], [0x96, 0x13, ...fourCc("hvc1"), 0, 0, 0, 9, 1], [0x97, 9, 1]]) {
    it(`that ends too early is refused: ${body}`, () => assert.throws(() => picture(...body), /^SyntaxError: Cannot read media message/));
  }
});

describe("the body of an audio message", () => {
  const frame = (...data: number[]) => [{ kind: "sound", timeMs: 40, data: Uint8Array.from(data) }];
  const aac = { kind: "sound_header", codec: "aac", record: AUDIO_SPECIFIC_CONFIG, sampleRate: 48000, channels: 2 };

  it("is AAC, once its header has come", () => {
    const read = sounds([0xaf, 1, 9], [0xaf, 0, ...AUDIO_SPECIFIC_CONFIG], [0xaf, 1, 9], [0xaf, 1], []);
    assert.deepEqual(read.map(items), [[], [aac], frame(9), [], []]);
  });
  it("is AAC of 44.1 kHz, mono", () => {
    assert.deepEqual(items(sounds([0xaf, 0, 0x12, 0x08])[0]), [{
      ...aac,
      record: Uint8Array.of(0x12, 0x08),
      sampleRate: 44100,
      channels: 1,
    }]);
  });
  it("is AAC with a rate that is written out", () => {
    const record = Uint8Array.of(0x17, 0x80, 0x5d, 0xc0, 0x10); // 2, 15, 48000, 2
    assert.deepEqual(items(sounds([0xaf, 0, ...record])[0]), [{ ...aac, record, sampleRate: 48000 }]);
  });
  it("is MP3, whose header is made of its frames, anew where they change", () => {
    const header = { kind: "sound_header", codec: "mp3", record: new Uint8Array(0), sampleRate: 44100, channels: 2 };
    const [first, second, mono] = sounds([0x2f, 0xff, 0xfb, 0x90, 0x00], [0x2f, 0xff, 0xfb, 0x90, 0x00], [0x2f, 0xff, 0xfb, 0x90, 0xc0]);
    assert.deepEqual(items(first), [header, ...frame(0xff, 0xfb, 0x90, 0x00)]);
    assert.deepEqual(items(second), frame(0xff, 0xfb, 0x90, 0x00));
    assert.deepEqual(items(mono), [{ ...header, channels: 1 }, ...frame(0xff, 0xfb, 0x90, 0xc0)]);
  });
  it("is Opus, with its header or without", () => {
    const opus = { kind: "sound_header", codec: "opus", record: Uint8Array.from(OPUS_HEAD), sampleRate: 48000, channels: 1 };
    const withHeader = sounds([0x90, ...fourCc("Opus"), ...OPUS_HEAD], [0x91, ...fourCc("Opus"), 9]);
    assert.deepEqual(withHeader.map(items), [[opus], frame(9)]);
    const [bare] = sounds([0x91, ...fourCc("Opus"), 9]);
    const [made, heard] = items(bare) as [{ channels: number; record: Uint8Array }, unknown];
    assert.deepEqual([made.channels, made.record.length, heard], [2, 19, frame(9)[0]]);
  });
  it("is track 0 of several", () => {
    const [header, sound] = sounds([0x95, 0x00, ...fourCc("mp4a"), 0, ...AUDIO_SPECIFIC_CONFIG], [
      0x95,
      0x11,
      ...fourCc("mp4a"),
      1,
      ...u24(1),
      7,
      0,
      ...u24(1),
      9,
    ]);
    assert.deepEqual([items(header), items(sound)], [[aac], frame(9)]);
  });
  it("is nothing that we take", () => {
    assert.deepEqual(sounds([0xb2, 1], [0x90, ...fourCc("ac-3")]), [
      { kind: "unknown", what: "sound", codec: "Speex" },
      { kind: "unknown", what: "sound", codec: "ac-3" },
    ]);
  });
});

it("any body is read or refused", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (
        const read of [
          (body: Uint8Array) => readPicture(createBody(body), 0),
          (body: Uint8Array) => createSoundReader()(createBody(body), 0),
        ]
      ) {
        try {
          read(bytes);
        } catch (error) {
          assert.ok(error instanceof SyntaxError, String(error));
        }
      }
    }),
    { numRuns: 3000 },
  );
});
