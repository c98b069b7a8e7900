import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { buildJpegArguments, type JpegEncoder, startJpegEncoder } from "../../../media/ffmpeg/jpeg_encoder.ts";

const SIZE = { width: 160, height: 90 };
const FIXTURES = decodeURIComponent(new URL("../../fixtures/ffmpeg/", import.meta.url).pathname);

function start(o: Omit<Parameters<typeof startJpegEncoder>[0], "size"> = {}): JpegEncoder {
  const encoder = startJpegEncoder({ size: SIZE, ...o });
  if (typeof encoder === "string") assert.fail(encoder);
  return encoder;
}

/** One colour, as BT.709 in limited range has it. */
function fill(y: number, u: number, v: number): Uint8Array<ArrayBuffer> {
  const luma = SIZE.width * SIZE.height;
  return new Uint8Array(luma * 3 / 2).fill(y, 0, luma).fill(u, luma, luma * 5 / 4).fill(v, luma * 5 / 4);
}

/** The mean colour of a JPEG of that size, as ffmpeg decodes it. */
async function look(jpeg: Uint8Array): Promise<number[]> {
  const child = new Deno.Command("ffmpeg", {
    args: ["-v", "error", "-f", "mjpeg", "-i", "pipe:0", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(jpeg);
  await writer.close();
  const { stdout } = await child.output();
  assert.equal(stdout.length, SIZE.width * SIZE.height * 3);
  return [0, 1, 2].map((channel) => {
    let sum = 0;
    for (let at = channel; at < stdout.length; at += 3) sum += stdout[at]!;
    return sum / (stdout.length / 3);
  });
}

describe("an encoder of previews", () => {
  it("gives a JPEG of each picture before the next one is there, in its colours", async () => {
    const encoder = start();
    const colours: [picture: Uint8Array<ArrayBuffer>, rgb: number[]][] = [
      [fill(63, 102, 240), [255, 0, 0]],
      [fill(173, 42, 26), [0, 255, 0]],
      [fill(126, 128, 128), [128, 128, 128]],
    ];
    for (const [picture, rgb] of colours) {
      const jpeg = await encoder.encode(picture);
      const found = await look(jpeg!);
      for (const [channel, wanted] of rgb.entries()) assert.ok(Math.abs(found[channel]! - wanted) < 8, `${found} instead of ${rgb}`);
      assert.ok(jpeg!.length < 8000, `${jpeg!.length} bytes`);
    }
    await encoder.stop();
    await encoder.stop();
    assert.equal(await encoder.encode(fill(16, 128, 128)), null);
  });

  it("that makes nothing is ended", async () => {
    const encoder = start({ program: `${FIXTURES}runs_for_ever.sh`, limitMs: 50 });
    assert.equal(await encoder.encode(fill(16, 128, 128)), null);
    assert.equal(await encoder.ended, "ffmpeg made no JPEG within 0.05 s");
  });

  it("that ends by itself says why", async () => {
    const encoder = start({ program: `${FIXTURES}exits_3.sh` });
    assert.equal(await encoder.encode(fill(16, 128, 128)), null);
    assert.notEqual(await encoder.ended, "");
  });

  it("that is not there says so", () => {
    assert.equal(startJpegEncoder({ size: SIZE, program: "no-such-ffmpeg" }), "no-such-ffmpeg is not installed (or not in PATH)");
  });

  it("reads standard input and writes standard output only", () => {
    const args = buildJpegArguments(SIZE);
    assert.deepEqual([args[args.indexOf("-i") + 1], args.at(-1)], ["pipe:0", "pipe:1"]);
  });
});
