/// <reference lib="dom" />
import { type Chromium, hasChromium, openChromium } from "../browser/chromium.ts";
import { openPage, openStock, type Watch } from "../browser/watch.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { judgePlaces, readPlace, type ShowPlace } from "../fixtures/show_place.ts";
import { BARCODE_SOURCE, LIGHT_LADDER } from "../fixtures/sources.ts";
import { openStudio, type Studio } from "../fixtures/studio.ts";
import { startVlc } from "../players/vlc.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, note, type Row } from "./table.ts";

const PATIENCE_MS = 15_000;
const SHOWN_MS = 5000;
const PAUSED_MS = 1500;
/** The closing card, and a busy machine. */
const CLOSES_WITHIN_MS = 15_000;
/** VLC is five segments behind. */
const PLAYED_OUT_WITHIN_MS = 9000;
const OFF_AIR_MS = 30_000;

/** One show, as its players saw it. Null: not in time. */
interface Seen {
  /** From the press to a picture that moves on the page that waited. */
  readonly pageBeganMs: number | null;
  /** From the end of the playlists. */
  readonly pageEndedMs: number | null;
  readonly stockEndedMs: number | null;
  readonly stockErrors: readonly string[];
  readonly vlcEndedMs: number | null;
  readonly vlcErrors: readonly string[];
  readonly places: readonly ShowPlace[];
}

/** Start, pause, go on, end, start again, before a page of ours that stays open, a stock hls.js and VLC; then what a box off the air costs. */
export async function runLife({ quick }: BenchOptions): Promise<Row[]> {
  if (!hasChromium()) return [holds("life", false, "no Chromium here")];
  const times = quick ? 2 : 10;
  await using server = await startTercet({
    args: ["--off-air", "--source", BARCODE_SOURCE, "--ladder", LIGHT_LADDER],
    readyWithinMs: 0,
  });
  await waitFor("a server", PATIENCE_MS, () => fetch(`${server.baseUrl}/healthz`).then(({ ok }) => ok, () => false), 100);
  const fresh = await measureOffAir(server, quick);
  const studio = await openStudio(server);
  const chromium = await openChromium();
  const seen: Seen[] = [];
  try {
    const page = await openPage(server.baseUrl, chromium);
    for (let show = 0; show < times; show++) seen.push(await runShow(server, studio, chromium, page));
    await page.close();
  } finally {
    await chromium.close();
  }
  // What has ended is kept for a minute.
  await pause(quick ? 1000 : 61_000);
  const after = await measureOffAir(server, quick);
  const all = (read: (one: Seen) => number | null) => seen.map(read);
  const worst = (values: readonly (number | null)[]) => values.includes(null) ? null : Math.max(...values as number[]);
  const wrong = judgePlaces(seen.flatMap(({ places }) => places));
  const errors = seen.flatMap(({ stockErrors }) => stockErrors);
  const vlcErrors = seen.flatMap((one) => one.vlcErrors);
  return [
    holds(`${times} shows: MSN and media time go on together, and never back`, wrong.length === 0, wrong.slice(0, 2).join("; ") || "yes"),
    atMost("our page, open all the time: plays after the press, at worst", worst(all((one) => one.pageBeganMs)), "ms", 6000),
    atMost("  says that the show has ended, after the end, at worst", worst(all((one) => one.pageEndedMs)), "ms", 3000),
    atMost("stock hls.js: has come to its end, at worst", worst(all((one) => one.stockEndedMs)), "ms", 6000),
    holds("  no fatal error", !errors.some((error) => error.includes("FATAL")), errors.join(", ").slice(0, 120) || "none"),
    atMost("VLC: has played to its end and stopped, at worst", worst(all((one) => one.vlcEndedMs)), "ms", PLAYED_OUT_WITHIN_MS),
    note("  errors in its log", vlcErrors.slice(0, 3).join("; ") || "none"),
    ...describeOffAir("off the air, never on it", fresh),
    ...describeOffAir(`off the air, after ${times} shows`, after),
  ];
}

