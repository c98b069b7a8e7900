import { isRun, type Run, type RunEnd } from "./run.ts";
import { describeFailedStart } from "./run_end.ts";

/** `failures` counts the runs that ended without a good minute before. */
export type SupervisorState =
  | { readonly kind: "starting"; readonly failures: number }
  | { readonly kind: "running"; readonly failures: number; readonly startedAtMs: number }
  | { readonly kind: "stalled"; readonly failures: number; readonly startedAtMs: number; readonly silentSinceMs: number }
  | {
    readonly kind: "backing_off";
    readonly failures: number;
    readonly retryAtMs: number;
    readonly delayMs: number;
    readonly lastEnd: RunEnd;
  }
  | { readonly kind: "stopping" }
  | { readonly kind: "stopped" };

export type SupervisorEvent =
  | { readonly kind: "pictures" }
  | { readonly kind: "silence" }
  | { readonly kind: "ended"; readonly end: RunEnd }
  | { readonly kind: "retry_due" }
  | { readonly kind: "stop" };

/** Where an event leads. `random` is from 0 up to 1. An event that means nothing in a state leaves it as it is. */
export function moveSupervisor(state: SupervisorState, event: SupervisorEvent, nowMs: number, random: number): SupervisorState {
  switch (event.kind) {
    case "pictures":
      if (state.kind === "starting") return { kind: "running", failures: state.failures, startedAtMs: nowMs };
      if (state.kind === "stalled") return { kind: "running", failures: state.failures, startedAtMs: state.startedAtMs };
      return state;
    case "silence":
      return state.kind === "running" ? { ...state, kind: "stalled", silentSinceMs: nowMs } : state;
    case "ended": {
      if (state.kind === "stopping") return { kind: "stopped" };
      if (state.kind === "stopped" || state.kind === "backing_off") return state;
      const isGood = state.kind !== "starting" && nowMs - state.startedAtMs >= GOOD_RUN_MS;
      const failures = isGood ? 1 : state.failures + 1;
      const delayMs = Math.round(Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1)) * (1 + JITTER * (2 * random - 1)));
      return { kind: "backing_off", failures, delayMs, retryAtMs: nowMs + delayMs, lastEnd: event.end };
    }
    case "retry_due":
      return state.kind === "backing_off" ? { kind: "starting", failures: state.failures } : state;
    case "stop":
      if (state.kind === "stopped" || state.kind === "backing_off") return { kind: "stopped" };
      return { kind: "stopping" };
  }
}

export interface SupervisorDeps {
  /** A run, or why there is none. `signal` fires when the supervisor is stopped meanwhile. */
  readonly startRun: (signal: AbortSignal) => Promise<Run | RunEnd>;
  readonly onRun: (run: Run) => void;
  readonly onState: (state: SupervisorState, why: string) => void;
  readonly now: () => number;
  readonly random: () => number;
  readonly setTimer?: (callback: () => void, delayMs: number) => number;
  readonly clearTimer?: (timer: number) => void;
}

/** Keeps a run going: whatever ends is started again, later and later while it does not last, until `stop`. */
export function superviseRuns(deps: SupervisorDeps): { readonly state: SupervisorState; stop(): Promise<void> } {
  const setTimer = deps.setTimer ?? ((callback, delayMs) => setTimeout(callback, delayMs) as unknown as number);
  const clearTimer = deps.clearTimer ?? ((timer) => clearTimeout(timer));
  const aborter = new AbortController();
  let state: SupervisorState = { kind: "starting", failures: 0 };
  let retryTimer: number | null = null;
  let run: Run | null = null;
  let life: Promise<void> = Promise.resolve();
  let stopping: Promise<void> | null = null;

  function handle(event: SupervisorEvent, why: string): void {
    const before = state;
    state = moveSupervisor(state, event, deps.now(), deps.random());
    if (state === before) return;
    deps.onState(state, why);
    if (state.kind === "starting") life = live();
    if (state.kind === "backing_off") retryTimer = setTimer(() => handle({ kind: "retry_due" }, "It is time to try again"), state.delayMs);
  }

  async function live(): Promise<void> {
    const outcome = await deps.startRun(aborter.signal).catch((problem) =>
      describeFailedStart("cannot_start", problem instanceof Error ? problem.message : String(problem))
    );
    if (!isRun(outcome)) return handle({ kind: "ended", end: outcome }, outcome.reason);
    run = outcome;
    if (state.kind === "stopping") {
      await outcome.stop();
    } else {
      outcome.watch((news) =>
        handle({ kind: news }, news === "pictures" ? `Run ${outcome.id} delivers pictures` : `No picture from run ${outcome.id}`)
      );
      deps.onRun(outcome);
    }
    const end = await outcome.ended;
    run = null;
    handle({ kind: "ended", end }, end.reason);
  }

  async function stop(): Promise<void> {
    handle({ kind: "stop" }, "Stop was asked for");
    if (retryTimer !== null) clearTimer(retryTimer);
    aborter.abort();
    await run?.stop();
    await life;
  }

  // Not before the caller holds the supervisor, which its callbacks may ask for.
  queueMicrotask(() => {
    if (state.kind !== "starting") return;
    deps.onState(state, "The show begins");
    life = live();
  });

  return {
    get state() {
      return state;
    },
    stop: () => stopping ??= stop(),
  };
}

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 10_000;
const JITTER = 0.2;
/** A run that delivered for so long was good: the next one is tried again at once. */
const GOOD_RUN_MS = 60_000;
