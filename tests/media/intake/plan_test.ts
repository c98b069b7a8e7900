import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import {
  hintAt,
  type IntakePlan,
  type OperatingSystem,
  planIntake,
  settleWay,
  type SourceHost,
  type Way,
} from "../../../media/intake/plan.ts";
import { assumeFound } from "../../../media/intake/streams.ts";
import type { SourceWish } from "../../../media/settings/source.ts";

type Wish = Exclude<SourceWish, { kind: "camera_list" }>;

const SIZE = { width: 1280, height: 720, rate: 30 };

function host(os: OperatingSystem, more: Partial<SourceHost> = {}): SourceHost {
  return { os, display: ":0", isWayland: false, cameras: [], microphones: [], ffmpegMajor: 6, ...more };
}

function planOf(wish: Wish, machine = host("linux")): IntakePlan & { kind: "plan" } {
  const plan = planIntake(wish, machine, SIZE);
  assert.equal(plan.kind, "plan");
  return plan as IntakePlan & { kind: "plan" };
}

/** Each way to open it as one line, the whitelists left out. */
function lines(wish: Wish, machine: SourceHost): string[] {
  const plan = planIntake(wish, machine, SIZE);
  if (plan.kind === "problem") return [plan.reason];
  return plan.inputs.flatMap(({ pictures, sounds }) => [...pictures, ...sounds]).map(({ options, address }) => {
    const shown = options.filter((option, at) => !/whitelist/.test(option) && !/whitelist/.test(options[at - 1] ?? ""));
    return [...shown, "-i", address].join(" ");
  });
}

function option(way: Way, name: string): string[] {
  const at = way.options.indexOf(name);
  return at < 0 ? [] : way.options[at + 1]!.split(",");
}

const camera = (video: string | null = null, audio: string | null = null): Wish => ({ kind: "camera", video, audio });
const address = (url: string): Wish => ({ kind: "address", url });
const wayOf = (url: string) => planOf(address(url)).inputs[0]!.pictures[0]!;

