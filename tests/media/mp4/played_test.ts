import assert from "node:assert/strict";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { createFile, MP4BoxBuffer } from "mp4box";
import { pictureSize, videoCodecString } from "../../../media/mp4/avc.ts";
import { writeFragment } from "../../../media/mp4/fragment.ts";
import { writeInit } from "../../../media/mp4/init.ts";
import { joined } from "../flv/flv_bytes.ts";
import { findBoxes } from "./boxes.ts";
import { type Clip, encodeClip, runFfmpeg, runFfprobe } from "./clip.ts";

const RATE = 30;
const FRAME_TICKS = 1000;
/** Seconds since 1970, as the server's media time is, on both tracks' grids. */
const START_SECONDS = Math.ceil(1_795_000_000 / 16) * 16;
const VIDEO_START = START_SECONDS * RATE * FRAME_TICKS;
const SOUND_START = START_SECONDS * 48_000;

function makeInit(clip: Clip): Uint8Array {
  return writeInit({ ...clip, ...pictureSize(clip.avcC), videoTimescale: RATE * FRAME_TICKS, soundRate: 48_000 });
}

/** One fragment each 6 pictures (200 ms), with the sound that belongs there; the last one has none. */
function makeFragments(clip: Clip, startsAt = { video: VIDEO_START, sound: SOUND_START }): Uint8Array[] {
  const fragments: Uint8Array[] = [];
  let soundSent = 0;
  for (let sent = 0; sent < clip.pictures.length; sent += 6) {
    const isLast = sent + 6 >= clip.pictures.length;
    const soundEnd = isLast
      ? soundSent
      : sent + 12 >= clip.pictures.length
      ? clip.sound.length
      : Math.floor((sent + 6) / RATE * 48_000 / 1024);
    fragments.push(writeFragment({
      sequence: fragments.length + 1,
      video: { startTicks: startsAt.video + sent * FRAME_TICKS, frameTicks: FRAME_TICKS, frames: clip.pictures.slice(sent, sent + 6) },
      sound: { startTicks: startsAt.sound + soundSent * 1024, frameTicks: 1024, frames: clip.sound.slice(soundSent, soundEnd) },
    }));
    soundSent = soundEnd;
  }
  return fragments;
}

