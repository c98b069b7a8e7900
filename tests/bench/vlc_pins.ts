import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { startVlc } from "../players/vlc.ts";
import type { BenchOptions } from "./options.ts";
import { findSplices, makeViewer, QUALITIES, type SteeredViewer } from "./steering.ts";
import { atMost, holds, note, type Row } from "./table.ts";

const VLC = "VLC/3.0.24 LibVLC/3.0.24";
/** What comes before belongs to VLC's own start, in ms. */
const START_MS = 8000;
/** From the listing of a segment to its being shown, and somewhat more. */
const TAIL_MS = 6000;
/** Wishes go on this long after the last one was listed. */
const REST_MS = 1500;
/** A wish may take so long to be let through: ten seconds after the one before, and a segment. */
const LIMIT_MS = 14_000;
const LEAST_SEGMENTS_APART = 10;

/** Wishes of a VLC viewer, changed while it plays: with renditions of one size, and with the usual ones, where each change of size costs VLC a freeze. */
export async function runVlcPins({ quick }: BenchOptions): Promise<Row[]> {
  const switches = quick ? 6 : 50;
  return [
    ...await switchVlc("VLC, even ladder", switches, ["--ladder", "even"], 100),
    ...await switchVlc("VLC, ordinary ladder", switches, ["--ladder", LIGHT_LADDER], 1100),
  ];
}

async function switchVlc(name: string, switches: number, ladder: readonly string[], longestFreezeMs: number): Promise<Row[]> {
  await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, ...ladder] });
  const viewer = await makeViewer(server.baseUrl, { userAgent: VLC });
  await using vlc = await startVlc(server.baseUrl + viewer.path);
  await pause(START_MS);
  await viewer.look();
  for (let count = 1; count <= switches; count++) {
    await viewer.wish(QUALITIES[count % QUALITIES.length]!);
    await waitFor(`switch ${count}`, LIMIT_MS, () => look(viewer, count), 250);
    await pause(REST_MS);
  }
  await pause(TAIL_MS);
  const seen = await vlc.stop();

  const splices = findSplices(viewer.listed);
  const fetched = new Map(seen.fetched.map(({ msn, rendition }) => [msn, rendition]));
  const followed = splices.filter((msn) =>
    fetched.get(msn) === viewer.listed.get(msn) && fetched.get(msn - 1) === viewer.listed.get(msn - 1)
  );
  const stands = seen.stands.filter((stand) => stand.atMs > START_MS);
  const isEven = ladder.includes("even");
  const rows = [
    holds(
      `${name}: fetched what was listed at ${switches} switches`,
      followed.length === switches,
      `${followed.length} of ${splices.length}`,
    ),
    atMost("  longest freeze", Math.max(0, ...stands.map((stand) => stand.forMs)), "ms", longestFreezeMs),
    note(`  freezes over 0.1 s`, stands.length),
    note("  glass to glass, p50", seen.latencyMs?.p50 ?? null, "ms"),
    holds(
      "  plays on",
      seen.exited === null && (seen.lastPictureAgoMs ?? Infinity) < 2000,
      seen.exited ? `ended after ${seen.exited.atMs} ms` : "yes",
    ),
    holds("  no error", seen.errors.length === 0, seen.errors.join(", ").slice(0, 120) || "none"),
  ];
  if (isEven) return rows;
  const shortest = Math.min(...splices.slice(1).map((msn, at) => msn - splices[at]!));
  const changes = seen.sizes.length - 1;
  return [
    ...rows,
    holds("  the shown size changed with each", changes === switches, `${changes} times`),
    holds("  switched at most every 10 s", shortest >= LEAST_SEGMENTS_APART, `${shortest} segments apart`),
  ];
}

async function look(viewer: SteeredViewer, count: number): Promise<boolean> {
  await viewer.look();
  return findSplices(viewer.listed).length >= count;
}
