import { startRecorder } from "../chaos/recorder.ts";
import { startTake, type Take } from "../chaos/take.ts";
import { pause } from "../fixtures/condition.ts";
import { readNumber } from "../fixtures/numbered.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { makeClips } from "../sources/clips.ts";
import { findBeeps } from "./flash_and_beep.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, median, note, type Row } from "./table.ts";

/** The pictures of 4.6 s of it fit into the memory for loops: shorter files are played from there, longer ones are read anew. */
const CANVAS = { width: 640, height: 360 };
const LADDER = "640x360@900k,426x240@400k,320x180@250k";
/** Of the shorter ones; of the longer ones as many as fit into that time. */
const PASSES = 100;
const LONGEST_SECONDS = 460;
/** So many servers at a time leave a machine of two cores in peace. */
const SIDE_BY_SIDE = 3;
/** What each costs is measured so long, in a pass that does not end meanwhile. */
const SINGLE_SECONDS = 60;

interface LoopFile {
  readonly name: string;
  readonly seconds: number;
  readonly soundSeconds: number;
  readonly rate?: number;
  readonly everySeconds?: number;
}

const FILES: readonly LoopFile[] = [
  { name: "sound 0.7 s short", seconds: 4, soundSeconds: 3.3 },
  { name: "sound 0.5 s long", seconds: 4, soundSeconds: 4.5 },
  { name: "sound for 1.5 of 10 s", seconds: 10, soundSeconds: 1.5 },
  { name: "no sound", seconds: 4, soundSeconds: 0 },
  { name: "0.3 s", seconds: 0.3, soundSeconds: 0.3, everySeconds: 0.3 },
  { name: "7.3 s at 24 a second", seconds: 7.3, soundSeconds: 7.3, rate: 24 },
];

interface Sight {
  readonly number: number;
  readonly isFlash: boolean;
}

type Seen = Take<Sight | null>;

interface Cost {
  readonly cores: number;
  readonly leftOut: number;
}

interface Looped extends Cost {
  readonly take: Seen;
}

/** Six files shown again and again, each by a server of its own, three at a time; every picture of every pass is looked for in HQ. */
export async function runLoops({ quick }: BenchOptions): Promise<Row[]> {
  const clips = makeClips();
  try {
    const paths = { once: [] as string[], loop: [] as string[] };
    const singleSeconds = quick ? 10 : SINGLE_SECONDS;
    for (const [at, file] of FILES.entries()) {
      const { rate = 30, everySeconds = 1 } = file;
      const common = { rate, everySeconds, size: CANVAS };
      const longSeconds = singleSeconds + 60;
      const sound = file.soundSeconds > 0 ? longSeconds : 0;
      paths.loop.push(await clips.flashing(`${at}.mp4`, { ...common, seconds: file.seconds, soundSeconds: file.soundSeconds }));
      paths.once.push(await clips.flashing(`${at}-long.mp4`, { ...common, seconds: longSeconds, soundSeconds: sound }));
    }
    const passes = quick ? 3 : PASSES;
    const single: Cost[] = [], looped: Looped[] = [];
    for (let at = 0; at < FILES.length; at += SIDE_BY_SIDE) {
      const files = FILES.slice(at, at + SIDE_BY_SIDE);
      single.push(...await Promise.all(files.map((_, k) => measure(paths.once[at + k]!, singleSeconds))));
      looped.push(...await Promise.all(files.map((file, k) => show(paths.loop[at + k]!, loopSecondsOf(file, passes)))));
    }
    return FILES.flatMap((file, at) => judge(file, looped[at]!, single[at]!));
  } finally {
    await clips.remove();
  }
}

function passSecondsOf({ seconds, soundSeconds }: LoopFile): number {
  return Math.max(seconds, soundSeconds) + 0.03;
}

function loopSecondsOf(file: LoopFile, passes: number): number {
  return Math.max(20, Math.min(LONGEST_SECONDS, passSecondsOf(file) * (passes + 0.5)));
}

/** A viewer watches, as one does who records it. */
async function measure(path: string, seconds: number): Promise<Cost> {
  await using server = await startFile(path);
  await using _viewer = startRecorder(`${server.baseUrl}/live.m3u8`);
  return await spend(server, seconds);
}

