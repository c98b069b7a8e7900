import { startTercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import { playInVlc } from "../players/vlc.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, note, type Row } from "./table.ts";

/** A freeze that begins this soon belongs to VLC's own start. */
const START_MS = 5000;

/** Glass to glass in VLC with its own settings. */
export async function runVlc({ quick }: BenchOptions): Promise<Row[]> {
  await using server = await startTercet({ args: ["--source", BARCODE_SOURCE] });
  const seen = await playInVlc(`${server.baseUrl}/live.m3u8`, quick ? 30 : 125);
  const freezes = seen.freezes.filter((freeze) => freeze.atMs > START_MS);
  return [
    atMost("VLC: glass to glass, p50", seen.latencyMs?.p50 ?? null, "ms", 3900),
    note("  p95", seen.latencyMs?.p95 ?? null, "ms"),
    atMost("  first picture", seen.firstPictureMs, "ms", 2000),
    holds(
      `  no freeze over 0.5 s in ${quick ? 25 : 120} s after the start`,
      freezes.length === 0,
      freezes.map(({ atMs, forMs }) => `${forMs} ms after ${Math.round(atMs / 1000)} s`).join(", ") || "none",
    ),
    holds("  plays on", seen.exited === null, seen.exited ? `ended after ${seen.exited.atMs} ms` : "yes"),
  ];
}
