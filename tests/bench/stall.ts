import { openPage } from "../browser/watch.ts";
import { pause } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import { startHoldingProxy } from "./holding_proxy.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, note, quantile, type Row } from "./table.ts";

/** Our page after its network stood still, so that the picture stalled for 3 s: how soon it is near the live edge again. */
export async function runStall({ quick }: BenchOptions): Promise<Row[]> {
  await using server = await startTercet({ args: ["--source", BARCODE_SOURCE] });
  const proxy = startHoldingProxy(server.port);
  const watch = await openPage(`http://127.0.0.1:${proxy.port}/`);
  try {
    await pause(15_000);
    const before = await watch.read();
    proxy.hold();
    await pause(3600); // 0.6 s of it are still played
    proxy.release();
    const releasedAtMs = await watch.page.evaluate(() => performance.now());
    await pause(quick ? 20_000 : 75_000);
    const after = await watch.read();
    const freezeMs = Math.max(0, ...after.freezes.map((freeze) => freeze.forMs));
    const since = after.readings.filter(([atMs]) => atMs > releasedAtMs);
    // Back: from here on, nine readings of ten of the next five seconds are under a second.
    const back = since.find(([atMs]) => {
      const next = since.filter(([later]) => later >= atMs && later < atMs + 5000).map(([, latencyMs]) => latencyMs);
      return next.length >= 10 && (quantile(next, 0.9) ?? Infinity) < 1000;
    });
    return [
      atMost("our page after a stall: under 1.0 s again after", back ? (back[0] - releasedAtMs) / 1000 : null, "s", 60),
      note("  the stall", freezeMs, "ms"),
      note("  p50 before", before.latencyMs?.p50 ?? null, "ms"),
      note(
        "  p50 of the last 10 s",
        quantile(since.filter(([atMs]) => atMs > (since.at(-1)?.[0] ?? 0) - 10_000).map(([, l]) => l), 0.5),
        "ms",
      ),
      note("  stalls in all", after.stalls),
    ];
  } finally {
    await watch.close();
    proxy.close();
  }
}
