import type { Preset } from "./arguments.ts";

/** What the machine can bear, from all that was set down to the least that is still a show. */
export interface EncodingStep {
  readonly preset: Preset;
  /** Only every second tick of a part is encoded. */
  readonly halvesTicks: boolean;
  /** HQ is encoded at MQ's size. */
  readonly shrinksHq: boolean;
}

export const ENCODING_STEPS: readonly EncodingStep[] = [
  { preset: "veryfast", halvesTicks: false, shrinksHq: false },
  { preset: "superfast", halvesTicks: false, shrinksHq: false },
  { preset: "ultrafast", halvesTicks: false, shrinksHq: false },
  { preset: "ultrafast", halvesTicks: true, shrinksHq: false },
  { preset: "ultrafast", halvesTicks: true, shrinksHq: true },
];

/** A state of the governor; a value. */
export interface Governor {
  /** Of `ENCODING_STEPS`. */
  readonly step: number;
  /** The second that is being counted, and those before it that still count. */
  readonly second: { readonly startMs: number; readonly ticks: number; readonly late: number };
  readonly recent: readonly { readonly ticks: number; readonly late: number }[];
  /** Since when all has been calm. */
  readonly calmSinceMs: number;
  /** So long must it have been calm for a step up. */
  readonly calmNeededMs: number;
  /** When the last step up was made; null where it was not followed by a step down yet. */
  readonly steppedUpMs: number | null;
}

/** Over so many seconds more than a tenth of the ticks late: a step down. */
const JUDGED_SECONDS = 5;
const LATE_SHARE = 0.1;
/** Where most are late, one step would only cost time. */
const HOPELESS_SHARE = 0.5;
const CALM_MS = 5 * 60_000;
const LONGEST_CALM_MS = 40 * 60_000;

export function startGovernor(nowMs: number): Governor {
  return {
    step: 0,
    second: { startMs: nowMs, ticks: 0, late: 0 },
    recent: [],
    calmSinceMs: nowMs,
    calmNeededMs: CALM_MS,
    steppedUpMs: null,
  };
}

/**
 * Counts one tick that was encoded in time, or late, or left out (which counts as late). Judges once a second, in the times of the show. A step up that has
 * to be taken back doubles the time before the next.
 */
export function countTick(governor: Governor, isLate: boolean, nowMs: number): Governor {
  const { startMs, ticks, late } = governor.second;
  const counted = { ...governor, second: { startMs, ticks: ticks + 1, late: late + (isLate ? 1 : 0) } };
  return nowMs - startMs < 1000 ? counted : judge(counted, nowMs);
}

function judge(governor: Governor, nowMs: number): Governor {
  const recent = [...governor.recent, governor.second].slice(-JUDGED_SECONDS);
  const next = { ...governor, recent, second: { startMs: nowMs, ticks: 0, late: 0 } };
  const share = sum(recent, "late") / Math.max(1, sum(recent, "ticks"));
  if (share > LATE_SHARE) {
    const calm = { ...next, calmSinceMs: nowMs };
    if (recent.length < JUDGED_SECONDS) return calm;
    const step = Math.min(ENCODING_STEPS.length - 1, governor.step + (share > HOPELESS_SHARE ? 2 : 1));
    if (step === governor.step) return calm;
    const hasFailed = governor.steppedUpMs !== null && nowMs - governor.steppedUpMs < CALM_MS;
    return {
      ...calm,
      step,
      recent: [],
      calmNeededMs: hasFailed ? Math.min(LONGEST_CALM_MS, governor.calmNeededMs * 2) : governor.calmNeededMs,
      steppedUpMs: null,
    };
  }
  if (governor.step > 0 && nowMs - governor.calmSinceMs >= governor.calmNeededMs) {
    return { ...next, step: governor.step - 1, recent: [], calmSinceMs: nowMs, steppedUpMs: nowMs };
  }
  return next;
}

function sum(seconds: Governor["recent"], what: "ticks" | "late"): number {
  return seconds.reduce((all, second) => all + second[what], 0);
}

/** What the streamer reads of a change. */
export function describeStep(step: number, before: number): string {
  if (step < before) return "This machine has kept up for a while: encoding gets better again.";
  const { halvesTicks, shrinksHq } = ENCODING_STEPS[step]!;
  const what = shrinksHq ? "HQ gets MQ's size" : halvesTicks ? "every second picture is left out" : "pictures get a little coarser";
  return `This machine is too slow for what is set: ${what}. A smaller --ladder or --rate would help.`;
}
