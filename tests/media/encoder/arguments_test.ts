import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { buildPictureArguments, buildSlateArguments, buildSoundArguments, type PictureEncoding } from "../../../media/encoder/arguments.ts";
import { commandsBetween, type Filter, FILTERS } from "../../../media/encoder/filters.ts";
import { escapeInGraph } from "../../../media/ffmpeg/graph.ts";
import { createGrid } from "../../../media/timeline/grid.ts";
import type { Ladder } from "../../../media/hls/rendition.ts";

const LADDER: Ladder = [
  { name: "hq", width: 1280, height: 720, bitsPerSecond: 2_500_000 },
  { name: "mq", width: 854, height: 480, bitsPerSecond: 1_000_000 },
  { name: "lq", width: 426, height: 240, bitsPerSecond: 400_000 },
];
const URLS = { pictures: ["unix:/r/0", "unix:/r/1", "unix:/r/2"], motion: "unix:/r/motion" };
const GRID = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
const ENCODING: PictureEncoding = { ladder: LADDER, preset: "veryfast" };
const CANVAS = { width: 1280, height: 720 };

function build(
  o: { grid?: typeof GRID; encoding?: PictureEncoding; firstTick?: number; canvas?: typeof CANVAS; filter?: Filter } = {},
): string[] {
  return buildPictureArguments({
    encoding: ENCODING,
    canvas: CANVAS,
    grid: GRID,
    firstTick: 53_700_000_012,
    filter: "none",
    input: "unix:/r/in",
    urls: URLS,
    ...o,
  });
}

function after(args: readonly string[], option: string): string[] {
  return args.flatMap((argument, index) => argument === option ? [args[index + 1]!] : []);
}

const graphOf = (args: readonly string[]) => after(args, "-filter_complex")[0]!;