describe("the ways to open a source", () => {
  const table: [string, Wish, SourceHost, string[]][] = [
    ["a graph is not paced by ffmpeg", { kind: "lavfi", graph: "mandelbrot" }, host("linux"), ["-f lavfi -i mandelbrot"]],
    ["a film is read once, whatever its name", { kind: "file", path: "/a/rtmp:x y.mp4" }, host("linux"), ["-i file:/a/rtmp:x y.mp4"]],
    ["a photograph is read as one picture first", { kind: "file", path: "/a/100%d.JPG" }, host("linux"), [
      "-f image2pipe -i file:/a/100%d.JPG",
      "-i file:/a/100%d.JPG",
    ]],
    ["a picture that may move is read as it is first", { kind: "file", path: "/a/x.png" }, host("linux"), [
      "-i file:/a/x.png",
      "-f image2pipe -i file:/a/x.png",
    ]],
    ["a list is one input after the other", { kind: "files", paths: ["/a.mp4", "/b.mp4"] }, host("linux"), [
      "-i file:/a.mp4",
      "-i file:/b.mp4",
    ]],
    ["RTSP comes over TCP, else over UDP", address("rtsp://h/x"), host("linux"), [
      "-analyzeduration 1500000 -rtsp_transport tcp -timeout 5000000 -i rtsp://h/x",
      "-analyzeduration 1500000 -rtsp_transport udp -timeout 5000000 -i rtsp://h/x",
    ]],
    ["RTSP's time-out had another name", address("rtsp://h/x"), host("linux", { ffmpegMajor: 4 }), [
      "-analyzeduration 1500000 -rtsp_transport tcp -stimeout 5000000 -i rtsp://h/x",
      "-analyzeduration 1500000 -rtsp_transport udp -stimeout 5000000 -i rtsp://h/x",
    ]],
    ["RTMP", address("rtmp://h/x"), host("linux"), ["-analyzeduration 1500000 -rw_timeout 5000000 -i rtmp://h/x"]],
    ["SRT", address("srt://h:1"), host("linux"), ["-analyzeduration 1500000 -timeout 5000000 -i srt://h:1"]],
    ["HTTP", address("https://h/x?y=.jpg"), host("linux"), ["-analyzeduration 1500000 -rw_timeout 5000000 -i https://h/x?y=.jpg"]],
    ["a photograph over HTTP", address("https://h/x.jpg?y#z"), host("linux"), [
      "-analyzeduration 1500000 -f image2pipe -rw_timeout 5000000 -i https://h/x.jpg?y#z",
      "-analyzeduration 1500000 -rw_timeout 5000000 -i https://h/x.jpg?y#z",
    ]],
    ["a screen under X", { kind: "screen" }, host("linux"), ["-f x11grab -framerate 30 -i :0"]],
    ["a screen that is not there", { kind: "screen" }, host("linux", { display: null }), [
      "There is no screen to show: DISPLAY is not set",
    ]],
    ["a screen of Wayland", { kind: "screen" }, host("linux", { display: null, isWayland: true }), [
      "Wayland does not let a program see the screen; log in to an X11 session, or show the screen with OBS (--source obs)",
    ]],
    ["a screen of macOS", { kind: "screen" }, host("darwin"), [
      "-f avfoundation -framerate 30 -capture_cursor 1 -i Capture screen 0:none",
    ]],
    ["a screen of Windows", { kind: "screen" }, host("windows"), ["-f gdigrab -framerate 30 -i desktop"]],
    ["a camera of Linux with its microphone", camera(), host("linux"), [
      "-f v4l2 -input_format mjpeg -video_size 1280x720 -framerate 30 -i /dev/video0",
      "-f v4l2 -video_size 1280x720 -framerate 30 -i /dev/video0",
      "-f v4l2 -framerate 30 -i /dev/video0",
      "-f v4l2 -i /dev/video0",
      "-f pulse -i default",
      "-f alsa -i default",
    ]],
    ["a microphone by its ALSA name", camera("/dev/video2", "hw:1,0"), host("linux"), [
      "-f v4l2 -input_format mjpeg -video_size 1280x720 -framerate 30 -i /dev/video2",
      "-f v4l2 -video_size 1280x720 -framerate 30 -i /dev/video2",
      "-f v4l2 -framerate 30 -i /dev/video2",
      "-f v4l2 -i /dev/video2",
      "-f alsa -i hw:1,0",
    ]],
    ["a camera of macOS", camera("FaceTime"), host("darwin"), [
      "-f avfoundation -video_size 1280x720 -framerate 30 -i FaceTime:default",
      "-f avfoundation -framerate 30 -i FaceTime:default",
      "-f avfoundation -video_size 1280x720 -framerate 30 -i FaceTime:none",
      "-f avfoundation -framerate 30 -i FaceTime:none",
    ]],
    ["the first camera of Windows", camera(), host("windows", { cameras: ["Cam A"], microphones: ["Mic B"] }), [
      "-f dshow -rtbufsize 128M -video_size 1280x720 -framerate 30 -i video=Cam A:audio=Mic B",
      "-f dshow -rtbufsize 128M -i video=Cam A:audio=Mic B",
      "-f dshow -rtbufsize 128M -video_size 1280x720 -framerate 30 -i video=Cam A",
      "-f dshow -rtbufsize 128M -i video=Cam A",
    ]],
    ["no camera of Windows", camera(), host("windows"), ["There is no camera to show: DirectShow lists none"]],
  ];
  for (const [name, wish, machine, expected] of table) {
    it(name, () => assert.deepEqual(lines(wish, machine), expected));
  }

  it("a screen that can be seen in part only is told so, nothing else", () => {
    const wayland = host("linux", { isWayland: true });
    assert.match(hintAt({ kind: "screen" }, wayland)!, /^Under Wayland only the windows of X11 programs .*--source obs/);
    assert.deepEqual(
      [[{ kind: "screen" }, host("linux")], [{ kind: "test" }, wayland], [
        { kind: "screen" },
        host("linux", { isWayland: true, display: null }),
      ]]
        .map(([wish, machine]) => hintAt(wish as Wish, machine as SourceHost)),
      [null, null, null],
      "without a display it cannot be opened, which says enough",
    );
  });

  it("the default is a camera where there is one, else the test picture, of which all is known", () => {
    assert.match(lines({ kind: "default" }, host("linux", { cameras: ["/dev/video4"] }))[0]!, /-f v4l2 .* -i \/dev\/video4$/);
    const { pictures, known } = planOf({ kind: "default" }).inputs[0]!;
    assert.match(pictures[0]!.address, /^testsrc2=size=1280x720:rate=30\[out0\];sine/);
    assert.deepEqual([known?.video?.stream, known?.video?.rate, known?.sound?.stream, pictures[0]!.pace], ["v:0", 30, "a:0", "stored"]);
  });

  it("no way keeps a queue, paces or loops", () => {
    for (const [, wish, machine] of table) {
      assert.doesNotMatch(lines(wish, machine).join(" "), /-thread_queue_size|-re |-stream_loop|-loop|nobuffer/);
    }
  });
});

