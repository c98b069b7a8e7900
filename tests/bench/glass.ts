import { type Watched, watchPage, watchStock } from "../browser/watch.ts";
import { startTercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, median, note, type Row } from "./table.ts";

const SOURCE = ["--source", BARCODE_SOURCE];

/** Glass to glass in a stock hls.js with its default settings: several openings, then one long one. */
export async function runStock({ quick }: BenchOptions): Promise<Row[]> {
  await using server = await startTercet({ args: SOURCE });
  const url = `${server.baseUrl}/live.m3u8`;
  const openings = await openSeveral(quick ? 3 : 9, () => watchStock(url, quick ? 8 : 20));
  const long = await watchStock(url, quick ? 30 : 300);
  const latencies = openings.map((seen) => seen.latencyMs?.p50 ?? Infinity);
  return [
    atMost("stock hls.js: glass to glass, median of openings", median(latencies), "ms", 1350),
    note("  the worst opening", Math.max(...latencies), "ms"),
    atMost("  first picture, median", median(openings.map(firstFrameOf)), "ms", 700),
    note("  first picture, worst", Math.max(...openings.map(firstFrameOf)), "ms"),
    ...noteLong("  ", long, quick ? 30 : 300),
  ];
}

/** The same in our page. */
export async function runPage({ quick }: BenchOptions): Promise<Row[]> {
  await using server = await startTercet({ args: SOURCE });
  const url = `${server.baseUrl}/`;
  const openings = await openSeveral(quick ? 3 : 9, () => watchPage(url, quick ? 8 : 20));
  const long = await watchPage(url, quick ? 30 : 300);
  return [
    atMost("our page: glass to glass, p50", long.latencyMs?.p50 ?? null, "ms", 820),
    atMost("  p95", long.latencyMs?.p95 ?? null, "ms", 950),
    note("  p50, median of openings", median(openings.map((seen) => seen.latencyMs?.p50 ?? Infinity)), "ms"),
    atMost("  first picture since opening, median", median(openings.map(firstFrameOf)), "ms", 800),
    note("  first picture, worst", Math.max(...openings.map(firstFrameOf)), "ms"),
    ...noteLong("  ", long, quick ? 30 : 300),
  ];
}

/** Our page with parts of 100 ms. */
export async function runPageShortParts({ quick }: BenchOptions): Promise<Row[]> {
  await using server = await startTercet({ args: [...SOURCE, "--part", "100ms"] });
  const seen = await watchPage(`${server.baseUrl}/`, quick ? 20 : 60);
  return [
    atMost("our page, --part 100ms: glass to glass, p50", seen.latencyMs?.p50 ?? null, "ms", 500),
    note("  p95", seen.latencyMs?.p95 ?? null, "ms"),
    note("  stalls", seen.stalls),
  ];
}

function noteLong(indent: string, seen: Watched, seconds: number): Row[] {
  return [
    atMost(`${indent}stalls in ${seconds} s`, seen.stalls, "", 0),
    note(`${indent}longest freeze in them`, Math.max(0, ...seen.freezes.map((freeze) => freeze.forMs)), "ms"),
    note(`${indent}p50 over them`, seen.latencyMs?.p50 ?? null, "ms"),
    note(`${indent}dropped of ${seen.decodedFrames} pictures`, seen.droppedFrames),
    ...seen.errors.length > 0 ? [note(`${indent}errors`, seen.errors.join(", ").slice(0, 120))] : [],
  ];
}

async function openSeveral(times: number, watch: () => Promise<Watched>): Promise<Watched[]> {
  const seen: Watched[] = [];
  for (let opening = 0; opening < times; opening++) seen.push(await watch());
  return seen;
}

function firstFrameOf(seen: Watched): number {
  return seen.firstFrameMs ?? Infinity;
}
