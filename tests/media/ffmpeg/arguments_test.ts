import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { buildRunArguments, buildSlateArguments, escapeInGraph } from "../../../media/ffmpeg/arguments.ts";
import { createGrid } from "../../../media/timeline/grid.ts";
import type { Ladder } from "../../../media/hls/rendition.ts";

const LADDER: Ladder = [
  { name: "hq", width: 1280, height: 720, bitsPerSecond: 2_500_000 },
  { name: "mq", width: 854, height: 480, bitsPerSecond: 1_000_000 },
  { name: "lq", width: 426, height: 240, bitsPerSecond: 400_000 },
];
const URLS = { pictures: ["unix:/r/0", "unix:/r/1", "unix:/r/2"], sound: "unix:/r/sound", motion: "unix:/r/motion" };
const GRID = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
const INPUT = ["-re", "-i", "file:/a.mp4"];

function build(sound: string | null, grid = GRID): string[] {
  return buildRunArguments({ source: { inputs: [INPUT], picture: "0:2", sound }, ladder: LADDER, grid, urls: URLS });
}

function after(args: readonly string[], option: string): string[] {
  return args.flatMap((argument, index) => argument === option ? [args[index + 1]!] : []);
}

describe("the command line of a run", () => {
  it("has four FLV outputs and the motion samples in its graph", () => {
    const args = build("0:1");
    assert.deepEqual(after(args, "-map"), ["[r0]", "[r1]", "[r2]", "[sound]"]);
    assert.deepEqual(after(args, "no_duration_filesize"), URLS.pictures.concat(URLS.sound));
    assert.match(after(args, "-filter_complex")[0]!, /\[motion\]fps=10.*file=unix\\\\:\/r\/motion,nullsink/);
    assert.deepEqual(after(args, "-output_ts_offset"), ["1", "1", "1", "1"]);
  });

  it("takes the streams that the probe found, by name", () => {
    const [graph] = after(build("0:1"), "-filter_complex");
    assert.match(graph!, /^\[0:2\]fps=30,scale=1280:720:/);
    assert.match(graph!, /\[0:1\]aresample=48000:async=1000:min_hard_comp=0.02:first_pts=0:flags=\+res,volume@v=1\[sound\]$/);
  });

  it("adds paced silence to a source without sound", () => {
    const args = build(null);
    assert.deepEqual(after(args, "-i"), ["file:/a.mp4", "anullsrc=sample_rate=48000:channel_layout=stereo"]);
    assert.match(after(args, "-filter_complex")[0]!, /\[1:a\]aresample=/);
    assert.deepEqual(args.slice(args.indexOf("file:/a.mp4") + 1).slice(0, 3), ["-re", "-f", "lavfi"]);
  });

  it("has one key frame a segment, one profile and one level, and stays under the rendition's bits", () => {
    const args = build("0:1", createGrid({ rate: 50, partSeconds: 0.2, segmentSeconds: 2 }));
    assert.deepEqual(after(args, "-g"), ["100", "100", "100"]);
    assert.deepEqual(after(args, "-level:v"), ["3.2", "3.2", "3.2"]);
    assert.deepEqual(after(args, "-profile:v"), ["high", "high", "high"]);
    assert.deepEqual(after(args, "-b:v"), after(args, "-maxrate"));
    for (const [index, bits] of after(args, "-maxrate").entries()) {
      assert.ok(Number(bits) + 96_000 < LADDER[index]!.bitsPerSecond && Number(bits) > 0.8 * (LADDER[index]!.bitsPerSecond - 96_000));
    }
  });

  it("has the slate encoded by the same settings", () => {
    const slate = buildSlateArguments({ picture: ["-i", "card.png"], seconds: 3, ladder: LADDER, grid: GRID, urls: URLS });
    const encoding = (args: readonly string[]) => args.slice(args.indexOf("-map"));
    assert.deepEqual(encoding(slate), encoding(build("0:1")));
  });

  it("takes the words of any path in its graph as they are", () => {
    assert.equal(escapeInGraph("unix:/a b/c"), "unix\\\\:/a b/c");
    assert.equal(escapeInGraph("a,b;[c]'d\\e"), "a\\,b\\;\\[c\\]\\\\\\'d\\\\\\\\e");
  });
});
