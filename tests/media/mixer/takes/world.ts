import { createPicturePool, type RawPicture } from "../../../../media/intake/raw_picture.ts";
import type { Take } from "../../../../media/mixer/takes/take.ts";

/**
 * A source that sends to a take, and a show that takes from it, in fake time. `contentMs` says what is to be seen or heard: it counts on without
 * a jump, whatever the stamps (`ptsMs`) say.
 */
export interface Sent {
  readonly contentMs: number;
  readonly ptsMs: number;
  readonly atMs: number;
}

export const TICK_MS = 1000 / 30;
export const PACKET_MS = 1024 / 48;

export interface Seen {
  /** Each tick's picture; null before the first. */
  readonly ticks: readonly { readonly showMs: number; readonly contentMs: number | null }[];
  /** The middle of each second's beep, as heard. */
  readonly beeps: readonly { readonly showMs: number; readonly contentMs: number }[];
  readonly mostTaken: number;
  readonly mostWaiting: number;
  /** Pictures that somebody still holds after the take was closed. */
  readonly leftTaken: number;
}

/** Pictures or packets from `fromMs` on, stamped and sent as they are made. */
export function send(
  count: number,
  everyMs: number,
  change: (contentMs: number) => { ptsMs?: number; atMs?: number } | null = () => ({}),
): Sent[] {
  const sent: Sent[] = [];
  let arrivedMs = -Infinity;
  for (let n = 0; n < count; n++) {
    const contentMs = n * everyMs;
    const { ptsMs = contentMs, atMs = contentMs } = change(contentMs) ?? { ptsMs: NaN };
    if (Number.isNaN(ptsMs)) continue;
    // What was sent first comes first.
    arrivedMs = Math.max(arrivedMs, atMs);
    sent.push({ contentMs, ptsMs, atMs: arrivedMs });
  }
  return sent;
}

/** Sound with a beep at each whole second of its content. `frames` per packet. */
function packet(contentMs: number, frames = 1024): Int16Array {
  const samples = new Int16Array(frames * 2);
  const second = Math.round((contentMs + frames / 96) / 1000);
  const middle = (second * 1000 - contentMs) * 48;
  for (let i = Math.max(0, Math.ceil(middle - 120)); i < Math.min(frames, middle + 120); i++) {
    samples[2 * i] = samples[2 * i + 1] = Math.round(12_000 * (1 + Math.cos(Math.PI * (i - middle) / 120)));
  }
  return samples;
}

export interface Plan {
  readonly pictures?: readonly Sent[];
  readonly sounds?: readonly Sent[];
  readonly untilMs: number;
  /** The source waits when there is no room (one pipe for picture and sound). */
  readonly ceiling?: number;
  readonly phaseMs?: number;
  /** How far the sound's cursor stays behind. */
  readonly soundBehindMs?: number;
  readonly onTick?: (showMs: number) => void;
}

export function play(take: Take, plan: Plan): Seen {
  const { pictures = [], sounds = [], untilMs, ceiling = Infinity, phaseMs = 0, soundBehindMs = 150 } = plan;
  const pool = createPicturePool(6);
  const contents = new Map<RawPicture, number>();
  const ticks: { showMs: number; contentMs: number | null }[] = [];
  const beeps: { showMs: number; contentMs: number }[] = [];
  const pipe: (() => void)[] = [];
  let mostTaken = 0, mostWaiting = 0;

  const arrivals = [
    ...pictures.map((sent) => ({ sent, isPicture: true })),
    ...sounds.map((sent) => ({ sent, isPicture: false })),
  ].map((entry, order) => ({ ...entry, order })).sort((a, b) => a.sent.atMs - b.sent.atMs || a.order - b.order);

  function give({ sent, isPicture }: (typeof arrivals)[number], atMs: number, wasHeldBack: boolean): void {
    if (!isPicture) return take.addSound(packet(sent.contentMs), Math.round(sent.ptsMs * 1000), atMs);
    const picture = pool.take();
    contents.set(picture, sent.contentMs);
    take.addPicture(picture, Math.round(sent.ptsMs * 1000), atMs, wasHeldBack);
    mostTaken = Math.max(mostTaken, pool.taken);
    mostWaiting = Math.max(mostWaiting, take.picturesWaiting);
  }

  function drain(): void {
    while (pipe.length > 0 && take.picturesWaiting < ceiling) pipe.shift()!();
  }

  const block = new Float32Array(2048);
  let blockAt = Math.ceil(phaseMs / PACKET_MS);
  let next = 0;
  for (let n = 0;; n++) {
    const showMs = phaseMs + n * TICK_MS;
    if (showMs > untilMs) break;
    for (; next < arrivals.length && arrivals[next]!.sent.atMs <= showMs; next++) {
      const entry = arrivals[next]!;
      drain();
      if (pipe.length === 0 && (!entry.isPicture || take.picturesWaiting < ceiling)) give(entry, entry.sent.atMs, false);
      else pipe.push(() => give(entry, showMs, true));
    }
    plan.onTick?.(showMs);
    const picture = take.pictureAt(showMs);
    picture?.bytes;
    ticks.push({ showMs, contentMs: picture && contents.get(picture)! });
    drain();
    for (; (blockAt + 1) * PACKET_MS <= showMs - soundBehindMs; blockAt++) {
      block.fill(NaN);
      take.readSound(block, blockAt * PACKET_MS);
      if (block.some(Number.isNaN)) throw new Error(`Block ${blockAt} was not filled`);
      hear(block, blockAt * PACKET_MS, beeps);
    }
  }
  take.close();
  for (const drop of pipe) drop();
  return { ticks, beeps: beeps.filter(({ showMs }) => showMs > 100), mostTaken, mostWaiting, leftTaken: pool.taken };
}

