// Both ends of the relay without anything around them.
import { setImmediate } from "node:timers";
import { createWindow } from "../../../media/hls/window.ts";
import { readEntry, type Term } from "../../../media/relay/entry.ts";
import { createFollower } from "../../../media/relay/follower.ts";
import type { Log } from "../../../media/relay/log.ts";
import { createMerge } from "../../../media/relay/merge.ts";
import { startPublisher } from "../../../media/relay/publisher.ts";
import { startReader } from "../../../media/relay/reader.ts";
import type { Show } from "../hls/synthetic_show.ts";

const TERM: Term = { number: 1, name: "one" };

/** Lets what is due happen. */
export async function turns(count = 6): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** An origin that sends what a show makes. */
export function send(
  show: Show,
  log: Log,
  o: { term?: Term; said?: string[]; monotonic?: () => number; pause?: (forMs: number) => Promise<unknown> } = {},
) {
  return startPublisher({
    log,
    term: o.term ?? TERM,
    window: show.window,
    init: (run) => ({ bytes: new TextEncoder().encode(`init of ${run}`), codecs: "avc1", width: 640, height: 360 }),
    now: () => ({ motion: { score: 50, isMoving: false, pick: "mq" }, state: "live" }),
    keepSeconds: 60,
    segmentSeconds: 1,
    show: () => "the show",
    monotonic: o.monotonic ?? (() => 0),
    pause: o.pause ?? (() => turns(1)),
    say: (line) => o.said?.push(line),
  });
}

/** An edge that follows these logs. */
export function follow(logs: readonly Log[], pause: (forMs: number) => Promise<unknown> = () => turns(1)) {
  const window = createWindow({ keepSeconds: 60, now: () => 0, setTimer: () => () => {} });
  const anew: number[] = [];
  const troubles: string[] = [];
  const bad: string[] = [];
  const follower = createFollower({
    window,
    settle() {},
    onClosed() {},
    onAnew: ({ part }) => anew.push(part.msn),
    monotonic: () => 0,
    wallMs: () => 0,
  });
  // Two logs lack nothing for longer than it takes to ask them.
  const merge = createMerge({ patienceMs: logs.length > 1 ? Infinity : 0 });
  const readers = logs.map((log) =>
    startReader({
      log,
      wantsRows: true,
      onRows(rows) {
        for (const { bytes } of rows) {
          const read = readEntry(bytes);
          if (read.kind !== "entry") bad.push(read.kind);
          else for (const taken of merge.offer(read.entry, 0)) follower.take(taken);
        }
      },
      onNotes() {},
      onTrouble: (reason) => troubles.push(reason),
      onRead() {},
      pause,
    })
  );
  return {
    window,
    anew,
    troubles,
    bad,
    follower,
    async stop() {
      for (const log of logs) log.stop();
      await Promise.all(readers.map((reader) => reader.stop()));
    },
  };
}
