import { createPicturePool, type RawPicture } from "../../media/intake/raw_picture.ts";
import { blendInto } from "../../media/mixer/canvas/blend.ts";
import { createComposer } from "../../media/mixer/canvas/composer.ts";
import { INSET_SIZES } from "../../media/mixer/scene.ts";
import { watchSources } from "../fixtures/watch_source.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, median, note, quantile, type Row } from "./table.ts";

const CANVAS = { width: 1280, height: 720 };
const RATE = 30;
const FADE_MS = 500;
const NOTHING_OVER: readonly never[] = [];

/** What an inset and a fade cost the mixer at 1280x720 and 30, and whether a tick is late for it. */
export async function runScenes({ quick }: BenchOptions): Promise<Row[]> {
  const times = quick ? 100 : 1000;
  return [
    ...INSET_SIZES.map((size) => note(`an inset of ${size}: both pictures new`, measureInset(size, times), "ms a tick")),
    atMost("a picture of a fade", measureBlend(times), "ms", 3),
    ...await measureTicks(quick ? 4 : 40),
  ];
}

function measureInset(size: (typeof INSET_SIZES)[number], times: number): number {
  const pool = createPicturePool(CANVAS.width * CANVAS.height * 3 / 2);
  const [base, ...insets] = Array.from({ length: 3 }, () => paint(pool.take()));
  const composer = createComposer(CANVAS, pool);
  const how = { source: "2", size, corner: "bottom_right" } as const;
  let turn = 0;
  return measure(times, () => composer.compose(base!, { picture: insets[turn++ % 2]!, shape: null }, how, NOTHING_OVER));
}

function measureBlend(times: number): number {
  const pool = createPicturePool(CANVAS.width * CANVAS.height * 3 / 2);
  const [a, b, out] = [paint(pool.take()), paint(pool.take()), pool.take()];
  let share = 0;
  return measure(times, () => blendInto(out.bytes, a.bytes, b.bytes, share++ % 256));
}

function paint(picture: RawPicture): RawPicture {
  for (let at = 0; at < picture.bytes.length; at += 65_536) crypto.getRandomValues(picture.bytes.subarray(at, at + 65_536));
  return picture;
}

/** The median, once it is warm. */
function measure(times: number, work: () => void): number {
  const took: number[] = [];
  for (let turn = 0; turn < 50 + times; turn++) {
    const startMs = performance.now();
    work();
    if (turn >= 50) took.push(performance.now() - startMs);
  }
  return median(took)!;
}

/** Two sources in real time: faded between, left alone for as long, faded back, and so on, so that what else the machine does falls on both alike. */
async function measureTicks(fades: number): Promise<Row[]> {
  const source = `lavfi:testsrc2=s=1280x720:r=${RATE},realtime`;
  await using watch = await watchSources([source, source], { canvas: CANVAS, rate: RATE });
  await watch.untilShown(10_000);
  const problem = await watch.show("2");
  if (problem !== null) throw new Error(problem);
  watch.sources.use(["1", "2"]);
  const [fading, calm]: [number[], number[]] = [[], []];
  for (let turn = 0; turn < fades; turn++) {
    watch.mixer.show({ source: `${turn % 2 + 1}`, inset: null }, FADE_MS);
    for (const lates of [fading, calm]) {
      const from = watch.ticks.length;
      await watch.until(watch.nowMs + FADE_MS);
      lates.push(...watch.ticks.slice(from).map(({ lateMs }) => lateMs));
    }
  }
  await watch.stop();
  return [
    atMost(
      `ticks made more than a tick late in ${fades} fades, beyond those without`,
      Math.max(0, countLate(fading) - countLate(calm)),
      "",
      0,
    ),
    note("  how late a tick is made in a fade, p50 / p99", describe(fading), "ms"),
    note("  and without", describe(calm), "ms"),
  ];
}

function countLate(lates: readonly number[]): number {
  return lates.filter((lateMs) => lateMs > 1000 / RATE).length;
}

function describe(lates: readonly number[]): string {
  return `${[0.5, 0.99].map((share) => quantile(lates, share)!.toFixed(1)).join(" / ")}, ${countLate(lates)} of ${lates.length} late`;
}