async function show(path: string, seconds: number): Promise<Looped> {
  await using server = await startFile(path);
  await using taking = await startTake(`${server.baseUrl}/live.m3u8`, {
    canvas: CANVAS,
    look: (luma) => readNumber(luma, CANVAS, CANVAS),
  });
  const cost = await spend(server, seconds);
  const take = await taking.end();
  return { ...cost, take };
}

async function startFile(path: string): Promise<Tercet> {
  const server = await startTercet({ args: ["--source", `file:${path}`, "--ladder", LADDER], readyWithinMs: 60_000 });
  await server.settled();
  return server;
}

async function spend(server: Tercet, seconds: number): Promise<Cost> {
  await pause(1000);
  const [beganMs, beganSeconds] = [performance.now(), server.cpuSeconds()];
  await pause(seconds * 1000);
  const cores = (server.cpuSeconds() - beganSeconds) / (performance.now() - beganMs) * 1000;
  return { cores, leftOut: await server.metric("tercet_pictures_left_out") };
}

function judge(file: LoopFile, { take, cores, leftOut }: Looped, single: Cost): Row[] {
  const { rate = 30 } = file;
  const count = Math.round(file.seconds * rate);
  const { passes, missing, cards } = readPasses(take, count);
  const { beeps, offsetsMs } = readSound(take, file);
  const beepsAPass = Math.ceil(file.soundSeconds / (file.everySeconds ?? 1) - 1e-6);
  // The stretch that was recorded begins and ends anywhere.
  const recordedPasses = take.pictures.length / 30 / passSecondsOf(file);
  const third = Math.floor(offsetsMs.length / 3);
  const trend = third === 0 ? null : Math.abs((median(offsetsMs.slice(-third)) ?? NaN) - (median(offsetsMs.slice(0, third)) ?? NaN));
  return [
    holds(
      `${file.name}: every picture of ${passes} passes, in order`,
      passes >= Math.floor(recordedPasses) - 1 && missing <= leftOut,
      `${missing} missing (${leftOut} left out, the machine being busy)`,
    ),
    atMost("  pictures of the card", cards, "", 0),
    ...file.soundSeconds > 0
      ? [
        holds(
          "  sound whole: a beep for each second of it",
          beeps >= Math.floor(recordedPasses - 1) * beepsAPass,
          `${beeps} beeps, ${beepsAPass} a pass`,
        ),
        atMost("  lip sync, last third less first", trend, "ms", 15),
        note("    at most", offsetsMs.length === 0 ? null : Math.max(...offsetsMs.map(Math.abs)), "ms"),
      ]
      : [],
    atMost("  cores, more than a pass that does not loop", cores - single.cores, "", 0.15),
    note("    the loop, the single pass", `${cores.toFixed(3)}, ${single.cores.toFixed(3)}`),
  ];
}

/** Numbers rise from pass to pass; what is skipped is missing. */
function readPasses({ pictures }: Seen, count: number): { passes: number; missing: number; cards: number } {
  let passes = 0, missing = 0, cards = 0;
  let last: number | null = null;
  for (const { seen } of pictures) {
    if (seen === null) cards++;
    else if (last !== null && seen.number !== last) {
      if (seen.number < last) passes++;
      missing += (seen.number - last - 1 + count) % count;
    }
    last = seen?.number ?? last;
  }
  return { passes, missing, cards };
}

function readSound({ pictures, sound }: Seen, { everySeconds = 1 }: LoopFile): { beeps: number; offsetsMs: number[] } {
  const found = findBeeps(sound.samples, everySeconds / 3).map((sample) => sound.startSeconds + sample / 48_000);
  const flashes = pictures.flatMap(({ seen, startSeconds }, at) =>
    at > 0 && seen?.isFlash && pictures[at - 1]!.seen?.isFlash === false ? [startSeconds] : []
  );
  let next = 0;
  const offsetsMs = flashes.flatMap((flash) => {
    while (next + 1 < found.length && Math.abs(found[next + 1]! - flash) <= Math.abs(found[next]! - flash)) next++;
    const off = ((found[next] ?? Infinity) - flash) * 1000;
    return Math.abs(off) < everySeconds * 450 ? [off] : [];
  });
  return { beeps: found.length, offsetsMs };
}
