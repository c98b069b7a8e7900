/** What was sent and is not known to have arrived. Times in milliseconds of one clock. */
export interface OnTheWay {
  sent(number: number, bytes: number, nowMs: number): void;
  /** The server has that one, and so all before it. */
  heard(number: number, isHeld: boolean, nowMs: number): void;
  /** A new connection. */
  restart(): void;
  /** How long the oldest is on its way, less the least that one ever was. 0 where nothing waits. */
  lateMs(nowMs: number): number;
  /** How long what waits will take, at the speed that the way was seen to have: what is sent now comes so much later. */
  queuedMs(): number;
  /** How long the oldest is on its way; 0 where there is none. */
  oldestMs(nowMs: number): number;
  heardBitsPerSecond(nowMs: number): number | null;
  isHeld(nowMs: number): boolean;
}

const WINDOW_MS = 1000;
const LEAST_WINDOW_MS = 400;
/** The server says it with what it hears: if nothing is sent because of it, it never says that it is over. */
const HELD_FOR_MS = 300;

/** The way is as fast as it was at its best in so long: what came together with others, or waited for nothing, looks faster than it is and never slower. */
const SPEED_WINDOW_MS = 3000;
/** Too little to tell a speed by. */
const LEAST_TIMED_BYTES = 2000;

export function createOnTheWay(): OnTheWay {
  let speeds: { readonly bytesPerMs: number; readonly atMs: number }[] = [];
  let heardAtMs = -Infinity;
  let waiting: { readonly number: number; readonly bytes: number; readonly atMs: number }[] = [];
  let arrived: { readonly bytes: number; readonly atMs: number }[] = [];
  let leastMs = Infinity;
  let heldAtMs = -Infinity;

  const oldestMs = (nowMs: number) => waiting.length === 0 ? 0 : nowMs - waiting[0]!.atMs;

  /** They had the narrowest piece of the way for themselves since what came before them had passed it. */
  function timeSpeed(here: typeof waiting, nowMs: number): void {
    const bytes = count(here);
    const forMs = nowMs - Math.max(here[0]!.atMs + leastMs, heardAtMs);
    heardAtMs = nowMs;
    speeds = speeds.filter(({ atMs }) => nowMs - atMs < SPEED_WINDOW_MS);
    if (bytes >= LEAST_TIMED_BYTES) speeds.push({ bytesPerMs: forMs > 0 ? bytes / forMs : Infinity, atMs: nowMs });
  }

  return {
    sent: (number, bytes, atMs) => void waiting.push({ number, bytes, atMs }),
    heard(number, isHeld, nowMs) {
      const here = waiting.filter((one) => one.number <= number);
      if (here.length === 0) return;
      waiting = waiting.slice(here.length);
      leastMs = Math.min(leastMs, nowMs - here.at(-1)!.atMs);
      arrived = arrived.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
      arrived.push({ bytes: count(here), atMs: nowMs });
      timeSpeed(here, nowMs);
      if (isHeld) heldAtMs = nowMs;
    },
    restart() {
      [waiting, arrived, speeds] = [[], [], []];
      [leastMs, heldAtMs, heardAtMs] = [Infinity, -Infinity, -Infinity];
    },
    lateMs: (nowMs) => Math.max(0, oldestMs(nowMs) - (leastMs === Infinity ? 0 : leastMs)),
    queuedMs: () => speeds.length === 0 ? 0 : count(waiting) / Math.max(...speeds.map(({ bytesPerMs }) => bytesPerMs)),
    oldestMs,
    heardBitsPerSecond(nowMs) {
      const recent = arrived.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
      const spanMs = nowMs - (recent[0]?.atMs ?? nowMs);
      // The first only tells when the span begins.
      return spanMs < LEAST_WINDOW_MS ? null : count(recent.slice(1)) * 8000 / spanMs;
    },
    isHeld: (nowMs) => nowMs - heldAtMs < HELD_FOR_MS,
  };
}

function count(pieces: readonly { readonly bytes: number }[]): number {
  return pieces.reduce((sum, { bytes }) => sum + bytes, 0);
}
