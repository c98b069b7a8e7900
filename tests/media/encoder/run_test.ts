import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import type { Row } from "../../../media/encoder/rows.ts";
import { type PictureRun, type PictureRunOptions, startPictureRun } from "../../../media/encoder/run.ts";
import { isRun } from "../../../media/encoder/run_life.ts";
import { createRunId } from "../../../media/encoder/run_id.ts";
import { startSoundRun } from "../../../media/encoder/sound_run.ts";
import { createPicturePool } from "../../../media/intake/raw_picture.ts";
import { waitFor } from "../../fixtures/condition.ts";
import { signalTo } from "../../fixtures/proc.ts";
import { CANVAS, FIRST_TICK, GRID, LADDER, paintNumber } from "./real_encoder.ts";

function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/ffmpeg/${name}`, import.meta.url));
}

interface Shown {
  readonly run: PictureRun;
  readonly rows: readonly Row[];
  readonly configs: readonly (readonly Uint8Array[])[];
  give(...ticks: number[]): void;
  /** Pictures that somebody still holds. */
  taken(): number;
}

/** Starts a run, and makes sure afterwards that nothing is left of it. */
async function withRun(check: (shown: Shown) => Promise<void>, more: Partial<PictureRunOptions> = {}): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-run-" });
  const pool = createPicturePool(CANVAS.width * CANVAS.height * 3 / 2);
  const rows: Row[] = [];
  const configs: (readonly Uint8Array[])[] = [];
  try {
    const run = await startPictureRun({
      encoding: { ladder: LADDER, preset: "ultrafast" },
      canvas: CANVAS,
      grid: GRID,
      firstTick: FIRST_TICK,
      filter: "none",
      folder,
      sink: {
        configured(pictures) {
          assert.equal(rows.length, 0);
          configs.push(pictures);
        },
        row: (row) => rows.push(row),
        motion() {},
      },
      ...more,
    });
    assert.ok(isRun(run));
    const give = (...ticks: number[]) => {
      for (const tick of ticks) {
        const picture = pool.take();
        paintNumber(picture.bytes, tick);
        run.give(tick, picture);
        picture.release();
      }
    };
    try {
      await check({ run, rows, configs, give, taken: () => pool.taken });
    } finally {
      await run.stop();
    }
    assert.deepEqual([pool.taken, [...Deno.readDirSync(folder)]], [0, []]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

describe("one life of the pictures' encoder", () => {
  it("gives back each picture as its tick's row, without waiting for the next, and ends when all is given back", () =>
    withRun(async ({ run, rows, configs, give }) => {
      give(FIRST_TICK);
      await waitFor("the first row", 5000, () => rows.length === 1);
      give(...[1, 2, 5, 17, 18, 19].map((at) => FIRST_TICK + at));
      run.finish();
      const end = await run.ended;
      assert.deepEqual([end.kind, end.code], ["finished", 0], end.reason);
      assert.deepEqual(rows.map(({ tick, isKey }) => [tick - FIRST_TICK, isKey]), [
        ...[[0, true], [1, false], [2, false], [5, false], [17, false]],
        ...[[18, true], [19, false]], // 12 + 18: a segment
      ]);
      assert.deepEqual([configs.length, configs[0]!.map((config) => config[0])], [1, [1, 1, 1]]);
      give(FIRST_TICK + 20); // too late, and harmless
    }));

  it("keeps the pictures that it was given until they are written, and lets them go when it dies", () =>
    withRun(async ({ run, give, taken }) => {
      signalTo(run.pid, "SIGSTOP");
      give(...Array.from({ length: 40 }, (_, at) => FIRST_TICK + at));
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.ok(taken() >= 20, `${taken()} are kept`);
      signalTo(run.pid, "SIGKILL");
      assert.deepEqual([(await run.ended).kind, (await run.ended).signal], ["lost", "SIGKILL"]);
      await waitFor("nobody to hold any", 1000, () => taken() === 0);
    }));

  it("has handed over all that it gave back before it has ended", () =>
    withRun(async ({ run, rows, give }) => {
      give(...Array.from({ length: 30 }, (_, at) => FIRST_TICK + at));
      await waitFor("some rows", 5000, () => rows.length > 3);
      signalTo(run.pid, "SIGKILL");
      await run.ended;
      const { length } = rows;
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(rows.length, length);
    }));

  it("that refuses its options cannot start, and says why, at once", () =>
    withRun(async ({ run }) => {
      const startedMs = performance.now();
      const end = await run.ended;
      assert.deepEqual([end.kind, end.code, end.lastLines.length], ["cannot_start", 3, 2]);
      assert.match(end.reason, /Option not found/);
      assert.ok(performance.now() - startedMs < 400, "whoever never connected is not waited for");
    }, { program: fixture("exits_3.sh") }));

  for (const transport of ["unix", "tcp"] as const) {
    it(`whose output is nonsense is broken, and killed (${transport})`, () =>
      withRun(async ({ run, give }) => {
        give(FIRST_TICK);
        const end = await run.ended;
        assert.deepEqual([end.kind, end.signal], ["broken", "SIGKILL"]);
        assert.match(end.reason, /^output \d: Cannot read FLV header: it begins with 0x6e6f6e73/);
      }, { program: fixture("writes_nonsense.ts"), transport }));
  }

  it("that never connects ends by our wish, and stopping twice is harmless", () =>
    withRun(async ({ run, give }) => {
      give(FIRST_TICK);
      await Promise.all([run.stop(), run.stop()]);
      assert.equal((await run.ended).kind, "stopped");
    }, { program: fixture("runs_for_ever.sh") }));

  it("that is of no use is killed with that reason", () =>
    withRun(async ({ run }) => {
      run.fail("stuck", "Nothing came back");
      assert.deepEqual([(await run.ended).kind, (await run.ended).reason], ["stuck", "Nothing came back"]);
    }, { program: fixture("ignores_term.sh") }));

  it("is not begun without the program, and leaves nothing behind", async () => {
    const folder = await Deno.makeTempDir();
    const sink = { configured() {}, row() {}, motion() {} };
    const encoding = { ladder: LADDER, preset: "veryfast" } as const;
    const outcome = await startPictureRun({
      program: "no-such-ffmpeg",
      encoding,
      canvas: CANVAS,
      grid: GRID,
      firstTick: 0,
      filter: "none",
      folder,
      sink,
    });
    assert.ok(!isRun(outcome));
    assert.deepEqual([outcome.kind, outcome.reason], ["cannot_start", "no-such-ffmpeg is not installed (or not in PATH)"]);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    await Deno.remove(folder);
  });

  it("has an id of its own", () => {
    const ids = new Set(Array.from({ length: 1000 }, () => createRunId(1_700_000_000_000)));
    assert.equal(ids.size, 1000);
    for (const id of ids) assert.match(id, /^[a-z0-9]{14}$/);
  });
});

describe("one life of the sound's encoder", () => {
  it("gives back the frame of each block but the newest, and these too when it is finished", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet-run-" });
    const backs: number[] = [];
    const configs: Uint8Array[] = [];
    const run = await startSoundRun({
      firstBlock: 1000,
      folder,
      configured: (config) => configs.push(config),
      onBack: ({ position }) => backs.push(position),
    });
    assert.ok(isRun(run));
    for (let block = 1000; block < 1040; block++) run.give(block, new Uint8Array(4096));
    await waitFor("most frames", 5000, () => backs.length >= 37);
    run.finish();
    assert.equal((await run.ended).kind, "finished");
    assert.deepEqual(backs, backs.map((_, at) => 1000 + at));
    assert.ok(backs.length >= 40);
    assert.deepEqual([...configs[0]!.subarray(0, 2)], [0x11, 0x90]);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    await Deno.remove(folder);
  });
});
