/// <reference lib="dom" />
import { hasChromium, openChromium } from "../browser/chromium.ts";
import { openStock, type Watch } from "../browser/watch.ts";
import { watchAnswers } from "../chaos/answers.ts";
import { type Recorder, startRecorder } from "../chaos/recorder.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { descendantsOf, residentBytesOf, signalTo } from "../fixtures/proc.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { NUMBERED_LADDER, NUMBERED_SOURCE } from "../chaos/numbered_show.ts";
import { makeWallClock } from "../fixtures/wall_clock.ts";
import { startVlc } from "../players/vlc.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, note, type Row } from "./table.ts";

/** When after a step of the clock hls.js is told to take another level. */
const SWITCHES_AT_MS = [2000, 6000, 10_000];
/** The last switch is shown by then. */
const STEP_LASTS_MS = 16_000;
const START_MS = 8000;

const STEPS = [
  { name: "-1 h", seconds: -3600 },
  { name: "-30 s", seconds: -30 },
  { name: "+30 s", seconds: 30 },
  { name: "+8 h", seconds: 8 * 3600 },
];

/** The wall clock is set while a stock hls.js (which changes its level then) and VLC watch; then the process is stopped for a minute. */
export async function runClock({ quick }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const step of quick ? STEPS.slice(1, 2) : STEPS) rows.push(...await measureStep(step));
  return [...rows, ...await measureSleep(quick ? 5 : 60)];
}

async function measureStep({ name, seconds }: { name: string; seconds: number }): Promise<Row[]> {
  const wallClock = await makeWallClock();
  try {
    return await watched({ env: wallClock.env }, async ({ server, recorder, stock, answers, memory }) => {
      const beganMs = performance.now();
      const before = stock ? await sinceNow(stock) : null;
      await wallClock.set(seconds);
      for (const [at, afterMs] of SWITCHES_AT_MS.entries()) {
        await pause(beganMs + afterMs - performance.now());
        await stock?.page.evaluate((level) => {
          (globalThis as unknown as { hls: { nextLevel: number } }).hls.nextLevel = level;
        }, (at + 1) % 3);
      }
      await pause(beganMs + STEP_LASTS_MS - performance.now());
      const seen = before ? await before() : null;
      const told = answers.take();
      const said = server.output().split("\n").find((line) => /clock of this machine/.test(line));
      const parts = recorder.soFar();
      const gapMs = longestGapSince(recorder, beganMs);
      return {
        sinceMs: beganMs,
        rows: [
          ...seen
            ? [
              atMost(`the clock is set by ${name}: hls.js, longest freeze`, seen.longestFreezeMs, "ms", 500),
              holds("  levels taken", seen.sizes >= SWITCHES_AT_MS.length - 1, `${seen.sizes} changes of size`),
              note("  stalls", seen.stalls),
              holds("  no fatal error", seen.fatal.length === 0, seen.fatal.join(", ") || "none"),
            ]
            : [note(`the clock is set by ${name}: hls.js`, "no Chromium here")],
          atMost("  longest wait for a part", gapMs, "ms", 500),
          atMost("  slowest answer", told.slowestMs, "ms", 500),
          holds("  no wrong answer", told.wrong.length === 0, told.wrong.slice(0, 3).join(", ") || "none"),
          holds("  no hole, no overlap", parts.faults.length + parts.jumps.length === 0, parts.faults.slice(0, 2).join("; ") || "none"),
          atMost("  memory grown", memory(), "MB", 25),
          holds(
            "  said, where it is too much to be walked",
            (said !== undefined) === (Math.abs(seconds) > 60),
            said?.slice(0, 100) ?? "nothing",
          ),
        ],
      };
    });
  } finally {
    await wallClock.remove();
  }
}

