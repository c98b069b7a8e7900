import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { encodeSlate } from "../../../media/ffmpeg/encode_slate.ts";
import { createLauncher } from "../../../media/ffmpeg/launcher.ts";
import { isRun, type Run } from "../../../media/ffmpeg/run.ts";
import type { Transport } from "../../../media/ffmpeg/sockets.ts";
import type { Ladder } from "../../../media/hls/rendition.ts";
import type { SourceWish } from "../../../media/settings.ts";
import { createGrid } from "../../../media/timeline/grid.ts";
import { type ReadOutput, readOutput, until } from "../../fixtures/ffmpeg/read_output.ts";

const GRID = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
const LADDER: Ladder = [
  { name: "hq", width: 320, height: 180, bitsPerSecond: 400_000 },
  { name: "mq", width: 240, height: 136, bitsPerSecond: 300_000 },
  { name: "lq", width: 160, height: 90, bitsPerSecond: 200_000 },
];
type Source = Exclude<SourceWish, { kind: "camera_list" }>;
const PLAIN: Source = { kind: "lavfi", graph: "testsrc2=size=320x180:rate=30[out0];sine=440[out1]" };

interface Show {
  readonly run: Run;
  readonly folder: string;
  readonly pictures: readonly ReadOutput[];
  readonly sound: ReadOutput;
  motion(): string;
}

