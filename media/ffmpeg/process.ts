import { createLineSplitter } from "./log_lines.ts";
import { explainSpawn, killQuietly } from "./tool.ts";

/** How a life of ffmpeg ended; the same shape for good and bad endings. */
export interface ProcessEnd {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
  /** Why we ended it, if we did. The first wish counts. */
  readonly wish: { readonly kind: "stuck" | "broken" | "stopped"; readonly reason: string } | null;
  /** The end of its log. */
  readonly lastLines: readonly string[];
  readonly aliveMs: number;
}

/** One life of an ffmpeg that goes on until somebody ends it. What runs to an end of its own is `runTool`'s. */
export interface FfmpegProcess {
  /** Of the process, for whoever measures or torments it. */
  readonly pid: number;
  /** Never rejects. */
  readonly ended: Promise<ProcessEnd>;
  /** Ends one that is of no use any more, by KILL. */
  fail(kind: "stuck" | "broken", reason: string): void;
  /** Our own wish: TERM, then KILL. Stopping twice is harmless. */
  stop(): Promise<ProcessEnd>;
  /**
   * Sends one filter command, such as `chue@f1 -1 enable 1`. Resolves when it was written; ffmpeg looks at most ten times a second. Rejects with a
   * RangeError for anything else (a lone `q` would end ffmpeg), and where no commands are taken.
   */
  command(line: string): Promise<void>;
}

/** Starts ffmpeg. What the caller should expect to go wrong comes back as a value. */
export function startProcess(o: {
  readonly args: readonly string[];
  /** Only tests name another program: no other may be run. */
  readonly program?: string;
  /** Takes each line of the log. */
  readonly onLine?: (line: string) => void;
  readonly takesCommands?: boolean;
}): FfmpegProcess | { readonly kind: "cannot_start"; readonly reason: string } {
  const program = o.program ?? "ffmpeg";
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args: [...o.args],
      stdin: o.takesCommands ? "piped" : "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  } catch (problem) {
    return { kind: "cannot_start", reason: explainSpawn(program, problem) };
  }
  const startedAtMs = performance.now();
  const lastLines: string[] = [];
  let wish: ProcessEnd["wish"] = null;
  let noticeWish = () => {};
  const logRead = readLines(child.stderr, (line) => {
    if (line.trim() === "" || line.startsWith("Enter command:")) return; // ffmpeg's echo of a command
    lastLines.push(line);
    if (lastLines.length > KEPT_LOG_LINES) lastLines.shift();
    o.onLine?.(line);
  });
  const commands = o.takesCommands ? createCommandWriter(child.stdin) : null;

  function endBy(kind: "stuck" | "broken" | "stopped", reason: string, signal: Deno.Signal): void {
    wish ??= { kind, reason };
    noticeWish();
    killQuietly(child, signal);
  }

  async function waitForEnd(): Promise<ProcessEnd> {
    const status = await child.status;
    commands?.stop();
    // Ctrl-C reaches ffmpeg before our own handler has asked it to stop.
    if (status.code === CODE_AFTER_SIGNAL && status.signal === null && !wish) {
      await atMost(SIGNAL_GRACE_MS, new Promise<void>((resolve) => noticeWish = resolve));
    }
    await atMost(LOG_GRACE_MS, logRead);
    return {
      code: status.signal === null ? status.code : null,
      signal: status.signal,
      wish,
      lastLines: [...lastLines],
      aliveMs: Math.round(performance.now() - startedAtMs),
    };
  }

  const ended = waitForEnd();
  let stopping: Promise<ProcessEnd> | null = null;

  async function stop(): Promise<ProcessEnd> {
    endBy("stopped", "Stopped on request", "SIGTERM");
    const timer = setTimeout(() => killQuietly(child, "SIGKILL"), TERM_LIMIT_MS);
    const end = await ended;
    clearTimeout(timer);
    return end;
  }

  return {
    pid: child.pid,
    ended,
    fail: (kind, reason) => endBy(kind, reason, "SIGKILL"),
    stop: () => stopping ??= stop(),
    command: (line) => commands?.write(line) ?? Promise.reject(new RangeError(`Cannot send ${JSON.stringify(line)}: it takes no commands`)),
  };
}

const TERM_LIMIT_MS = 1000;
const CODE_AFTER_SIGNAL = 255;
const SIGNAL_GRACE_MS = 100;
const LOG_GRACE_MS = 50;
const KEPT_LOG_LINES = 30;
const COMMAND_GAP_MS = 100;

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
