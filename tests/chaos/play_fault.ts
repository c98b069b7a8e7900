import { pause } from "../fixtures/condition.ts";
import type { Fault } from "./faults.ts";
import type { Tercet } from "../fixtures/server.ts";
import { countPresets } from "./no_other_map.ts";
import { badAnswers } from "./recorder.ts";
import type { SeenState } from "./states.ts";
import { longestFreezeMs, openWitnesses, type Testimony } from "./witnesses.ts";

/** What came of a fault. `complaints` is empty where everything held that was promised. */
export interface Verdict {
  readonly name: string;
  readonly complaints: readonly string[];
  readonly figures: Readonly<Record<string, string | number | null>>;
  readonly testimony: Testimony;
  /** The last lines of its output, cut to a readable length. */
  readonly serverSaid: readonly string[];
}

interface Mark {
  readonly kind: "hit" | "repair";
  readonly what: string;
  readonly atMs: number;
  readonly liveWithinMs: number | null;
}

/** Starts a server, lets people watch it, makes the fault happen, and judges what everybody saw. */
export async function playFault(fault: Fault, calmMs = 5000): Promise<Verdict> {
  const undo: (() => Promise<void> | void)[] = [];
  try {
    await using server = await fault.start((step) => undo.push(step));
    await fault.early?.(server);
    await using witnesses = await openWitnesses(server, fault.witnesses);
    await witnesses.settle(calmMs);
    const marks: Mark[] = [];
    const trouble: string[] = [];
    try {
      await fault.happen({
        server,
        recorder: witnesses.recorder,
        states: witnesses.states,
        later: (step) => undo.push(step),
        mark: (kind, what, liveWithinMs) => marks.push({ kind, what, liveWithinMs, atMs: performance.now() }),
      });
    } catch (problem) {
      trouble.push(problem instanceof Error ? problem.message : String(problem));
    }
    await pause(1500);
    const testimony = await witnesses.testify();
    const { code, tookMs, leftFfmpegs } = await server.stop();
    if (code !== 0) trouble.push(`the server ended with ${code}`);
    if (tookMs > 2500) trouble.push(`the server took ${Math.round(tookMs)} ms to end`);
    if (leftFfmpegs > 0) trouble.push(`the server left ${leftFfmpegs} ffmpeg behind`);
    const seams = marks.map((mark, at) => judgeSeam(mark, marks[at + 1]?.atMs ?? Infinity, testimony.states));
    return {
      name: fault.name,
      complaints: [
        ...trouble,
        ...complainOfMaps(fault, testimony, server),
        ...seams.flatMap((seam) => seam.complaints),
        ...judge(fault, testimony),
      ],
      figures: figuresOf(testimony, seams),
      testimony,
      serverSaid: server.output().trimEnd().split("\n").slice(-12).map((line) => line.slice(0, 200)),
    };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

function complainOfMaps(fault: Fault, { recording: { mapChanges } }: Testimony, server: Tercet): string[] {
  const allowed = countPresets(server) + (fault.restarts ?? 0);
  return mapChanges > allowed ? [`stream: ${mapChanges} changes of MAP`] : [];
}

interface Seam {
  readonly liveAfterMs: number | null;
  readonly complaints: readonly string[];
}

/** After a mark: when the source was on the canvas again. After a repair it may have been there all the time. */
function judgeSeam(mark: Mark, untilMs: number, states: readonly SeenState[]): Seam {
  const before = states.findLast(({ atMs }) => atMs <= mark.atMs);
  const left = mark.kind === "repair" ? before : states.find(({ state, atMs }) => atMs > mark.atMs && atMs < untilMs && state !== "live");
  const live = left?.state === "live"
    ? left
    : states.find(({ state, atMs }) => state === "live" && atMs > Math.max(mark.atMs, left?.atMs ?? mark.atMs));
  const liveAfterMs = left === undefined ? 0 : live ? Math.max(0, Math.round(live.atMs - mark.atMs)) : null;
  const isTooLate = mark.liveWithinMs !== null && (liveAfterMs ?? Infinity) > mark.liveWithinMs;
  return {
    liveAfterMs,
    complaints: isTooLate
      ? [`${mark.what}: live pictures after ${liveAfterMs ?? "ever so many"} ms, promised within ${Math.round(mark.liveWithinMs!)} ms`]
      : [],
  };
}

function judge(fault: Fault, testimony: Testimony): string[] {
  const { recording, stock, page, vlc, mpv } = testimony;
  const complaints = recording.faults.slice(0, 10).map((what) => `stream: ${what}`);
  const restarts = fault.restarts ?? 0;
  if (restarts === 0 && recording.longestGap.forMs > (fault.gapBarMs ?? 1000)) {
    complaints.push(`stream: no part for ${recording.longestGap.forMs} ms`);
  }
  if (recording.jumps.length > restarts) {
    complaints.push(`stream: ${recording.jumps.length} jumps forward: ${JSON.stringify(recording.jumps[0])}`);
  }
  for (const jump of recording.jumps) {
    const apart = jump.byDateSeconds === null ? 0 : Math.abs(jump.byDateSeconds - jump.byMediaSeconds);
    if (jump.byMsn < 1 || apart > 1.1) complaints.push(`stream: a jump by different amounts: ${JSON.stringify(jump)}`);
  }
  const bad = badAnswers(recording).filter((what) => restarts === 0 || !/no answer|503/.test(what));
  complaints.push(...bad.map((what) => `answers: ${what}`));
  for (const [name, browser] of [["hls.js", stock], ["page", page]] as const) {
    if (!browser) continue;
    const freezeMs = longestFreezeMs(testimony, browser);
    if (freezeMs > (fault.freezeBarMs ?? 500)) complaints.push(`${name}: the picture stood for ${freezeMs} ms`);
    if (!browser.isPlaying) complaints.push(`${name}: no picture at the end`);
    const fatal = browser.errors.filter((error) => error.includes("FATAL"));
    if (fatal.length > 0) complaints.push(`${name}: ${fatal.join(", ")}`);
  }
  if (vlc?.exited) complaints.push(`VLC ended with ${vlc.exited.code}`);
  if (vlc && fault.hasClock && (vlc.lastPictureAgoMs ?? Infinity) > 8000) {
    complaints.push("VLC: no live picture at the end");
  }
  if (vlc?.firstPictureMs === null) complaints.push("VLC showed nothing");
  if (mpv?.exited) complaints.push(`mpv ended with ${mpv.exited.code}`);
  if (mpv && (mpv.lastPictureAgoMs ?? Infinity) > 8000) complaints.push("mpv: no picture at the end");
  return complaints;
}

function figuresOf(testimony: Testimony, seams: readonly Seam[]): Verdict["figures"] {
  const { recording, stock, page, vlc, mpv } = testimony;
  const worst = (list: readonly (number | null)[]) => list.some((one) => one !== null) ? Math.max(...list.map((one) => one ?? 0)) : null;
  return {
    "parts": recording.parts.length,
    "longest gap between parts, ms": recording.longestGap.forMs,
    "changes of MAP": recording.mapChanges,
    "live after, worst, ms": worst(seams.map((seam) => seam.liveAfterMs)),
    "void hints": recording.voidHints,
    "jumps": recording.jumps.length,
    "hls.js longest freeze, ms": stock && longestFreezeMs(testimony, stock),
    "hls.js stalls": stock && stock.stalls,
    "page longest freeze, ms": page && longestFreezeMs(testimony, page),
    "VLC": vlc && (vlc.exited ? "ended" : "plays"),
    "mpv longest gap, ms": mpv && mpv.longestGapMs,
  };
}
