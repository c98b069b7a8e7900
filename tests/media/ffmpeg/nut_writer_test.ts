import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { type NutStream, writeNutFrameHead, writeNutHeader } from "../../../media/ffmpeg/nut_writer.ts";
import { createNutReader } from "../../../media/intake/nut.ts";
import { joined } from "../flv/flv_bytes.ts";

const PICTURES: NutStream = { kind: "pictures", width: 32, height: 18, rate: 30 };
const PCM: NutStream = { kind: "pcm", rate: 48_000, channels: 2 };
const PICTURE_BYTES = 32 * 18 * 3 / 2;
const BLOCK_BYTES = 4096;

function write(stream: NutStream, frames: readonly (readonly [pts: number, data: Uint8Array])[]): Uint8Array {
  return joined([writeNutHeader(stream), ...frames.flatMap(([pts, data]) => [writeNutFrameHead(pts, data.length), data])]);
}

/** A flat picture of this brightness, or a block of this sample. */
const flat = (value: number, bytes = PICTURE_BYTES) => new Uint8Array(bytes).fill(value);

async function readBack(bytes: Uint8Array): Promise<[ptsUs: number, data: Uint8Array][]> {
  let at = 0;
  const reader = createNutReader({
    read(into) {
      if (at === bytes.length) return Promise.resolve(null);
      const piece = bytes.subarray(at, at + into.length);
      into.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length);
    },
    place: (size) => new Uint8Array(size),
    maxPacketBytes: 1 << 20,
  });
  const packets: [number, Uint8Array][] = [];
  for (let packet = await reader.next(); packet !== null; packet = await reader.next()) packets.push([packet.ptsUs, packet.data]);
  return packets;
}

/** As over a socket: where it could seek, ffmpeg looks for an index. */
async function feed(program: string, args: readonly string[], bytes: Uint8Array): Promise<Uint8Array> {
  const all = ["-hide_banner", "-v", "error", ...args];
  const child = new Deno.Command(program, { args: all, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  const writing = writer.write(bytes).then(() => writer.close());
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), writing]);
  assert.deepEqual([code, new TextDecoder().decode(stderr)], [0, ""]);
  return stdout;
}

async function probe(bytes: Uint8Array): Promise<{ streams: Record<string, unknown>[]; packets: Record<string, string>[] }> {
  const found = await feed("ffprobe", ["-f", "nut", "-show_packets", "-show_streams", "-of", "json", "-i", "pipe:0"], bytes);
  return JSON.parse(new TextDecoder().decode(found));
}

describe("what is written as NUT", () => {
  it("is read by ffmpeg as raw pictures with the times that were written, gaps included", async () => {
    const ticks = [0, 1, 2, 5, 6, 36, 20_000, 20_001, 2 ** 31, 2 ** 31 + 1];
    const { streams, packets } = await probe(write(PICTURES, ticks.map((tick) => [tick, flat(tick % 200)])));
    const { codec_name, pix_fmt, width, height, time_base, sample_aspect_ratio } = streams[0]!;
    assert.deepEqual([codec_name, pix_fmt, width, height, time_base, sample_aspect_ratio], ["rawvideo", "yuv420p", 32, 18, "1/30", "1:1"]);
    assert.deepEqual(packets.map(({ pts }) => Number(pts)), ticks);
    assert.ok(packets.every(({ size, flags }) => Number(size) === PICTURE_BYTES && flags!.startsWith("K")));
  });

  it("is read by ffmpeg as PCM with the times that were written, gaps included", async () => {
    const blocks = [0, 1, 2, 7, 8, 1_000_000];
    const { streams, packets } = await probe(write(PCM, blocks.map((block) => [block * 1024, flat(3, BLOCK_BYTES)])));
    const { codec_name, sample_rate, channels, time_base } = streams[0]!;
    assert.deepEqual([codec_name, sample_rate, channels, time_base], ["pcm_s16le", "48000", 2, "1/48000"]);
    assert.deepEqual(packets.map(({ pts }) => Number(pts)), blocks.map((block) => block * 1024));
  });

  it("comes out of ffmpeg's decoder bit by bit", async () => {
    const pictures = [10, 200, 77].map((value) => flat(value));
    const bytes = write(PICTURES, pictures.map((data, tick) => [tick, data]));
    assert.deepEqual(await feed("ffmpeg", ["-f", "nut", "-i", "pipe:0", "-f", "rawvideo", "pipe:1"], bytes), joined(pictures));
  });

  it("is read by our own reader with its checksums, times in microseconds", async () => {
    const pictures = [0, 1, 3, 30, 200_000].map((tick) => [tick, flat(tick % 200)] as const);
    assert.deepEqual(await readBack(write(PICTURES, pictures)), pictures.map(([tick, data]) => [Math.floor(tick * 1e6 / 30), data]));
    const blocks = [0, 1024, 9216].map((sample) => [sample, flat(1, BLOCK_BYTES)] as const);
    assert.deepEqual(await readBack(write(PCM, blocks)), blocks.map(([sample, data]) => [Math.floor(sample * 1e6 / 48_000), data]));
  });

  it("keeps any rising times and any sizes", async () => {
    const frames = fc.array(fc.tuple(fc.integer({ min: 1, max: 2 ** 40 }), fc.uint8Array({ minLength: 1, maxLength: 300 })), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(fc.asyncProperty(frames, async (steps) => {
      let pts = -1;
      const written = steps.map(([step, data]) => [pts += step, data] as const);
      const read = await readBack(write({ ...PCM, rate: 1_000_000 }, written));
      assert.deepEqual(read, written.map(([at, data]) => [at, data]));
    }));
  });

  it("stays exact over weeks of a rate of 48 kHz", async () => {
    const samples = 48_000 * 86_400 * 60;
    const { packets } = await probe(write(PCM, [[0, flat(0, 4)], [samples, flat(0, 4)], [samples + 1024, flat(0, 4)]]));
    assert.deepEqual(packets.map(({ pts }) => Number(pts)), [0, samples, samples + 1024]);
  });
});
