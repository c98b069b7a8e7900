import type { ProcessEnd } from "../ffmpeg/process.ts";
import { parseLogLine } from "../ffmpeg/log_lines.ts";

/** How an intake ended; the same shape for good and bad endings. */
export interface IntakeEnd {
  /**
   * `cannot_start`: ffmpeg is missing or refuses its own options. `source_ended`: the source came to its end. `source_lost`: it could
   * not be opened, or broke off. `stuck`: it delivered nothing for too long. `broken`: what it delivered was. `stopped`: our own wish.
   */
  readonly kind: "cannot_start" | "source_ended" | "source_lost" | "stuck" | "broken" | "stopped";
  readonly hadPictures: boolean;
  readonly hadSound: boolean;
  readonly code: number | null;
  readonly signal: string | null;
  /** One line for a person. */
  readonly reason: string;
  /** The end of ffmpeg's log. */
  readonly lastLines: readonly string[];
  readonly aliveMs: number;
}

/** What was wrong with the bytes of an output. */
export interface OutputFault {
  /** The bytes stopped inside a packet, as those of an ffmpeg that was killed do. Otherwise they are no NUT of ours. */
  readonly isCutShort: boolean;
  readonly reason: string;
}

/** What is known when a process has ended and its outputs are read. */
export interface IntakeRemains {
  readonly process: ProcessEnd;
  readonly hadPictures: boolean;
  readonly hadSound: boolean;
  readonly faults: readonly OutputFault[];
  /** As ffmpeg names them in its messages. */
  readonly inputAddresses: readonly string[];
}

export function judgeIntakeEnd(remains: IntakeRemains): IntakeEnd {
  const { process: { code, signal, lastLines, aliveMs }, hadPictures, hadSound } = remains;
  return { ...judgeKind(remains), hadPictures, hadSound, code, signal, lastLines, aliveMs };
}

/** The end of an intake that never began. */
export function describeFailedIntake(reason: string): IntakeEnd {
  return { kind: "cannot_start", reason, hadPictures: false, hadSound: false, code: null, signal: null, lastLines: [], aliveMs: 0 };
}

function judgeKind(remains: IntakeRemains): Pick<IntakeEnd, "kind" | "reason"> {
  const { process: { wish, signal, code }, faults } = remains;
  if (wish) return wish;
  const broken = faults.find(({ isCutShort }) => !isCutShort);
  if (broken) return { kind: "broken", reason: broken.reason };
  if (signal) return { kind: "source_lost", reason: `ffmpeg was ended by ${signal} from elsewhere` };
  const lines = remains.process.lastLines.map(parseLogLine);
  // ffmpeg goes on to a good end when an input breaks off, and says so in one line that begins with the input's address.
  const aboutInput = lines.findLast(({ level, text }) =>
    (level === "error" || level === "fatal") && remains.inputAddresses.some((address) => text.startsWith(`${address}: `)) ||
    /^Error opening input/.test(text)
  );
  if (aboutInput) return { kind: "source_lost", reason: aboutInput.text };
  const hadOutput = remains.hadPictures || remains.hadSound;
  if (code === 0) {
    if (faults[0]) return { kind: "broken", reason: faults[0].reason };
    return { kind: "source_ended", reason: hadOutput ? "The source came to its end" : "The source ended before its first picture" };
  }
  const said = lines.findLast(({ level }) => level === "fatal" || level === "error")?.text ?? lines.at(-1)?.text;
  const reason = said ? `${said} (ffmpeg ended with code ${code})` : `ffmpeg ended with code ${code}`;
  return { kind: hadOutput ? "source_lost" : "cannot_start", reason };
}
