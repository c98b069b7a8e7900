import { strict as assert } from "node:assert";
import type { PictureEncoding } from "../../../media/encoder/arguments.ts";
import { createEncoder, type Encoder } from "../../../media/encoder/encoder.ts";
import type { HardwareName } from "../../../media/encoder/hardware/hardware.ts";
import type { Row } from "../../../media/encoder/rows.ts";
import type { Transport } from "../../../media/ffmpeg/sockets.ts";
import type { Ladder } from "../../../media/hls/rendition.ts";
import { createPicturePool } from "../../../media/intake/raw_picture.ts";
import { createGrid } from "../../../media/timeline/grid.ts";
import { waitFor } from "../../fixtures/condition.ts";

export const GRID = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
export const CANVAS = { width: 320, height: 180 };
export const LADDER: Ladder = [
  { name: "hq", ...CANVAS, bitsPerSecond: 500_000 },
  { name: "mq", width: 240, height: 136, bitsPerSecond: 400_000 },
  { name: "lq", width: 160, height: 90, bitsPerSecond: 300_000 },
];
/** Twelve ticks into a segment. */
export const FIRST_TICK = 53_700_000_012;
const BITS = 13;
const BLOCK = 24;
export const TONE_HZ = 440;

/** The real encoder on its own, fed in real time with numbered pictures and a tone. */
export interface RealEncoder {
  readonly encoder: Encoder;
  /** Ticks that were given and not left out, so far. */
  readonly given: readonly number[];
  readonly rows: readonly (Row & { readonly run: string })[];
  readonly sounds: readonly { readonly block: number; readonly data: Uint8Array }[];
  readonly configs: ReadonlyMap<string, readonly Uint8Array[]>;
  readonly soundConfigs: readonly Uint8Array[];
  readonly encodings: readonly PictureEncoding[];
  readonly lines: readonly string[];
  motion(): string;
  /** Plays until both processes deliver, however busy the machine is. */
  begin(): Promise<void>;
  /** Plays so many ticks. */
  play(ticks: number, onTick?: (at: number) => void): Promise<void>;
  /** Until all that was given has come back. */
  settled(): Promise<void>;
  /** Of the pictures that are somebody's. */
  taken(): number;
  stop(): Promise<void>;
}

export function startRealEncoder(o: {
  folder: string;
  /** Where it is given, 100 ms of the show pass with each tick, and all that comes back is so late. */
  lateMs?: () => number;
  transport?: Transport;
  /** Instead of the real ffmpeg. */
  program?: string;
  hardware?: HardwareName;
  paint?: (picture: Uint8Array, tick: number) => void;
}): RealEncoder {
  const pool = createPicturePool(CANVAS.width * CANVAS.height * 3 / 2);
  const msPerTick = o.lateMs ? 100 : 1000 / GRID.rate;
  const given: number[] = [];
  const rows: (Row & { run: string })[] = [];
  const sounds: { block: number; data: Uint8Array }[] = [];
  const configs = new Map<string, readonly Uint8Array[]>();
  const soundConfigs: Uint8Array[] = [];
  const encodings: PictureEncoding[] = [];
  const lines: string[] = [];
  let motion = "";
  let tick = FIRST_TICK;
  let block = Math.round(FIRST_TICK * 1.5625);
  const firstBlock = block;
  const encoder = createEncoder({
    ladder: LADDER,
    canvas: CANVAS,
    grid: GRID,
    folder: o.folder,
    ...(o.transport ? { transport: o.transport } : {}),
    ...(o.program ? { program: o.program } : {}),
    hardware: o.hardware ?? null,
    dueMs: (due) => ((o.lateMs ? tick : due) - FIRST_TICK) * msPerTick - (o.lateMs?.() ?? 0),
    nowMs: () => (tick - FIRST_TICK) * msPerTick,
    filter: "none",
    onEncoding: (encoding) => encodings.push(encoding),
    log: (line) => lines.push(line),
    sink: {
      configured: (run, pictures) => configs.set(run, pictures),
      soundConfigured: (config) => soundConfigs.push(config),
      row: (run, row) => rows.push({ ...row, pictures: row.pictures.map((picture) => picture.slice()), run }),
      sound: (block, data) => sounds.push({ block, data: data.slice() }),
      motion: (_, text) => motion += new TextDecoder().decode(text),
    },
  });

  function giveTick(): void {
    const picture = pool.take();
    (o.paint ?? paintNumber)(picture.bytes, tick);
    const { leftOut } = encoder;
    encoder.picture(tick, picture);
    if (encoder.leftOut === leftOut) given.push(tick);
    picture.release();
    tick++;
    while ((block + 1) * 1024 / 48_000 <= tick / GRID.rate) {
      encoder.sound(block, makeTone((block - firstBlock) * 1024));
      block++;
    }
  }

  async function play(ticks: number, onTick: (at: number) => void = () => {}): Promise<void> {
    const startMs = performance.now();
    for (let at = 0; at < ticks; at++) {
      const waitMs = startMs + at * 1000 / GRID.rate - performance.now();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, waitMs)));
      giveTick();
      onTick(at);
    }
  }

  return {
    encoder,
    given,
    rows,
    sounds,
    configs,
    soundConfigs,
    encodings,
    lines,
    motion: () => motion,
    async begin() {
      // Slowly, so that nothing is left out before they are there; the sound's comes out only where more goes in.
      while (encoder.owed.pictures > 1 || rows.length === 0 || sounds.length === 0) {
        giveTick();
        await new Promise((resolve) => setTimeout(resolve, 150));
      }
    },
    play,
    async settled() {
      await waitFor("all pictures", 10_000, () => encoder.owed.pictures === 0);
      await waitFor("the sound", 10_000, () => sounds.length > 0 && sounds.at(-1)!.block >= block - 4);
    },
    taken: () => pool.taken,
    stop: () => encoder.stop(),
  };
}