describe("the kind of a way", () => {
  const kinds: [string, Wish, Partial<Way>][] = [
    ["a graph is stored", { kind: "lavfi", graph: "testsrc2,drawtext=text=surrealtimes" }, {
      pace: "stored",
      isDevice: false,
      atEnd: "again",
    }],
    ["a graph that paces itself is live", { kind: "lavfi", graph: "testsrc2,realtime=speed=1" }, { pace: "live", atEnd: "retry" }],
    ["and so is one whose sound does", { kind: "lavfi", graph: "testsrc2[out0];sine,arealtime[out1]" }, { pace: "live" }],
    ["a film is stored, and read twice", { kind: "file", path: "/a.mp4" }, {
      pace: "stored",
      isParted: true,
      canBeHeldBack: true,
      atEnd: "again",
    }],
    ["HTTP is live until a look tells", address("http://h/x"), {
      pace: "live",
      canBeHeldBack: true,
      takesOneConnection: false,
      isParted: false,
    }],
    ["RTSP over TCP waits", address("rtsp://h/x"), { pace: "live", canBeHeldBack: true }],
    ["UDP does not wait", address("udp://h:1"), { canBeHeldBack: false, takesOneConnection: false }],
    ["SRT does not wait", address("srt://h:1?mode=caller"), { canBeHeldBack: false, takesOneConnection: false }],
    ["a listener takes one connection", address("srt://h:1?latency=1&mode=listener"), { takesOneConnection: true }],
    ["so does RTMP that listens", address("rtmp://h/x?listen=1"), { takesOneConnection: true }],
    ["but not one that does not", address("rtmp://h/x?listen=0"), { takesOneConnection: false }],
    ["TCP takes one connection, and waits", address("tcp://h:1"), { takesOneConnection: true, canBeHeldBack: true }],
    ["a screen is a device and does not wait", { kind: "screen" }, { isDevice: true, canBeHeldBack: false, pace: "live", atEnd: "retry" }],
    ["a camera is a device and does not wait", camera(), { isDevice: true, canBeHeldBack: false, pace: "live" }],
  ];
  for (const [name, wish, expected] of kinds) {
    it(name, () => {
      const way = planOf(wish).inputs[0]!.pictures[0]!;
      assert.deepEqual({ ...way, ...expected }, way);
    });
  }

  it("RTSP over UDP does not wait", () => {
    assert.equal(planOf(address("rtsp://h/x")).inputs[0]!.pictures[1]!.canBeHeldBack, false);
  });

  const found = assumeFound(SIZE);
  const settled: [string, Wish, Partial<typeof found>, Partial<Way>][] = [
    ["a film over HTTP is stored, and read twice", address("http://h/x"), { durationSeconds: 20 }, {
      pace: "stored",
      isParted: true,
      atEnd: "again",
    }],
    ["a show over HTTP stays live", address("http://h/x"), {}, { pace: "live", times: "source", isParted: false, atEnd: "retry" }],
    ["MJPEG over HTTP is timed by arrival", address("http://h/x"), { isArrivalTimed: true }, { pace: "live", times: "arrival" }],
    ["raw H.264 over TCP is timed by arrival", address("tcp://h:1"), { isArrivalTimed: true }, { times: "arrival" }],
    ["raw H.264 in a file keeps its rate", { kind: "file", path: "/a.h264" }, { isArrivalTimed: true }, {
      pace: "stored",
      times: "source",
    }],
    ["a photograph stands for ever", { kind: "file", path: "/a.jpg" }, { isStill: true }, { atEnd: "hold", isParted: false }],
    ["a photograph over HTTP is fetched again", address("http://h/a.jpg"), { isStill: true }, { atEnd: "fetch", times: "arrival" }],
    ["RTSP of a known length stays live", address("rtsp://h/x"), { durationSeconds: 20 }, { pace: "live", atEnd: "retry" }],
  ];
  for (const [name, wish, more, expected] of settled) {
    it(name, () => {
      const way = settleWay(planOf(wish).inputs[0]!.pictures[0]!, { ...found, ...more });
      assert.deepEqual({ ...way, ...expected }, way);
    });
  }

  const looks: [string, Wish, string, string][] = [
    ["MPEG-TS that comes live is looked at once, not again by its intake", address("http://h/x.ts"), "mpegts", "100000"],
    ["RTSP likewise", address("rtsp://h/x"), "rtsp", "100000"],
    ["FLV, where sound may begin late, is looked at again", address("rtmp://h/x"), "flv", "1500000"],
  ];
  for (const [name, wish, formatName, expected] of looks) {
    it(name, () => {
      const way = settleWay(planOf(wish).inputs[0]!.pictures[0]!, { ...found, formatName });
      assert.equal(way.options[way.options.lastIndexOf("-analyzeduration") + 1], expected);
    });
  }
});

