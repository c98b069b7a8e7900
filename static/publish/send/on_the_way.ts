/** What was sent and is not known to have arrived. Times in milliseconds of one clock. */
export interface OnTheWay {
  sent(number: number, bytes: number, nowMs: number): void;
  /** The server has that one, and so all before it. */
  heard(number: number, isHeld: boolean, nowMs: number): void;
  /** A new connection. */
  restart(): void;
  /** How long the oldest is on its way, less the least that one ever was: what is sent now comes so much later. 0 where nothing waits. */
  lateMs(nowMs: number): number;
  /** How long the oldest is on its way; 0 where there is none. */
  oldestMs(nowMs: number): number;
  heardBitsPerSecond(nowMs: number): number | null;
  isHeld(nowMs: number): boolean;
}

const WINDOW_MS = 1000;
const LEAST_WINDOW_MS = 400;
/** The server says it with what it hears: if nothing is sent because of it, it never says that it is over. */
const HELD_FOR_MS = 300;

export function createOnTheWay(): OnTheWay {
  let waiting: { readonly number: number; readonly bytes: number; readonly atMs: number }[] = [];
  let arrived: { readonly bytes: number; readonly atMs: number }[] = [];
  let leastMs = Infinity;
  let heldAtMs = -Infinity;

  const oldestMs = (nowMs: number) => waiting.length === 0 ? 0 : nowMs - waiting[0]!.atMs;
  return {
    sent: (number, bytes, atMs) => void waiting.push({ number, bytes, atMs }),
    heard(number, isHeld, nowMs) {
      const here = waiting.filter((one) => one.number <= number);
      if (here.length === 0) return;
      waiting = waiting.slice(here.length);
      leastMs = Math.min(leastMs, nowMs - here.at(-1)!.atMs);
      arrived = arrived.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
      arrived.push({ bytes: here.reduce((sum, { bytes }) => sum + bytes, 0), atMs: nowMs });
      if (isHeld) heldAtMs = nowMs;
    },
    restart() {
      [waiting, arrived] = [[], []];
      [leastMs, heldAtMs] = [Infinity, -Infinity];
    },
    lateMs: (nowMs) => Math.max(0, oldestMs(nowMs) - (leastMs === Infinity ? 0 : leastMs)),
    oldestMs,
    heardBitsPerSecond(nowMs) {
      const recent = arrived.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
      const spanMs = nowMs - (recent[0]?.atMs ?? nowMs);
      // The first only tells when the span begins.
      return spanMs < LEAST_WINDOW_MS ? null : recent.slice(1).reduce((sum, { bytes }) => sum + bytes, 0) * 8000 / spanMs;
    },
    isHeld: (nowMs) => nowMs - heldAtMs < HELD_FOR_MS,
  };
}
