import { runTool, type ToolOutcome } from "../ffmpeg/tool.ts";
import { hideSecrets } from "../settings/secrets.ts";
import { settleWay, type Way } from "./plan.ts";
import { assumeFound, type Choice, chooseStreams, type Found } from "./streams.ts";

export type LookOutcome =
  | {
    readonly kind: "opened";
    /** Settled by what was found: it may hold more options than the way that was tried. */
    readonly way: Way;
    readonly found: Found;
    /** Which of the ways. */
    readonly index: number;
  }
  /** One line for a person, without secrets. */
  | { readonly kind: "failed"; readonly reason: string };

export interface LookOptions {
  /** For each look. */
  readonly limitMs?: number;
  /** Only tests name another program: no other may be run. */
  readonly program?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tries one way after the other, that which went well last time (`good`) first. The first reason counts where all fail. What takes one connection is
 * not looked into: it is assumed to hold a picture of the canvas's size, and sound. Never throws.
 */
export async function lookFirst(
  ways: readonly Way[],
  wanted: "picture" | "sound",
  o: LookOptions & { readonly canvas: { readonly width: number; readonly height: number }; readonly good?: number },
): Promise<LookOutcome> {
  const good = o.good ?? 0;
  const reasons: string[] = [];
  for (const index of [good, ...ways.keys().filter((index) => index !== good)]) {
    const way = ways[index];
    if (!way) continue;
    const looked = way.takesOneConnection ? { way, choice: assumeFound(o.canvas) } : await lookInto(way, o);
    const { choice } = looked;
    if (choice.kind === "found" && isUseful(choice, way, wanted)) {
      return { kind: "opened", way: settleWay(looked.way, choice), found: choice, index };
    }
    reasons.push(choice.kind === "failed" ? choice.reason : hideSecrets(`There is no ${wanted} in ${way.address}`));
    if (o.signal?.aborted) break;
  }
  return { kind: "failed", reason: reasons[0] ?? "There is no way to open it" };
}

const LOOK_LIMIT_MS = 8000;
/** Key frames further apart than this make no show: nobody would wait. */
const LONGER = ["-analyzeduration", "12000000", "-probesize", "50000000"];
const LONGER_BY_MS = 12_000;
const LONGEST_REASON = 300;

/** Looks into an input with ffprobe, a second time and for longer where the size of its picture has not come yet. */
async function lookInto(way: Way, o: LookOptions): Promise<{ way: Way; choice: Choice & { kind: "found" | "failed" } }> {
  const limitMs = o.limitMs ?? LOOK_LIMIT_MS;
  const choice = await chooseFrom(way, o, limitMs);
  if (choice.kind !== "needs_longer_look") return { way, choice: await completeFields(way, choice, o) };
  const longer = { ...way, options: [...way.options, ...LONGER] };
  const second = await chooseFrom(longer, o, limitMs + LONGER_BY_MS);
  if (second.kind === "needs_longer_look") {
    return { way, choice: { kind: "failed", reason: "Waiting for a key frame: nothing told the picture's size" } };
  }
  // One more look would wait for one more key frame; and the intake knows what to read, so it need not look for long.
  return { way, choice: second };
}

async function chooseFrom(way: Way, o: LookOptions, limitMs: number): Promise<Choice> {
  const outcome = await probe(way, ["-show_programs", "-show_streams", "-show_format", "-of", "json"], o, limitMs);
  switch (outcome.kind) {
    case "cannot_start":
      return { kind: "failed", reason: outcome.reason };
    case "timed_out":
      return { kind: "failed", reason: `Nothing came from the source within ${limitMs / 1000} s` };
    case "finished":
      return outcome.code === 0 ? chooseStreams(outcome.stdout) : { kind: "failed", reason: explain(outcome) };
  }
}

/** Where the container does not tell whether pictures are interlaced, the first few do. */
async function completeFields<C extends Choice>(way: Way, choice: C, o: LookOptions): Promise<C> {
  if (choice.kind !== "found" || choice.video?.isInterlaced !== null) return choice;
  const args = [
    "-select_streams",
    choice.video.stream,
    "-read_intervals",
    "%+#8",
    "-show_entries",
    "frame=interlaced_frame",
    "-of",
    "csv=p=0",
  ];
  const outcome = await probe(way, args, o, o.limitMs ?? LOOK_LIMIT_MS);
  const isInterlaced = outcome.kind === "finished" && /^1/m.test(outcome.stdout);
  return { ...choice, video: { ...choice.video, isInterlaced } };
}

function probe(way: Way, args: readonly string[], o: LookOptions, limitMs: number): Promise<ToolOutcome> {
  const all = ["-hide_banner", "-loglevel", "error", ...way.options, ...args, "-i", way.address];
  return runTool(o.program ?? "ffprobe", all, { limitMs, signal: o.signal });
}

/** Sound alone does for all but a camera: that one has ways without a microphone, too. */
function isUseful({ video, sound }: Found, way: Way, wanted: "picture" | "sound"): boolean {
  return wanted === "sound" ? sound !== null : video !== null || !way.isDevice;
}

function explain({ stderr, code }: { stderr: string; code: number }): string {
  const refused = /\[(\w+) @ [^\]]*\] Format not on whitelist/.exec(stderr)?.[1];
  if (refused) return `It is no picture or sound but ${refused}, which leads to others: name these instead`;
  const protocol = /Protocol '([\w+]+)' not on whitelist/.exec(stderr)?.[1];
  if (protocol) return `It leads to ${protocol}:, which it may not open`;
  const line = hideSecrets(stderr.trim().split("\n").at(-1)?.trim() ?? "");
  return line.slice(0, LONGEST_REASON) || `ffprobe ended with code ${code}`;
}
