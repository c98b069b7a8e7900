import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { type Choice, chooseStreams, type Found } from "../../../media/intake/streams.ts";

type Stream = Record<string, unknown>;

const video = (more: Stream = {}): Stream => ({
  codec_type: "video",
  codec_name: "h264",
  width: 640,
  height: 360,
  avg_frame_rate: "30/1",
  field_order: "progressive",
  ...more,
});
const audio = (more: Stream = {}): Stream => ({ codec_type: "audio", codec_name: "aac", channels: 2, sample_rate: "48000", ...more });
const byDefault = { disposition: { default: 1 } };

/** Streams are numbered as they come. */
function choose(streams: Stream[], more: Stream = {}): Choice {
  return chooseStreams(JSON.stringify({ streams: streams.map((stream, index) => ({ index, ...stream })), ...more }));
}

function found(streams: Stream[], more: Stream = {}): Found {
  const choice = choose(streams, more);
  assert.equal(choice.kind, "found", JSON.stringify(choice));
  return choice as Found;
}

const programs = (...lists: number[][]) => ({ programs: lists.map((list) => ({ streams: list.map((index) => ({ index })) })) });

describe("the streams of an input", () => {
  const table: [string, Stream[], Stream, [string | null, string | null]][] = [
    ["the first of each kind, counted among its kind", [audio(), video(), audio()], {}, ["v:0", "a:0"]],
    ["the largest picture, though another is the default", [video(byDefault), video({ width: 1280, height: 720 })], {}, ["v:1", null]],
    ["of equal pictures the default", [video(), video(byDefault), video(byDefault)], {}, ["v:1", null]],
    ["no cover", [video({ width: 3000, height: 3000, disposition: { attached_pic: 1 } }), video(), audio()], {}, ["v:1", "a:0"]],
    ["sound with a cover is sound only", [video({ disposition: { attached_pic: 1 } }), audio()], {}, [null, "a:0"]],
    ["the default sound", [video(), audio({ channels: 6 }), audio(byDefault)], {}, ["v:0", "a:1"]],
    ["of several defaults that with most channels", [video(), audio(byDefault), audio({ ...byDefault, channels: 6 })], {}, ["v:0", "a:1"]],
    ["without a default that with most channels", [video(), audio({ channels: 1 }), audio(), audio()], {}, ["v:0", "a:1"]],
    ["the sound of the picture's program", [audio(byDefault), video(), audio()], programs([0], [1, 2]), ["v:0", "a:1"]],
    ["no sound where its program has none", [audio(), video()], programs([0], [1]), ["v:0", null]],
    ["the best variant's sound, which variants may share", [video(), audio(), video({ width: 1280 })], programs([0, 1], [2, 1]), [
      "v:1",
      "a:0",
    ]],
    ["sound in no program for a picture in none", [audio({ channels: 6 }), video(), audio()], programs([0]), ["v:0", "a:1"]],
    ["a picture that has a size before one that has none yet", [video({ width: 0, height: 0 }), video()], {}, ["v:1", null]],
    ["no subtitles", [{ codec_type: "subtitle" }, video(), { codec_type: "data" }, audio()], {}, ["v:0", "a:0"]],
  ];
  for (const [name, streams, more, expected] of table) {
    it(name, () => {
      const { video, sound } = found(streams, more);
      assert.deepEqual([video?.stream ?? null, sound?.stream ?? null], expected);
    });
  }

  it("a picture without a size needs a longer look, even beside sound", () => {
    assert.deepEqual(choose([video({ width: 0, height: 0 }), audio()]), { kind: "needs_longer_look" });
    assert.equal(choose([video({ width: 0, height: 0, codec_name: "unknown" })]).kind, "failed");
  });

  it("nothing in it, or no JSON, is a failure", () => {
    assert.deepEqual(choose([{ codec_type: "data" }]), { kind: "failed", reason: "There is neither picture nor sound in it" });
    assert.equal(choose([audio({ channels: 0 })]).kind, "failed");
    assert.deepEqual(chooseStreams("{"), { kind: "failed", reason: "ffprobe's answer is not JSON" });
    assert.equal(chooseStreams("{}").kind, "failed");
  });

  const sizes: [string, Stream, [number, number]][] = [
    ["as it is", {}, [640, 360]],
    ["turned by a matrix", { side_data_list: [{}, { rotation: -90 }] }, [360, 640]],
    ["turned by a tag", { tags: { rotate: "270" } }, [360, 640]],
    ["turned upside down", { side_data_list: [{ rotation: 180 }] }, [640, 360]],
    ["with pixels that are not square", { width: 720, height: 576, sample_aspect_ratio: "64:45" }, [1024, 576]],
    ["with pixels of no shape", { sample_aspect_ratio: "0:1" }, [640, 360]],
  ];
  for (const [name, more, [width, height]] of sizes) {
    it(`the size is told ${name}`, () => {
      const picture = found([video(more)]).video!;
      assert.deepEqual([picture.width, picture.height], [width, height]);
    });
  }

  const fields: [Stream, boolean | null][] = [
    [{ field_order: "tt" }, true],
    [{ field_order: "bt" }, true],
    [{ field_order: "progressive" }, false],
    [{ field_order: "unknown" }, null],
    [{ field_order: undefined, codec_name: "mpeg2video" }, null],
    [{ field_order: undefined, codec_name: "vp9" }, false],
  ];
  for (const [more, expected] of fields) {
    it(`${JSON.stringify(more)} is ${expected === null ? "maybe" : expected ? "" : "not"} interlaced`, () => {
      assert.equal(found([video(more)]).video!.isInterlaced, expected);
    });
  }

  it("tells rate, transfer, sound, title, length and start", () => {
    const format = { format_name: "matroska,webm", duration: "12.5", start_time: "-0.021", tags: { title: " My film " } };
    const streams = [video({ avg_frame_rate: "0/0", r_frame_rate: "30000/1001", color_transfer: "smpte2084" }), audio({ channels: 6 })];
    assert.deepEqual(found(streams, { format }), {
      kind: "found",
      video: { stream: "v:0", width: 640, height: 360, rate: 30000 / 1001, isInterlaced: false, transfer: "pq" },
      sound: { stream: "a:0", channels: 6, rate: 48000 },
      formatName: "matroska,webm",
      title: "My film",
      durationSeconds: 12.5,
      startSeconds: -0.021,
      isStill: false,
      isArrivalTimed: false,
      joinsTimes: false,
    });
    assert.equal(found([video({ color_transfer: "arib-std-b67" })]).video!.transfer, "hlg");
    assert.equal(found([video({ color_transfer: "bt709" })]).video!.transfer, "other");
  });

  const formats: [string, Stream, Stream[], Partial<Found>][] = [
    ["a transport stream begins at 0, for ffmpeg joins its times", { format_name: "mpegts", start_time: "1.4" }, [video()], {
      startSeconds: 0,
      joinsTimes: true,
      durationSeconds: null,
    }],
    ["a live playlist has no length", { format_name: "hls", duration: "N/A" }, [video()], { durationSeconds: null, joinsTimes: true }],
    ["a length of 0 is none", { format_name: "flv", duration: "0.000000", start_time: "N/A" }, [video()], {
      durationSeconds: null,
      startSeconds: 0,
    }],
    ["a picture is a still", { format_name: "image2pipe" }, [video()], { isStill: true, isArrivalTimed: false }],
    ["a PNG is a still", { format_name: "png_pipe" }, [video()], { isStill: true }],
    ["a film of one picture is a still", { format_name: "gif", duration: "0.1" }, [video({ nb_frames: "1" })], { isStill: true }],
    ["but not with sound", { format_name: "mov,mp4", duration: "60" }, [video({ nb_frames: "1" }), audio()], { isStill: false }],
    ["uncompressed pictures in a row are no still", { format_name: "yuv4mpegpipe" }, [video()], { isStill: false }],
    ["MJPEG over HTTP has no times", { format_name: "mpjpeg" }, [video()], { isArrivalTimed: true }],
    ["raw H.264 has no times", { format_name: "h264" }, [video()], { isArrivalTimed: true }],
  ];
  for (const [name, format, streams, expected] of formats) {
    it(name, () => {
      const looked = found(streams, { format });
      assert.deepEqual({ ...looked, ...expected }, looked);
    });
  }
});
