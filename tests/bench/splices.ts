/// <reference lib="dom" />
import type { Frame } from "playwright-core";
import { openChromium } from "../browser/chromium.ts";
import { type ProbeRecord, probeScript } from "../browser/probe.ts";
import { serveStockPage } from "../browser/stock_page.ts";
import { pause } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { type FfmpegResult, startFfmpeg } from "../players/ffmpeg.ts";
import { type MpvResult, startMpv } from "../players/mpv.ts";
import { startVlc, type VlcResult } from "../players/vlc.ts";
import type { BenchOptions } from "./options.ts";
import { findSplices, followSegments, makeViewer, QUALITIES, type SteeredViewer } from "./steering.ts";
import { atMost, holds, note, type Row } from "./table.ts";

/** Players start, and show what was listed last, within this time. */
const START_MS = 8000;
const TAIL_MS = 6000;
const BROWSER_PLAYERS = 5;
/** A picture of a 30 Hz stream may come so late or early by the clock of its own media, in ms. */
const PICTURE_MS = 1000 / 30;
const TOLERANCE_MS = 1;

/** Every segment is another rendition than the one before: several hls.js, mpv and ffmpeg together; then VLC, with one size for all renditions. */
export async function runSplices({ quick }: BenchOptions): Promise<Row[]> {
  const wanted = quick ? 20 : 200;
  return [...await spliceMany(wanted), ...await spliceVlc(wanted)];
}

async function spliceMany(wanted: number): Promise<Row[]> {
  await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER] });
  const { baseUrl, port } = server;
  const make = (userAgent: string, player?: "hls.js") => makeViewer(baseUrl, { userAgent, ...player ? { player } : {} });
  const inPage = await Promise.all(Array.from({ length: BROWSER_PLAYERS }, () => make("Chrome", "hls.js")));
  const [forMpv, forFfmpeg] = [await make("libmpv"), await make("Lavf/59")];
  // They share six connections to each host.
  await using page = await openPlayers(inPage.map(({ path }, at) => `http://127.0.0.${at + 1}:${port}${path}`));
  await using mpv = startMpv(baseUrl + forMpv.path);
  await using ffmpeg = startFfmpeg(baseUrl + forFfmpeg.path);
  await pause(START_MS);
  const before = await page.read();
  await splice(baseUrl, [...inPage, forMpv, forFfmpeg], wanted);
  const after = await page.read();
  return [
    ...judgeHlsJs(before, after, wanted),
    ...judgeMpv(await mpv.stop(), wanted),
    ...judgeFfmpeg(await ffmpeg.stop(), findSplices(forFfmpeg.listed).length, wanted),
  ];
}

async function spliceVlc(wanted: number): Promise<Row[]> {
  await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", "even"] });
  const viewer = await makeViewer(server.baseUrl, { userAgent: "VLC/3.0.24 LibVLC/3.0.24" });
  await using vlc = await startVlc(server.baseUrl + viewer.path);
  await pause(START_MS);
  await splice(server.baseUrl, [viewer], wanted);
  return judgeVlc(await vlc.stop(), wanted);
}

/** Gives each of the viewers another quality at every segment, until each had `wanted` splices and its player had time to show them. */
async function splice(baseUrl: string, viewers: readonly SteeredViewer[], wanted: number): Promise<void> {
  for await (const msn of followSegments(baseUrl)) {
    await Promise.all(viewers.map(async (viewer, at) => {
      await viewer.look();
      await viewer.wish(QUALITIES[(msn + at) % QUALITIES.length]!);
    }));
    if (viewers.every(({ listed }) => findSplices(listed).length >= wanted)) break;
  }
  await pause(TAIL_MS);
}

function judgeHlsJs(before: readonly InPage[], after: readonly InPage[], wanted: number): Row[] {
  const sum = (count: (seen: InPage) => number) => after.reduce((all, seen) => all + count(seen), 0);
  const sumSince = (count: (seen: InPage) => number) => sum(count) - before.reduce((all, seen) => all + count(seen), 0);
  const shown = sumSince(({ probe }) => probe.sizes.length);
  const freezes = after.flatMap(({ probe }, at) => probe.freezes.slice(before[at]!.probe.freezes.length).map(({ forMs }) => forMs));
  const steps = after.flatMap((seen, at) => seen.stepsMs.slice(before[at]!.stepsMs.length));
  return [
    holds(`hls.js, ${after.length} at once: ${after.length * wanted} splices shown`, shown >= after.length * wanted, String(shown)),
    atMost("  stalls", sumSince(({ probe }) => probe.stalls), "", 0),
    holds("  no freeze over 0.3 s", freezes.length === 0, freezes.map((ms) => `${ms} ms`).join(", ").slice(0, 120) || "none"),
    atMost("  pictures that went back in time", steps.filter((ms) => ms < 0).length, "", 0),
    atMost("  longest step of media time over 0.1 s", Math.max(0, ...steps), "ms", 300),
    atMost("  holes in what is buffered", sum(({ buffered }) => buffered - 1), "", 0),
    note(`  dropped of ${sumSince(({ decoded }) => decoded)} pictures`, sumSince(({ dropped }) => dropped)),
    noErrors([...new Set(after.flatMap(({ probe }) => probe.errors))]),
  ];
}

