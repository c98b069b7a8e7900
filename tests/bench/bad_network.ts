import { openPage, type Watched } from "../browser/watch.ts";
import { pause } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import { startHoldingProxy } from "./holding_proxy.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, note, quantile, type Row } from "./table.ts";

const DELAY_MS = 20;
const JITTER_MS = 30;
const HOLD_EVERY_MS = 20_000;
const HOLD_MS = 400;
const GOOD_SECONDS = 25;
const MAY_RISE_MS = 1000;
/** Back: no further from the first latency than two readings of the same calm stream are from each other. */
const BACK_WITHIN_MS = 150;

/**
 * Our page over a network that delays each piece by 20 ms ± 30 ms (never less than nothing, order kept) on its way there and on its way back, and
 * that stands still for 400 ms every 20 s; a calm stretch before and after.
 */
export async function runBadNetwork({ quick }: BenchOptions, random: () => number = Math.random): Promise<Row[]> {
  const seconds = quick ? 45 : 300;
  const recoverySeconds = quick ? 75 : 90;
  let isBad = false;
  await using server = await startTercet({ args: ["--source", BARCODE_SOURCE] });
  await server.settled();
  const proxy = startHoldingProxy(server.port, () => isBad ? Math.max(0, DELAY_MS + (2 * random() - 1) * JITTER_MS) : 0);
  const watch = await openPage(`http://127.0.0.1:${proxy.port}/`);
  try {
    await pause(GOOD_SECONDS * 1000);
    const before = await watch.read();
    isBad = true;
    const beganAtMs = await watch.page.evaluate(() => performance.now());
    const holding = holdNowAndThen(proxy);
    await pause(seconds * 1000);
    clearInterval(holding);
    proxy.release();
    isBad = false;
    const during = await watch.read();
    const endedAtMs = await watch.page.evaluate(() => performance.now());
    await pause(recoverySeconds * 1000);
    const after = await watch.read();

    const badMs = latenciesBetween(during, beganAtMs + 1000, endedAtMs);
    const restedMs = before.latencyMs?.p50 ?? null;
    const endMs = quantile(latenciesBetween(after, (after.readings.at(-1)?.[0] ?? 0) - 10_000), 0.5);
    const freezes = during.freezes.slice(before.freezes.length);
    return [
      note(`our page on a good network: glass to glass, p50`, restedMs, "ms"),
      note("  p95", before.latencyMs?.p95 ?? null, "ms"),
      atMost(`  then ${seconds} s of a bad one: stalls`, during.stalls - before.stalls, "", 1),
      atMost("  pictures more than 300 ms apart", freezes.length, "times", 1),
      note("  longest time between two pictures", Math.max(0, ...freezes.map(({ forMs }) => forMs)), "ms"),
      note("  glass to glass, p50", quantile(badMs, 0.5), "ms"),
      note("  p95", quantile(badMs, 0.95), "ms"),
      atMost("  risen by, p95 over the p50 before", rise(quantile(badMs, 0.95), restedMs), "ms", MAY_RISE_MS),
      atMost(`  ${recoverySeconds} s after it, above the p50 before by`, rise(endMs, restedMs), "ms", BACK_WITHIN_MS),
      note("  lines of the picture, one after the other", after.sizes.map(({ height }) => height).join(", ")),
      ...after.errors.length > 0 ? [note("  errors", after.errors.join(", ").slice(0, 120))] : [],
    ];
  } finally {
    await watch.close();
    proxy.close();
  }
}

function holdNowAndThen(proxy: ReturnType<typeof startHoldingProxy>): ReturnType<typeof setInterval> {
  return setInterval(async () => {
    proxy.hold();
    await pause(HOLD_MS);
    proxy.release();
  }, HOLD_EVERY_MS);
}

function latenciesBetween(seen: Watched, fromMs: number, toMs = Infinity): number[] {
  return seen.readings.filter(([atMs]) => atMs >= fromMs && atMs < toMs).map(([, latencyMs]) => latencyMs);
}

function rise(now: number | null, before: number | null): number | null {
  return now === null || before === null ? null : now - before;
}
