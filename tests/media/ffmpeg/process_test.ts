import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { type FfmpegProcess, type ProcessEnd, startProcess } from "../../../media/ffmpeg/process.ts";
import { waitFor } from "../../fixtures/condition.ts";
import { signalTo } from "../../fixtures/proc.ts";

type Options = Omit<Parameters<typeof startProcess>[0], "args">;

function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/ffmpeg/${name}`, import.meta.url));
}

/** Starts one, and makes sure afterwards that nothing is left of it. */
async function withProcess(
  program: string,
  check: (process: FfmpegProcess) => Promise<void>,
  o: Options & { args?: readonly string[] } = {},
): Promise<void> {
  const process = startProcess({ args: [], ...o, program: program.includes(".") ? fixture(program) : program });
  if ("kind" in process) assert.fail(process.reason);
  try {
    await check(process);
  } finally {
    await process.stop();
  }
}

async function endOf(program: string, o: Options = {}): Promise<ProcessEnd> {
  let end: ProcessEnd | null = null;
  await withProcess(program, async (process) => void (end = await process.ended), o);
  return end!;
}

describe("one life of ffmpeg", () => {
  it("tells its code and the end of its log", async () => {
    const { aliveMs, ...end } = await endOf("exits_3.sh");
    assert.deepEqual(end, {
      code: 3,
      signal: null,
      wish: null,
      lastLines: ["Unrecognized option 'nonsense'.", "Error splitting the argument list: Option not found"],
    });
    assert.ok(aliveMs >= 0 && aliveMs < 5000);
  });

  it("that floods its log is read to the end, and the end is kept", async () => {
    let lines = 0;
    const end = await endOf("floods_stderr.sh", { onLine: () => lines++ });
    assert.deepEqual([end.code, lines, end.lastLines.length], [0, 20_000, 30]);
    assert.equal(end.lastLines.at(-1), "[h264 @ 0x5581] [error] complaint 19999");
  });

  it("that somebody else has killed says by which signal", () =>
    withProcess("runs_for_ever.sh", async (process) => {
      signalTo(process.pid, "SIGKILL");
      const { code, signal, wish } = await process.ended;
      assert.deepEqual([code, signal, wish], [null, "SIGKILL", null]);
    }));

  it("ends by our wish, and stopping twice is harmless", () =>
    withProcess("runs_for_ever.sh", async (process) => {
      const [one, other] = await Promise.all([process.stop(), process.stop()]);
      assert.equal(one, other);
      assert.deepEqual([one.signal, one.wish], ["SIGTERM", { kind: "stopped", reason: "Stopped on request" }]);
      assert.ok(one.aliveMs < 900);
    }));

  it("that does not hear TERM is killed a second later", async () => {
    await withProcess("ignores_term.sh", async (process) => {
      await new Promise((resolve) => setTimeout(resolve, 100)); // the shell must have set its trap
      const { signal, wish } = await process.stop();
      assert.deepEqual([signal, wish?.kind], ["SIGKILL", "stopped"]);
    });
  });

  it("that is of no use is killed, also where it stands still, and the first wish counts", () =>
    withProcess("runs_for_ever.sh", async (process) => {
      signalTo(process.pid, "SIGSTOP");
      process.fail("stuck", "Nothing came");
      process.fail("broken", "and it lied");
      const { signal, wish } = await process.ended;
      assert.deepEqual([signal, wish], ["SIGKILL", { kind: "stuck", reason: "Nothing came" }]);
      assert.equal((await process.stop()).wish?.kind, "stuck");
    }));

  it("that Ctrl-C ended was stopped by us, if we say so within 100 ms", async () => {
    assert.deepEqual((await endOf("exits_255.sh")).wish, null);
    await withProcess("exits_255.sh", async (process) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual([(await process.stop()).wish?.kind, (await process.ended).code], ["stopped", 255]);
    });
  });

  it("is not begun without the program", () => {
    assert.deepEqual(startProcess({ args: [], program: "no-such-ffmpeg" }), {
      kind: "cannot_start",
      reason: "no-such-ffmpeg is not installed (or not in PATH)",
    });
  });

  it("takes filter commands only", async () => {
    await withProcess("runs_for_ever.sh", async (process) => {
      for (const line of ["q", "cvolume@v", "cvolume@v -1 volume 1\nq", "", "?"]) await assert.rejects(process.command(line), RangeError);
      await process.command("cvolume@v -1 volume 0.5");
    }, { takesCommands: true });
    await withProcess("runs_for_ever.sh", (process) => assert.rejects(process.command("cvolume@v -1 volume 0.5"), /takes no commands/));
  });

  it("of the real ffmpeg obeys commands, one after the other, and its echo is no line of its log", async () => {
    const args = [
      "-hide_banner",
      "-nostats",
      "-loglevel",
      "level+info",
      "-re",
      "-f",
      "lavfi",
      "-i",
      "sine",
      "-af",
      "volume@v=1",
      "-f",
      "null",
      "-",
    ];
    const seen: string[] = [];
    await withProcess("ffmpeg", async (process) => {
      await waitFor("its start", 5000, () => seen.some((line) => line.includes("Output #0")));
      await Promise.all(["0.5", "0.1", "0.7"].map((volume) => process.command(`cvolume@v -1 volume ${volume}`)));
      await waitFor("three replies", 5000, () => seen.filter((line) => line.includes("Command reply for stream 0: ret:0")).length === 3);
    }, { args, takesCommands: true, onLine: (line) => seen.push(line) });
    assert.ok(!seen.some((line) => line.startsWith("Enter command:")));
  });
});
