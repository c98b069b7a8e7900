import { hasChromium } from "../browser/chromium.ts";
import { openStock } from "../browser/watch.ts";
import { listStays } from "../chaos/stays.ts";
import { startTake, type Take } from "../chaos/take.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { openStudio } from "../fixtures/studio.ts";
import { lookAtSwitch, SWITCH_SOURCES, type SwitchSight } from "../fixtures/switch_sources.ts";
import { startFfmpeg } from "../players/ffmpeg.ts";
import { startVlc } from "../players/vlc.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, median, note, quantile, type Row } from "./table.ts";

const LADDER = "480x270@1200k,426x240@500k,320x180@300k";
/** So long each source stays, so that it flashes and beeps at least once. */
const STAY_MS = 2600;
const START_MS = 8000;

interface Switch {
  readonly to: number;
  /** Of the wall clock when it was asked for, and when it was answered. */
  readonly askedMs: number;
  readonly tookMs: number;
}

/** 50 switches between eight sources of every kind, under a stock hls.js, VLC and ffmpeg; what was served is read. */
export async function runSwitches({ quick }: BenchOptions): Promise<Row[]> {
  return await measureSwitches(quick ? 8 : 50, hasChromium());
}

export async function measureSwitches(times: number, withBrowser: boolean): Promise<Row[]> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-sources-" });
  try {
    const texts: string[] = [];
    for (const source of SWITCH_SOURCES) texts.push(await source.make(folder));
    await using server = await startTercet({ args: [...texts.flatMap((text) => ["--source", text]), "--ladder", LADDER] });
    await server.settled();
    const url = `${server.baseUrl}/live.m3u8`;
    const studio = await openStudio(server);
    const ids = (await studio.sources()).map(({ id }) => id);
    const canvas = await server.canvas();
    const stock = withBrowser ? await openStock(url) : null;
    await using vlc = await startVlc(url);
    await using ffmpeg = startFfmpeg(url);
    try {
      if (stock) await waitFor("a picture in hls.js", 20_000, async () => (await stock.read()).firstFrameMs !== null, 200);
      await pause(START_MS);
      await using taking = await startTake(url, { canvas, look: (luma) => lookAtSwitch(luma, canvas) });
      await pause(2000);
      const gapsBefore = stock ? await readGaps(stock.page) : [];
      const leftOutBefore = await server.metric("tercet_pictures_left_out");
      const switches: Switch[] = [];
      const refused: string[] = [];
      for (let at = 0; at < times; at++) {
        const to = chooseNext(at, switches.at(-1)?.to ?? 0);
        const [askedMs, beganMs] = [Date.now(), performance.now()];
        await studio.show(ids[to]!).then(
          () => switches.push({ to, askedMs, tookMs: performance.now() - beganMs }),
          (problem) => refused.push(`${SWITCH_SOURCES[to]!.name}: ${problem.message.slice(0, 200)}`),
        );
        await pause(STAY_MS - (performance.now() - beganMs) % STAY_MS);
      }
      const leftOut = await server.metric("tercet_pictures_left_out") - leftOutBefore;
      await pause(3000);
      const seen = await stock?.read() ?? null;
      const gaps = stock ? (await readGaps(stock.page)).slice(gapsBefore.length) : [];
      const [take, inVlc, inFfmpeg] = [await taking.end(), await vlc.stop(), await ffmpeg.stop()];
      return [
        ...judgeTake(take, switches, refused, times),
        note("  pictures left out meanwhile, the machine being busy", leftOut),
        ...seen
          ? [
            atMost("  hls.js: longest time without a new picture", Math.max(0, ...gaps), "ms", 100),
            note("    over 0.1 s", gaps.length),
            atMost("    stalls", seen.stalls, "", 0),
            noErrors("    no error", seen.errors),
          ]
          : [note("  hls.js", "no Chromium here")],
        noErrors("  VLC: no error", inVlc.errors),
        holds("    plays on", inVlc.exited === null, inVlc.exited ? `ended after ${inVlc.exited.atMs} ms` : "yes"),
        note("    first picture", inVlc.firstPictureMs, "ms"),
        noErrors("  ffmpeg: no error", inFfmpeg.errors),
        holds(
          "    every picture and sound one step after the last, but what was left out",
          inFfmpeg.unevenSteps.every((step) => /^video at \d+: \+/.test(step)) && inFfmpeg.unevenSteps.length <= leftOut + leftOutBefore,
          inFfmpeg.unevenSteps.slice(0, 3).join(", ") || "yes",
        ),
      ];
    } finally {
      await stock?.close();
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Each of them before and behind many others. */
function chooseNext(at: number, before: number): number {
  const next = (before + 1 + (at * 5 + Math.floor(at / SWITCH_SOURCES.length)) % (SWITCH_SOURCES.length - 1)) % SWITCH_SOURCES.length;
  return next === before ? (next + 1) % SWITCH_SOURCES.length : next;
}

/** Gaps of more than 100 ms between pictures that hls.js showed. */
async function readGaps(page: { evaluate<T>(read: () => T): Promise<T> }): Promise<number[]> {
  return await page.evaluate(() => (globalThis as unknown as { probe: { gapsMs: number[] } }).probe.gapsMs);
}

function judgeTake(take: Take<SwitchSight>, switches: readonly Switch[], refused: readonly string[], times: number): Row[] {
  const { recording, pictures } = take;
  const stays = listStays(take);
  const wrong = switches.filter(({ to }, at) => stays.slice(-switches.length)[at]?.source !== to).length;
  const shownAfterMs = switches.flatMap(({ to, askedMs }, at) => {
    const stay = stays.slice(-switches.length)[at];
    return stay && stay.source === to && stay.atWallMs !== null ? [{ ms: stay.atWallMs - askedMs, to }] : [];
  });
  const slowest = shownAfterMs.toSorted((a, b) => b.ms - a.ms)[0];
  const cards = pictures.filter(({ seen }) => seen.source === null).length;
  const cardsAt = pictures.flatMap(({ seen, startSeconds }, at) =>
    seen.source === null && at > 0 && pictures[at - 1]!.seen.source !== null
      ? [
        `${nameOf(pictures[at - 1]!.seen.source!)}, then ${
          nameOf(pictures.slice(at).find(({ seen }) => seen.source !== null)?.seen.source ?? undefined)
        } (${(startSeconds % 1000).toFixed(1)})`,
      ]
      : []
  );
  const offsets = stays.flatMap((stay) => stay.offsetsMs.map((ms) => ({ ms, source: stay.source })));
  const worst = offsets.toSorted((a, b) => Math.abs(b.ms) - Math.abs(a.ms))[0];
  const perSource = SWITCH_SOURCES.flatMap(({ hasSound, rate, name }, source) => {
    const own = offsets.filter((offset) => offset.source === source).map(({ ms }) => ms);
    return hasSound && rate > 0
      ? [
        note(
          `    ${name}`,
          own.length === 0 ? "none" : `${Math.min(...own).toFixed(0)} to ${Math.max(...own).toFixed(0)}, ${own.length} times`,
          "ms",
        ),
      ]
      : [];
  });
  const stands = stays.flatMap((stay) => stay.longestStandMs === null ? [] : [{ ms: stay.longestStandMs, source: stay.source }]);
  const longest = stands.toSorted((a, b) => b.ms - a.ms)[0];
  return [
    holds(
      `${times} switches between ${SWITCH_SOURCES.length} sources: all obeyed`,
      refused.length === 0,
      refused.slice(0, 2).join("; ") || "yes",
    ),
    holds("  each shown, in order", wrong === 0, wrong === 0 ? "yes" : `${wrong} not`),
    atMost("  changes of MAP", recording.mapChanges, "", 0),
    holds(
      "  no hole, no overlap",
      recording.faults.length + recording.jumps.length === 0,
      recording.faults.slice(0, 2).join("; ") || "none",
    ),
    note("  from PUT to the changed picture, median", median(shownAfterMs.map(({ ms }) => ms)), "ms"),
    note(
      "    p90, worst",
      `${fixed(quantile(shownAfterMs.map(({ ms }) => ms), 0.9))}, ${fixed(slowest?.ms ?? null)} (${nameOf(slowest?.to)})`,
      "ms",
    ),
    note("    PUT to its answer, median", median(switches.map(({ tookMs }) => tookMs)), "ms"),
    atMost("  pictures of none of them", cards, "", 0),
    ...cardsAt.length > 0 ? [note("    between", cardsAt.slice(0, 4).join("; "))] : [],
    atMost("  what moves stands at most (above its own interval)", longest?.ms ?? null, "ms", 100),
    note("    in", nameOf(longest?.source ?? undefined)),
    atMost("  beep off its flash, at most", worst ? Math.abs(worst.ms) : null, "ms", 40),
    ...perSource,
    note("  longest time without a new part", recording.longestGap.forMs, "ms"),
  ];
}

function nameOf(source: number | undefined): string {
  return source === undefined ? "-" : SWITCH_SOURCES[source]!.name;
}

function fixed(ms: number | null): string {
  return ms === null ? "-" : ms.toFixed(0);
}

function noErrors(name: string, errors: readonly string[]): Row {
  return holds(name, errors.length === 0, errors.join(", ").slice(0, 160) || "none");
}
