import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { buildPictureArguments, buildSlateArguments } from "../../../media/encoder/arguments.ts";
import { encodeSlate } from "../../../media/encoder/encode_slate.ts";
import { chooseHardware } from "../../../media/encoder/hardware/choose_hardware.ts";
import { HARDWARE, HARDWARE_NAMES, type HardwareName, mustRenew } from "../../../media/encoder/hardware/hardware.ts";
import { tryHardware } from "../../../media/encoder/hardware/try_hardware.ts";
import { hasFolder } from "../../../media/ffmpeg/has_folder.ts";
import { OPTIONS } from "../../../media/settings/options.ts";
import { prepareSlate } from "../../../media/slates.ts";
import { readSlate } from "../../../media/timeline/slate_frames.ts";
import { FIRST_TICK, GRID, LADDER, startRealEncoder } from "./real_encoder.ts";

const FAKE = decodeURIComponent(new URL("../../fixtures/ffmpeg/hardware.sh", import.meta.url).pathname);

/** A folder and an ffmpeg whose hardware has these manners. */
async function withManner(manner: string, use: (o: { folder: string; program: string }) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-hardware-" });
  try {
    const program = `${folder}/ffmpeg`;
    await Deno.writeTextFile(program, `#!/bin/sh\nexec '${FAKE}' ${manner} "$@"\n`, { mode: 0o755 });
    await Deno.mkdir(`${folder}/sockets`);
    await use({ folder: `${folder}/sockets`, program });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

describe("the hardware encoders' command lines", () => {
  const shared = {
    grid: GRID,
    canvas: { width: 320, height: 180 },
    firstTick: FIRST_TICK,
    filter: "none" as const,
    input: "in",
    urls: { pictures: ["u0", "u1", "u2"], motion: "m" },
  };
  const build = (hardware?: HardwareName) =>
    buildPictureArguments({ ...shared, encoding: { ladder: LADDER, preset: "veryfast", ...(hardware ? { hardware } : {}) } });
  const output = (args: readonly string[], url: string) => args.slice(args.lastIndexOf("-map", args.indexOf(url)), args.indexOf(url) + 1);

  for (const name of HARDWARE_NAMES) {
    it(`encode HQ alone, with its key frames where the show has them: ${name}`, () => {
      const [plain, args] = [build(), build(name)];
      for (const url of ["u1", "u2"]) assert.deepEqual(output(args, url), output(plain, url));
      const hq = output(args, "u0");
      assert.equal(hq[hq.indexOf("-c:v") + 1], HARDWARE[name].encoder);
      for (const option of ["-force_key_frames", "-b:v", "-fps_mode", "-enc_time_base"]) {
        const of = (words: readonly string[]) => words[words.indexOf(option) + 1];
        assert.equal(of(hq), of(output(plain, "u0")), option);
      }
      for (const words of ["-bf 0", "-profile:v high", "-level:v 21", "-bsf:v dump_extra=freq=keyframe", "-f flv"]) {
        assert.ok(hq.join(" ").includes(words), words);
      }
      assert.ok(!hq.includes("libx264") && !hq.includes("-x264-params"));
      const graph = args[args.indexOf("-filter_complex") + 1]!;
      const { filter, device } = HARDWARE[name];
      assert.equal(hq[1], filter === null ? "[r0]" : "[hardware]");
      assert.equal(graph.includes(`[r0]${filter}[hardware]`), filter !== null);
      assert.deepEqual(args.slice(args.indexOf("-f") - device.length, args.indexOf("-f")), [...device]);
      assert.ok(
        buildSlateArguments({
          ...shared,
          encoding: { ladder: LADDER, preset: "veryfast", hardware: name },
          picture: [],
          seconds: 3,
          urls: { pictures: ["u0", "u1", "u2"], sound: "s" },
        }).includes(HARDWARE[name].encoder),
      );
    });
  }
  it("give way to another life before key frames would come by themselves", () => {
    assert.deepEqual([60_000, 60_600, 65_535].map((pictures) => mustRenew("qsv", pictures)), [false, true, true]);
    for (const name of ["nvenc", "vaapi", "videotoolbox"] as const) {
      assert.deepEqual([990_000, 995_000].map((pictures) => mustRenew(name, pictures)), [false, true]);
    }
  });
  it("are those that --encoder names", () => {
    for (const name of ["auto", "libx264", ...HARDWARE_NAMES]) assert.equal(OPTIONS.encoder.schema.parse(name), name);
    assert.throws(() => OPTIONS.encoder.schema.parse("amf"));
  });
});

describe("the try of a hardware encoder", () => {
  const cases: [string, RegExp | null][] = [
    ["is_good", null],
    ["is_not_there", /^Cannot load libcuda\.so\.1$/],
    ["hangs", /^it had not done two segments within 3 s$/],
    ["ends_badly", /^ffmpeg ended with code 1$/],
    ["fewer", /^it gave back 59 of 60 pictures$/],
    ["more_keys", /^its picture 40 is a key frame$/],
    ["no_keys", /^its picture 15 is no key frame$/],
    ["reorders", /composition|reorder/i],
    ["baseline", /^its profile is 66, not 100 \(High\) as of the others$/],
    ["other_level", /^its level is 40, not 21 as of the others$/],
    ["smaller", /^its pictures are 160x90, not 320x180$/],
    ["no_headers", /^its key frame \d+ comes without parameter sets$/],
    ["is_slow", /^it took \d+ ms for what may take 1000 ms$/],
  ];
  for (const [manner, reason] of cases) {
    it(`says what is wrong with one that ${manner.replaceAll("_", " ")}`, () =>
      withManner(manner, async ({ folder, program }) => {
        const found = await tryHardware("vaapi", { ladder: LADDER, grid: GRID, folder, program });
        if (reason === null) assert.equal(found, null);
        else assert.match(found ?? "nothing", reason);
        assert.deepEqual([...Deno.readDirSync(folder)], [], "sockets were left behind");
      }));
  }
  it("says what ffmpeg says of each that this machine has not", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const missing = await tryHardware("videotoolbox", { ladder: LADDER, grid: GRID, folder });
      if (Deno.build.os !== "darwin") assert.match(missing ?? "nothing", /may have been built without it/);
      assert.match(await tryHardware("nvenc", { ladder: LADDER, grid: GRID, folder, program: "no-such-ffmpeg" }) ?? "", /is not installed/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

describe("the choice of an encoder", () => {
  /** Which folders there are, what works; and what was asked for. */
  async function choose(
    wish: Parameters<typeof chooseHardware>[0]["wish"],
    has: readonly string[],
    works: readonly HardwareName[],
    os = "linux" as const,
  ) {
    const tried: string[] = [];
    const choice = await chooseHardware({
      wish,
      os,
      hasFolder: (path) => Promise.resolve(has.includes(path)),
      attempt: (name) => {
        tried.push(name);
        return Promise.resolve(works.includes(name) ? null : "it is broken.");
      },
    });
    return { ...choice, tried };
  }
  it("tries nothing where there is no device", async () => {
    assert.deepEqual(await choose("auto", [], HARDWARE_NAMES), { hardware: null, lines: [], tried: [] });
  });
  it("tries nothing where libx264 is asked for", async () => {
    assert.deepEqual((await choose("libx264", ["/dev/dri"], HARDWARE_NAMES)).tried, []);
  });
  it("takes the first that will do, and tells of those that will not", async () => {
    const { hardware, lines, tried } = await choose("auto", ["/dev/dri", "/proc/driver/nvidia"], ["qsv"]);
    assert.deepEqual([hardware, tried], ["qsv", ["nvenc", "vaapi", "qsv"]]);
    assert.equal(lines[0], "--encoder nvenc: h264_nvenc cannot be used: it is broken. libx264 encodes HQ too.");
    assert.match(lines[2]!, /^HQ is encoded by h264_qsv\. We have not run it on real hardware yet/);
    assert.equal((await choose("auto", ["/dev/dri"], ["nvenc", "vaapi"])).hardware, "vaapi");
  });
  it("tries the one that was named wherever it is, and libx264 takes its place", async () => {
    assert.deepEqual(await choose("nvenc", [], []), {
      hardware: null,
      lines: ["--encoder nvenc: h264_nvenc cannot be used: it is broken. libx264 encodes HQ too."],
      tried: ["nvenc"],
    });
    assert.equal((await choose("videotoolbox", [], ["videotoolbox"])).hardware, "videotoolbox");
  });
  it("sees whether a folder is there without a right to read it", async () => {
    assert.deepEqual([await hasFolder("/dev"), await hasFolder("/dev/no-such-folder"), await hasFolder("/dev/null")], [true, false, false]);
  });
});

describe("a show on a hardware encoder", () => {
  /** Plays, and all that was given must be back, once and in order, with key frames where they belong. */
  async function play(manner: string, o: { readonly ticks: number }) {
    const found: { lines: readonly string[]; configs: number; used: string[] } = { lines: [], configs: 0, used: [] };
    await withManner(manner, async ({ folder, program }) => {
      const real = startRealEncoder({ folder, program, hardware: "nvenc" });
      try {
        await real.begin();
        await real.play(o.ticks);
        await real.settled();
        assert.deepEqual(real.rows.map(({ tick }) => tick), real.given);
        for (const [at, { tick, isKey, run }] of real.rows.entries()) {
          assert.equal(isKey, tick % GRID.framesPerSegment === 0 || run !== real.rows[at - 1]?.run, `picture ${tick}`);
        }
        Object.assign(found, {
          lines: [...real.lines],
          configs: real.configs.size,
          used: real.encodings.map(({ hardware }) => hardware ?? "libx264"),
        });
      } finally {
        await real.stop();
      }
      assert.equal(real.taken(), 0);
    });
    return found;
  }
  it("goes as on libx264 where nothing is wrong with it", async () => {
    assert.deepEqual(await play("is_good", { ticks: 40 }), { lines: [], configs: 1, used: [] });
  });
  for (
    const [manner, reason] of [
      ["is_not_there", /^h264_nvenc is given up: Error initializing output stream/],
      ["dies_later", /^h264_nvenc is given up: /],
      ["stalls_later", /^h264_nvenc is given up: Nothing came back from the encoder for \d/],
      ["more_keys", /^h264_nvenc is given up: output 0: Picture of tick \d+ in rendition 0 is a key frame/],
    ] as const
  ) {
    it(`is libx264's from then on where it ${manner.replaceAll("_", " ")}, without a picture lost`, async () => {
      const { lines, used } = await play(manner, { ticks: 50 });
      assert.ok(lines.some((line) => reason.test(line) && line.endsWith(" From here on libx264 encodes HQ too.")), lines.join("\n"));
      assert.deepEqual(used, ["libx264"], "the slate is made anew, once");
    });
  }
  it("has a slate by the same encoder, or by libx264 where that cannot", async () => {
    const encoding = { ladder: LADDER, preset: "veryfast", hardware: "nvenc" } as const;
    await withManner("is_good", async ({ folder, program }) => {
      const encoded = await encodeSlate({ encoding, grid: GRID, picture: null, folder, program });
      assert.ok(encoded.kind === "encoded");
      assert.deepEqual(readSlate(encoded, GRID).slate.pictures.map((loop) => loop.length), [30, 30, 30]);
    });
    const folder = await Deno.makeTempDir();
    try {
      const slate = await prepareSlate({
        encoding: { ...encoding, hardware: "videotoolbox" },
        grid: GRID,
        picture: null,
        ffmpegVersion: "x",
        folder,
      });
      if (Deno.build.os !== "darwin") assert.equal(slate.kind, "slate");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
