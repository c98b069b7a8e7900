import type { FfmpegProcess } from "../ffmpeg/process.ts";
import type { SocketFolder } from "../ffmpeg/sockets.ts";
import { atMost, type Feed } from "./feed.ts";
import type { OutputReading } from "./output.ts";
import { judgeEnd, type RunEnd } from "./run_end.ts";
import { createRunId } from "./run_id.ts";

/** One life of an encoder: takes pictures or blocks of sound until it ends. */
export interface EncoderRun<Item> {
  /** Never used twice, not even by a restarted server: media addresses carry it. */
  readonly id: string;
  /** Of the process, for whoever measures or torments it. */
  readonly pid: number;
  /** Items are taken in the order of their places, as fast as the encoder reads. They are kept until it has them. */
  give(position: number, item: Item): void;
  /** Nothing more comes: it gives back what it has and ends. */
  finish(): void;
  /** All that it gave back has been handed over by then. */
  readonly ended: Promise<RunEnd>;
  fail(kind: "stuck" | "broken", reason: string): void;
  stop(): Promise<void>;
}

/** So long after its end may bytes of it still be on their way. */
const DRAIN_LIMIT_MS = 500;

/** The life of a process that has been started, with what is given to it and what is read from it. */
export function beginLife<Item>(o: {
  readonly process: FfmpegProcess;
  readonly feed: Feed<Item>;
  readonly sockets: SocketFolder;
  readonly outputs: readonly { readonly listening: { close(): void }; readonly reading: OutputReading }[];
  /** Whether anything came back. */
  readonly hadRows: () => boolean;
  /** When all is read. */
  readonly onDrained?: () => void;
}): EncoderRun<Item> {
  const { process, feed, outputs } = o;

  async function waitForEnd(): Promise<RunEnd> {
    const end = await process.ended;
    feed.stop();
    for (const { listening } of outputs) listening.close(); // nobody will connect any more
    await atMost(DRAIN_LIMIT_MS, Promise.all(outputs.map(({ reading }) => reading.done)));
    for (const { reading } of outputs) reading.drop();
    o.onDrained?.();
    await o.sockets.close();
    return judgeEnd({ ...end, hadRows: o.hadRows() });
  }

  const ended = waitForEnd();
  return {
    id: createRunId(Date.now()),
    pid: process.pid,
    give: feed.give,
    finish: feed.finish,
    ended,
    fail: process.fail,
    async stop() {
      await process.stop();
      await ended;
    },
  };
}

export function isRun<Run extends { ended: unknown }>(outcome: Run | RunEnd): outcome is Run {
  return "ended" in outcome;
}
