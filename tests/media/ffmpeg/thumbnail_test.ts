import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { buildThumbnailArguments, makeThumbnail } from "../../../media/ffmpeg/thumbnail.ts";

/** A fragmented mp4 of one second in a run's colours, made by ffmpeg, in two pieces. */
async function encode(color: string): Promise<Uint8Array[]> {
  const { stdout } = await new Deno.Command("ffmpeg", {
    args: [
      ...["-v", "error", "-f", "lavfi", "-t", "1", "-i", `color=${color}:size=426x240:rate=30`, "-c:v", "libx264", "-preset", "ultrafast"],
      ...["-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p", "-colorspace", "bt709", "-color_range", "tv"],
      ...["-movflags", "empty_moov+default_base_moof+frag_keyframe", "-f", "mp4", "pipe:1"],
    ],
  }).output();
  return [stdout.subarray(0, 700), stdout.subarray(700)];
}

/** Size and mean colour of a JPEG, as ffmpeg decodes it. */
async function look(jpeg: Uint8Array): Promise<{ bytes: number; rgb: number[] }> {
  const child = new Deno.Command("ffmpeg", {
    args: ["-v", "error", "-f", "mjpeg", "-i", "pipe:0", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(jpeg);
  await writer.close();
  const { stdout } = await child.output();
  const rgb = [0, 1, 2].map((channel) => {
    let sum = 0;
    for (let at = channel; at < stdout.length; at += 3) sum += stdout[at]!;
    return sum / (stdout.length / 3);
  });
  return { bytes: stdout.length, rgb };
}

describe("a thumbnail", () => {
  it("is the first picture of the segment, in its size and colours", async () => {
    const outcome = await makeThumbnail(await encode("0x30a050"));
    assert.equal(outcome.kind, "picture");
    const { bytes, rgb } = await look(outcome.kind === "picture" ? outcome.jpeg : new Uint8Array());
    assert.equal(bytes, 426 * 240 * 3);
    for (const [channel, wanted] of [0x30, 0xa0, 0x50].entries()) {
      assert.ok(Math.abs(rgb[channel]! - wanted) < 6, `${rgb} instead of 48, 160, 80`);
    }
  });

  it("takes bytes that ffmpeg does not need, as it stops reading early", async () => {
    const [head, rest] = await encode("red");
    const outcome = await makeThumbnail([head!, rest!, new Uint8Array(4_000_000)]);
    assert.equal(outcome.kind, "picture");
  });

  it("of broken bytes is a reason", async () => {
    const outcome = await makeThumbnail([new TextEncoder().encode("this is no video")]);
    assert.equal(outcome.kind, "failed");
    assert.match(outcome.kind === "failed" ? outcome.reason : "", /pipe:0|moov|Invalid/);
  });

  it("of nothing is a reason", async () => {
    assert.equal((await makeThumbnail([])).kind, "failed");
  });

  it("without ffmpeg is a reason", async () => {
    assert.deepEqual(await makeThumbnail([], { program: "no-such-ffmpeg" }), {
      kind: "failed",
      reason: "no-such-ffmpeg is not installed (or not in PATH)",
    });
  });

  it("is given up when ffmpeg hangs", async () => {
    const folder = decodeURIComponent(new URL("../../fixtures/ffmpeg/", import.meta.url).pathname);
    const outcome = await makeThumbnail([new Uint8Array(10)], { program: `${folder}runs_for_ever.sh`, limitMs: 50 });
    assert.deepEqual(outcome, { kind: "failed", reason: "No thumbnail within 0.05 s" });
  });

  it("reads standard input and writes standard output only", () => {
    const args = buildThumbnailArguments();
    assert.deepEqual([args[args.indexOf("-i") + 1], args.at(-1)], ["pipe:0", "pipe:1"]);
  });
});
