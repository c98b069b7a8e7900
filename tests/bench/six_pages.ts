import { openChromium } from "../browser/chromium.ts";
import { hasItsOwn, openSixPages, type SeenPage, SIX_PAGES_ARGS, watchSixPages } from "../browser/six_pages.ts";
import { pause } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, note, quantile, type Row } from "./table.ts";

/**
 * Six pages of one browser at one address share its six connections: each holds a playlist request, and wants its parts through the same six.
 * Each plays what it was pressed for, for a minute.
 */
export async function runSixPages({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 10 : 60;
  await using server = await startTercet({ args: SIX_PAGES_ARGS });
  await server.settled();
  const chromium = await openChromium({ viewport: { width: 640, height: 480 }, ignoresOrigins: false });
  try {
    const watches = await openSixPages(chromium, server.baseUrl);
    await pause(quick ? 1000 : 5000);
    return describe(await watchSixPages(watches, seconds), seconds);
  } finally {
    await chromium.close();
  }
}

function describe(seen: readonly SeenPage[], seconds: number): Row[] {
  const each = (read: (page: SeenPage) => number | null) => seen.map((page) => read(page) ?? "?").join(", ");
  const errors = new Set(seen.flatMap((page) => page.errors));
  return [
    atMost(`six pages of one browser: stalls in ${seconds} s, all together`, seen.reduce((sum, page) => sum + page.stalls, 0), "", 2),
    holds(
      "  each plays",
      seen.every((page) => page.playedSeconds > seconds * 0.95),
      seen.map((page) => `${page.playedSeconds.toFixed(1)} s`).join(", "),
    ),
    note("  pictures decoded by each", each((page) => page.decoded)),
    holds("  each has its own quality", seen.every(hasItsOwn), `${seen.filter(hasItsOwn).length} of ${seen.length}`),
    ...seen.map((page) => note(`    ${page.pressed}`, `${page.line} (${page.lines} lines)`)),
    note("  glass to glass, p50 of each", each((page) => page.latencyMs), "ms"),
    note("  first picture of each", each((page) => page.firstFrameMs), "ms"),
    note("  a part's wait for a connection and its first byte, p50 of each", each((page) => round(quantile(page.mediaWaitsMs, 0.5))), "ms"),
    note("    p95", each((page) => round(quantile(page.mediaWaitsMs, 0.95))), "ms"),
    holds("  without an error", errors.size === 0, [...errors].join(", ").slice(0, 120) || "none"),
  ];
}

function round(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}
