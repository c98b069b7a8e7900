import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { parseAvfoundation, parseDshow, parseSources } from "../../../media/ffmpeg/devices.ts";
import { type OperatingSystem, planSource, type SourceHost } from "../../../media/ffmpeg/source.ts";
import type { SourceWish } from "../../../media/settings.ts";

const SIZE = { width: 1280, height: 720, rate: 30 };

function host(os: OperatingSystem, more: Partial<SourceHost> = {}): SourceHost {
  return { os, display: ":0", cameras: [], microphones: [], ffmpegMajor: 6, ...more };
}

/** Each way to open it as one line. */
function lines(wish: Exclude<SourceWish, { kind: "camera_list" }>, machine: SourceHost): string[] {
  const plan = planSource(wish, machine, SIZE);
  if (plan.kind === "problem") return [plan.reason];
  return [...plan.pictures, ...plan.sounds].map(({ reading, options, address }) => [...reading, ...options, "-i", address].join(" "));
}

const LIVE = "-thread_queue_size 512 -thread_type slice";
const camera = (video: string | null = null, audio: string | null = null): SourceWish & { kind: "camera" } => ({
  kind: "camera",
  video,
  audio,
});

describe("the inputs of a source", () => {
  const table: [string, Exclude<SourceWish, { kind: "camera_list" }>, SourceHost, string[]][] = [
    ["a graph is read in real time", { kind: "lavfi", graph: "mandelbrot" }, host("linux"), ["-re -f lavfi -i mandelbrot"]],
    ["a graph that paces itself is not paced again", { kind: "lavfi", graph: "testsrc2,realtime=speed=1" }, host("linux"), [
      "-f lavfi -i testsrc2,realtime=speed=1",
    ]],
    ["a word that only contains realtime does not pace", { kind: "lavfi", graph: "testsrc2,drawtext=text=surrealtimes" }, host("linux"), [
      "-re -f lavfi -i testsrc2,drawtext=text=surrealtimes",
    ]],
    ["a file is looped, whatever its name", { kind: "file", path: "/a/rtmp:x y.mp4" }, host("linux"), [
      "-stream_loop -1 -re -i file:/a/rtmp:x y.mp4",
    ]],
    ["RTSP comes over TCP", { kind: "address", url: "rtsp://h/x" }, host("linux"), [
      `${LIVE} -fflags nobuffer -analyzeduration 1500000 -rtsp_transport tcp -timeout 5000000 -i rtsp://h/x`,
    ]],
    ["RTSP's time-out had another name", { kind: "address", url: "rtsp://h/x" }, host("linux", { ffmpegMajor: 4 }), [
      `${LIVE} -fflags nobuffer -analyzeduration 1500000 -rtsp_transport tcp -stimeout 5000000 -i rtsp://h/x`,
    ]],
    ["RTMP", { kind: "address", url: "rtmp://h/x" }, host("linux"), [
      `${LIVE} -fflags nobuffer -analyzeduration 1500000 -rw_timeout 5000000 -i rtmp://h/x`,
    ]],
    ["SRT", { kind: "address", url: "srt://h:1" }, host("linux"), [
      `${LIVE} -fflags nobuffer -analyzeduration 1500000 -timeout 5000000 -i srt://h:1`,
    ]],
    ["HTTP may be a file", { kind: "address", url: "https://h/x" }, host("linux"), [
      "-re -rw_timeout 5000000 -analyzeduration 1500000 -i https://h/x",
    ]],
    ["a screen under X", { kind: "screen" }, host("linux"), [`${LIVE} -f x11grab -framerate 30 -i :0`]],
    ["a screen that is not there", { kind: "screen" }, host("linux", { display: null }), [
      "There is no screen to show: DISPLAY is not set",
    ]],
    ["a screen of macOS", { kind: "screen" }, host("darwin"), [
      `${LIVE} -f avfoundation -framerate 30 -capture_cursor 1 -i Capture screen 0:none`,
    ]],
    ["a screen of Windows", { kind: "screen" }, host("windows"), [`${LIVE} -f gdigrab -framerate 30 -i desktop`]],
    ["a camera of Linux with its microphone", camera(), host("linux"), [
      `${LIVE} -f v4l2 -input_format mjpeg -video_size 1280x720 -framerate 30 -i /dev/video0`,
      `${LIVE} -f v4l2 -video_size 1280x720 -framerate 30 -i /dev/video0`,
      `${LIVE} -f v4l2 -framerate 30 -i /dev/video0`,
      `${LIVE} -f v4l2 -i /dev/video0`,
      "-thread_queue_size 512 -f pulse -i default",
      "-thread_queue_size 512 -f alsa -i default",
    ]],
    ["a microphone by its ALSA name", camera("/dev/video2", "hw:1,0"), host("linux"), [
      `${LIVE} -f v4l2 -input_format mjpeg -video_size 1280x720 -framerate 30 -i /dev/video2`,
      `${LIVE} -f v4l2 -video_size 1280x720 -framerate 30 -i /dev/video2`,
      `${LIVE} -f v4l2 -framerate 30 -i /dev/video2`,
      `${LIVE} -f v4l2 -i /dev/video2`,
      "-thread_queue_size 512 -f alsa -i hw:1,0",
    ]],
    ["a camera of macOS", camera("FaceTime"), host("darwin"), [
      `${LIVE} -f avfoundation -video_size 1280x720 -framerate 30 -i FaceTime:default`,
      `${LIVE} -f avfoundation -framerate 30 -i FaceTime:default`,
      `${LIVE} -f avfoundation -video_size 1280x720 -framerate 30 -i FaceTime:none`,
      `${LIVE} -f avfoundation -framerate 30 -i FaceTime:none`,
    ]],
    ["the first camera of Windows", camera(), host("windows", { cameras: ["Cam A"], microphones: ["Mic B"] }), [
      `${LIVE} -f dshow -rtbufsize 128M -video_size 1280x720 -framerate 30 -i video=Cam A:audio=Mic B`,
      `${LIVE} -f dshow -rtbufsize 128M -i video=Cam A:audio=Mic B`,
      `${LIVE} -f dshow -rtbufsize 128M -video_size 1280x720 -framerate 30 -i video=Cam A`,
      `${LIVE} -f dshow -rtbufsize 128M -i video=Cam A`,
    ]],
    ["no camera of Windows", camera(), host("windows"), ["There is no camera to show: DirectShow lists none"]],
  ];
  for (const [name, wish, machine, expected] of table) {
    it(name, () => assert.deepEqual(lines(wish, machine), expected));
  }

  it("is a camera where there is one, else the test picture", () => {
    assert.match(lines({ kind: "default" }, host("linux", { cameras: ["/dev/video4"] }))[0]!, /-f v4l2 .* -i \/dev\/video4$/);
    assert.match(lines({ kind: "default" }, host("linux"))[0]!, /^-re -f lavfi -i testsrc2=size=1280x720:rate=30\[out0\];sine/);
  });

  it("needs no probe for the test picture", () => {
    const plan = planSource({ kind: "test" }, host("linux"), { ...SIZE, rate: 25 });
    assert.deepEqual(plan.kind === "plan" && plan.known, { width: 1280, height: 720, rate: 25 });
  });
});

