import type { Ladder } from "../hls/rendition.ts";
import type { OutputUrls } from "./arguments.ts";
import { createLineSplitter, createProgressReader, type LogLine, parseLogLine, type Progress } from "./progress.ts";
import { describeFailedStart, judgeEnd, type Remains, type RunEnd } from "./run_end.ts";
import { openSockets, type Transport } from "./sockets.ts";
import { explainSpawn, killQuietly } from "./tool.ts";

export type { RunEnd };

/** One life of ffmpeg. */
export interface Run {
  /** Never used twice, not even by a restarted server. */
  readonly id: string;
  /** Of the process, for whoever measures or torments it. */
  readonly pid: number;
  readonly ladder: Ladder;
  /** FLV, one for each rendition, in the ladder's order. Each output can be read once, and must be: one unread output stalls all. */
  readonly pictures: readonly AsyncIterable<Uint8Array>[];
  readonly sound: AsyncIterable<Uint8Array>;
  /** Text of ffmpeg's metadata filter. */
  readonly motion: AsyncIterable<Uint8Array>;
  /** So much of each output the system keeps while nobody asks for it; what is beyond holds ffmpeg up. */
  readonly keptBytes: number;
  readonly ended: Promise<RunEnd>;
  readonly progress: RunProgress;
  /** Tells of the first picture, of pictures that stay away for longer than a moment, and of their return. */
  watch(listener: (news: RunNews) => void): void;
  /**
   * Sends one filter command, such as `cvolume@v -1 volume 0.1`. Resolves when it was written; ffmpeg looks at most ten times a
   * second. Throws a RangeError for anything else (a lone `q` would end ffmpeg).
   */
  command(line: string): Promise<void>;
  /** Ends a run whose bytes are broken, by KILL. */
  fail(reason: string): void;
  /** Our own wish: TERM, then KILL. Stopping twice is harmless. */
  stop(): Promise<RunEnd>;
}

export type RunNews = "pictures" | "silence";

/** A live view. */
export interface RunProgress {
  readonly hasPictures: boolean;
  /** What ffmpeg last said; null before it said anything. */
  readonly latest: Progress | null;
}

export interface RunOptions {
  readonly ladder: Ladder;
  /** The sockets' fresh folder is made here. */
  readonly folder: string;
  readonly buildArguments: (urls: OutputUrls) => readonly string[];
  /** As ffmpeg names the inputs in its messages. */
  readonly inputAddresses: readonly string[];
  /** Only tests name another program: no other may be run. */
  readonly program?: string;
  readonly transport?: Transport;
  readonly onLog?: (line: LogLine) => void;
  readonly startLimitMs?: number;
  readonly silenceLimitMs?: number;
}

/** Starts ffmpeg. What the caller should expect to go wrong comes back as a RunEnd. */
export async function startRun(o: RunOptions): Promise<Run | RunEnd> {
  const program = o.program ?? "ffmpeg";
  const sockets = await openSockets({
    folder: o.folder,
    pictures: o.ladder.length,
    ...(o.transport ? { transport: o.transport } : {}),
  });
  let child: Deno.ChildProcess;
  try {
    const args = [...o.buildArguments(sockets.urls)];
    child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  } catch (problem) {
    await sockets.close();
    return describeFailedStart("cannot_start", explainSpawn(program, problem));
  }
  const startedAtMs = performance.now();
  const listeners: ((news: RunNews) => void)[] = [];
  const lastLines: string[] = [];
  let wish: Remains["wish"] = null;
  let noticeWish = () => {};
  let latest: Progress | null = null;

  const readProgress = createProgressReader();
  const outputRead = readLines(child.stdout, (line) => latest = readProgress(line) ?? latest);
  const logRead = readLines(child.stderr, (line) => {
    if (line.trim() === "" || line.startsWith("Enter command:")) return; // ffmpeg's echo of a command
    lastLines.push(line);
    if (lastLines.length > KEPT_LOG_LINES) lastLines.shift();
    o.onLog?.(parseLogLine(line));
  });
  const commands = createCommandWriter(child.stdin);
  const watchdog = watchBytes({
    queues: sockets.pictures,
    startLimitMs: o.startLimitMs ?? START_LIMIT_MS,
    silenceLimitMs: o.silenceLimitMs ?? SILENCE_LIMIT_MS,
    onNews: (news) => listeners.forEach((listener) => listener(news)),
    onStuck: (reason) => endBy("stuck", reason, "SIGKILL"),
  });

  function endBy(kind: "stuck" | "broken" | "stopped", reason: string, signal: Deno.Signal): void {
    wish ??= { kind, reason };
    noticeWish();
    killQuietly(child, signal);
  }

  async function waitForEnd(): Promise<RunEnd> {
    const status = await child.status;
    watchdog.stop();
    commands.stop();
    // Ctrl-C reaches ffmpeg before our own handler has asked it to stop.
    if (status.code === CODE_AFTER_SIGNAL && status.signal === null && !wish) {
      await atMost(SIGNAL_GRACE_MS, new Promise<void>((resolve) => noticeWish = resolve));
    }
    await atMost(LOG_GRACE_MS, Promise.all([logRead, outputRead]));
    return judgeEnd({
      code: status.signal === null ? status.code : null,
      signal: status.signal,
      wish,
      hadPictures: watchdog.hasPictures(),
      lastLines: [...lastLines],
      inputAddresses: o.inputAddresses,
      aliveMs: Math.round(performance.now() - startedAtMs),
    });
  }

  const ended = waitForEnd();
  const closed = child.status.then(() => sockets.close());
  let stopping: Promise<RunEnd> | null = null;

  async function stop(): Promise<RunEnd> {
    endBy("stopped", "Stopped on request", "SIGTERM");
    const timer = setTimeout(() => killQuietly(child, "SIGKILL"), TERM_LIMIT_MS);
    const end = await ended;
    clearTimeout(timer);
    await closed;
    return end;
  }

  return {
    id: createRunId(Date.now()),
    pid: child.pid,
    ladder: o.ladder,
    pictures: sockets.pictures,
    sound: sockets.sound,
    motion: sockets.motion,
    keptBytes: sockets.keptBytes,
    ended,
    progress: {
      get hasPictures() {
        return watchdog.hasPictures();
      },
      get latest() {
        return latest;
      },
    },
    watch: (listener) => void listeners.push(listener),
    command: commands.write,
    fail: (reason) => endBy("broken", reason, "SIGKILL"),
    stop: () => stopping ??= stop(),
  };
}

