import type { Run } from "../ffmpeg/run.ts";
import type { AudioFrame, VideoFrame } from "../flv/frame.ts";
import { createFlvReader } from "../flv/reader.ts";
import type { Grid } from "./grid.ts";
import { createRest } from "./rest.ts";
import { createRowAligner, type Row } from "./rows.ts";

/** Takes what one run delivers. */
export interface FeedSink {
  /** Every decoder configuration is known; rows and sounds follow. */
  configured(pictures: readonly Uint8Array[], sound: Uint8Array): void;
  row(row: Row): void;
  /** From now until that picture of the run is due, in milliseconds; null where nobody knows. */
  untilDueMs(picture: number): number | null;
  sound(frame: AudioFrame): void;
  /** Text of ffmpeg's metadata filter, cut anywhere. */
  motion(text: Uint8Array): void;
}

/**
 * Reads a run's outputs to their end: bytes to frames to rows. Anything broken in them (a lying tag, a picture off the
 * grid) ends that run by `run.fail`, and nothing else. `knownSound` is the sound's configuration where an earlier source
 * has shown it: sound starts later than pictures, which then need not wait for it.
 */
export function feedRun(run: Run, grid: Grid, sink: FeedSink, knownSound: Uint8Array | null): void {
  const aligner = createRowAligner(grid, run.pictures.length);
  const pictures: (Uint8Array | null)[] = run.pictures.map(() => null);
  let sound = knownSound;
  let isConfigured = false;
  const rows: Row[] = [];
  const rest = createRest({ grid, renditions: run.pictures.length, keptBytes: run.keptBytes, untilDueMs: sink.untilDueMs });

  function configure(): void {
    if (isConfigured || !sound || pictures.some((record) => record === null)) return;
    isConfigured = true;
    sink.configured(pictures as Uint8Array[], sound);
    for (const row of rows.splice(0)) sink.row(row);
  }

  function takePicture(rendition: number, frame: VideoFrame): void {
    const row = aligner.push(rendition, frame);
    if (!row) return;
    if (isConfigured) sink.row(row);
    else if (rows.push(row) > MOST_SECONDS_UNCONFIGURED * grid.rate) throw new RangeError("Cannot start: pictures came, but no sound");
  }

  async function read(bytes: AsyncIterable<Uint8Array>, rendition: number | null): Promise<void> {
    const reader = createFlvReader();
    let taken = 0;
    try {
      for await (const chunk of bytes) {
        const before = taken;
        for (const item of reader.push(chunk)) {
          if (item.kind === "video") {
            takePicture(rendition ?? fail("a picture among the sound"), item);
            taken++;
          } else if (item.kind === "audio") sink.sound(item);
          else if (item.kind === "video_config") {
            pictures[rendition ?? fail("a picture's configuration among the sound")] = item.data.slice();
            configure();
          } else {
            sound = item.data.slice();
            configure();
          }
        }
        if (rendition === null) await rest.afterOther();
        else await rest.afterPicture(rendition, chunk.byteLength, taken > before ? taken - 1 : null);
      }
    } catch (problem) {
      run.fail(`output ${rendition ?? "sound"}: ${problem instanceof Error ? problem.message : problem}`);
    }
  }

  async function readMotion(): Promise<void> {
    for await (const chunk of run.motion) {
      sink.motion(chunk);
      await rest.afterOther();
    }
  }

  for (const [rendition, bytes] of run.pictures.entries()) read(bytes, rendition);
  read(run.sound, null);
  readMotion();
}

const MOST_SECONDS_UNCONFIGURED = 5;

function fail(what: string): never {
  throw new SyntaxError(`Cannot read the output: ${what}`);
}
