/** How the page keeps a picture: what it is doing about it now. Times in milliseconds of one clock that also runs through sleep. */
export type RecoveryState =
  | { readonly kind: "starting"; readonly sinceMs: number; readonly failures: number }
  | {
    readonly kind: "playing";
    readonly movedAtMs: number;
    readonly sinceMs: number;
    readonly failures: number;
    readonly tried: Tried;
    readonly mediaErrorAtMs: number;
  }
  | { readonly kind: "waiting"; readonly retryAtMs: number; readonly failures: number };

/** What was already done about a picture that stands. */
type Tried = "nothing" | "jump";

export type RecoveryEvent =
  /** A few times a second. `isMoving`: media time has advanced since the last tick. `isWanted`: the viewer has not paused. */
  | { readonly kind: "tick"; readonly isMoving: boolean; readonly isWanted: boolean }
  /** The player has given up on the network, or the address is unknown now. */
  | { readonly kind: "network_error" }
  | { readonly kind: "media_error" }
  /** The media element or its source is beyond repair. */
  | { readonly kind: "dead" }
  /** The network is back, the page is seen again, the machine has woken. */
  | { readonly kind: "returned" };

export type RecoveryAction =
  | "none"
  /** Ask the server who we are, then play with a fresh player. */
  | "restart"
  | "recover_media"
  | "jump";

/** A player that has not shown a picture by then is replaced. */
const START_LIMIT_MS = 8000;
const STANDING_JUMP_MS = 2500;
const STANDING_RESTART_MS = 5000;
const RETURNED_STANDING_MS = 600;
const GOOD_AFTER_MS = 10_000;
const MEDIA_ERRORS_APART_MS = 10_000;
const FIRST_DELAY_MS = 250;
/** A picture is to be there 3 s after the network's return, and the attempt before that may just have failed. */
const LONGEST_DELAY_MS = 1000;

export function startRecovery(nowMs: number): RecoveryState {
  return { kind: "starting", sinceMs: nowMs, failures: 0 };
}

/** One step: what the page does now, and the state after it. `random` is 0 to 1 and spreads the pages of one server that came back. */
export function recover(
  state: RecoveryState,
  event: RecoveryEvent,
  nowMs: number,
  random: number,
): { readonly state: RecoveryState; readonly action: RecoveryAction } {
  switch (event.kind) {
    case "tick":
      return tick(state, event, nowMs, random);
    case "network_error":
    case "dead":
      return state.kind === "waiting" ? { state, action: "none" } : wait(state, nowMs, random);
    case "media_error":
      if (state.kind !== "playing" || nowMs - state.mediaErrorAtMs < MEDIA_ERRORS_APART_MS) {
        return state.kind === "waiting" ? { state, action: "none" } : wait(state, nowMs, random);
      }
      return { state: { ...state, mediaErrorAtMs: nowMs }, action: "recover_media" };
    case "returned":
      if (state.kind === "playing" && nowMs - state.movedAtMs < RETURNED_STANDING_MS) return { state, action: "none" };
      if (state.kind === "starting") return { state, action: "none" };
      return { state: { kind: "starting", sinceMs: nowMs, failures: 0 }, action: "restart" };
  }
}

function tick(state: RecoveryState, event: { isMoving: boolean; isWanted: boolean }, nowMs: number, random: number) {
  if (state.kind === "waiting") {
    if (nowMs < state.retryAtMs) return { state, action: "none" as const };
    return { state: { kind: "starting" as const, sinceMs: nowMs, failures: state.failures }, action: "restart" as const };
  }
  if (state.kind === "starting") {
    if (event.isMoving) return { state: begin(nowMs, state.failures), action: "none" as const };
    if (!event.isWanted) return { state: { ...state, sinceMs: nowMs }, action: "none" as const };
    return nowMs - state.sinceMs > START_LIMIT_MS ? wait(state, nowMs, random) : { state, action: "none" as const };
  }
  if (event.isMoving || !event.isWanted) {
    const failures = nowMs - state.sinceMs > GOOD_AFTER_MS ? 0 : state.failures;
    return { state: { ...state, movedAtMs: nowMs, tried: "nothing" as const, failures }, action: "none" as const };
  }
  const standingMs = nowMs - state.movedAtMs;
  if (standingMs > STANDING_RESTART_MS) return wait(state, nowMs, random);
  if (standingMs > STANDING_JUMP_MS && state.tried === "nothing") {
    return { state: { ...state, tried: "jump" as const }, action: "jump" as const };
  }
  return { state, action: "none" as const };
}

function begin(nowMs: number, failures: number): RecoveryState {
  return { kind: "playing", movedAtMs: nowMs, sinceMs: nowMs, failures, tried: "nothing", mediaErrorAtMs: -Infinity };
}

/** Attempts begin so far apart at least: one that has taken long to fail is followed by the next at once. */
function wait(state: RecoveryState, nowMs: number, random: number) {
  const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** state.failures) * (0.7 + 0.6 * random);
  const retryAtMs = Math.max(nowMs, (state.kind === "starting" ? state.sinceMs : nowMs) + delayMs);
  return { state: { kind: "waiting" as const, retryAtMs, failures: state.failures + 1 }, action: "none" as const };
}
