/** What the page does about its event socket. Times in milliseconds of one clock that also runs through sleep. */
export type SocketState =
  /** There is no viewer yet, or the page is going. */
  | { readonly kind: "resting" }
  | { readonly kind: "opening"; readonly sinceMs: number; readonly failures: number }
  | { readonly kind: "open"; readonly sinceMs: number; readonly heardAtMs: number; readonly failures: number }
  | { readonly kind: "waiting"; readonly retryAtMs: number; readonly failures: number };

export type SocketEvent =
  /**
   * There is a viewer, or another one. Also when the network is back and when the machine has woken: what was open then may be dead without
   * knowing.
   */
  | "follow"
  | "opened"
  | "heard"
  | "closed"
  /** The server has just answered on another way, after it did not for a while: a socket that is silent or still opening may be dead. */
  | "reachable"
  /** A few times a second. */
  | "tick"
  /** The page goes. */
  | "left";

export type SocketAction =
  | "none"
  /** Close what is there, open a fresh one. */
  | "open"
  | "close";

export const RESTING: SocketState = { kind: "resting" };

const OPENING_LIMIT_MS = 8000;
const OPENING_DOUBTED_MS = 1000;
const SILENCE_DOUBTED_MS = 2000;
/** The server says something every 10 s (routes/events.ts). */
const LONGEST_SILENCE_MS = 25_000;
const GOOD_AFTER_MS = 5000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 10_000;

/** One step. `random` is 0 to 1 and spreads the pages of a server that came back. */
export function reconnect(
  state: SocketState,
  event: SocketEvent,
  nowMs: number,
  random: number,
): { readonly state: SocketState; readonly action: SocketAction } {
  switch (event) {
    case "follow":
      return open(0, nowMs);
    case "left":
      return { state: RESTING, action: "close" };
    case "opened":
      return state.kind === "opening"
        ? { state: { ...state, kind: "open", sinceMs: nowMs, heardAtMs: nowMs }, action: "none" }
        : { state, action: "none" };
    case "heard":
      return { state: state.kind === "open" ? { ...state, heardAtMs: nowMs } : state, action: "none" };
    case "reachable":
      return isDoubtful(state, nowMs) ? open(0, nowMs) : { state, action: "none" };
    case "closed":
      if (state.kind === "resting" || state.kind === "waiting") return { state, action: "none" };
      return {
        state: wait(state.kind === "open" && nowMs - state.sinceMs > GOOD_AFTER_MS ? 0 : state.failures, nowMs, random),
        action: "none",
      };
    case "tick":
      if (state.kind === "waiting" && nowMs >= state.retryAtMs) return open(state.failures, nowMs);
      if (state.kind === "opening" && nowMs - state.sinceMs > OPENING_LIMIT_MS) {
        return { state: wait(state.failures, nowMs, random), action: "close" };
      }
      if (state.kind === "open" && nowMs - state.heardAtMs > LONGEST_SILENCE_MS) return open(0, nowMs);
      return { state, action: "none" };
  }
}

function isDoubtful(state: SocketState, nowMs: number): boolean {
  switch (state.kind) {
    case "resting":
      return false;
    case "waiting":
      return true;
    case "opening":
      return nowMs - state.sinceMs > OPENING_DOUBTED_MS;
    case "open":
      return nowMs - state.heardAtMs > SILENCE_DOUBTED_MS;
  }
}

function open(failures: number, nowMs: number): { readonly state: SocketState; readonly action: SocketAction } {
  return { state: { kind: "opening", sinceMs: nowMs, failures }, action: "open" };
}

function wait(failures: number, nowMs: number, random: number): SocketState {
  const delayMs = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures) * (0.7 + 0.6 * random);
  return { kind: "waiting", retryAtMs: nowMs + delayMs, failures: failures + 1 };
}
