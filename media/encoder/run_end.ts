import { parseLogLine } from "../ffmpeg/log_lines.ts";
import type { ProcessEnd } from "../ffmpeg/process.ts";

/** How an encoder ended; the same shape for good and bad endings. */
export interface RunEnd {
  /**
   * `cannot_start`: ffmpeg is missing, refuses its options or ended before its first frame. `finished`: it gave back all it had. `lost`: it ended by itself
   * or was ended from elsewhere. `stuck`: nothing came back for too long. `broken`: what it delivered was. `stopped`: our own wish.
   */
  readonly kind: "cannot_start" | "finished" | "lost" | "stuck" | "broken" | "stopped";
  readonly code: number | null;
  readonly signal: string | null;
  /** One line for a person. */
  readonly reason: string;
  /** The end of ffmpeg's log. */
  readonly lastLines: readonly string[];
  readonly aliveMs: number;
}

export function judgeEnd(remains: ProcessEnd & { readonly hadRows: boolean }): RunEnd {
  const { code, signal, lastLines, aliveMs } = remains;
  return { ...judgeKind(remains), code, signal, lastLines, aliveMs };
}

/** The end of a run that never began. */
export function describeFailedStart(reason: string): RunEnd {
  return { kind: "cannot_start", code: null, signal: null, reason, lastLines: [], aliveMs: 0 };
}

function judgeKind(
  { wish, signal, code, hadRows, lastLines }: ProcessEnd & { readonly hadRows: boolean },
): Pick<RunEnd, "kind" | "reason"> {
  if (wish) return wish;
  if (signal) return { kind: "lost", reason: `The encoder was ended by ${signal} from elsewhere` };
  if (code === 0) return { kind: "finished", reason: "The encoder has given back all it had" };
  const lines = lastLines.map(parseLogLine);
  const said = lines.findLast(({ level }) => level === "fatal" || level === "error")?.text ?? lines.at(-1)?.text;
  const reason = said ? `${said} (ffmpeg ended with code ${code})` : `ffmpeg ended with code ${code}`;
  return { kind: hadRows ? "lost" : "cannot_start", reason };
}