/** Its number modulo 2^13, as a row of dark and bright blocks, and something that moves. */
export function paintNumber(picture: Uint8Array, tick: number): void {
  const { width, height } = CANVAS;
  picture.fill(128);
  picture.fill(90, 0, width * height);
  for (let bit = 0; bit < BITS; bit++) {
    const luma = Math.floor(tick / 2 ** bit) % 2 === 1 ? 210 : 40;
    for (let y = 16; y < 80; y++) picture.fill(luma, y * width + bit * BLOCK + 4, y * width + (bit + 1) * BLOCK + 4);
  }
  const x = tick * 5 % (width - 40);
  for (let y = 110; y < 150; y++) picture.fill(180, y * width + x, y * width + x + 40);
}

/** The numbers of pictures (length-prefixed H.264, parameter sets in band) of one rendition, decoded. */
export async function readNumbers(pictures: readonly Uint8Array[], rendition: number): Promise<number[]> {
  const { width, height } = LADDER[rendition]!;
  const gray = await decode(
    ["-f", "h264", "-i", "pipe:0", "-fps_mode", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"],
    pictures.map(toAnnexB),
  );
  const scale = width / CANVAS.width;
  const y = Math.round(48 * height / CANVAS.height);
  return Array.from({ length: gray.length / (width * height) }, (_, at) => {
    let number = 0;
    for (let bit = 0; bit < BITS; bit++) {
      const x = Math.round(((bit + 0.5) * BLOCK + 4) * scale);
      if (gray[(at * height + y) * width + x]! > 125) number += 2 ** bit;
    }
    return number;
  });
}

/** The same pictures, decoded to yuv420p. */
export async function decodePictures(pictures: readonly Uint8Array[], rendition: number): Promise<Uint8Array[]> {
  const { width, height } = LADDER[rendition]!;
  const args = ["-f", "h264", "-i", "pipe:0", "-fps_mode", "passthrough", "-pix_fmt", "yuv420p", "-f", "rawvideo", "pipe:1"];
  const bytes = await decode(args, pictures.map(toAnnexB));
  const each = width * height * 3 / 2;
  return Array.from({ length: bytes.length / each }, (_, at) => bytes.subarray(at * each, (at + 1) * each));
}

export const numberOf = (tick: number) => tick % 2 ** BITS;

/** What AAC frames sound like, left channel, -1 to 1. */
export async function listen(frames: readonly Uint8Array[]): Promise<Float32Array> {
  const bytes = await decode(["-f", "aac", "-i", "pipe:0", "-ac", "2", "-f", "f32le", "pipe:1"], frames.map(toAdts));
  const stereo = new Float32Array(bytes.slice().buffer);
  return stereo.filter((_, at) => at % 2 === 0);
}

/**
 * How far from one single sine of 440 Hz these samples are, in dB below it: the worst stretch of 1024. One phase for all: -30 dB is what 96 kbit/s give, and
 * a single block that is lost, doubled or encoded without what came before it is far above that.
 */
export function measureTone(samples: Float32Array): { amplitude: number; worstDb: number } {
  const step = 2 * Math.PI * TONE_HZ / 48_000;
  let [sine, cosine] = [0, 0];
  for (const [at, sample] of samples.entries()) {
    sine += sample * Math.sin(step * at);
    cosine += sample * Math.cos(step * at);
  }
  [sine, cosine] = [2 * sine / samples.length, 2 * cosine / samples.length];
  const amplitude = Math.hypot(sine, cosine);
  const rest = samples.map((sample, at) => sample - sine * Math.sin(step * at) - cosine * Math.cos(step * at));
  let worst = 0;
  for (let from = 0; from + 1024 <= rest.length; from += 256) {
    worst = Math.max(worst, rest.subarray(from, from + 1024).reduce((sum, sample) => sum + sample ** 2, 0) / 1024);
  }
  return { amplitude, worstDb: 10 * Math.log10(worst / (amplitude ** 2 / 2)) };
}

function makeTone(fromSample: number): Uint8Array {
  const samples = new Int16Array(2048);
  for (let at = 0; at < 1024; at++) {
    samples[2 * at] = samples[2 * at + 1] = Math.round(16_000 * Math.sin(2 * Math.PI * TONE_HZ / 48_000 * (fromSample + at)));
  }
  return new Uint8Array(samples.buffer);
}

async function decode(args: readonly string[], pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  const child = new Deno.Command("ffmpeg", { args: ["-v", "error", ...args], stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  async function feed(): Promise<void> {
    const writer = child.stdin.getWriter();
    for (const piece of pieces) await writer.write(piece);
    await writer.close();
  }
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), feed()]);
  assert.deepEqual([code, new TextDecoder().decode(stderr)], [0, ""], "the decoder complains");
  return stdout;
}

/** Lengths give way to start codes (ISO/IEC 14496-10, annex B). */
function toAnnexB(picture: Uint8Array): Uint8Array {
  const bytes = picture.slice();
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at);
    view.setUint32(at, 1);
    at += 4 + length;
  }
  return bytes;
}

/** AAC LC, 48 kHz, stereo, with an ADTS header (ISO/IEC 13818-7, 6.2). */
function toAdts(frame: Uint8Array): Uint8Array {
  const length = frame.length + 7;
  return Uint8Array.of(0xff, 0xf1, 0x4c, 0x80 | length >> 11, length >> 3 & 0xff, (length & 7) << 5 | 0x1f, 0xfc, ...frame);
}
