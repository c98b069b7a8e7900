import { hasChromium } from "../browser/chromium.ts";
import { hasFirefox } from "../browser/firefox.ts";
import { openPublishHouse, type PublishHouse } from "../browser/publish_house.ts";
import { type BrowserName, BUSY_CAMERA, goLive, openSender } from "../browser/sender.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startSlowProxy } from "../fixtures/slow_proxy.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, median, note, quantile, type Row } from "./table.ts";

const LINK_BITS = 1_000_000;
/** What a sudden narrowing leaves in the sockets has drained by then. */
const SETTLE_SECONDS = 7;

/** Real browsers with cameras of their own publish, on a free link and on one of 1 Mbit/s. Nobody decodes: what is measured is the way to the server. */
export async function runBrowserPublisher({ quick }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [browser, isThere] of [["Chromium", hasChromium], ["Firefox", hasFirefox]] as const) {
    if (!isThere()) continue;
    const seconds = quick ? 6 : 60;
    rows.push(...await measureSender(browser, seconds));
    // A recorder, as Firefox has it, does not tell when its pictures were captured.
    if (browser === "Chromium") rows.push(...await measureSlowLink(browser, seconds));
  }
  return rows;
}

async function measureSender(browser: BrowserName, seconds: number): Promise<Row[]> {
  await using house = await openPublishHouse();
  const seat = await openSender(browser, house.url, house.key);
  try {
    await goLive(seat);
    await waitFor("pictures", 30_000, () => house.counted > 0);
    await pause(1000);
    const free = await watch(house, seconds);
    if (free.delaysMs.length === 0) return [note(`${browser}, by its recorder: pictures a second`, free.counted / seconds)];
    return [
      atMost(`${browser}: pictures lost in ${seconds} s after the first`, free.lost, "", 0),
      note("  pictures a second", free.pictures / seconds),
      note("  bits a second", free.bits / 1e6, "Mbit/s"),
      note("  captured to here, p50", median(free.delaysMs), "ms"),
      note("    p95", quantile(free.delaysMs, 0.95), "ms"),
    ];
  } finally {
    await seat.close();
  }
}

async function measureSlowLink(browser: BrowserName, seconds: number): Promise<Row[]> {
  await using house = await openPublishHouse();
  const proxy = startSlowProxy(house.port);
  const seat = await openSender(browser, `http://127.0.0.1:${proxy.port}/publish`, house.key, { before: BUSY_CAMERA });
  try {
    await goLive(seat);
    await waitFor("more than the link will carry", 30_000, () => rateOf(house, 2000) > 1.5 * LINK_BITS, 200);
    const before = rateOf(house, 2000);
    proxy.bitsPerSecond = LINK_BITS;
    await pause(SETTLE_SECONDS * 1000);
    const slow = await watch(house, seconds);
    proxy.bitsPerSecond = null;
    const freeAtMs = performance.now();
    await waitFor("the picture as it was", 120_000, () => rateOf(house, 2000) > before * 0.7, 500).catch(() => null);
    return [
      note(`${browser}, a busy picture: bits a second`, before / 1e6, "Mbit/s"),
      note(`  at 1 Mbit/s: bits a second`, slow.bits / 1e6, "Mbit/s"),
      holds("    lowered", slow.bits < LINK_BITS, `${slow.lost} pictures left out of ${slow.lost + slow.pictures}`),
      atMost("    captured to here at most", Math.max(...slow.delaysMs), "ms", 1000),
      note("    p50", median(slow.delaysMs), "ms"),
      note("  free again: as before after", (performance.now() - freeAtMs) / 1000, "s"),
    ];
  } finally {
    await seat.close();
    proxy.close();
  }
}

interface Watched {
  readonly counted: number;
  readonly pictures: number;
  readonly lost: number;
  readonly bits: number;
  readonly delaysMs: readonly number[];
}

async function watch(house: PublishHouse, seconds: number): Promise<Watched> {
  const [from, countedBefore, lostBefore] = [house.pictures.length, house.counted, house.report()?.picturesLeftOut ?? NaN];
  await pause(seconds * 1000);
  const recent = house.pictures.slice(from);
  return {
    counted: house.counted - countedBefore,
    pictures: recent.length,
    lost: (house.report()?.picturesLeftOut ?? NaN) - lostBefore,
    bits: recent.reduce((sum, { bytes }) => sum + bytes, 0) * 8 / seconds,
    delaysMs: recent.map(({ delayMs }) => delayMs),
  };
}

function rateOf({ pictures }: PublishHouse, forMs: number): number {
  const nowMs = performance.timeOrigin + performance.now();
  return pictures.filter(({ atMs }) => nowMs - atMs < forMs).reduce((sum, { bytes }) => sum + bytes, 0) * 8000 / forMs;
}
