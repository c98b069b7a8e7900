import type { Recording } from "../chaos/recorder.ts";
import { listPictureSpans } from "../chaos/take.ts";

/** How much later than its flash each beep of a recording comes, in ms, measured in what a decoder makes of the bytes. */
export async function measureOffsetsMs(file: string, { parts }: Recording): Promise<number[]> {
  const spans = listPictureSpans(parts);
  const sound = parts.find((part) => part.sound)?.sound;
  if (spans.length === 0 || !sound) return [];
  const pictures = await decode([
    "-i",
    file,
    "-map",
    "0:v:0",
    "-fps_mode",
    "passthrough",
    "-vf",
    `scale=${SIDE}:${SIDE}:flags=area,format=gray`,
    "-f",
    "rawvideo",
    "-",
  ]);
  const samples = await decode(["-i", file, "-map", "0:a:0", "-ac", "1", "-ar", String(RATE), "-f", "f32le", "-"]);
  const flashes = findFlashes(pictures).flatMap((picture) => spans[picture]?.startSeconds ?? []);
  const beeps = findBeeps(new Float32Array(samples.buffer, 0, Math.floor(samples.length / 4)))
    .map((sample) => sound.startTicks / sound.timescale + sample / RATE);
  return flashes.flatMap((flash) => {
    const offsets = beeps.map((beep) => (beep - flash) * 1000);
    const nearest = offsets.reduce((best, offset) => Math.abs(offset) < Math.abs(best) ? offset : best, Infinity);
    return Math.abs(nearest) < 400 ? [nearest] : [];
  });
}

const SIDE = 8;
const RATE = 48_000;
/** The beep's amplitude is 0.5; the encoder lets a little of it sound before its time. */
const LOUD = 0.2;

/** Numbers of the pictures that are bright after a dark one. */
function findFlashes(pictures: Uint8Array): number[] {
  const size = SIDE * SIDE;
  const found: number[] = [];
  let wasBright = true; // a flash that was running at the start has no beginning
  for (let picture = 0; (picture + 1) * size <= pictures.length; picture++) {
    const sum = pictures.subarray(picture * size, (picture + 1) * size).reduce((all, value) => all + value, 0);
    const isBright = sum / size > 140;
    if (isBright && !wasBright) found.push(picture);
    wasBright = isBright;
  }
  return found;
}

/** Numbers of the samples that are loud after so much quiet. */
export function findBeeps(samples: Float32Array, quietSeconds = 0.3): number[] {
  const found: number[] = [];
  let lastLoud = 0;
  for (const [at, sample] of samples.entries()) {
    if (Math.abs(sample) < LOUD) continue;
    if (at - lastLoud > quietSeconds * RATE) found.push(at);
    lastLoud = at;
  }
  return found;
}

/** Without times of their own the pictures come out as they are: none doubled or dropped to fit a beginning. */
async function decode(args: readonly string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout, stderr } = await new Deno.Command("ffmpeg", {
    args: ["-hide_banner", "-loglevel", "error", ...args],
    stdin: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`Cannot decode the recording: ${new TextDecoder().decode(stderr)}`);
  return stdout;
}
