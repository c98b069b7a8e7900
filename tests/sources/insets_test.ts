import assert from "node:assert/strict";
import { describe } from "@std/testing/bdd";
import { waitFor } from "../fixtures/condition.ts";
import { beeping, numbered, readNumber, type Size } from "../fixtures/numbered.ts";
import { signalTo } from "../fixtures/proc.ts";
import { lipSync, numbersOf, type Watch, type WatchedTick, type WatchOptions, watchSources } from "../fixtures/watch_source.ts";
import { fitShape, placeInset, type Rect } from "../../media/mixer/canvas/place_inset.ts";
import { patience, wasBusy } from "./expect.ts";
import { together } from "./together.ts";

const CANVAS = { width: 320, height: 180 };
const HALF = { source: "2", size: "1/2", corner: "bottom_right" } as const;
const live = (shape: Size, rate = 30, sound = "") =>
  `lavfi:${numbered({ ...shape, rate })},realtime${sound && `[out0];${sound},arealtime[out1]`}`;

/** What stands in an inset at each tick, as if it were the canvas. */
function watchInset(shape: Size = CANVAS) {
  const seen: (Pick<WatchedTick, "number" | "isFlash"> | null)[] = [];
  const { to, border } = placeInset(CANVAS, fitShape(CANVAS, shape), 2, HALF.corner);
  const inner = { x: to.x + border, y: to.y + border, width: to.width - 2 * border, height: to.height - 2 * border };
  const onPicture: WatchOptions["onPicture"] = (luma) => void seen.push(readNumber(cut(luma, inner), inner, inner));
  return {
    onPicture,
    ticksOf: ({ ticks }: Pick<Watch, "ticks">): WatchedTick[] =>
      ticks.map((tick, index) => ({ ...tick, source: "2", number: null, isFlash: false, ...seen[index] })),
  };
}

function cut(luma: Uint8Array, { x, y, width, height }: Rect): Uint8Array {
  const part = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) part.set(luma.subarray((y + row) * CANVAS.width + x).subarray(0, width), row * width);
  return part;
}

describe("an inset", () => {
  together(() => {}, {
    "shows a second source small: every picture of it, in order, its sound in sync, while the first goes on": async () => {
      const { onPicture, ticksOf } = watchInset();
      await using watch = await watchSources([live(CANVAS), live(CANVAS, 30, beeping())], { onPicture });
      await watch.untilShown(5000 * patience());
      await waitFor("the inset", 20_000, async () => await watch.show("1", HALF) === null);
      const fromMs = watch.nowMs + 300;
      await watch.until(fromMs + 8000);
      await watch.stop();
      const ticks = ticksOf(watch).filter(({ ms }) => ms >= fromMs);
      assert.ok(ticks.every(({ number }) => number !== null), "the inset cannot be read at each tick");
      const numbers = numbersOf(ticks);
      assert.ok(numbers.length > (wasBusy(watch) ? 150 : 225), `${numbers.length} pictures in 8 s`);
      assert.ok(numbers.every((number, index) => index === 0 || number > numbers[index - 1]!), `${numbers}`);
      const offs = lipSync({ ticks, sound: watch.sound }, fromMs);
      assert.ok(offs.length >= 6, `${offs.length} flashes have a beep`);
      const wide = offs.filter((off) => Math.abs(off) > 40).length;
      assert.ok(wide <= (wasBusy(watch) ? 2 : 0), `the inset's sound is off by ${offs.map(Math.round)} ms`);
      // Its upper half is where the first one's number stands.
      const first = watch.ticks.filter(({ ms }) => ms >= fromMs);
      assert.ok(first.every(({ isCard }) => !isCard));
    },
    "of a portrait source stands without bars": async () => {
      const portrait = { width: 180, height: 320 };
      const { onPicture, ticksOf } = watchInset(portrait);
      await using watch = await watchSources([live(CANVAS), live(portrait)], { onPicture });
      await watch.untilShown(5000 * patience());
      await waitFor("the inset", 20_000, async () => await watch.show("1", HALF) === null);
      const fromMs = watch.nowMs + 300;
      await watch.until(fromMs + 2000);
      await watch.stop();
      const ticks = ticksOf(watch).filter(({ ms }) => ms >= fromMs);
      assert.ok(ticks.length > 30 && ticks.every(({ number }) => number !== null));
    },
    "is left out while its source is away, and stands again when that is back; the first source notices nothing": async () => {
      const { onPicture, ticksOf } = watchInset();
      await using watch = await watchSources([live(CANVAS), live(CANVAS)], { onPicture });
      await watch.untilShown(5000 * patience());
      const before = new Set(watch.sources.pids);
      await waitFor("the inset", 20_000, async () => await watch.show("1", HALF) === null);
      await waitFor("its number", 5000, () => ticksOf(watch).at(-1)!.number !== null);
      const pid = watch.sources.pids.find((one) => !before.has(one))!;
      signalTo(pid, "SIGSTOP");
      await waitFor("the inset's going", 8000 * patience(), () => ticksOf(watch).at(-1)!.number === null);
      signalTo(pid, "SIGKILL");
      await waitFor("the inset's return", 10_000 * patience(), () => ticksOf(watch).at(-1)!.number !== null);
      await watch.stop();
      const first = watch.ticks.findIndex(({ isCard }) => !isCard);
      assert.ok(watch.ticks.slice(first).every(({ isCard }) => !isCard));
      assert.ok(watch.mostTaken < 2 * 9 + 5, `${watch.mostTaken} pictures are held`);
    },
  });
});
