import { badAnswers, type Recording, startRecorder } from "../chaos/recorder.ts";
import { pause } from "../fixtures/condition.ts";
import { residentBytesOf } from "../fixtures/proc.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { flashAndBeepSource, LIGHT_LADDER } from "../fixtures/sources.ts";
import { measureOffsetsMs } from "./flash_and_beep.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, median, note, quantile, type Row } from "./table.ts";

const TAKE_SECONDS = 20;

const CLOCKS = [
  { name: "sound 300 ppm fast", soundPpm: 300, picturePpm: 0 },
  { name: "sound 300 ppm slow", soundPpm: -300, picturePpm: 0 },
  { name: "picture 200 ppm fast", soundPpm: 0, picturePpm: 200 },
];

/** A quarter of an hour of sources whose sound or picture has a clock of its own, side by side: they must still belong together at the end. */
export async function runDrift({ quick }: BenchOptions): Promise<Row[]> {
  return (await Promise.all(CLOCKS.map((clock) => measureDrift(clock, quick ? 20 : 900)))).flat();
}

async function measureDrift({ name, ...ppm }: typeof CLOCKS[number], seconds: number): Promise<Row[]> {
  const source = flashAndBeepSource({ size: "640x360", ...ppm });
  await using server = await startTercet({ args: ["--source", source, "--ladder", LIGHT_LADDER], readyWithinMs: 40_000 });
  await using recorder = startRecorder(`${server.baseUrl}/live.m3u8`);
  const begin = await takeOffsets(server);
  await pause(seconds * 1000);
  const end = await takeOffsets(server);
  const { faults, jumps, mapChanges } = await recorder.stop();
  return [
    atMost(`${name}, ${seconds} s: beep off its flash at the end`, worst(end.offsetsMs), "ms", 40),
    note("  median at the begin", median(begin.offsetsMs), "ms"),
    note("  median at the end", median(end.offsetsMs), "ms"),
    note("  beeps measured", begin.offsetsMs.length + end.offsetsMs.length),
    holds(
      "  no hole, no overlap, one MAP",
      faults.length + jumps.length + mapChanges === 0,
      faults.slice(0, 2).join("; ") || `${mapChanges} changes`,
    ),
    note("  pictures left out", await server.metric("tercet_pictures_left_out")),
  ];
}

/** Ten minutes for real: memory, sound against picture in the bytes, dates against the wall clock. */
export async function runSoak({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 30 : 600;
  await using server = await startTercet({ args: ["--source", flashAndBeepSource({ size: "1280x720", soundPpm: 0 })] });
  await using recorder = startRecorder(`${server.baseUrl}/live.m3u8`);
  const memory: { atMs: number; bytes: number }[] = [];
  const sampling = setInterval(() => memory.push({ atMs: performance.now(), bytes: residentBytesOf(server.pid) ?? NaN }), 1000);
  try {
    const begin = await takeOffsets(server);
    await pause(seconds * 1000);
    const end = await takeOffsets(server);
    const recording = await recorder.stop();
    const behind = datesBehindMs(recording);
    const grownMb = growth(memory.slice(Math.floor(memory.length / 5)).map((sample) => sample.bytes)) / 1e6;
    const bad = [...recording.faults, ...badAnswers(recording), ...recording.jumps.map((jump) => `jump at ${jump.msn}`)];
    return [
      atMost(`${seconds} s: memory grown from the second to the last quarter`, grownMb, "MB", 10),
      note("  memory at the end", (memory.at(-1)?.bytes ?? NaN) / 1e6, "MB"),
      atMost("  beep off its flash in the bytes, median at the end", median(end.offsetsMs.map(Math.abs)), "ms", 12),
      note("  worst of begin and end", worst([...begin.offsetsMs, ...end.offsetsMs]), "ms"),
      atMost("  PDT off the wall clock, median", Math.abs(median(behind) ?? Infinity), "ms", 100),
      note("  p99", quantile(behind, 0.99), "ms"),
      note("  longest gap between parts", recording.longestGap.forMs, "ms"),
      holds("  in one run, without the slate", recording.runs.length === 1, `${recording.runs.length} runs and slates`),
      holds(`  ${recording.parts.length} parts without hole, overlap or error`, bad.length === 0, bad.slice(0, 3).join("; ") || "yes"),
    ];
  } finally {
    clearInterval(sampling);
  }
}

/** How long after the moment that its date tells for its end each part was announced. */
function datesBehindMs({ parts }: Recording): number[] {
  const startOf = new Map<number, number>(); // of a segment, in seconds of media time
  for (const part of parts) if (part.part === 0 && part.video) startOf.set(part.msn, part.video.startTicks / part.video.timescale);
  return parts.flatMap((part) => {
    const start = startOf.get(part.msn);
    if (start === undefined || part.segmentDateMs === null || !part.video) return [];
    const endDateMs = part.segmentDateMs + (part.video.endTicks / part.video.timescale - start) * 1000;
    return [performance.timeOrigin + part.listedAtMs - endDateMs];
  });
}

async function takeOffsets(server: Tercet): Promise<{ offsetsMs: number[] }> {
  const file = await Deno.makeTempFile({ prefix: "tercet-take-", suffix: ".mp4" });
  try {
    await using recorder = startRecorder(`${server.baseUrl}/live.m3u8`, { saveTo: file });
    await pause(TAKE_SECONDS * 1000);
    return { offsetsMs: await measureOffsetsMs(file, await recorder.stop()) };
  } finally {
    await Deno.remove(file);
  }
}

/** Median of the last quarter less median of the second. */
function growth(values: readonly number[]): number {
  const quarter = Math.floor(values.length / 4);
  return (median(values.slice(-quarter)) ?? NaN) - (median(values.slice(quarter, 2 * quarter)) ?? NaN);
}

function worst(offsets: readonly number[]): number | null {
  return offsets.length === 0 ? null : Math.max(...offsets.map(Math.abs));
}
