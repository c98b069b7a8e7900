import type { Size } from "../fixtures/numbered.ts";
import { startChild } from "../fixtures/child.ts";
import { type Recorder, type RecorderOptions, type Recording, startRecorder } from "./recorder.ts";

/** What a stretch of the show looks and sounds like, decoded from the very bytes that were served. */
export interface Take<Seen> {
  readonly recording: Recording;
  /** In the order in which they are shown; times are media times, in seconds. */
  readonly pictures: readonly TakenPicture<Seen>[];
  readonly sound: TakenSound;
}

export interface TakenPicture<Seen> {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly seen: Seen;
}

export interface TakenSound {
  /** Media time of the first sample. */
  readonly startSeconds: number;
  /** Of the left channel, 48000 a second. */
  readonly samples: Float32Array;
}

export interface Taking<Seen> {
  readonly recorder: Recorder;
  /** Ends the recording and decodes it; once. */
  end(): Promise<Take<Seen>>;
  [Symbol.asyncDispose](): Promise<void>;
}

export const TAKEN_RATE = 48_000;

/** Records HQ (whose size is `canvas`); `look` tells what a picture's luma shows. */
export async function startTake<Seen>(
  entryUrl: string,
  o: RecorderOptions & { readonly canvas: Size; readonly look: (luma: Uint8Array) => Seen },
): Promise<Taking<Seen>> {
  const file = await Deno.makeTempFile({ prefix: "tercet-take-", suffix: ".mp4" });
  const recorder = startRecorder(entryUrl, { ...o, saveTo: file });
  return {
    recorder,
    async end() {
      const recording = await recorder.stop();
      return {
        recording,
        pictures: await decodePictures(file, recording, o),
        sound: await decodeSound(file, recording),
      };
    },
    async [Symbol.asyncDispose]() {
      await recorder.stop();
      await Deno.remove(file).catch(() => {});
    },
  };
}

/** A decoder's pictures and the samples of the recording are the same, in the same order. */
async function decodePictures<Seen>(
  file: string,
  { parts }: Recording,
  o: { readonly canvas: Size; readonly look: (luma: Uint8Array) => Seen },
): Promise<TakenPicture<Seen>[]> {
  const { width, height } = o.canvas;
  const luma = new Uint8Array(width * height);
  const seen: Seen[] = [];
  let have = 0;
  const filter = `scale=${width}:${height}:flags=area,format=yuv420p,extractplanes=y`; // to gray it would be stretched to the full range
  await decode(["-i", file, "-map", "0:v:0", "-fps_mode", "passthrough", "-vf", filter, "-f", "rawvideo", "-"], (bytes) => {
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + luma.length - have);
      luma.set(piece, have);
      have += piece.length;
      at += piece.length;
      if (have < luma.length) continue;
      seen.push(o.look(luma));
      have = 0;
    }
  });
  const spans = listPictureSpans(parts);
  if (spans.length !== seen.length) throw new Error(`The recording has ${spans.length} pictures, ${seen.length} came out of the decoder`);
  return spans.map((span, at) => ({ ...span, seen: seen[at]! }));
}

/** When each picture of these parts is shown, and until when. */
export function listPictureSpans(parts: Recording["parts"]): { readonly startSeconds: number; readonly endSeconds: number }[] {
  return parts.flatMap(({ video }) => {
    if (!video) return [];
    let ticks = video.startTicks;
    return video.durationsTicks.map((duration) => {
      const startTicks = ticks;
      ticks += duration;
      return { startSeconds: startTicks / video.timescale, endSeconds: ticks / video.timescale };
    });
  });
}

async function decodeSound(file: string, { parts }: Recording): Promise<TakenSound> {
  const first = parts.find((part) => part.sound)?.sound;
  const pieces: Uint8Array[] = [];
  await decode(["-i", file, "-map", "0:a:0", "-af", "pan=mono|c0=c0", "-f", "f32le", "-"], (bytes) => void pieces.push(bytes.slice()));
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  pieces.reduce((at, piece) => (bytes.set(piece, at), at + piece.length), 0);
  return {
    startSeconds: first ? first.startTicks / first.timescale : NaN,
    samples: new Float32Array(bytes.buffer, 0, Math.floor(bytes.length / 4)),
  };
}

async function decode(args: readonly string[], onStdout: (bytes: Uint8Array) => void): Promise<void> {
  const ffmpeg = startChild("ffmpeg", ["-hide_banner", "-loglevel", "error", ...args], { onStdout });
  const { success } = await ffmpeg.ended;
  if (!success) throw new Error(`Cannot decode the recording: ${ffmpeg.output().slice(-500)}`);
}