/** The whole machine sleeps: the process and all it has started. */
async function measureSleep(seconds: number): Promise<Row[]> {
  return await watched({ vlcBarMs: 1000 }, async ({ server, recorder, stock, answers, memory }) => {
    const pids = [server.pid, ...descendantsOf(server.pid)];
    for (const pid of pids) signalTo(pid, "SIGSTOP");
    await pause(seconds * 1000);
    answers.take();
    const before = stock ? await sinceNow(stock) : null;
    const wokenAtMs = performance.now();
    for (const pid of pids.reverse()) signalTo(pid, "SIGCONT");
    const next = await waitFor(
      "a part after waking",
      20_000,
      () => recorder.soFar().parts.findLast(({ listedAtMs }) => listedAtMs > wokenAtMs) ?? null,
    );
    const firstFrameMs = stock ? await waitFor("a picture after waking", 60_000, () => frameAfter(stock), 20).catch(() => null) : null;
    await pause(8000);
    const seen = before ? await before() : null;
    const told = answers.take();
    const slip = await server.metric("tercet_slip_seconds");
    const said = server.output().split("\n").find((line) => /Nothing could be made/.test(line));
    const { faults, jumps } = recorder.soFar();
    return {
      sinceMs: wokenAtMs,
      rows: [
        atMost(`stopped for ${seconds} s: a new part after waking`, next.listedAtMs - wokenAtMs, "ms", 1000),
        ...seen
          ? [
            atMost("  hls.js: a new picture after waking", firstFrameMs, "ms", 1000),
            note("    longest freeze, the sleep included", seen.longestFreezeMs, "ms"),
            holds("    no fatal error", seen.fatal.length === 0, seen.fatal.join(", ") || "none"),
          ]
          : [note("  hls.js", "no Chromium here")],
        note("  slowest answer after waking (asked before)", told.slowestMs, "ms"),
        holds(
          "  no hole, no overlap",
          faults.length + jumps.length === 0,
          [...faults, ...jumps.map((jump) => JSON.stringify(jump))].slice(0, 2).join("; ") || "none",
        ),
        holds(
          "  it is slip, and said",
          Math.abs(slip - seconds) < 2 && said !== undefined,
          `${slip.toFixed(1)} s; ${said?.slice(0, 80) ?? "no line"}`,
        ),
        atMost("  memory grown", memory(), "MB", 25),
      ],
    };
  });
}

interface Scene {
  readonly server: Tercet;
  readonly recorder: Recorder;
  readonly stock: Watch | null;
  readonly answers: ReturnType<typeof watchAnswers>;
  /** MB more than at the beginning. */
  memory(): number;
}

async function watched(
  o: { readonly env?: Readonly<Record<string, string>>; readonly vlcBarMs?: number },
  happen: (scene: Scene) => Promise<{ rows: Row[]; sinceMs: number }>,
): Promise<Row[]> {
  await using server = await startTercet({
    args: ["--source", NUMBERED_SOURCE, "--ladder", NUMBERED_LADDER],
    ...o.env ? { env: o.env, isUnconfined: true } : {},
  });
  await server.settled();
  const url = `${server.baseUrl}/live.m3u8`;
  await using recorder = startRecorder(url);
  const chromium = hasChromium() ? await openChromium() : null;
  const stock = chromium ? await openStock(url, {}, chromium) : null;
  const vlcOpenedAtMs = performance.now();
  await using vlc = await startVlc(url);
  const answers = watchAnswers(server.baseUrl);
  try {
    if (stock) await waitFor("a picture in hls.js", 20_000, async () => (await stock.read()).firstFrameMs !== null, 200);
    await pause(START_MS);
    answers.take();
    const before = residentBytesOf(server.pid) ?? NaN;
    const memory = () => ((residentBytesOf(server.pid) ?? NaN) - before) / 1e6;
    const { rows, sinceMs } = await happen({ server, recorder, stock, answers, memory });
    const inVlc = await vlc.stop();
    const freezes = inVlc.freezes.filter(({ atMs, forMs }) =>
      vlcOpenedAtMs + atMs + forMs > sinceMs && vlcOpenedAtMs + atMs > sinceMs - 500
    );
    return [
      ...rows,
      atMost("  VLC: longest freeze", Math.max(0, ...freezes.map(({ forMs }) => forMs)), "ms", o.vlcBarMs ?? 500),
      holds(
        "    plays on",
        inVlc.exited === null && (inVlc.lastPictureAgoMs ?? Infinity) < 2000,
        `last picture ${inVlc.lastPictureAgoMs} ms before the end`,
      ),
    ];
  } finally {
    await answers.stop();
    await stock?.close();
    await chromium?.close();
  }
}

/** What hls.js shows from now on. */
async function sinceNow(stock: Watch) {
  const before = await stock.read();
  return async () => {
    const after = await stock.read();
    return {
      longestFreezeMs: Math.max(0, ...after.freezes.slice(before.freezes.length).map(({ forMs }) => forMs)),
      stalls: after.stalls - before.stalls,
      sizes: after.sizes.length - before.sizes.length,
      fatal: after.errors.filter((error) => error.includes("FATAL")),
    };
  };
}

/** How long after its first question a new picture was shown; asked until there is one. */
async function frameAfter(stock: Watch): Promise<number | null> {
  return await stock.page.evaluate(() => {
    const page = globalThis as unknown as {
      probe: { frames: number; lastFrameMs: number | null; beganMs: number };
      asked?: { frames: number; atMs: number };
    };
    const { probe } = page;
    page.asked ??= { frames: probe.frames, atMs: performance.now() - probe.beganMs };
    return probe.frames > page.asked.frames ? Math.max(0, (probe.lastFrameMs ?? 0) - page.asked.atMs) : null;
  });
}

function longestGapSince(recorder: Recorder, sinceMs: number): number {
  const { parts } = recorder.soFar();
  return Math.max(0, ...parts.map(({ listedAtMs }, at) => listedAtMs > sinceMs && at > 0 ? listedAtMs - parts[at - 1]!.listedAtMs : 0));
}
