import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { checkFfmpeg, readMajor } from "../../../media/ffmpeg/check_ffmpeg.ts";
import { probeInput, readStreams } from "../../../media/ffmpeg/probe.ts";
import { createRunId, isRun, type Run, type RunEnd, type RunOptions, startRun } from "../../../media/ffmpeg/run.ts";
import type { Ladder } from "../../../media/hls/rendition.ts";

const LADDER = ["hq", "mq", "lq"].map((name) => ({ name, width: 160, height: 90, bitsPerSecond: 2e5 })) as unknown as Ladder;

function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/ffmpeg/${name}`, import.meta.url));
}

/** Starts a fake, and makes sure afterwards that nothing is left of it. */
async function withRun(program: string, check: (run: Run) => Promise<void>, more: Partial<RunOptions> = {}): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-run-" });
  const buildArguments: RunOptions["buildArguments"] = (urls) => [...urls.pictures, urls.sound, urls.motion];
  try {
    const run = await startRun({ program: fixture(program), ladder: LADDER, folder, buildArguments, inputAddresses: [], ...more });
    assert.ok(isRun(run));
    try {
      await check(run);
    } finally {
      await run.stop();
    }
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function drain(output: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of output);
}

async function endOf(program: string, more: Partial<RunOptions> = {}): Promise<RunEnd> {
  let end: RunEnd | null = null;
  await withRun(program, async (run) => void (end = await run.ended), more);
  return end!;
}

describe("one life of ffmpeg", () => {
  it("that refuses its options cannot start, and says why", async () => {
    const end = await endOf("exits_3.sh");
    assert.equal(end.kind, "cannot_start");
    assert.equal(end.code, 3);
    assert.match(end.reason, /Option not found/);
    assert.equal(end.lastLines.length, 2);
  });

  it("that floods its log is read to the end, and the end is kept", async () => {
    const end = await endOf("floods_stderr.sh");
    assert.equal(end.kind, "source_ended");
    assert.equal(end.lastLines.length, 30);
    assert.equal(end.lastLines.at(-1), "[h264 @ 0x5581] [error] complaint 19999");
  });

  it("tells of its progress", async () => {
    await withRun("prints_then_exits_0.sh", async (run) => {
      assert.equal((await run.ended).kind, "source_ended");
      assert.deepEqual([run.progress.latest?.frames, run.progress.latest?.repeatedFrames, run.progress.latest?.isLast], [12, 2, true]);
    });
  });

  it("that never delivers is stuck after the start limit", async () => {
    const end = await endOf("runs_for_ever.sh", { startLimitMs: 600 });
    assert.deepEqual([end.kind, end.signal], ["stuck", "SIGKILL"]);
    assert.ok(end.aliveMs < 2000);
  });

  for (const transport of ["unix", "tcp"] as const) {
    it(`that stops delivering is silent first, then stuck (${transport})`, async () => {
      await withRun("stalls.ts", async (run) => {
        const news: string[] = [];
        run.watch((one) => news.push(one));
        for (const output of [...run.pictures, run.sound, run.motion]) drain(output);
        const end = await run.ended;
        assert.equal(end.kind, "stuck");
        assert.match(end.reason, /No picture for 1.4 s/);
        assert.deepEqual(news, ["pictures", "silence"]);
      }, { transport, silenceLimitMs: 1400 });
    });
  }

  it("ends by our wish, and stopping twice is harmless", async () => {
    await withRun("runs_for_ever.sh", async (run) => {
      const ends = await Promise.all([run.stop(), run.stop()]);
      assert.deepEqual(ends.map(({ kind }) => kind), ["stopped", "stopped"]);
      assert.ok(ends[0]!.aliveMs < 900);
    });
  });

  it("that does not hear TERM is killed a second later", async () => {
    await withRun("ignores_term.sh", async (run) => {
      await new Promise((resolve) => setTimeout(resolve, 100)); // the shell must have set its trap
      const end = await run.stop();
      assert.deepEqual([end.kind, end.signal], ["stopped", "SIGKILL"]);
    });
  });

  it("whose bytes are broken is killed with that reason", async () => {
    await withRun("runs_for_ever.sh", async (run) => {
      run.fail("output 1: a lying tag");
      const end = await run.ended;
      assert.deepEqual([end.kind, end.reason], ["broken", "output 1: a lying tag"]);
      assert.equal((await run.stop()).kind, "broken");
    });
  });

  it("that Ctrl-C ended was stopped by us, if we say so within 100 ms", async () => {
    assert.equal((await endOf("exits_255.sh")).kind, "cannot_start");
    await withRun("exits_255.sh", async (run) => {
      await drain(run.sound);
      assert.equal((await run.stop()).kind, "stopped");
    });
  });

  it("is not begun without the program", async () => {
    const folder = await Deno.makeTempDir();
    const outcome = await startRun({ program: "no-such-ffmpeg", ladder: LADDER, folder, buildArguments: () => [], inputAddresses: [] });
    assert.ok(!isRun(outcome));
    assert.deepEqual([outcome.kind, outcome.reason], ["cannot_start", "no-such-ffmpeg is not installed (or not in PATH)"]);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    await Deno.remove(folder);
  });

  it("takes filter commands only", async () => {
    await withRun("runs_for_ever.sh", async (run) => {
      for (const line of ["q", "cvolume@v", "cvolume@v -1 volume 1\nq", "", "?"]) await assert.rejects(run.command(line), RangeError);
      await run.command("cvolume@v -1 volume 0.5");
    });
  });

  it("has an id of its own", () => {
    const ids = new Set(Array.from({ length: 1000 }, () => createRunId(1_700_000_000_000)));
    assert.equal(ids.size, 1000);
    for (const id of ids) assert.match(id, /^[a-z0-9]{14}$/);
  });
});

describe("a look into a source", () => {
  it("ends where the source hangs", async () => {
    const outcome = await probeInput({ reading: [], options: [], address: "x" }, { program: fixture("runs_for_ever.sh"), limitMs: 300 });
    assert.deepEqual(outcome, { kind: "failed", reason: "Nothing came from the source within 0.3 s" });
  });

  it("ends when it is no longer wanted", async () => {
    const aborter = new AbortController();
    const looking = probeInput({ reading: [], options: [], address: "x" }, {
      program: fixture("runs_for_ever.sh"),
      signal: aborter.signal,
    });
    aborter.abort();
    assert.equal((await looking).kind, "failed");
  });

  it("fails without ffprobe", async () => {
    const outcome = await probeInput({ reading: [], options: [], address: "x" }, { program: "no-such-ffprobe" });
    assert.equal(outcome.kind, "failed");
  });

  const video = { index: 1, codec_type: "video", width: 720, height: 576, avg_frame_rate: "25/1", r_frame_rate: "50/1" };
  const table: [string, unknown[], unknown][] = [
    ["finds picture and sound", [{ index: 0, codec_type: "audio", channels: 2 }, video], {
      video: { stream: 1, width: 720, height: 576, rate: 25 },
      sound: { stream: 0 },
    }],
    ["makes pixels square", [{ ...video, sample_aspect_ratio: "16:11" }], {
      video: { stream: 1, width: 1047, height: 576, rate: 25 },
      sound: null,
    }],
    ["turns what a telephone held upright", [{ ...video, side_data_list: [{ rotation: -90 }] }], {
      video: { stream: 1, width: 576, height: 720, rate: 25 },
      sound: null,
    }],
    ["takes the other rate where the average is unknown", [{ ...video, avg_frame_rate: "0/0" }], {
      video: { stream: 1, width: 720, height: 576, rate: 50 },
      sound: null,
    }],
    ["does not take a cover for a film", [{ ...video, disposition: { attached_pic: 1 } }, { index: 0, codec_type: "audio", channels: 1 }], {
      video: null,
      sound: { stream: 0 },
    }],
  ];
  for (const [name, streams, expected] of table) {
    it(name, () => assert.deepEqual(readStreams(JSON.stringify({ streams })), { kind: "found", ...expected as object }));
  }

  it("finds nothing in nonsense", () => {
    assert.equal(readStreams("{}").kind, "failed");
    assert.equal(readStreams("nonsense").kind, "failed");
  });
});

describe("the check of ffmpeg", () => {
  it("finds the one that is installed", async () => assert.equal((await checkFfmpeg()).kind, "found"));

  it("says in one line what is missing", async () => {
    assert.deepEqual(await checkFfmpeg({ ffmpeg: "no-such-ffmpeg" }), {
      kind: "missing",
      reason: "no-such-ffmpeg is not installed (or not in PATH). Run: sh setup.sh",
    });
    const crippled = await checkFfmpeg({ ffmpeg: fixture("prints_then_exits_0.sh") });
    assert.deepEqual(crippled, { kind: "missing", reason: "This ffmpeg was built without libx264 and aac, which the encoding needs" });
  });

  it("reads versions", () => assert.deepEqual(["5.1.9-0+deb12u1", "n7.1", "N-109468-gd39b34123d", "4.4.2"].map(readMajor), [5, 7, 99, 4]));
});
