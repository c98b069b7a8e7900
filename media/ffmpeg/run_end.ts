import { parseLogLine } from "./progress.ts";

/** How a run ended; the same shape for good and bad endings. */
export interface RunEnd {
  /**
   * `cannot_start`: ffmpeg is missing or refuses its own options. `source_ended`: the source came to its end. `source_lost`: it could
   * not be opened, or broke off. `stuck`: no picture for too long. `broken`: what it delivered was. `stopped`: our own wish.
   */
  readonly kind: "cannot_start" | "source_ended" | "source_lost" | "stuck" | "broken" | "stopped";
  readonly code: number | null;
  readonly signal: string | null;
  /** One line for a person. */
  readonly reason: string;
  /** The end of ffmpeg's log. */
  readonly lastLines: readonly string[];
  readonly aliveMs: number;
}

/** What is known when a process has ended. */
export interface Remains {
  readonly code: number | null;
  readonly signal: string | null;
  /** Why we ended it, if we did. The first wish counts. */
  readonly wish: { readonly kind: "stuck" | "broken" | "stopped"; readonly reason: string } | null;
  readonly hadPictures: boolean;
  readonly lastLines: readonly string[];
  /** As ffmpeg names them in its messages. */
  readonly inputAddresses: readonly string[];
  readonly aliveMs: number;
}

export function judgeEnd(remains: Remains): RunEnd {
  const { code, signal, lastLines, aliveMs } = remains;
  return { ...judgeKind(remains), code, signal, lastLines, aliveMs };
}

/** The end of a run that never began. */
export function describeFailedStart(kind: "cannot_start" | "source_lost", reason: string): RunEnd {
  return { kind, code: null, signal: null, reason, lastLines: [], aliveMs: 0 };
}

function judgeKind(remains: Remains): Pick<RunEnd, "kind" | "reason"> {
  const { wish, signal, code, hadPictures } = remains;
  if (wish) return wish;
  if (signal) return { kind: "source_lost", reason: `ffmpeg was ended by ${signal} from elsewhere` };
  const lines = remains.lastLines.map(parseLogLine);
  // ffmpeg goes on to a good end when an input breaks off, and says so in one line that begins with the input's address.
  const aboutInput = lines.findLast(({ level, text }) =>
    (level === "error" || level === "fatal") && remains.inputAddresses.some((address) => text.startsWith(`${address}: `)) ||
    /^Error opening input/.test(text)
  );
  if (aboutInput) return { kind: "source_lost", reason: aboutInput.text };
  if (code === 0) {
    return { kind: "source_ended", reason: hadPictures ? "The source came to its end" : "The source ended before its first picture" };
  }
  const said = lines.findLast(({ level }) => level === "fatal" || level === "error")?.text ?? lines.at(-1)?.text;
  const reason = said ? `${said} (ffmpeg ended with code ${code})` : `ffmpeg ended with code ${code}`;
  return { kind: hadPictures ? "source_lost" : "cannot_start", reason };
}
