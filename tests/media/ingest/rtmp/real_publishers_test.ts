import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { startChild } from "../../../fixtures/child.ts";
import { findOnPath } from "../../../fixtures/find_on_path.ts";
import { waitFor } from "../../../fixtures/condition.ts";
import { encode, enhancedStream } from "./enhanced_publisher.ts";
import { openReception, probe, type Reception } from "./reception.ts";

const WITHIN_MS = 15_000;
const QUIET = ["-hide_banner", "-loglevel", "warning"];
const source = (
  size: string,
  rate: number,
  seconds: number,
) => ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`];
const tone = (seconds: number) => ["-f", "lavfi", "-i", `sine=sample_rate=44100:duration=${seconds}`];
const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"];

async function publish(args: readonly string[]): Promise<{ code: number; said: string }> {
  const child = startChild("ffmpeg", [...QUIET, ...args]);
  const { code } = await child.ended;
  return { code, said: child.output() };
}

async function recordingOf(reception: Reception, at = 0) {
  await waitFor("a publisher", WITHIN_MS, () => reception.recordings.length > at);
  await reception.recordings[at]!.ended;
  return await probe(reception.recordings[at]!);
}

describe("ffmpeg publishes", () => {
  it("H.264 and AAC of 44.1 kHz, mono: every picture arrives", async () => {
    await using reception = openReception();
    const { code } = await publish([
      "-re",
      ...source("640x360", 30, 2),
      ...tone(2),
      ...X264,
      "-g",
      "30",
      "-c:a",
      "aac",
      "-f",
      "flv",
      reception.address,
    ]);
    const { streams, complaints } = await recordingOf(reception);
    assert.deepEqual([code, streams[0], complaints], [0, "h264 640x360 60", ""]);
    assert.match(streams[1]!, /^aac 44100 8\d$/);
    assert.deepEqual(reception.logged, ["OBS publishes from 127.0.0.1", "OBS has stopped"]);
  });

  it("B-frames and MP3, faster than it would be shown", async () => {
    await using reception = openReception();
    await publish(
      [...source("320x180", 30, 3), ...tone(3), ...X264, "-preset", "veryfast", "-bf", "3", "-g", "250"].concat([
        "-c:a",
        "libmp3lame",
        "-f",
        "flv",
        reception.address,
      ]),
    );
    const { streams, complaints } = await recordingOf(reception);
    assert.deepEqual([streams[0], complaints], ["h264 320x180 90", ""]);
    assert.match(streams[1]!, /^mp3 44100 11\d$/);
    assert.ok(reception.publishers[0]!.stats.reorderPictures >= 2);
  });

  it("no sound, 15 pictures a second, portrait", async () => {
    await using reception = openReception();
    await publish(["-re", ...source("360x640", 15, 2), ...X264, "-f", "flv", reception.address]);
    assert.deepEqual((await recordingOf(reception)).streams, ["h264 360x640 30"]);
    assert.equal(Math.round(reception.publishers[0]!.stats.picturesPerSecond!), 15);
  });

  it("with a wrong key, and is told so", async () => {
    await using reception = openReception();
    const { code, said } = await publish([
      ...source("320x180", 30, 1),
      ...X264,
      "-f",
      "flv",
      `rtmp://127.0.0.1:${reception.port}/live/wrong`,
    ]);
    assert.notEqual(code, 0);
    assert.match(said, /Server error: The stream key is not right\./);
  });

  it("in its default codecs, and is told what to send", async () => {
    await using reception = openReception();
    const { said } = await publish(["-re", ...source("320x180", 30, 1), "-f", "flv", reception.address]);
    assert.match(said, /Server error: The picture comes as Sorenson H\.263: send H\.264, HEVC, AV1 or VP9\./);
    assert.ok(reception.logged.some((line) => line.includes("Sorenson H.263")));
  });

  it("and is killed, and comes back: the envelope goes on", async () => {
    await using reception = openReception();
    const args = [...QUIET, "-re", ...source("320x180", 30, 60), ...X264, "-g", "30", "-f", "flv", reception.address];
    const first = startChild("ffmpeg", args);
    await waitFor("pictures", WITHIN_MS, () => (reception.recordings[0]?.pieces.length ?? 0) > 20);
    first.kill("SIGKILL");
    await waitFor("the loss", WITHIN_MS, () => reception.publishers[0]!.state.kind === "lost");
    const before = reception.recordings[0]!.pieces.length;
    await using second = startChild("ffmpeg", args);
    await waitFor("pictures after the return", WITHIN_MS, () => reception.recordings[0]!.pieces.length > before + 20);
    await second.stop();
    const { streams, complaints } = await recordingOf(reception);
    assert.equal(reception.publishers.length, 1);
    assert.deepEqual([Number(streams[0]!.split(" ")[2]) >= reception.recordings[0]!.pieces.length - 1, complaints], [true, ""]);
  });

  it("and is frozen: another one with its key is refused at first, takes over after two seconds, and the envelope goes on", async () => {
    await using reception = openReception();
    const args = [...QUIET, "-re", ...source("320x180", 30, 60), ...X264, "-g", "30", "-f", "flv", reception.address];
    const frozen = startChild("ffmpeg", args);
    await waitFor("pictures", WITHIN_MS, () => (reception.recordings[0]?.pieces.length ?? 0) > 20);
    frozen.kill("SIGSTOP");
    const early = startChild("ffmpeg", args);
    assert.notEqual((await early.ended).code, 0);
    assert.match(early.output(), /Server error: Somebody publishes with this key already\./);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const before = reception.recordings[0]!.pieces.length;
    await using second = startChild("ffmpeg", args);
    await waitFor("pictures after it", WITHIN_MS, () => reception.recordings[0]!.pieces.length > before + 20);
    frozen.kill("SIGCONT");
    assert.notEqual((await frozen.ended).code, 0);
    await second.stop();
    assert.deepEqual([reception.publishers.length, (await recordingOf(reception)).complaints], [1, ""]);
  });

  it("and is frozen for a second: nobody notices but by the pause", async () => {
    await using reception = openReception();
    await using child = startChild("ffmpeg", [
      ...QUIET,
      "-re",
      ...source("320x180", 30, 60),
      ...X264,
      "-g",
      "30",
      "-f",
      "flv",
      reception.address,
    ]);
    await waitFor("pictures", WITHIN_MS, () => (reception.recordings[0]?.pieces.length ?? 0) > 20);
    child.kill("SIGSTOP");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    child.kill("SIGCONT");
    const before = reception.recordings[0]!.pieces.length;
    await waitFor("pictures after it", WITHIN_MS, () => reception.recordings[0]!.pieces.length > before + 20);
    assert.equal(reception.publishers[0]!.state.kind, "sending");
  });

  it("and changes its size on the way back: a second envelope begins", async () => {
    await using reception = openReception();
    const publishAs = (size: string) =>
      startChild("ffmpeg", [...QUIET, "-re", ...source(size, 30, 60), ...X264, "-f", "flv", reception.address]);
    const first = publishAs("320x180");
    await waitFor("pictures", WITHIN_MS, () => (reception.recordings[0]?.pieces.length ?? 0) > 20);
    first.kill("SIGKILL");
    await first.ended;
    await using second = publishAs("640x360");
    await waitFor("pictures of another size", WITHIN_MS, () => (reception.recordings[1]?.pieces.length ?? 0) > 20);
    await second.stop();
    assert.equal(await reception.recordings[0]!.ended, "new_headers");
    assert.match((await recordingOf(reception, 1)).streams[0]!, /^h264 640x360 /);
  });
});

