import { strict as assert } from "node:assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { lookFirst, type LookOutcome } from "../../../media/intake/look.ts";
import { planIntake, type Way } from "../../../media/intake/plan.ts";
import { parseSource } from "../../../media/settings/source.ts";

const CANVAS = { width: 1280, height: 720 };
const HOST = { os: "linux", display: null, isWayland: false, cameras: [], microphones: [], ffmpegMajor: 6 } as const;
const PICTURE = '{"index":0,"codec_type":"video","codec_name":"h264","width":640,"height":360,"field_order":"progressive"}';
const SIZELESS = '{"index":0,"codec_type":"video","codec_name":"h264","width":0,"height":0}';

function waysOf(source: string): readonly Way[] {
  const plan = planIntake(parseSource(source) as { kind: "test" }, HOST, { ...CANVAS, rate: 30 });
  return plan.kind === "plan" ? plan.inputs[0]!.pictures : [];
}

function streams(...all: string[]): string {
  return `echo '{"streams":[${all.join(",")}]}'`;
}

describe("a look into a source", () => {
  let folder: string;
  beforeAll(async () => void (folder = await Deno.makeTempDir({ prefix: "tercet-look-" })));
  afterAll(() => Deno.remove(folder, { recursive: true }));

  /** With an ffprobe that is a few lines of shell; `calls` are the arguments of each call. */
  async function look(source: string, script: string, o: Partial<Parameters<typeof lookFirst>[2]> = {}) {
    const [program, log] = [`${folder}/ffprobe`, `${folder}/log`];
    await Deno.writeTextFile(log, "");
    await Deno.writeTextFile(program, `#!/bin/sh\necho "$*" >> '${log}'\n${script}\n`, { mode: 0o755 });
    const outcome = await lookFirst(waysOf(source), "picture", { canvas: CANVAS, program, ...o });
    return { outcome, calls: (await Deno.readTextFile(log)).split("\n").slice(0, -1) };
  }

  function reasonOf(outcome: LookOutcome): string {
    assert.equal(outcome.kind, "failed");
    return (outcome as { reason: string }).reason;
  }

  it("asks once where all is known", async () => {
    const { outcome, calls } = await look("file:/a.mp4", streams(PICTURE));
    assert.equal(outcome.kind === "opened" && outcome.found.video?.width, 640);
    assert.equal(calls.length, 1);
    assert.match(calls[0]!, /^-hide_banner -loglevel error -protocol_whitelist file .* -show_programs .* -i file:\/a\.mp4$/);
  });

  it("tries the next way where one fails, and the one that went well first the next time", async () => {
    const script = `case "$*" in *"transport tcp"*) echo refused >&2; exit 1;; esac\n${streams(PICTURE)}`;
    const first = await look("rtsp://h/x", script);
    assert.deepEqual([first.outcome.kind === "opened" && first.outcome.index, first.calls.length], [1, 2]);
    assert.equal(first.outcome.kind === "opened" && first.outcome.way.canBeHeldBack, false);
    const again = await look("rtsp://h/x", script, { good: 1 });
    assert.deepEqual([again.outcome.kind === "opened" && again.outcome.index, again.calls.length], [1, 1]);
  });

  it("looks once more for longer where the size has not come; the intake need not", async () => {
    const { outcome, calls } = await look("udp://h:1", `case "$*" in *12000000*) ${streams(PICTURE)};; *) ${streams(SIZELESS)};; esac`);
    assert.deepEqual([outcome.kind, calls.length], ["opened", 2]);
    assert.match(outcome.kind === "opened" ? outcome.way.options.join(" ") : "", /^-analyzeduration 1500000 (?!.*-analyzeduration)/);
    assert.match(calls[1]!, /-analyzeduration 12000000 -probesize \d+ /);
  });

  it("waits for a key frame where none comes even then", async () => {
    const { outcome, calls } = await look("udp://h:1", streams(SIZELESS));
    assert.match(reasonOf(outcome), /^Waiting for a key frame/);
    assert.equal(calls.length, 2);
  });

  it("looks at pictures where only these tell whether they are interlaced", async () => {
    const unknown = PICTURE.replace("progressive", "unknown");
    const { outcome, calls } = await look(
      "file:/a.ts",
      `case "$*" in *frame=interlaced*) printf '0\\n1\\n';; *) ${streams(unknown)};; esac`,
    );
    assert.equal(outcome.kind === "opened" && outcome.found.video?.isInterlaced, true);
    assert.match(calls[1]!, /-select_streams v:0 -read_intervals %\+#8/);
  });

  it("does not look into what takes one connection", async () => {
    const { outcome, calls } = await look("tcp://h:1", "exit 1");
    assert.deepEqual([outcome.kind === "opened" && outcome.found.video?.width, calls.length], [1280, 0]);
  });

  it("takes sound alone for a show, but not for a camera, which may have another way", async () => {
    const sound = '{"index":0,"codec_type":"audio","channels":2}';
    const heard = await look("file:/a.mp3", streams(sound));
    assert.equal(heard.outcome.kind === "opened" && heard.outcome.found.video, null);
    assert.equal(reasonOf((await look("camera:/dev/video0", streams(sound))).outcome), "There is no picture in /dev/video0");
  });

  it("gives the first reason, in one line without secrets", async () => {
    const line = "http://me:geheim@h/x?token=geheim: Server returned 404 Not Found";
    const { outcome } = await look("http://me:geheim@h/x?token=geheim", `echo other >&2; echo '${line}' >&2; exit 1`);
    assert.equal(reasonOf(outcome), "http://…@h/x?token=…: Server returned 404 Not Found");
    const silent = await look("file:/a", "exit 3");
    assert.equal(reasonOf(silent.outcome), "ffprobe ended with code 3");
  });

  it("a source that hangs is given up", async () => {
    const { outcome } = await look("file:/a", "exec sleep 60", { limitMs: 100 });
    assert.equal(reasonOf(outcome), "Nothing came from the source within 0.1 s");
  });

  it("a look that is called off ends at once, without a try of another way", async () => {
    const { outcome, calls } = await look("rtsp://h/x", "exec sleep 60", { signal: AbortSignal.timeout(200) });
    assert.equal(outcome.kind, "failed");
    assert.equal(calls.length, 1);
  });

  it("no ffprobe is a reason, too", async () => {
    const outcome = await lookFirst(waysOf("file:/a"), "picture", { canvas: CANVAS, program: `${folder}/none` });
    assert.match(reasonOf(outcome), /is not installed/);
  });
});
