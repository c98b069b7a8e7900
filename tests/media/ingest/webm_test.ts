import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import type { IngestItem } from "../../../media/ingest/items.ts";
import { writeBlock, writeHead } from "../../../media/ingest/matroska.ts";
import { createWebmReader } from "../../../media/ingest/webm.ts";
import { AUDIO_SPECIFIC_CONFIG, AVCC, cutAt, joined } from "../flv/flv_bytes.ts";

const PICTURE_HEADER = { kind: "picture_header", codec: "h264", record: AVCC } as const;
const SOUND_HEADER = { kind: "sound_header", codec: "aac", record: AUDIO_SPECIFIC_CONFIG, sampleRate: 48000, channels: 2 } as const;
const HEAD = writeHead({ picture: { header: PICTURE_HEADER, frameRate: 30, width: 640, height: 360 }, sound: SOUND_HEADER });
const STREAM = joined([
  HEAD,
  writeBlock("picture", 1000, true, Uint8Array.of(1, 2)),
  writeBlock("sound", 1010, true, new Uint8Array(300).fill(5)),
  writeBlock("picture", 1033, false, new Uint8Array(70_000).fill(7)),
]);

function readAll(pieces: readonly Uint8Array[]): IngestItem[] {
  const reader = createWebmReader();
  return pieces.flatMap((piece) => reader.give(piece));
}

async function encode(format: string, args: readonly string[]): Promise<Uint8Array> {
  const { success, stdout, stderr } = await new Deno.Command("ffmpeg", {
    args: [
      "-v",
      "error",
      "-f",
      "lavfi",
      "-i",
      "testsrc2=s=160x90:r=30",
      "-f",
      "lavfi",
      "-i",
      "sine",
      "-t",
      "2",
      ...args,
      "-f",
      format,
      "-",
    ],
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return stdout;
}

describe("the WebM reader", () => {
  it("gives headers and frames, however the bytes are cut", () => {
    const whole = readAll([STREAM]);
    assert.deepEqual(whole, [
      PICTURE_HEADER,
      SOUND_HEADER,
      { kind: "picture", timeMs: 1000, compositionMs: 0, isKey: true, data: Uint8Array.of(1, 2) },
      { kind: "sound", timeMs: 1010, data: new Uint8Array(300).fill(5) },
      { kind: "picture", timeMs: 1033, compositionMs: 0, isKey: false, data: new Uint8Array(70_000).fill(7) },
    ]);
    fc.assert(fc.property(fc.array(fc.nat(STREAM.length), { maxLength: 20 }), (places) => {
      assert.deepEqual(readAll(cutAt(STREAM, places)), whole);
    }));
    const head = STREAM.subarray(0, 2000);
    assert.deepEqual(readAll([...head].map((byte) => Uint8Array.of(byte))), readAll([head]));
  });

  it("reads what ffmpeg writes: VP8 and Opus, live and with sizes", async () => {
    for (const live of ["0", "1"]) {
      const items = readAll([await encode("webm", ["-c:v", "libvpx", "-g", "30", "-c:a", "libopus", "-ac", "1", "-live", live])]);
      const pictures = items.filter((item) => item.kind === "picture");
      assert.deepEqual([pictures.length, pictures.filter(({ isKey }) => isKey).length], [60, 2]);
      const [sound] = items.filter((item) => item.kind === "sound_header");
      assert.deepEqual([sound?.codec, sound?.channels, sound?.sampleRate], ["opus", 1, 48000]);
      assert.ok(items.filter((item) => item.kind === "sound").length >= 100);
    }
  });

  it("finds out when pictures are decoded that are shown in another order", async () => {
    const items = readAll([await encode("matroska", ["-c:v", "libx264", "-bf", "2", "-g", "30", "-c:a", "aac"])]);
    const pictures = items.filter((item) => item.kind === "picture");
    assert.equal(pictures.length, 60);
    const decoded = pictures.map(({ timeMs }) => timeMs);
    assert.deepEqual(decoded, decoded.toSorted((a, b) => a - b));
    const shown = pictures.map(({ timeMs, compositionMs }) => timeMs + compositionMs).toSorted((a, b) => a - b);
    assert.ok(shown.every((ms, at) => at === 0 || ms - shown[at - 1]! >= 32 && ms - shown[at - 1]! <= 35));
    assert.ok(Math.min(...pictures.map(({ compositionMs }) => compositionMs)) <= -33);
  });

  it("takes H.264 without a record for Annex B, as Chromium has recorded it", () => {
    const [sps, pps] = [AVCC.subarray(8, 8 + AVCC[7]!), AVCC.subarray(8 + AVCC[7]! + 3)];
    const unit = Uint8Array.from([0, 0, 0, 1, ...sps, 0, 0, 0, 1, ...pps, 0, 0, 0, 1, 0x65, 1]);
    const header = { ...PICTURE_HEADER, record: new Uint8Array(0) };
    const items = readAll([
      writeHead({ picture: { header, frameRate: null, width: 640, height: 360 }, sound: null }),
      writeBlock("picture", 0, false, unit),
    ]);
    assert.deepEqual(items.map(({ kind }) => kind), ["picture_header", "picture"]);
    assert.ok(items[1]?.kind === "picture" && items[1].isKey);
  });

  const refused: [name: string, bytes: number[]][] = [
    ["no Matroska", [0, 1, 2, 3, 4, 5]],
    ["tracks of unknown size", [0x16, 0x54, 0xae, 0x6b, 0xff]],
    ["a size of nine bytes", [0xa3, 0]],
    ["a block with lacing", [...HEAD, 0x1f, 0x43, 0xb6, 0x75, 0xff, 0xa3, 0x85, 0x81, 0, 0, 0x02, 9]],
    ["a block without its head", [...HEAD, 0x1f, 0x43, 0xb6, 0x75, 0xff, 0xa3, 0x82, 0x81, 0]],
  ];
  for (const [name, bytes] of refused) it(`refuses ${name}`, () => assert.throws(() => readAll([Uint8Array.from(bytes)]), SyntaxError));

  it("refuses a frame of more than 8 MiB before it has come, and passes over whatever else is large", () => {
    assert.throws(() => readAll([Uint8Array.of(0xa3, 0x10, 0x80, 0, 1)]), RangeError);
    // Void of 2^40 bytes: nothing of it is kept, and nothing comes of it.
    const reader = createWebmReader();
    assert.deepEqual(reader.give(Uint8Array.of(0xec, 0x04, 1, 0, 0, 0, 0)), []);
    for (let i = 0; i < 100; i++) assert.deepEqual(reader.give(new Uint8Array(100_000)), []);
  });
});