describe("Enhanced RTMP publishes", () => {
  const cases = [
    ["HEVC with B-frames", "hvc1", "hevc", "mp4", [
      "-c:v",
      "libx265",
      "-preset",
      "ultrafast",
      "-x265-params",
      "log-level=none:bframes=3:keyint=30",
    ]],
    ["AV1", "av01", "av1", "mp4", ["-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-b:v", "500k"]],
    ["VP9", "vp09", "vp9", "webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "500k"]],
  ] as const;
  for (const [name, fourCc, codec, container, args] of cases) {
    it(`${name}, with Opus: every picture arrives, also with nothing said of its size`, async () => {
      const [picture, sound] = await Promise.all([
        encode(container, [...source("320x180", 30, 1.5), "-pix_fmt", "yuv420p", ...args]),
        encode("ogg", [...tone(1.5), "-c:a", "libopus"]),
      ]);
      await using reception = openReception();
      using conn = await Deno.connect({ hostname: "127.0.0.1", port: reception.port });
      const stream = enhancedStream({ key: reception.key, codec: fourCc, picture, sound });
      for (let at = 0; at < stream.length;) at += await conn.write(stream.subarray(at));
      const { streams, complaints } = await recordingOf(reception);
      assert.deepEqual([streams[0], complaints], [`${codec} 320x180 45`, ""]);
      assert.match(streams[1]!, /^opus 48000 7\d$/);
    });
  }
});

/** librtmp, the library inside OBS, and GStreamer's own. `setup.sh --tests` brings them where packages are Debian's. */
for (const sink of findOnPath(["gst-launch-1.0"]) === null ? [] : ["rtmpsink", "rtmp2sink"]) {
  describe(`GStreamer's ${sink} publishes`, () => {
    const pipeline = (address: string) => [
      ..."-q videotestsrc num-buffers=60 is-live=true ! video/x-raw,width=320,height=180,framerate=30/1 !".split(" "),
      ..."x264enc tune=zerolatency key-int-max=30 ! h264parse ! flvmux streamable=true name=mux".split(" "),
      ..."audiotestsrc num-buffers=80 is-live=true ! voaacenc ! aacparse ! mux. mux. !".split(" "),
      sink,
      `location=${address}`,
    ];
    it("H.264 and AAC, drops and comes back twice", async () => {
      await using reception = openReception();
      for (let turn = 0; turn < 3; turn++) {
        await startChild("gst-launch-1.0", pipeline(reception.address)).ended;
        const { streams, complaints } = await recordingOf(reception, turn);
        assert.deepEqual([streams[0], complaints], ["h264 320x180 60", ""]);
        assert.match(streams[1]!, /^aac 44100 \d+$/);
      }
    });
    it("with a wrong key, and ends", async () => {
      await using reception = openReception();
      const { code } = await startChild("gst-launch-1.0", pipeline(`rtmp://127.0.0.1:${reception.port}/live/wrong`)).ended;
      assert.notEqual(code, 0);
      assert.deepEqual(reception.publishers, []);
    });
  });
}