/** Adds what is heard of a beep in this block; one that spans two blocks is put together. */
function hear(block: Float32Array, fromMs: number, beeps: { showMs: number; contentMs: number; weight?: number }[]): void {
  let weight = 0, moment = 0;
  for (let i = 0; i < block.length; i += 2) {
    weight += block[i]!;
    moment += block[i]! * (fromMs + i / 96);
  }
  if (weight < 0.5) return;
  const last = beeps.at(-1);
  if (last && fromMs - last.showMs < 40) {
    const both = last.weight! + weight;
    last.showMs = (last.showMs * last.weight! + moment) / both;
    last.weight = both;
  } else {
    beeps.push({ showMs: moment / weight, contentMs: 0, weight });
  }
}

/** How long after its making each tick's picture is seen, in [fromMs, toMs). */
export function delays(seen: Seen, fromMs: number, toMs = Infinity): number[] {
  return seen.ticks.flatMap(({ showMs, contentMs }) => contentMs !== null && showMs >= fromMs && showMs < toMs ? [showMs - contentMs] : []);
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/**
 * How much later than their pictures the beeps are heard, in ms. The picture of a whole second belongs somewhere between the tick that shows it
 * first and the tick before; a beep between the two is in sync.
 */
export function lipSync(seen: Seen, fromMs: number, toMs = Infinity): number[] {
  return seen.beeps.filter(({ showMs }) => showMs >= fromMs && showMs < toMs).flatMap(({ showMs }) => {
    const index = Math.floor((showMs - seen.ticks[0]!.showMs) / TICK_MS);
    const ticks = seen.ticks.slice(Math.max(0, index - 100), index + 100);
    const now = seen.ticks[index]?.contentMs;
    if (now === null || now === undefined) return [];
    const offs = [-1, 0, 1].flatMap((more) => {
      const contentMs = (Math.round(now / 1000) + more) * 1000;
      const first = ticks.findIndex((tick) => tick.contentMs !== null && tick.contentMs >= contentMs - 0.5);
      if (first < 1) return [];
      const before = ticks[first - 1]!.showMs, at = ticks[first]!.showMs;
      return [showMs < before ? showMs - before : showMs > at ? showMs - at : 0];
    });
    return offs.toSorted((a, b) => Math.abs(a) - Math.abs(b)).slice(0, 1);
  });
}

/** Ticks at which the picture did not change, longest row, in ms. */
export function longestStill(seen: Seen, fromMs: number, toMs = Infinity): number {
  let longest = 0, sinceMs = fromMs, contentMs: number | null = null;
  for (const tick of seen.ticks) {
    if (tick.showMs < fromMs || tick.showMs >= toMs) continue;
    if (tick.contentMs !== contentMs) [sinceMs, contentMs] = [tick.showMs, tick.contentMs];
    longest = Math.max(longest, tick.showMs - sinceMs);
  }
  return longest;
}
