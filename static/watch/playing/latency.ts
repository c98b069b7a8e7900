import { words } from "../../shared/words/words.ts";

/** How far behind live the picture is. `isMeasured`: against the wall clock; otherwise counted from the playlist alone, which leaves out encoding. */
export interface Latency {
  readonly seconds: number;
  readonly isMeasured: boolean;
}

/**
 * Takes the wall clock's word (PROGRAM-DATE-TIME of the picture on screen against now) only where this machine's clock agrees with
 * the server's: it must say a little more than the player counts from the playlist, never less and never seconds more.
 */
export function measureLatency(o: { readonly countedSeconds: number; readonly shownAtMs: number | null; readonly nowMs: number }): Latency {
  if (o.shownAtMs !== null) {
    const seconds = (o.nowMs - o.shownAtMs) / 1000;
    const beyondSeconds = seconds - o.countedSeconds;
    if (beyondSeconds > -0.25 && beyondSeconds < 1) return { seconds, isMeasured: true };
  }
  return { seconds: o.countedSeconds, isMeasured: false };
}

/** "1.2 s behind live", with "about" where it is only counted; whole seconds from ten on. */
export function sayLatency(latency: Latency): string {
  const seconds = Math.max(0, latency.seconds);
  return words().notice.behindLive(seconds < 9.95 ? seconds.toFixed(1) : seconds.toFixed(0), latency.isMeasured);
}