function judgeMpv(seen: MpvResult, wanted: number): Row[] {
  const shown = seen.sizes.length - 1;
  const { shortest, longest } = seen.stepMs ?? { shortest: 0, longest: Infinity };
  return [
    holds(`mpv: ${wanted} splices decoded`, shown >= wanted, String(shown)),
    atMost("  longest time without a picture", seen.longestGapMs, "ms", 500),
    holds(
      "  every picture one step after the last",
      shortest > PICTURE_MS - TOLERANCE_MS && longest < PICTURE_MS + TOLERANCE_MS,
      `${shortest.toFixed(1)} to ${longest.toFixed(1)} ms`,
    ),
    noErrors(seen.errors),
    playsOn(seen.exited),
  ];
}

function judgeFfmpeg(seen: FfmpegResult, listed: number, wanted: number): Row[] {
  return [
    holds(
      `ffmpeg: ${wanted} splices listed, and all decoded`,
      listed >= wanted && seen.pictures >= 30 * wanted,
      `${listed}, ${seen.pictures} pictures`,
    ),
    atMost("  longest time without a picture", seen.longestGapMs, "ms", 2500),
    holds(
      "  every picture and sound one step after the last",
      seen.unevenSteps.length === 0,
      seen.unevenSteps.join(", ").slice(0, 120) || "yes",
    ),
    noErrors(seen.errors),
    playsOn(seen.exited),
  ];
}

function judgeVlc(seen: VlcResult, wanted: number): Row[] {
  const splices = seen.fetched.filter(({ rendition }, at) => at > 0 && seen.fetched[at - 1]!.rendition !== rendition).length;
  const inOrder = seen.fetched.every(({ msn }, at) => at === 0 || msn === seen.fetched[at - 1]!.msn + 1);
  const stands = seen.stands.filter(({ atMs }) => atMs > START_MS);
  const leaps = seen.leaps.filter(({ atMs }) => atMs > START_MS);
  return [
    holds(`VLC, even ladder: ${wanted} splices fetched`, splices >= wanted, String(splices)),
    atMost("  longest freeze", Math.max(0, ...stands.map(({ forMs }) => forMs)), "ms", 500),
    note("  freezes over 0.1 s", stands.length),
    holds("  segments fetched in order", inOrder, inOrder ? "yes" : "no"),
    atMost("  pictures that went back, or half a second on", leaps.length, "", 0),
    noErrors(seen.errors),
    playsOn(seen.exited),
  ];
}

function noErrors(errors: readonly string[]): Row {
  return holds("  no error", errors.length === 0, errors.join(", ").slice(0, 120) || "none");
}

function playsOn(exited: { readonly atMs: number } | null): Row {
  return holds("  plays on", exited === null, exited ? `ended after ${exited.atMs} ms` : "yes");
}

/** What one of the players in the page has shown. */
interface InPage {
  readonly probe: ProbeRecord;
  /** Where media time did not go on by one to three pictures from a shown picture to the next: by how much it went. */
  readonly stepsMs: readonly number[];
  readonly decoded: number;
  readonly dropped: number;
  /** Stretches of media in the buffer. */
  readonly buffered: number;
}

/** Plays addresses in stock hls.js, all in one page: pictures of a tab in the background are not shown. */
async function openPlayers(urls: readonly string[]): Promise<{ read(): Promise<InPage[]>; [Symbol.asyncDispose](): Promise<void> }> {
  const chromium = await openChromium();
  const servers = await Promise.all(urls.map((url) => serveStockPage(url, {})));
  const page = await chromium.newPage();
  await page.addInitScript({ content: `${probeScript()}\n(${followSteps.toString()})();` });
  const frames = servers.map(({ address }) => `<iframe src="${address}" allow="autoplay" width="400" height="300"></iframe>`);
  await page.setContent(frames.join(""), { waitUntil: "commit" });
  return {
    read: () => Promise.all(page.frames().filter((frame) => frame !== page.mainFrame()).map(readFrame)),
    async [Symbol.asyncDispose]() {
      await chromium.close();
      for (const server of servers) await server.close();
    },
  };
}

/** Runs in the page. */
function followSteps(): void {
  const stepsMs: number[] = [];
  Object.assign(globalThis, { stepsMs });
  const waiting = setInterval(() => {
    const video = document.querySelector("video");
    if (!video) return;
    clearInterval(waiting);
    let last: number | null = null;
    const onFrame = (_: number, { mediaTime }: VideoFrameCallbackMetadata) => {
      const stepMs = last === null ? 0 : Math.round((mediaTime - last) * 1000);
      if (stepMs < 0 || stepMs > 101) stepsMs.push(stepMs);
      last = mediaTime;
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
  }, 5);
}

async function readFrame(frame: Frame): Promise<InPage> {
  return await frame.evaluate(() => {
    const { probe, stepsMs } = globalThis as unknown as Pick<InPage, "probe" | "stepsMs">;
    const video = document.querySelector("video")!;
    const { totalVideoFrames, droppedVideoFrames } = video.getVideoPlaybackQuality();
    return { probe, stepsMs, decoded: totalVideoFrames, dropped: droppedVideoFrames, buffered: video.buffered.length };
  });
}
