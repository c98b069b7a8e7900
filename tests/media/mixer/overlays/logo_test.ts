import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { layOverlay } from "../../../../media/mixer/canvas/overlay.ts";
import { decodeLogo, readPngSize } from "../../../../media/mixer/overlays/logo.ts";
import { lavfi } from "../../../fixtures/numbered.ts";

const CANVAS = { width: 320, height: 180 };

async function makePng(graph: string): Promise<Uint8Array> {
  const args = ["-v", "error", ...lavfi(graph), "-frames:v", "1", "-c:v", "png", "-f", "image2pipe", "pipe:1"];
  const { stdout } = await new Deno.Command("ffmpeg", { args, stdin: "null", stderr: "null" }).output();
  return stdout;
}

describe("a logo", () => {
  it("is a PNG, as it is where it is small, and stands in its corner with what is clear in it", async () => {
    // The left half is clear, the right one red.
    const png = await makePng("color=red:s=40x20,format=rgba,geq=r='r(X,Y)':g='g(X,Y)':b='b(X,Y)':a='if(lt(X,20),0,255)'");
    assert.deepEqual(readPngSize(png), { width: 40, height: 20 });
    const outcome = await decodeLogo(png, "bottom_right", CANVAS);
    assert.ok(outcome.kind === "logo", JSON.stringify(outcome));
    const { x, y, width, height } = outcome.overlay;
    assert.deepEqual({ x, y, width, height }, { x: 320 - 40 - 4, y: 180 - 20 - 4, width: 40, height: 20 });
    const canvas = new Uint8Array(CANVAS.width * CANVAS.height * 3 / 2).fill(100);
    layOverlay(canvas, CANVAS, outcome.overlay);
    const at = (column: number) => canvas[(y + 10) * CANVAS.width + x + column]!;
    assert.deepEqual([at(-1), at(5), at(18)], [100, 100, 100]);
    assert.ok(Math.abs(at(30) - 63) < 3, `${at(30)}: red of BT.709 has a luma of 63`);
  });

  it("is made smaller where it is large, and keeps its shape", async () => {
    const outcome = await decodeLogo(await makePng("testsrc=s=1000x200"), "top_left", CANVAS);
    assert.ok(outcome.kind === "logo");
    const { x, y, width, height, bytes } = outcome.overlay;
    assert.deepEqual([x, y, width, height, bytes.length], [4, 4, 80, 16, 80 * 16 * 5 / 2]);
    assert.ok(bytes.subarray(80 * 16 * 3 / 2).every((alpha) => alpha === 255));
  });

  const text = (words: string) => new TextEncoder().encode(words);
  const others: [what: string, bytes: () => Promise<Uint8Array> | Uint8Array][] = [
    ["nothing", () => new Uint8Array()],
    ["a playlist", () => text("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n".padEnd(100))],
    ["ffconcat", () => text("ffconcat version 1.0\nfile /etc/passwd\n".padEnd(100))],
    ["SVG", () => text(`<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>`)],
    ["a graph", () => text("movie=/etc/passwd,metadata=print:file=canary.txt".padEnd(100))],
    [
      "a JPEG",
      async () =>
        await new Deno.Command("ffmpeg", { args: ["-v", "error", ...lavfi("testsrc=s=40x40"), "-frames:v", "1", "-f", "mjpeg", "-"] })
          .output().then(({ stdout }) => stdout),
    ],
    ["a PNG that breaks off", async () => (await makePng("testsrc=s=200x200")).subarray(0, 60)],
    ["a PNG that says it is huge", async () => {
      const png = (await makePng("testsrc=s=20x20")).slice();
      new DataView(png.buffer).setUint32(16, 60_000);
      return png;
    }],
    [
      "a PNG with another file behind its header",
      () =>
        Uint8Array.from([
          0x89,
          0x50,
          0x4e,
          0x47,
          13,
          10,
          26,
          10,
          0,
          0,
          0,
          13,
          0x49,
          0x48,
          0x44,
          0x52,
          0,
          0,
          0,
          9,
          0,
          0,
          0,
          9,
          ...text("#EXTM3U\nfile:///etc/passwd"),
        ]),
    ],
  ];
  for (const [what, make] of others) {
    it(`is not ${what}, and that is said`, async () => {
      const outcome = await decodeLogo(await make(), "top_left", CANVAS);
      assert.ok(outcome.kind === "refused" && outcome.reason.length > 8, JSON.stringify(outcome.kind));
    });
  }

  it("lies on a picture as its opacity says, pixel by pixel, and nowhere else", () => {
    const even = (max: number) => fc.integer({ min: 1, max }).map((half) => 2 * half);
    const cases = fc.record({
      width: even(4),
      height: even(3),
      x: even(4),
      y: even(3),
      seed: fc.uint8Array({ minLength: 50, maxLength: 50 }),
    });
    fc.assert(fc.property(cases, ({ width, height, x, y, seed }) => {
      const canvas = { width: 20, height: 14 };
      const own = Uint8Array.from({ length: width * height * 5 / 2 }, (_, at) => seed[at % 50]! ^ at * 31);
      const bytes = Uint8Array.from({ length: 20 * 14 * 3 / 2 }, (_, at) => at % 251);
      const before = bytes.slice();
      layOverlay(bytes, canvas, { x, y, width, height, bytes: own });
      const alpha = (column: number, row: number) => own[width * height * 3 / 2 + row * width + column]!;
      for (let row = 0; row < canvas.height; row++) {
        for (let column = 0; column < canvas.width; column++) {
          const at = row * canvas.width + column;
          const [inX, inY] = [column - x, row - y];
          const isIn = inX >= 0 && inY >= 0 && inX < width && inY < height;
          const a = isIn ? alpha(inX, inY) / 255 : 0;
          const wanted = before[at]! * (1 - a) + (isIn ? own[inY * width + inX]! : 0) * a;
          assert.ok(Math.abs(bytes[at]! - wanted) <= 0.51, `${column}, ${row}`);
          if (column % 2 || row % 2) continue;
          for (const plane of [0, 1]) {
            const chroma = 20 * 14 + plane * 70 + row / 2 * 10 + column / 2;
            const mean = isIn
              ? [[0, 0], [1, 0], [0, 1], [1, 1]].reduce((sum, [dx, dy]) => sum + alpha(inX + dx!, inY + dy!), 0) / 4 / 255
              : 0;
            const colour = isIn ? own[width * height + plane * width * height / 4 + inY / 2 * width / 2 + inX / 2]! : 0;
            assert.ok(Math.abs(bytes[chroma]! - (before[chroma]! * (1 - mean) + colour * mean)) <= 1.1);
          }
        }
      }
    }));
  });
});
