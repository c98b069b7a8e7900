import type { PictureItem } from "./items.ts";

/** What has arrived of late; null what cannot be told yet. */
export interface ArrivalStats {
  readonly bitsPerSecond: number | null;
  readonly picturesPerSecond: number | null;
  /** The longest way between two key pictures of the last three; or since the last one, where that is longer already. */
  readonly keyIntervalSeconds: number | null;
  /** How much later pictures are shown because of B-frames, and how many of those stand in a row. */
  readonly reorderMs: number;
  readonly reorderPictures: number;
}

export interface Arrivals {
  addPicture(item: Pick<PictureItem, "isKey" | "compositionMs" | "data">, outMs: number): void;
  addSound(data: Uint8Array, outMs: number): void;
  stats(): ArrivalStats;
  restart(): void;
}

const WINDOW_MS = 5000;
const LEAST_MS = 1000;
const MOST_KEPT = 4000; // 5 s of 240 pictures and 94 frames of sound a second come to 1700

/** Measures a publisher by its own times (of the envelope): what came late or in a burst counts as if it had come in time. */
export function createArrivals(): Arrivals {
  let kept: { readonly outMs: number; readonly bytes: number; readonly compositionMs: number | null }[] = [];
  let keys: number[] = [];

  function add(outMs: number, bytes: number, compositionMs: number | null): void {
    kept.push({ outMs, bytes, compositionMs });
    if (kept.length > MOST_KEPT || kept[0]!.outMs < outMs - 2 * WINDOW_MS) kept = kept.filter((one) => one.outMs >= outMs - WINDOW_MS);
    if (kept.length > MOST_KEPT) kept = kept.slice(MOST_KEPT / 2);
  }

  return {
    addPicture({ isKey, compositionMs, data }, outMs) {
      if (isKey) keys = [...keys.slice(-3), outMs];
      add(outMs, data.length, compositionMs);
    },
    addSound: (data, outMs) => add(outMs, data.length, null),
    stats() {
      const newestMs = kept.at(-1)?.outMs ?? 0;
      const recent = kept.filter((one) => one.outMs >= newestMs - WINDOW_MS);
      const pictures = recent.filter((one) => one.compositionMs !== null);
      const spanMs = newestMs - (recent[0]?.outMs ?? 0);
      const pictureSpanMs = (pictures.at(-1)?.outMs ?? 0) - (pictures[0]?.outMs ?? 0);
      const picturesPerSecond = pictureSpanMs >= LEAST_MS ? (pictures.length - 1) / pictureSpanMs * 1000 : null;
      const compositions = pictures.map((one) => one.compositionMs!);
      const reorderMs = compositions.length === 0
        ? 0
        : compositions.reduce((a, b) => Math.max(a, b)) - compositions.reduce((a, b) => Math.min(a, b));
      return {
        bitsPerSecond: spanMs >= LEAST_MS ? recent.reduce((sum, { bytes }) => sum + bytes, 0) * 8 / spanMs * 1000 : null,
        picturesPerSecond,
        keyIntervalSeconds: longestKeyInterval(keys, pictures.at(-1)?.outMs ?? 0),
        reorderMs,
        // With n of them between two others the times of composition lie n + 1 pictures apart.
        reorderPictures: picturesPerSecond === null ? 0 : Math.max(0, Math.round(reorderMs * picturesPerSecond / 1000) - 1),
      };
    },
    restart() {
      kept = [];
      keys = [];
    },
  };
}

function longestKeyInterval(keys: readonly number[], newestMs: number): number | null {
  if (keys.length === 0) return null;
  const steps = keys.slice(1).map((outMs, at) => outMs - keys[at]!);
  const openMs = newestMs - keys.at(-1)!;
  if (steps.length === 0) return openMs >= 2 * LEAST_MS ? openMs / 1000 : null;
  return Math.max(...steps, openMs) / 1000;
}
