import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Overlay } from "../../../../media/mixer/canvas/overlay.ts";
import { drawLine, drawSigns, type Lettering, setSigns, SIGNS, toOverlay } from "../../../../media/mixer/overlays/lettering.ts";
import { createOverlays } from "../../../../media/mixer/overlays/overlays.ts";
import { INSET_CORNERS } from "../../../../media/mixer/scene.ts";
import { lavfi } from "../../../fixtures/numbered.ts";

const CANVAS = { width: 640, height: 360 };

async function withFolder(check: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet's [texts];" });
  try {
    await check(folder);
    assert.deepEqual([...Deno.readDirSync(folder)], [], "words were left behind");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** How much is white. */
const inkOf = ({ bytes }: Pick<Lettering, "bytes">) => bytes.filter((byte) => byte > 128).length;

/** How often there is something between two gaps. */
function countLetters({ width, height, bytes }: Lettering): number {
  const hasInk = (column: number) => Array.from({ length: height }, (_, row) => bytes[row * width + column]!).some((byte) => byte > 60);
  return Array.from({ length: width }, (_, column) => hasInk(column) && (column === 0 || !hasInk(column - 1))).filter(Boolean).length;
}

describe("a line of text", () => {
  it("is as wide as its words, whatever stands in them", () =>
    withFolder(async (folder) => {
      const draw = async (text: string) => (await drawLine(text, CANVAS, folder))!;
      const [short, long, odd] = [await draw("ab"), await draw("abababab"), await draw("%{pts}:x=0,[a];'\\")];
      assert.ok(short.width < long.width && long.width < CANVAS.width / 2, `${short.width}, ${long.width}`);
      assert.ok(Math.abs(inkOf(long) - 4 * inkOf(short)) < inkOf(short) / 2);
      assert.ok(odd.width > short.width && inkOf(odd) > 2 * inkOf(short), "it is written as it is");
      const longest = await draw("m".repeat(80));
      assert.ok(longest.width <= CANVAS.width);
    }));

  it("is written to its end in smaller letters where it is too long for the canvas", () =>
    withFolder(async (folder) => {
      for (const canvas of [CANVAS, { width: 640, height: 640 }]) {
        const drawn = (await drawLine("H ".repeat(40), canvas, folder))!;
        assert.ok(drawn.width <= canvas.width * 0.9 && drawn.width > canvas.width * 0.7, `${drawn.width} of ${canvas.width}`);
        assert.equal(countLetters(drawn), 40);
      }
    }));

  it("is not drawn without the program, and that is no exception", () =>
    withFolder(async (folder) => assert.equal(await drawLine("a", CANVAS, folder, { program: "no-such-ffmpeg" }), null)));

  it("lies on the canvas in each corner, dark where there is no letter", () =>
    withFolder(async (folder) => {
      const drawn = (await drawLine("m".repeat(80), CANVAS, folder))!;
      for (const corner of INSET_CORNERS) {
        const { x, y, width, height, bytes } = toOverlay(drawn, corner, CANVAS);
        assert.ok(x >= 0 && y >= 0 && x + width <= CANVAS.width && y + height <= CANVAS.height);
        for (const side of [x, y, width, height]) assert.equal(side % 2, 0);
        assert.equal(bytes.length, width * height * 5 / 2);
        assert.equal(bytes[0], 16);
      }
    }));
});

describe("a clock", () => {
  it("has each sign in its cell, and each is another", async () => {
    const signs = (await drawSigns(CANVAS))!;
    const each = [...SIGNS].map((sign) => setSigns(signs, sign));
    assert.ok(each.every((one) => inkOf(one) > 3));
    assert.equal(new Set(each.map(({ bytes }) => bytes.join())).size, SIGNS.length);
    const line = setSigns(signs, "12:30");
    assert.equal(inkOf(line), [..."12:30"].reduce((sum, sign) => sum + inkOf(setSigns(signs, sign)), 0));
    assert.throws(() => setSigns(signs, "1a"), RangeError);
  });
});

describe("what lies over the show", () => {
  /** With a clock that is set by hand, and the timer that waits. */
  function open(folder: string) {
    const laid: (readonly Overlay[])[] = [];
    const timers: { readonly callback: () => void; readonly delayMs: number; isOff: boolean }[] = [];
    let nowMs = Date.parse("2030-01-01T19:59:57.400Z");
    const overlays = createOverlays({
      canvas: () => Promise.resolve(CANVAS),
      folder,
      setTimer(callback, delayMs) {
        const timer = { callback, delayMs, isOff: false };
        timers.push(timer);
        return () => timer.isOff = true;
      },
      nowMs: () => nowMs,
      onChange: (overlays) => laid.push(overlays),
    });
    function pass(): void {
      const { callback, delayMs, isOff } = timers.at(-1)!;
      nowMs += delayMs;
      if (!isOff) callback();
    }
    return { overlays, laid, timers, pass };
  }

  it("counts down each second, stands at nothing left, and ends when it is taken away", () =>
    withFolder(async (folder) => {
      const { overlays, laid, timers, pass } = open(folder);
      const text = { kind: "countdown", untilMs: Date.parse("2030-01-01T20:00:00Z"), corner: "top_left" } as const;
      assert.deepEqual(await overlays.setText(text), { kind: "laid" });
      assert.deepEqual(overlays.text, text);
      const shown = () => laid.at(-1)![0]!.bytes.join();
      const seen = [shown()];
      for (let second = 0; second < 5; second++) {
        pass();
        seen.push(shown());
      }
      assert.deepEqual(timers.map(({ delayMs }) => delayMs), [600, 1000, 1000, 1000, 1000, 1000]);
      // 3, 2, 1, 0, 0, 0
      assert.equal(new Set(seen).size, 4);
      assert.equal(seen[3], seen[5]);
      await overlays.setText(null);
      assert.deepEqual([laid.at(-1), timers.at(-1)!.isOff, overlays.text], [[], true, null]);
    }));

  it("is a logo and a line, each for itself; what is refused changes nothing", () =>
    withFolder(async (folder) => {
      const { overlays, laid } = open(folder);
      const { stdout: png } = await new Deno.Command("ffmpeg", {
        args: ["-v", "error", ...lavfi("color=red:s=40x20"), "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "pipe:1"],
      }).output();
      await overlays.setText({ kind: "words", words: "Anna", corner: "bottom_left" });
      assert.deepEqual(await overlays.setLogo({ png, corner: "top_right" }), { kind: "laid" });
      assert.deepEqual(laid.at(-1)!.map(({ y }) => y < 100), [true, false]);
      const { length } = laid;
      assert.equal((await overlays.setLogo({ png: new Uint8Array(100), corner: "top_right" })).kind, "refused");
      assert.deepEqual([laid.length, overlays.logo === null], [length, false]);
      await overlays.setLogo(null);
      assert.equal(laid.at(-1)!.length, 1);
      const both = await Promise.all([
        overlays.setText({ kind: "words", words: "first", corner: "bottom_left" }),
        overlays.setText({ kind: "clock", corner: "bottom_left" }),
      ]);
      assert.deepEqual(both.map(({ kind }) => kind), ["refused", "laid"], "the later wish counts");
      overlays.close();
    }));
});