async function withFolder(check: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-ffmpeg-" });
  try {
    await check(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs ffmpeg on a source until `check` is done. */
async function withShow(
  source: Source,
  folder: string,
  check: (show: Show) => Promise<void>,
  more: { transport?: Transport; display?: string; ladder?: Ladder } = {},
): Promise<void> {
  const ladder = more.ladder ?? LADDER;
  const launcher = createLauncher({ source, ladder, grid: GRID, folder, ffmpegMajor: 5, os: "linux", display: null, ...more });
  const launch = await launcher.prepare();
  assert.equal(launch.kind, "ready", launch.kind === "failed" ? launch.end.reason : "");
  const run = launch.kind === "ready" ? await launch.start() : assert.fail();
  assert.ok(isRun(run));
  let motion = "";
  async function readMotion(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of (run as Run).motion) motion += decoder.decode(bytes);
  }
  readMotion();
  const [pictures, sound] = [run.pictures.map(readOutput), readOutput(run.sound)];
  try {
    await check({ run, folder, pictures, sound, motion: () => motion });
  } finally {
    await run.stop();
  }
  await Promise.all([...pictures, sound].map(({ done }) => done));
  assert.deepEqual([...Deno.readDirSync(folder)].filter(({ name }) => name.startsWith("run-")), [], "sockets were left behind");
}

/** Pictures on their grid, with an IDR at each segment's start and nowhere else. */
function checkPictures({ pictures }: Show): void {
  for (const { frames, config } of pictures) {
    assert.equal(config?.[0], 1);
    assert.equal(frames[0]!.timeMs, 1000);
    for (const [index, frame] of frames.entries()) {
      assert.ok(Math.abs(frame.timeMs - 1000 - index * 1000 / 30) <= 1, `picture ${index} stands at ${frame.timeMs} ms`);
      assert.equal(frame.kind === "video" && frame.isKey, index % GRID.framesPerSegment === 0, `picture ${index}`);
    }
  }
}

function checkSound({ sound }: Show): void {
  assert.deepEqual([...sound.config!.subarray(0, 2)], [0x11, 0x90]);
  for (const [index, frame] of sound.frames.entries()) {
    assert.ok(Math.abs(frame.timeMs - 979 - index * 1024 / 48) <= 2, `AAC frame ${index} stands at ${frame.timeMs} ms`);
  }
}

async function makeClip(path: string, ...args: string[]): Promise<void> {
  const all = ["-hide_banner", "-loglevel", "error", ...args, path];
  const { success, stderr } = await new Deno.Command("ffmpeg", { args: all, stdin: "null", stdout: "null", stderr: "piped" }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

describe("the real ffmpeg", () => {
  for (const transport of ["unix", "tcp"] as const) {
    it(`delivers three pictures, sound and motion over ${transport}, in step`, () =>
      withFolder((folder) =>
        withShow(PLAIN, folder, async (show) => {
          await until("two segments are there", () =>
            [...show.pictures].every(({ frames }) => frames.length > 62) && show.sound.frames.length > 90);
          checkPictures(show);
          checkSound(show);
          assert.match(show.motion(), /^frame:0 +pts:1 +pts_time:0\.1\nlavfi\.signalstats\.YAVG=\d/);
        }, { transport })
      ));
  }

  it("falls back to TCP where the sockets' path would be too long", () =>
    withFolder(async (folder) => {
      const deep = `${folder}/${"x".repeat(100)}`;
      await Deno.mkdir(deep);
      await withShow(PLAIN, deep, (show) => until("a picture is there", () => show.pictures[0]!.frames.length > 0));
    }));

  const sources: [string, string, string][] = [
    ["a portrait of 10 pictures a second without sound", "testsrc2=size=180x320:rate=10", "180x320 136x240 90x160"],
    ["odd sides at 60 pictures a second", "testsrc2=size=321x181:rate=60,format=yuv444p[out0];sine[out1]", "320x180 240x136 160x90"],
  ];
  for (const [name, graph, expected] of sources) {
    it(`makes the set rate and even sizes of ${name}`, () =>
      withFolder((folder) =>
        withShow({ kind: "lavfi", graph }, folder, async (show) => {
          assert.equal(show.run.ladder.map(({ width, height }) => `${width}x${height}`).join(" "), expected);
          await until("a second is there", () => show.pictures.every(({ frames }) => frames.length > 35) && show.sound.frames.length > 40);
          checkPictures(show);
          checkSound(show);
        })
      ));
  }

  it("loops a file without a seam in its times", () =>
    withFolder(async (folder) => {
      const clip = `${folder}/a clip's, [name].mp4`;
      const inputs = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=0.8", "-f", "lavfi", "-i", "sine=duration=0.83"];
      await makeClip(clip, ...inputs, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac");
      await withShow({ kind: "file", path: clip }, folder, async (show) => {
        await until("three rounds are there", () => show.pictures[0]!.frames.length > 75 && show.sound.frames.length > 105);
        checkPictures(show);
        checkSound(show);
      });
      await Deno.remove(clip);
    }));

  it("has ended within 100 ms when it is killed", () =>
    withFolder((folder) =>
      withShow(PLAIN, folder, async (show) => {
        await until("pictures are there", () => show.pictures[0]!.frames.length > 5);
        const killedAtMs = performance.now();
        Deno.kill(show.run.pid, "SIGKILL");
        const end = await show.run.ended;
        assert.deepEqual([end.kind, end.signal], ["source_lost", "SIGKILL"]);
        assert.ok(performance.now() - killedAtMs < 100, `after ${performance.now() - killedAtMs} ms`);
      })
    ));

  it("is stuck within 2.5 s when it stands still", () =>
    withFolder((folder) =>
      withShow(PLAIN, folder, async (show) => {
        await until("pictures are there", () => show.pictures[0]!.frames.length > 5);
        const stoppedAtMs = performance.now();
        Deno.kill(show.run.pid, "SIGSTOP");
        const end = await show.run.ended;
        assert.equal(end.kind, "stuck");
        assert.ok(performance.now() - stoppedAtMs < 2500, `after ${performance.now() - stoppedAtMs} ms`);
      })
    ));

  it("obeys filter commands", () =>
    withFolder((folder) =>
      withShow(PLAIN, folder, async (show) => {
        await until("pictures are there", () => show.pictures[0]!.frames.length > 5);
        await show.run.command("cvolume@v -1 volume 0.1");
        const end = new Promise((resolve) => setTimeout(resolve, 300)).then(() => show.run.stop());
        assert.match((await end).lastLines.join("\n"), /Command reply for stream 0: ret:0/);
      })
    ));

  it("comes to a good end with its source", () =>
    withFolder((folder) => {
      const graph = "testsrc2=size=160x90:rate=30:duration=0.5[out0];sine=duration=0.5[out1]";
      return withShow({ kind: "lavfi", graph }, folder, async ({ run }) => assert.equal((await run.ended).kind, "source_ended"));
    }));

  it("goes on with its silence after the end of a source without sound, until no picture is too long", () =>
    withFolder((folder) =>
      withShow({ kind: "lavfi", graph: "testsrc2=size=160x90:rate=30:duration=0.5" }, folder, async ({ run }) => {
        assert.equal((await run.ended).kind, "stuck");
      })
    ));

  const unreadable: [string, Source, RegExp][] = [
    ["a file that is not there", { kind: "file", path: "/nothing/here.mp4" }, /No such file/],
    ["a text", { kind: "file", path: import.meta.filename! }, /Invalid data/],
    ["an address where nobody listens", { kind: "address", url: "rtsp://127.0.0.1:9/x" }, /refused/],
    ["a graph that is none", { kind: "lavfi", graph: "nonsense" }, /Invalid argument|not found/i],
    ["sound alone", { kind: "lavfi", graph: "sine=duration=1" }, /There is no picture/],
  ];
  for (const [name, source, reason] of unreadable) {
    it(`is not started on ${name}`, () =>
      withFolder(async (folder) => {
        const launcher = createLauncher({ source, ladder: LADDER, grid: GRID, folder, ffmpegMajor: 5, os: "linux", display: null });
        const launch = await launcher.prepare();
        assert.ok(launch.kind === "failed");
        assert.equal(launch.end.kind, "source_lost");
        assert.match(launch.end.reason, reason);
      }));
  }

  it("keeps noise under the rendition's bits in every second after the first", () =>
    withFolder((folder) => {
      const graph = "nullsrc=size=160x90:rate=30,geq=lum='random(1)*255':cb=128:cr=128,format=yuv420p";
      return withShow({ kind: "lavfi", graph }, folder, async (show) => {
        await until("four segments are there", () => show.pictures.every(({ frames }) => frames.length >= 120));
        for (const [index, { frames }] of show.pictures.entries()) {
          for (let second = 1; second < 4; second++) {
            const bits = 8 * frames.slice(30 * second, 30 * second + 30).reduce((sum, { data }) => sum + data.byteLength, 0);
            const limit = LADDER[index]!.bitsPerSecond - 96_000;
            assert.ok(bits < limit, `rendition ${index}, second ${second}: ${bits} bits of ${limit}`);
          }
        }
      });
    }));

  it("shows a screen", () =>
    withFolder(async (folder) => {
      const screen = new Deno.Command("Xvfb", {
        args: ["-displayfd", "1", "-screen", "0", "400x300x24", "-nolisten", "tcp"],
        stdout: "piped",
        stderr: "null",
      })
        .spawn();
      const reader = screen.stdout.getReader();
      try {
        const { value } = await reader.read();
        const display = `:${new TextDecoder().decode(value).trim()}`;
        await withShow({ kind: "screen" }, folder, async (show) => {
          assert.equal(show.run.ladder[0].width, 240);
          await until("a second is there", () => show.pictures.every(({ frames }) => frames.length > 30));
          checkPictures(show);
        }, { display });
      } finally {
        await reader.cancel();
        screen.kill("SIGTERM");
        await screen.status;
      }
    }));
});

describe("the slate", () => {
  for (const isOwn of [true, false]) {
    it(`of ${isOwn ? "our own card" : "any picture"} has the decoder's configuration of a run, and silence that repeats`, () =>
      withFolder(async (folder) => {
        const card = `${folder}/card.png`;
        await makeClip(card, "-f", "lavfi", "-i", "testsrc2=size=333x77", "-frames:v", "1");
        const slate = await encodeSlate({ ladder: LADDER, grid: GRID, picture: isOwn ? null : card, folder });
        assert.ok(slate.kind === "encoded", slate.kind === "failed" ? slate.reason : "");
        const outputs = [...slate.pictures, slate.sound].map((bytes) => readOutput(ReadableStream.from([bytes])));
        await Promise.all(outputs.map(({ done }) => done));
        for (const { frames } of outputs.slice(0, 3)) {
          assert.equal(frames.length, 90);
          assert.deepEqual(frames.flatMap((frame, index) => frame.kind === "video" && frame.isKey ? [index] : []), [0, 30, 60]);
        }
        const silence = outputs[3]!.frames.slice(2).map(({ data }) => data.toString());
        assert.equal(new Set(silence).size, 1);
        await withShow(PLAIN, folder, async (show) => {
          await until("a picture of each is there", () => [...show.pictures, show.sound].every(({ frames }) => frames.length > 0));
          assert.deepEqual(outputs.map(({ config }) => config), [...show.pictures, show.sound].map(({ config }) => config));
        });
      }));
  }

  it("fails with a reason where the picture is none", () =>
    withFolder(async (folder) => {
      const slate = await encodeSlate({ ladder: LADDER, grid: GRID, picture: import.meta.filename!, folder });
      assert.ok(slate.kind === "failed");
      assert.match(slate.reason, /Invalid data/);
    }));
});