async function runShow(server: Tercet, studio: Studio, chromium: Chromium, { page }: Watch): Promise<Seen> {
  const pressedAtMs = performance.now();
  await studio.putShow({ state: "on_air" });
  const pageBeganMs = await sinceMs(pressedAtMs, PATIENCE_MS, () => page.evaluate(isMoving));
  await waitFor("a segment", PATIENCE_MS, () => fetch(`${server.baseUrl}/readyz`).then(({ ok }) => ok), 50);
  const address = await findSlot(server);
  const stock = await openStock(`${server.baseUrl}/live.m3u8`, {}, chromium);
  await using vlc = await startVlc(`${server.baseUrl}/live.m3u8`, ["--play-and-exit"]);
  const vlcStartedAtMs = performance.now();
  await pause(SHOWN_MS);
  const first = await readPlace(address, await (await fetch(address)).text());
  await studio.putShow({ state: "paused", backAt: new Date(Date.now() + 60_000).toISOString() });
  await pause(PAUSED_MS);
  await studio.putShow({ state: "on_air" });
  await pause(PAUSED_MS);
  await studio.putShow({ state: "ended" });
  let last = "";
  await waitFor("the end", CLOSES_WITHIN_MS, async () => (last = await (await fetch(address)).text()).endsWith("#EXT-X-ENDLIST\n"), 50);
  const endedAtMs = performance.now();
  const [pageEndedMs, stockEndedMs] = await Promise.all([
    sinceMs(endedAtMs, PATIENCE_MS, () => page.getByText("The show has ended", { exact: true }).isVisible()),
    sinceMs(endedAtMs, PATIENCE_MS, () => stock.page.evaluate(() => document.querySelector("video")!.ended)),
    pause(PLAYED_OUT_WITHIN_MS),
  ]);
  const { errors: stockErrors } = await stock.read();
  await stock.close();
  const { exited, errors: vlcErrors } = await vlc.stop();
  return {
    pageBeganMs,
    pageEndedMs,
    stockEndedMs,
    stockErrors,
    vlcEndedMs: exited?.code === 0 ? Math.max(0, Math.round(vlcStartedAtMs + exited.atMs - endedAtMs)) : null,
    vlcErrors,
    places: [first, await readPlace(address, last)],
  };
}

async function findSlot(server: Tercet): Promise<string> {
  const answer = await fetch(`${server.baseUrl}/live.m3u8?quality=lq`);
  const slot = (await answer.text()).split("\n").find((line) => line.endsWith(".m3u8"))!;
  return new URL(slot, answer.url).href;
}

/** How long after that moment it was so; null where not in time. */
async function sinceMs(fromMs: number, limitMs: number, isSo: () => Promise<boolean>): Promise<number | null> {
  const found = await waitFor("it", limitMs, isSo, 50).catch(() => false);
  return found ? Math.round(performance.now() - fromMs) : null;
}

/** Whether media time advances within the next moment. */
async function isMoving(): Promise<boolean> {
  const video = document.querySelector("video")!;
  const before = video.currentTime;
  await new Promise((resolve) => setTimeout(resolve, 100));
  return video.currentTime > before && !video.paused;
}

interface OffAir {
  readonly core: number;
  readonly megabytes: number;
  readonly ffmpegs: number;
}

async function measureOffAir(server: Tercet, quick: boolean): Promise<OffAir> {
  const forMs = quick ? 6000 : OFF_AIR_MS;
  const before = server.cpuSeconds();
  await pause(forMs);
  const status = await Deno.readTextFile(`/proc/${server.pid}/status`);
  return {
    core: (server.cpuSeconds() - before) / (forMs / 1000),
    megabytes: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024 / 1e6,
    ffmpegs: (await server.ffmpegPids()).length,
  };
}

function describeOffAir(when: string, { core, megabytes, ffmpegs }: OffAir): Row[] {
  return [
    atMost(`${when}: processor`, core, "core", 0.01),
    atMost("  memory", megabytes, "MB", 130),
    atMost("  ffmpegs", ffmpegs, "", 0),
  ];
}
