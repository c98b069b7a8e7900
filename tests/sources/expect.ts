import assert from "node:assert/strict";
import { beepsOf, lipSync, numbersOf, type Watch, type WatchedTick, type WatchOptions, watchSources } from "../fixtures/watch_source.ts";

/** Watches one source (or several, the first on air) for so long, and stops. */
export async function watchFor(seconds: number, source: string | readonly string[], o: WatchOptions = {}): Promise<Watch> {
  const watch = await watchSources([source].flat(), o);
  try {
    await watch.until(seconds * 1000);
  } finally {
    await watch.stop();
  }
  return watch;
}

export function firstShown(watch: Watch): WatchedTick | undefined {
  return watch.ticks.find(({ isCard }) => !isCard);
}

/** Ticks were made late: the machine was busy elsewhere. What was read meanwhile came late, too, and a flash may have lost its first pictures. */
export function wasBusy(watch: Watch): boolean {
  return watch.ticks.some(({ lateMs }) => lateMs > BUSY_MS);
}

/** How much longer than on a quiet machine a process may take to start. */
export function patience(): number {
  return Math.max(1, Deno.loadavg()[0]! / 3);
}

/** A picture stands within `withinMs` (of a quiet machine), and from then on never the card. */
export function assertNoCard(watch: Watch, what: string, withinMs = 2500): void {
  const first = firstShown(watch);
  withinMs *= patience();
  assert.ok(first && first.ms <= withinMs, `${what}: its first picture came at ${first?.ms} ms; ${watch.lines.join(" / ")}`);
  const cards = watch.ticks.filter(({ isCard, ms }) => isCard && ms > first.ms);
  assert.equal(
    cards.length,
    0,
    `${what}: the card stood at ${cards.map(({ ms }) => Math.round(ms)).slice(0, 9)}; ${watch.lines.join(" / ")}`,
  );
}

/** Each flash that has a beep stands within 40 ms (or `withinMs`) of it (four of five where the machine was busy), and there are as many as that. Gives the distances. */
export function assertInSync(
  watch: Watch,
  what: string,
  o: { least: number; fromMs?: number; toMs?: number; withinMs?: number },
): number[] {
  const offs = lipSync(watch, o.fromMs, o.toMs);
  assert.ok(offs.length >= o.least, `${what}: ${offs.length} flashes have a beep; beeps at ${beepsOf(watch.sound()).map(Math.round)}`);
  const wide = offs.filter((off) => Math.abs(off) > (o.withinMs ?? 40)).length;
  assert.ok(wide <= (wasBusy(watch) ? Math.ceil(offs.length / 5) : 0), `${what}: sound is off by ${offs.map(Math.round)} ms`);
  return offs;
}

/**
 * The pictures come in order and begin again at 0 after `count`. On a machine that is busy elsewhere some are left out, never more than a few at a time;
 * where no tick was late, none are.
 */
export function assertWhole(
  watch: Watch,
  count: number,
  what: string,
  toMs = Infinity,
  numbers = numbersOf(watch.ticks.filter(({ ms }) => ms < toMs)),
): void {
  const lates = watch.ticks.filter(({ lateMs }) => lateMs > BUSY_MS).length;
  let missing = 0, missingAtStart = 0;
  for (const [index, number] of numbers.entries()) {
    const before = numbers[index - 1] ?? -1;
    const missed = (number - before - 1 + count) % count;
    assert.ok(missed < count / 2, `${what}: picture ${number} came after ${before}: ${numbers}`);
    missing += missed;
    if (index < 10) missingAtStart += missed;
  }
  // A decoder that had to wait for a core has no tick to tell of it; beside others' starts it has to at its own.
  const spared = patience() > 1 ? 2 : Math.min(2, missingAtStart);
  assert.ok(missing <= 8 * lates + spared, `${what}: ${missing} pictures are missing, ${lates} ticks were late: ${numbers}`);
}

/** A tick that is made so late says that the machine was busy elsewhere: a picture read meanwhile came late, too. */
const BUSY_MS = 50;

/** When the canvas changed between the card and the source: "card 0, source 133, card 5300 …", in whole hundreds of ms. */
export function changesOf(ticks: readonly WatchedTick[]): string {
  return ticks.flatMap(({ isCard, ms }, index) =>
    isCard === ticks[index - 1]?.isCard ? [] : [`${isCard ? "card" : "source"} ${Math.round(ms)}`]
  )
    .join(", ");
}
