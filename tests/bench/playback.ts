/** Media of one player, placed on the time line of the show. */
export interface Chunk {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly rendition: string;
}

/** One rendition, played without a change: at which wall time it began, and which media it was. */
export interface PlayedRun {
  readonly rendition: string;
  readonly atMs: number;
  readonly fromSeconds: number;
  readonly toSeconds: number;
}

export interface Played {
  /** Null where it never began. */
  readonly startedMs: number | null;
  /** When it ran out of media for longer than a picture, and for how long. */
  readonly stalls: readonly { readonly atMs: number; readonly seconds: number }[];
  readonly runs: readonly PlayedRun[];
}

/** What a player shows of the media that it has, without a screen: nothing ticks, whoever looks brings it up to date. */
export interface Playback {
  add(chunk: Chunk, nowMs: number): void;
  look(nowMs: number): Played;
}

const PICTURE_MS = 33;

/** Plays in real time from `fromSeconds` on, not before `setUpMs`; stands when there is nothing left, goes on with the next chunk. */
export function startPlayback({ fromSeconds, setUpMs }: { fromSeconds: number; setUpMs: number }): Playback {
  const chunks: Chunk[] = [];
  const runs: PlayedRun[] = [];
  let position = fromSeconds;
  let positionAtMs = 0;
  let loadedTo = fromSeconds;
  let readyMs: number | null = null;
  let startedMs: number | null = null;
  let standsSinceMs: number | null = null;
  const stalls: { atMs: number; seconds: number }[] = [];

  function advance(nowMs: number): void {
    const mayStartMs = readyMs === null ? Infinity : Math.max(readyMs, setUpMs);
    if (startedMs === null && nowMs >= mayStartMs) startedMs = positionAtMs = mayStartMs;
    if (startedMs === null || standsSinceMs !== null) return;
    const reached = position + (nowMs - positionAtMs) / 1000;
    if (reached > loadedTo) standsSinceMs = positionAtMs + (loadedTo - position) * 1000;
    show(Math.min(reached, loadedTo));
    positionAtMs = nowMs;
  }

  function show(to: number): void {
    for (const chunk of chunks) {
      const from = Math.max(position, chunk.fromSeconds);
      const until = Math.min(to, chunk.toSeconds);
      if (until <= from) continue;
      const last = runs.at(-1);
      if (last?.rendition === chunk.rendition) runs[runs.length - 1] = { ...last, toSeconds: until };
      else {
        runs.push({
          rendition: chunk.rendition,
          atMs: positionAtMs + (from - position) * 1000,
          fromSeconds: from,
          toSeconds: until,
        });
      }
    }
    while (chunks[0] !== undefined && chunks[0].toSeconds <= to) chunks.shift();
    position = to;
  }

  return {
    add(chunk, nowMs) {
      advance(nowMs);
      chunks.push(chunk);
      loadedTo = Math.max(loadedTo, chunk.toSeconds);
      readyMs ??= nowMs;
      if (standsSinceMs === null) return;
      if (nowMs - standsSinceMs >= PICTURE_MS) stalls.push({ atMs: standsSinceMs, seconds: (nowMs - standsSinceMs) / 1000 });
      standsSinceMs = null;
      positionAtMs = nowMs;
    },
    look(nowMs) {
      advance(nowMs);
      const standsMs = standsSinceMs === null ? 0 : nowMs - standsSinceMs;
      const last = standsSinceMs !== null && standsMs >= PICTURE_MS ? [{ atMs: standsSinceMs, seconds: standsMs / 1000 }] : [];
      return { startedMs, stalls: [...stalls, ...last], runs };
    },
  };
}