describe("init and fragments", () => {
  let folder: string;
  let clip: Clip;
  let file: string;

  beforeAll(async () => {
    folder = await Deno.makeTempDir({ prefix: "tercet_mp4_" });
    clip = await encodeClip(folder, "426x240");
    file = `${folder}/ours.mp4`;
    await Deno.writeFile(file, joined([makeInit(clip), ...makeFragments(clip)]));
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  it("name their size and codec as ffprobe does, for odd and portrait shapes too", async () => {
    for (const [size, profile] of [["854x480", "high"], ["642x362", "high"], ["180x320", "baseline"], ["160x90", "main"]] as const) {
      const other = await encodeClip(folder, size, profile);
      const [width, height] = size.split("x").map(Number);
      assert.deepEqual(pictureSize(other.avcC), { width, height });
      const path = `${folder}/${size}.mp4`;
      await Deno.writeFile(path, joined([makeInit(other), ...makeFragments(other)]));
      const { streams } = JSON.parse(await runFfprobe(["-show_streams", "-of", "json", path]));
      const [video, sound] = streams;
      assert.deepEqual([video.codec_name, video.width, video.height, video.time_base, video.id], ["h264", width, height, "1/30000", "0x1"]);
      assert.equal(`${video.profile} ${video.level}`, `${({ high: "High", main: "Main", baseline: "Constrained Baseline" })[profile]} 31`);
      assert.match(videoCodecString(other.avcC), { high: /^avc1\.64001f$/, main: /^avc1\.4d401f$/, baseline: /^avc1\.42c01f$/ }[profile]);
      assert.deepEqual([sound.codec_name, sound.profile, sound.sample_rate, sound.channels, sound.id], ["aac", "LC", "48000", 2, "0x2"]);
    }
  });

  it("are read back by ffprobe with exactly the times, sizes and flags that went in", async () => {
    const { packets } = JSON.parse(
      await runFfprobe(["-show_entries", "packet=stream_index,pts,dts,duration,size,flags", "-of", "json", file]),
    );
    const read = (stream: number) =>
      packets.filter((packet: { stream_index: number }) => packet.stream_index === stream)
        .map((
          p: { pts: number; dts: number; duration: number; size: string; flags: string },
        ) => [p.pts, p.dts, p.duration, Number(p.size), p.flags]);
    assert.deepEqual(
      read(0),
      clip.pictures.map(({ data, isKey }, i) => {
        const ticks = VIDEO_START + i * FRAME_TICKS;
        return [ticks, ticks, FRAME_TICKS, data.length, isKey ? "K_" : "__"];
      }),
    );
    assert.deepEqual(read(1), clip.sound.map((data, i) => [SOUND_START + i * 1024, SOUND_START + i * 1024, 1024, data.length, "K_"]));
    assert.deepEqual(clip.pictures.map(({ isKey }) => isKey), clip.pictures.map((_, i) => i % RATE === 0));
  });

  it("are read back by mp4box.js, sample by sample", () => {
    const reader = createFile(true);
    const bytes = joined([makeInit(clip), ...makeFragments(clip)]);
    reader.appendBuffer(MP4BoxBuffer.fromArrayBuffer(bytes.slice().buffer, 0));
    reader.flush();
    const info = reader.getInfo();
    assert.deepEqual(info.brands, ["iso6", "iso6", "mp41"]); // major, then compatible
    assert.deepEqual([info.isFragmented, info.duration, info.tracks.length], [true, 0, 2]);
    assert.deepEqual(info.tracks.map((track) => track.codec), [videoCodecString(clip.avcC), "mp4a.40.2"]);
    assert.deepEqual(info.tracks.map((track) => track.edits), [undefined, undefined]);
    const expected = [
      clip.pictures.map(({ data, isKey }, i) => [VIDEO_START + i * FRAME_TICKS, FRAME_TICKS, isKey, isKey ? 2 : 1, data]),
      clip.sound.map((data, i) => [SOUND_START + i * 1024, 1024, true, 2, data]),
    ];
    for (const [i, id] of [1, 2].entries()) {
      const samples = reader.getTrackSamplesInfo(id);
      const read = samples.map((s) => [s.dts, s.duration, s.is_sync, s.depends_on, bytes.subarray(s.offset, s.offset + s.size)]);
      assert.deepEqual(read, expected[i]);
      assert.ok(samples.every((sample) => sample.cts === sample.dts));
    }
  });

  it("decode without a word of complaint, whole and each segment by itself", async () => {
    await runFfmpeg(["-i", file, "-f", "null", "-"]);
    const fragments = makeFragments(clip);
    for (const segment of [fragments.slice(0, 5), fragments.slice(5, 10)]) {
      const path = `${folder}/segment.mp4`;
      await Deno.writeFile(path, joined([makeInit(clip), ...segment]));
      await runFfmpeg(["-xerror", "-i", path, "-f", "null", "-"]);
    }
  });

  it("hold what ffmpeg's own muxer makes of the same frames: equal records, equal decoded pictures and sound", async () => {
    const reference = `${folder}/reference.mp4`;
    // deno-fmt-ignore
    await runFfmpeg(["-i", clip.videoFile, "-i", clip.soundFile, "-map", "0:v", "-map", "1:a", "-c", "copy", "-f", "mp4",
      "-movflags", "empty_moov+default_base_moof+frag_keyframe", "-use_editlist", "0", "-video_track_timescale", "30000", reference]);
    const theirs = await Deno.readFile(reference);
    const ours = await Deno.readFile(file);
    const entry = "moov/trak/mdia/minf/stbl/stsd";
    assert.deepEqual(findBoxes(ours, `${entry}/avc1/avcC`), findBoxes(theirs, `${entry}/avc1/avcC`));
    const esds = findBoxes(theirs, `${entry}/mp4a/esds`).map((bytes) => bytes.slice().fill(0, 4 + 5 + 3 + 5 + 2, 4 + 5 + 3 + 5 + 13)); // buffer size and bit rates: ours say unknown
    assert.deepEqual(findBoxes(ours, `${entry}/mp4a/esds`), esds);

    for (const map of ["0:v", "0:a"]) {
      const decoded = (path: string) => runFfmpeg(["-i", path, "-map", map, "-f", "framemd5", "-"]);
      const [hashes, theirHashes] = (await Promise.all([file, reference].map(decoded))).map((text) =>
        text.split("\n").filter((line) => line !== "" && !line.startsWith("#")).map((line) => line.split(",").slice(4).join())
      );
      assert.ok(hashes!.length >= 60);
      assert.deepEqual(hashes, theirHashes);
    }
  });
});