describe("the command line of a run", () => {
  it("has one input of NUT, three FLV outputs and the motion samples in its graph", () => {
    const args = build();
    assert.deepEqual(args.slice(args.indexOf("-f"), args.indexOf("-filter_complex")), [
      ...["-f", "nut", "-probesize", "32", "-analyzeduration", "0", "-i", "unix:/r/in"],
    ]);
    assert.deepEqual(after(args, "-map"), ["[r0]", "[r1]", "[r2]"]);
    assert.deepEqual(args.filter((argument) => /^unix:\/r\/\d$/.test(argument)), URLS.pictures);
    assert.match(graphOf(args), /\[motion\]fps=10.*file=unix\\\\:\/r\/motion,nullsink$/);
  });

  it("makes the smaller renditions from the largest, and touches nothing that has its size already", () => {
    assert.match(
      graphOf(build()),
      /\[c\]null,split=3\[r0\]\[s1\]\[s2\];\[s1\]scale=854:480,setsar=1\[r1\];\[s2\]scale=426:240,setsar=1\[r2\];/,
    );
    const small: PictureEncoding = { ...ENCODING, ladder: [{ ...LADDER[0], width: 854, height: 480 }, LADDER[1], LADDER[2]] };
    assert.match(graphOf(build({ encoding: small })), /\[c\]scale=854:480,setsar=1,split=3\[r0\]\[s1\]\[s2\];\[s1\]null\[r1\];/);
  });

  it("has its key frames where the segments of the show begin, wherever it begins itself", () => {
    const place = (firstTick: number) => after(build({ firstTick }), "-force_key_frames");
    assert.deepEqual(place(53_700_000_012), Array.from({ length: 3 }, () => "expr:eq(mod(round(t*30)+12,30),0)"));
    assert.deepEqual(place(53_700_000_000)[0], "expr:eq(mod(round(t*30)+0,30),0)");
    const grid = createGrid({ rate: 25, partSeconds: 0.2, segmentSeconds: 2 });
    assert.deepEqual(after(build({ grid, firstTick: 101 }), "-force_key_frames")[0], "expr:eq(mod(round(t*25)+1,50),0)");
    assert.deepEqual([...new Set(after(build(), "-sc_threshold"))], ["0"]);
    assert.ok(Number(after(build(), "-g")[0]) > 30 * 3600);
  });

  it("has one profile and one level, and stays under the rendition's bits", () => {
    const args = build({ grid: createGrid({ rate: 50, partSeconds: 0.2, segmentSeconds: 2 }) });
    assert.deepEqual(after(args, "-level:v"), ["3.2", "3.2", "3.2"]);
    assert.deepEqual(after(args, "-profile:v"), ["high", "high", "high"]);
    assert.deepEqual(after(args, "-preset"), ["veryfast", "veryfast", "veryfast"]);
    assert.deepEqual(after(args, "-b:v"), after(args, "-maxrate"));
    for (const [index, bits] of after(args, "-maxrate").entries()) {
      assert.ok(Number(bits) + 96_000 < LADDER[index]!.bitsPerSecond && Number(bits) > 0.8 * (LADDER[index]!.bitsPerSecond - 96_000));
    }
  });

  it("has all filters in its graph, the one that is on enabled, and measures the motion of the picture without them", () => {
    for (const filter of FILTERS) {
      const graph = graphOf(build({ filter }));
      const [, filters] = /\[plain\](.*?)\[c\]/.exec(graph)!;
      const enabled = filters!.split(",").filter((one) => one.endsWith("enable=1"));
      assert.deepEqual(enabled.map((one) => /@(\w+)/.exec(one)![1]), filter === "none" ? [] : [filter]);
      assert.equal(filters!.split(",").filter((one) => /enable=[01]$/.test(one)).length, FILTERS.length - 1);
      assert.ok(!graph.slice(graph.indexOf("[motion]fps")).includes("enable"));
    }
  });

  it("goes from any filter to any other by commands, the new one first", () => {
    assert.deepEqual(commandsBetween("none", "none"), []);
    assert.deepEqual(commandsBetween("none", "mirror"), ["chflip@mirror -1 enable 1"]);
    assert.deepEqual(commandsBetween("mirror", "grey"), ["clutyuv@grey -1 enable 1", "chflip@mirror -1 enable 0"]);
    for (const before of FILTERS) {
      for (const after of FILTERS) {
        for (const command of commandsBetween(before, after)) {
          const [target] = command.slice(1).split(" ");
          assert.ok(graphOf(build()).includes(`${target}=`), `${target} is no filter of the graph`);
        }
      }
    }
  });

  it("encodes with the preset that the governor fell back to", () => {
    assert.deepEqual(after(build({ encoding: { ...ENCODING, preset: "ultrafast" } }), "-preset"), ["ultrafast", "ultrafast", "ultrafast"]);
  });
});

describe("the command line of the sound", () => {
  it("takes PCM as NUT, and makes stereo AAC of 48 kHz", () => {
    const args = buildSoundArguments({ input: "unix:/r/in", url: "unix:/r/sound" });
    assert.deepEqual([after(args, "-f"), after(args, "-i"), after(args, "-c:a"), after(args, "-ar"), after(args, "-ac"), args.at(-1)], [
      ["nut", "flv"],
      ["unix:/r/in"],
      ["aac"],
      ["48000"],
      ["2"],
      "unix:/r/sound",
    ]);
  });
});

describe("the command line of the slate", () => {
  it("encodes by the settings of a run that begins with a segment, and of the sound", () => {
    const urls = { pictures: URLS.pictures, sound: "unix:/r/sound" };
    const slate = buildSlateArguments({ picture: ["-i", "card.png"], seconds: 3, encoding: ENCODING, grid: GRID, urls });
    const encoding = (args: readonly string[], from: string) => args.slice(args.indexOf(from));
    const sound = encoding(buildSoundArguments({ input: "x", url: urls.sound }), "-c:a");
    assert.deepEqual(encoding(slate, "-map"), [...encoding(build({ firstTick: 0 }), "-map"), "-map", "1:a", ...sound]);
    assert.ok(slate.includes("-nostdin"));
  });
});

describe("an argument in a filter graph", () => {
  it("takes the words of any path as they are", () => {
    assert.equal(escapeInGraph("unix:/a b/c"), "unix\\\\:/a b/c");
    assert.equal(escapeInGraph("a,b;[c]'d\\e"), "a\\,b\\;\\[c\\]\\\\\\'d\\\\\\\\e");
  });
});