describe("the list of devices", () => {
  it("reads what ffmpeg -sources prints", () => {
    const text = "Auto-detected sources for video4linux2,v4l2:\n* /dev/video0 [UVC Camera: Front] (none)\n  /dev/video2 [HDMI]\n";
    assert.deepEqual(parseSources(text, "camera"), [
      { kind: "camera", id: "/dev/video0", name: "UVC Camera: Front" },
      { kind: "camera", id: "/dev/video2", name: "HDMI" },
    ]);
    assert.deepEqual(parseSources("Auto-detected sources for alsa:\n  null [Discard all samples] (none)\n", "microphone"), []);
  });

  it("reads what avfoundation prints, screens left out", () => {
    const lines = [
      "AVFoundation video devices:",
      "[0] FaceTime HD Camera",
      "[1] Capture screen 0",
      "AVFoundation audio devices:",
      "[0] MacBook Microphone",
    ];
    assert.deepEqual(parseAvfoundation(lines.map((line) => `[AVFoundation indev @ 0x7fb] ${line}`).join("\n")), [
      { kind: "camera", id: "0", name: "FaceTime HD Camera" },
      { kind: "microphone", id: "0", name: "MacBook Microphone" },
    ]);
  });

  it("reads what DirectShow prints, in its new and its old way", () => {
    const expected = [{ kind: "camera", id: "Integrated Camera", name: "Integrated Camera" }, {
      kind: "microphone",
      id: "Mic (USB)",
      name: "Mic (USB)",
    }];
    const fresh =
      `[dshow @ 01] "Integrated Camera" (video)\n[dshow @ 01]   Alternative name "@device_pnp"\n[dshow @ 01] "Mic (USB)" (audio)\r\n`;
    const old = `[dshow @ 01] DirectShow video devices\n[dshow @ 01]  "Integrated Camera"\n[dshow @ 01]     Alternative name "@x"\n` +
      `[dshow @ 01] DirectShow audio devices\n[dshow @ 01]  "Mic (USB)"\n`;
    assert.deepEqual(parseDshow(fresh), expected);
    assert.deepEqual(parseDshow(old), expected);
  });
});