describe("what an input may open", () => {
  it("a file opens files only, and is no list of others, no pattern and no script", () => {
    const way = planOf({ kind: "file", path: "/a.mp4" }).inputs[0]!.pictures[0]!;
    assert.deepEqual(option(way, "-protocol_whitelist"), ["file"]);
    const formats = option(way, "-format_whitelist");
    for (const name of ["mov", "matroska", "mpegts", "png_pipe", "h264", "wav"]) assert.ok(formats.includes(name), name);
    for (const name of ["concat", "hls", "dash", "sdp", "rtsp", "image2", "avisynth", "vapoursynth", "imf", "vobsub", "tty", "lavfi"]) {
      assert.ok(!formats.includes(name), name);
    }
  });

  it("an address never opens files", () => {
    for (const url of ["http://h/a.jpg", "https://h/x", "rtsp://h/x", "rtmp://h/x", "rtmps://h/x", "srt://h:1", "udp://h:1", "tcp://h:1"]) {
      const protocols = option(wayOf(url), "-protocol_whitelist");
      assert.ok(protocols.includes(url.split(":")[0]!), url);
      for (const name of ["file", "concat", "concatf", "subfile", "pipe", "cache", "async", "fd", "unix"]) {
        assert.ok(!protocols.includes(name), url);
      }
      assert.ok(!option(wayOf(url), "-format_whitelist").includes("concat"), url);
    }
  });

  it("a playlist over HTTP may go on over HTTP", () => {
    assert.ok(option(wayOf("https://h/x"), "-format_whitelist").includes("hls"));
    assert.ok(option(wayOf("https://h/x"), "-protocol_whitelist").includes("http"));
  });
});