export function isRun(outcome: Run | RunEnd): outcome is Run {
  return "ended" in outcome;
}

/** The time, so that a restarted server cannot come upon an old id, and random letters. */
export function createRunId(nowMs: number): string {
  const random = crypto.getRandomValues(new Uint8Array(6));
  return nowMs.toString(36) + Array.from(random, (byte) => (byte % 36).toString(36)).join("");
}

const START_LIMIT_MS = 10_000;
const SILENCE_LIMIT_MS = 2000;
const SILENCE_NEWS_MS = 1000;
const WATCHDOG_TICK_MS = 200;
const TERM_LIMIT_MS = 1000;
const CODE_AFTER_SIGNAL = 255;
const SIGNAL_GRACE_MS = 100;
const LOG_GRACE_MS = 50;
const KEPT_LOG_LINES = 30;
const COMMAND_GAP_MS = 100;

/**
 * Looks now and then whether bytes came. It counts its own ticks and not the clock: a machine that slept, or a busy event loop, is
 * not the encoder's fault. Nor are bytes that nobody takes: then our reader is the slow one.
 */
function watchBytes(o: {
  queues: readonly { readonly received: number; readonly hasUnread: boolean }[];
  startLimitMs: number;
  silenceLimitMs: number;
  onNews: (news: RunNews) => void;
  onStuck: (reason: string) => void;
}): { hasPictures(): boolean; stop(): void } {
  const seen = o.queues.map(() => 0);
  const silentMs = o.queues.map(() => 0);
  let isFlowing = false;
  let hadNews = false;

  const timer = setInterval(() => {
    for (const [index, queue] of o.queues.entries()) {
      silentMs[index] = queue.received > seen[index]! || queue.hasUnread ? 0 : silentMs[index]! + WATCHDOG_TICK_MS;
      seen[index] = queue.received;
    }
    const longestMs = Math.max(...silentMs);
    if (!hadNews && !hasPictures()) {
      if (longestMs >= o.startLimitMs) end(`No picture within ${o.startLimitMs / 1000} s of the start`);
      return;
    }
    if (!hadNews || isFlowing !== longestMs < SILENCE_NEWS_MS) {
      hadNews = true;
      isFlowing = longestMs < SILENCE_NEWS_MS;
      o.onNews(isFlowing ? "pictures" : "silence");
    }
    if (longestMs >= o.silenceLimitMs) end(`No picture for ${o.silenceLimitMs / 1000} s`);
  }, WATCHDOG_TICK_MS);

  function hasPictures(): boolean {
    return o.queues.every(({ received }) => received > 0);
  }

  function end(reason: string): void {
    clearInterval(timer);
    o.onStuck(reason);
  }

  return { hasPictures, stop: () => clearInterval(timer) };
}

/** One whole line a write (half a line would hold ffmpeg up), and as far apart as ffmpeg looks. */
function createCommandWriter(stdin: WritableStream<Uint8Array>): { write(line: string): Promise<void>; stop(): void } {
  const writer = stdin.getWriter();
  writer.closed.catch(() => {});
  let queue: Promise<void> = Promise.resolve();
  let lastMs = -Infinity;
  let isStopped = false;

  async function writeLine(line: string): Promise<void> {
    const waitMs = lastMs + COMMAND_GAP_MS - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (isStopped) return;
    lastMs = performance.now();
    await writer.write(new TextEncoder().encode(`${line}\n`)).catch(() => {});
  }

  return {
    write(line) {
      if (!/^c\S+ \S+ \S[^\r\n]*$/.test(line)) {
        return Promise.reject(new RangeError(`Cannot send ${JSON.stringify(line)} to ffmpeg: not a filter command`));
      }
      return queue = queue.then(() => writeLine(line));
    },
    stop() {
      isStopped = true;
      writer.close().catch(() => {});
    },
  };
}

async function readLines(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  const splitter = createLineSplitter();
  const decoder = new TextDecoder();
  try {
    for await (const bytes of stream) splitter.push(decoder.decode(bytes, { stream: true })).forEach(onLine);
  } catch {
    // a pipe that breaks has ended
  }
  splitter.end().forEach(onLine);
}

async function atMost(limitMs: number, wanted: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([wanted, new Promise((resolve) => timer = setTimeout(resolve, limitMs))]);
  clearTimeout(timer);
}
