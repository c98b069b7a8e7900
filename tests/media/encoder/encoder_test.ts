import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { encodeSlate } from "../../../media/encoder/encode_slate.ts";
import type { Preset } from "../../../media/encoder/arguments.ts";
import { runFfmpeg } from "../mp4/clip.ts";
import { createInits } from "../../../media/mp4/inits.ts";
import { readSlate } from "../../../media/timeline/slate_frames.ts";
import { waitFor } from "../../fixtures/condition.ts";
import { signalTo } from "../../fixtures/proc.ts";
import {
  CANVAS,
  decodePictures,
  FIRST_TICK,
  GRID,
  LADDER,
  listen,
  measureTone,
  numberOf,
  readNumbers,
  type RealEncoder,
  startRealEncoder,
} from "./real_encoder.ts";

async function withFolder(check: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-encoder-" });
  try {
    await check(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function withEncoder(
  check: (real: RealEncoder) => Promise<void>,
  o: Partial<Parameters<typeof startRealEncoder>[0]> = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const real = startRealEncoder({ folder, ...o });
    try {
      await check(real);
    } finally {
      await real.stop();
    }
    assert.equal(real.taken(), 0, "pictures that nobody released");
    assert.deepEqual([...Deno.readDirSync(folder)], [], "sockets were left behind");
  });
}

/** Everything that was given has come back once, in order, with an IDR at each segment's start and where a run begins, and nowhere else. */
function checkRows({ given, rows }: RealEncoder): void {
  assert.deepEqual(rows.map(({ tick }) => tick), given);
  for (const [at, { tick, isKey, run }] of rows.entries()) {
    assert.equal(isKey, tick % GRID.framesPerSegment === 0 || run !== rows[at - 1]?.run, `picture ${tick}`);
  }
}

/** What is in the pictures says the same as their ticks. */
async function checkNumbers({ rows }: RealEncoder): Promise<void> {
  for (const rendition of [0, 2]) {
    const numbers = await readNumbers(rows.map(({ pictures }) => pictures[rendition]!), rendition);
    assert.deepEqual(numbers, rows.map(({ tick }) => numberOf(tick)), `rendition ${rendition}`);
  }
}

function checkBlocks({ sounds }: RealEncoder): void {
  assert.deepEqual(sounds.map(({ block }) => block), sounds.map((_, at) => sounds[0]!.block + at), "each block's frame once, in order");
  assert.equal(sounds[0]!.block, Math.round(FIRST_TICK * 1.5625));
}

/** Random, but not so that the moment depends on the machine. */
function moments(count: number, from: number, to: number): number[] {
  const each = (to - from) / count;
  return Array.from({ length: count }, (_, at) => Math.floor(from + (at + Math.random() * 0.6) * each));
}

const runsOf = ({ rows }: RealEncoder) => new Set(rows.map(({ run }) => run)).size;

const OWED_TICKS = 10;

/** A dark left half and a bright right one, all in one colour. */
function paintTwoHalves(picture: Uint8Array): void {
  const { width, height } = CANVAS;
  picture.fill(160);
  for (let y = 0; y < height; y++) picture.fill(60, y * width, y * width + width / 2).fill(180, y * width + width / 2, (y + 1) * width);
}

function nameFilter(picture: Uint8Array): string {
  const { width, height } = CANVAS;
  const [left, right, u, v] = [30 * width + 30, 31 * width - 30, width * height + 3000, width * height * 5 / 4 + 3000].map((at) =>
    picture[at]!
  );
  const isNear = (value: number, wanted: number) => Math.abs(value - wanted) < 6;
  if (isNear(u!, 112) && isNear(v!, 142) && isNear(left!, 60)) return "sepia";
  if (!isNear(u!, 160) || !isNear(v!, 160)) return `${[left, right, u, v]}`;
  return isNear(left!, 60) && isNear(right!, 180) ? "none" : isNear(left!, 180) && isNear(right!, 60) ? "mirror" : `${[left, right, u, v]}`;
}

describe("the encoder, with the real ffmpeg", () => {
  for (const transport of ["unix", "tcp"] as const) {
    it(`gives back three renditions of every picture, the sound and the motion, over ${transport}`, () =>
      withEncoder(async (real) => {
        await real.begin();
        await real.play(70);
        assert.deepEqual([real.encoder.state.kind, real.encoder.step, real.lines], ["running", 0, []]);
        await real.settled();
        checkRows(real);
        await checkNumbers(real);
        checkBlocks(real);
        assert.equal(runsOf(real), 1);
        assert.deepEqual([...real.soundConfigs[0]!.subarray(0, 2)], [0x11, 0x90]);
        assert.match(real.motion(), /^frame:0 +pts:\d+ +pts_time:0\.\d\nlavfi\.signalstats\.YAVG=\d/);
      }, { transport }));
  }

  it("loses no picture where its process is killed, again and again, and all its lives have one init", () =>
    withEncoder(async (real) => {
      await real.begin();
      const kills = moments(4, 0, 130);
      await real.play(145, (at) => {
        if (kills.includes(at)) signalTo(real.encoder.pids().pictures!, "SIGKILL");
      });
      await real.settled();
      checkRows(real);
      await checkNumbers(real);
      checkBlocks(real);
      assert.ok(runsOf(real) >= 4, `${runsOf(real)} runs`);
      const [first, ...others] = [...real.configs.values()];
      for (const other of others) assert.deepEqual(other, first);
      assert.ok(real.encoder.leftOut < 15, `${real.encoder.leftOut} ticks were left out`);
      const killed = real.lines.filter((line) => /^The picture's encoder ended: .*SIGKILL from elsewhere; another has begun\.$/.test(line));
      assert.equal(killed.length, kills.length, real.lines.join("\n"));
    }));

  it("lays a filter over the pictures while it runs, goes on with it in its next life, and all its lives have one init", () =>
    withEncoder(async (real) => {
      const { encoder } = real;
      /** Those just before a kill are still owed, and encoded by the next life as it encodes. */
      const marks: number[] = [];
      const play = async (ticks: number) => {
        await real.play(ticks);
        marks.push(real.given.at(-OWED_TICKS)!);
      };
      await real.begin();
      await play(20);
      encoder.setFilter("sepia");
      await play(45);
      signalTo(encoder.pids().pictures!, "SIGKILL");
      await play(45);
      // Also while there is no process that could be told.
      signalTo(encoder.pids().pictures!, "SIGKILL");
      encoder.setFilter("blur");
      encoder.setFilter("mirror");
      await play(45);
      encoder.setFilter("none");
      await play(30);
      await real.settled();
      checkRows(real);
      assert.equal(runsOf(real), 3);
      const [first, ...others] = [...real.configs.values()];
      for (const other of others) assert.deepEqual(other, first);
      const seen = (await decodePictures(real.rows.map(({ pictures }) => pictures[0]!), 0)).map(nameFilter);
      const at = (mark: number) => real.rows.findIndex(({ tick }) => tick === marks[mark]);
      assert.deepEqual(marks.map((_, mark) => seen[at(mark)]), ["none", "sepia", "sepia", "mirror", "none"]);
      assert.ok(seen.slice(at(1), at(2)).every((one) => one === "sepia"), "it is never off, nor when another life begins");
    }, { paint: paintTwoHalves }));

  it("loses no picture that it took where its process is killed at the first one", () =>
    withEncoder(async (real) => {
      await real.play(60, (at) => {
        const { pictures } = real.encoder.pids();
        if (at < 8 && pictures !== null) signalTo(pictures, "SIGKILL");
      });
      await real.settled();
      checkRows(real);
      await checkNumbers(real);
    }));

  it("ends a process that stands still after half a second, leaves ticks out meanwhile (none that begins a part), and goes on in order", () =>
    withEncoder(async (real) => {
      await real.begin();
      const { leftOut } = real.encoder;
      signalTo(real.encoder.pids().pictures!, "SIGSTOP");
      await real.play(75);
      await real.settled();
      checkRows(real);
      await checkNumbers(real);
      checkBlocks(real);
      assert.match(real.lines[0]!, /Nothing came back from the encoder for 0\.5 s/);
      assert.ok(real.encoder.leftOut > leftOut && real.encoder.leftOut <= leftOut + 25, `${real.encoder.leftOut - leftOut} were left out`);
      const isPartStart = (tick: number) => tick % GRID.framesPerSegment % GRID.framesPerPart === 0;
      for (let tick = FIRST_TICK; tick < real.given.at(-1)!; tick++) if (isPartStart(tick)) assert.ok(real.given.includes(tick), `${tick}`);
    }));

  it("loses no block of sound where its process is killed, and nobody hears a click", () =>
    withEncoder(async (real) => {
      await real.begin();
      await real.play(40);
      const undisturbed = real.sounds.length;
      const kills = moments(3, 0, 90);
      await real.play(110, (at) => {
        if (kills.includes(at)) signalTo(real.encoder.pids().sound!, "SIGKILL");
      });
      await real.settled();
      checkBlocks(real);
      checkRows(real);
      const heard = await listen(real.sounds.map(({ data }) => data));
      // The decoder itself begins without what came before. Up to the first kill it sounds as it ever does.
      const whole = heard.subarray(4 * 1024, heard.length - 1024);
      const before = measureTone(whole.subarray(0, (undisturbed - 8) * 1024));
      const all = measureTone(whole);
      assert.ok(all.amplitude > 0.47 && all.amplitude < 0.5, `amplitude ${all.amplitude}`);
      assert.ok(before.worstDb < -28 && all.worstDb < before.worstDb + 2, `${before.worstDb} dB at first, ${all.worstDb} dB at worst`);
      assert.equal(real.lines.filter((line) => line.startsWith("The sound's encoder ended")).length, kills.length);
      assert.ok(real.soundConfigs.length > kills.length);
      for (const config of real.soundConfigs) assert.deepEqual(config, real.soundConfigs[0]);
    }));

  /** Seconds of the governor's pass ten times as fast; all is late while `isLate`. */
  async function withSlowMachine(check: (real: RealEncoder, machine: { isLate: boolean }) => Promise<void>): Promise<void> {
    const machine = { isLate: true };
    await withEncoder((real) => check(real, machine), { lateMs: () => machine.isLate ? 1000 : 0 });
  }

  for (const victim of ["nobody", "the one before", "the one after"]) {
    it(`goes over to what the machine can bear at a segment's start, without losing a picture (${victim} is killed meanwhile)`, () =>
      withSlowMachine(async (real, machine) => {
        let steppedAt = Infinity;
        let isKilled = victim === "nobody";
        await real.begin();
        const begun = real.given.length;
        await real.play(150, (at) => {
          if (real.encoder.step > 0 && steppedAt === Infinity) {
            steppedAt = at;
            machine.isLate = false;
          }
          if (isKilled || steppedAt === Infinity) return;
          const segmentStart = Math.ceil((FIRST_TICK + begun + steppedAt) / 30) * 30;
          if (FIRST_TICK + begun + at < segmentStart - (victim === "the one before" ? 2 : -2)) return;
          signalTo(real.encoder.pids().pictures!, "SIGKILL");
          isKilled = true;
        });
        await real.settled();
        assert.deepEqual(real.encodings.map(({ preset }) => preset), ["ultrafast" satisfies Preset]);
        checkRows(real);
        await checkNumbers(real);
        checkBlocks(real);
        assert.ok(real.lines.some((line) => line.startsWith("This machine is too slow for what is set: pictures get a little coarser.")));
        const inits = [...new Set([...real.configs.values()].map((config) => config.join("/")))];
        assert.equal(inits.length, 2, "the preset stands in the decoder's configuration");
        const encodedAs = (run: string) => inits.indexOf(real.configs.get(run)!.join("/"));
        const changes = real.rows.filter(({ run }, at) => at > 0 && encodedAs(run) !== encodedAs(real.rows[at - 1]!.run));
        assert.deepEqual(changes.map(({ tick, isKey }) => [tick % GRID.framesPerSegment, isKey]), [[0, true]]);
      }));
  }

  it("keeps noise under the rendition's bits in every second after the first", () =>
    withEncoder(async (real) => {
      await real.begin();
      await real.play(132);
      await real.settled();
      const rows = real.rows.slice(real.rows.findIndex(({ tick }) => tick % 30 === 0));
      for (const [rendition, { bitsPerSecond }] of LADDER.entries()) {
        for (let second = 1; second < 4; second++) {
          const own = rows.filter(({ tick }) => Math.floor((tick - rows[0]!.tick) / 30) === second);
          const bits = 8 * own.reduce((sum, { pictures }) => sum + pictures[rendition]!.length, 0);
          assert.ok(own.length > 0 && bits < bitsPerSecond - 96_000, `rendition ${rendition}, second ${second}: ${bits} bits`);
        }
      }
    }, {
      paint(picture) {
        picture.fill(128);
        for (let at = 0; at < CANVAS.width * CANVAS.height; at++) picture[at] = 16 + Math.random() * 219;
      },
    }));

  it("stops at once, also before its first picture", async () => {
    await withEncoder(async (real) => {
      await real.play(1);
      await real.stop();
      assert.deepEqual([real.encoder.state.kind, real.encoder.owed.pictures], ["stopped", 0]);
    });
  });

  it("says why there is none where ffmpeg cannot be started, and tries again", () =>
    withFolder(async (folder) => {
      await Deno.remove(folder);
      const real = startRealEncoder({ folder });
      await real.play(12);
      await waitFor("a reason", 2000, () => real.lines.length > 1);
      assert.equal(real.encoder.state.kind, "backing_off");
      await real.stop();
      assert.equal(real.taken(), 0);
      await Deno.mkdir(folder);
    }));
});

describe("the encoded slate", () => {
  const cards: [string, readonly string[] | null][] = [
    ["our own card", null],
    ["a PNG of another shape", ["-f", "lavfi", "-i", "testsrc2=size=333x77", "-frames:v", "1", "card.png"]],
    ["a JPEG, which has the full range and another place of the chroma", [
      "-f",
      "lavfi",
      "-i",
      "testsrc=size=400x300",
      "-frames:v",
      "1",
      "-pix_fmt",
      "yuvj420p",
      "card.jpg",
    ]],
    ["a picture in 4:4:4 with other colours named", [
      "-f",
      "lavfi",
      "-i",
      "testsrc2=size=64x64",
      "-frames:v",
      "1",
      "-vf",
      "format=yuv444p,setparams=range=pc:color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc",
      "-c:v",
      "libx264",
      "card.mp4",
    ]],
  ];

  it("has the init of a run, whatever its card and whatever is on the canvas", () =>
    withFolder(async (folder) => {
      let run: { pictures: readonly Uint8Array[]; sound: Uint8Array } | null = null;
      await withEncoder(async (real) => {
        await real.play(20);
        await real.settled();
        run = { pictures: [...real.configs.values()][0]!, sound: real.soundConfigs[0]! };
      });
      for (const [name, args] of cards) {
        const picture = args === null ? null : `${folder}/${args.at(-1)}`;
        if (args !== null) await runFfmpeg([...args.slice(0, -1), picture!]);
        const encoded = await encodeSlate({ encoding: { ladder: LADDER, preset: "veryfast" }, grid: GRID, picture, folder });
        assert.ok(encoded.kind === "encoded", encoded.kind === "failed" ? encoded.reason : "");
        const { configs, slate } = readSlate(encoded, GRID);
        assert.deepEqual(configs, run, name);
        const inits = createInits(GRID);
        inits.add("run", run!);
        assert.deepEqual(inits.add("slate", configs), ["run", "run", "run"]);
        assert.deepEqual(slate.pictures.map((loop) => loop.length), [30, 30, 30]);
      }
    }));

  it("has one segment's loop whose sound repeats, also where a segment is an odd number of ticks", () =>
    withFolder(async (folder) => {
      const encoded = await encodeSlate({
        encoding: { ladder: LADDER, preset: "ultrafast" },
        grid: { ...GRID, framesPerSegment: 39 },
        picture: null,
        folder,
      });
      assert.ok(encoded.kind === "encoded");
      const { slate } = readSlate(encoded, { ...GRID, framesPerSegment: 39 });
      assert.deepEqual(slate.pictures.map((loop) => loop.length), [39, 39, 39]);
      const heard = await listen(Array.from({ length: 20 }, () => slate.silence));
      assert.ok(heard.every((sample) => Math.abs(sample) < 1e-4));
    }));

  it("fails with a reason where the picture is none", () =>
    withFolder(async (folder) => {
      const slate = await encodeSlate({
        encoding: { ladder: LADDER, preset: "veryfast" },
        grid: GRID,
        picture: import.meta.filename!,
        folder,
      });
      assert.ok(slate.kind === "failed");
      assert.match(slate.reason, /Invalid data/);
    }));
});
