import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { buildIntakeArguments, type IntakeWish, lacksToneMapping, saysNoSound } from "../../../media/intake/intake_arguments.ts";
import { planIntake, settleWay } from "../../../media/intake/plan.ts";
import { assumeFound, type Found, type FoundPicture } from "../../../media/intake/streams.ts";
import { parseSource } from "../../../media/settings/source.ts";

const CANVAS = { width: 1280, height: 720 };
const HOST = { os: "linux", display: ":0", isWayland: false, cameras: [], microphones: [], ffmpegMajor: 6 } as const;
const BOTH = { picture: "unix:/s/picture", sound: "unix:/s/sound" };
const FOUND: Found = { ...assumeFound(CANVAS), joinsTimes: false };

function build(
  source: string,
  more: Partial<Found> = {},
  o: Partial<IntakeWish> = {},
  urls: Parameters<typeof buildIntakeArguments>[0]["urls"] = BOTH,
) {
  const plan = planIntake(parseSource(source) as { kind: "test" }, HOST, { ...CANVAS, rate: 30 });
  assert.ok(plan.kind === "plan");
  const found = { ...FOUND, ...more };
  const way = settleWay(plan.inputs[0]!.pictures[0]!, found);
  return buildIntakeArguments({ way, found, canvas: CANVAS, rate: 30, ffmpegMajor: 6, hasZscale: true, urls, ...o }).join(" ");
}

function filters(more: Partial<FoundPicture>, o: Partial<IntakeWish> = {}): string {
  return / -vf (\S+) /.exec(build("screen", { video: { ...FOUND.video!, ...more } }, o))![1]!;
}

const FIT = "scale=w='max(2,2*round(min(1280,720*dar)/2))':h='max(2,2*round(min(720,1280/dar)/2))'";
const INTO_BT709 = `${FIT}:out_color_matrix=bt709:out_range=tv`;
const END = "format=yuv420p,pad=1280:720:-1:-1,setsar=1,settb=1/1000000";

describe("the command line of an intake", () => {
  it("maps each stream to an output with a graph of its own, in microseconds", () => {
    const line = build("screen");
    assert.match(
      line,
      /^-hide_banner -nostats -loglevel level\+warning -nostdin -copyts -thread_type slice -f x11grab -framerate 30 -i :0 -map 0:v:0 /,
    );
    assert.ok(line.includes(` -vf ${INTO_BT709},${END} -enc_time_base 1:1000000 -fps_mode passthrough -c:v rawvideo -threads 1 `), line);
    assert.match(line, / unix:\/s\/picture -map 0:a:0 -af aresample=48000,aformat=sample_fmts=s16:channel_layouts=stereo -c:a pcm_s16le /);
    assert.match(line, / unix:\/s\/sound$/);
    assert.doesNotMatch(line, /filter_complex|-re |thread_queue_size|stream_loop/);
  });

  it("reads only what is asked for and there", () => {
    const onlyPicture = build("file:/a.mp4", {}, {}, { picture: "unix:/p", sound: null });
    assert.doesNotMatch(onlyPicture, /-af|0:a:/);
    const onlySound = build("file:/a.mp4", {}, {}, { picture: null, sound: "unix:/s" });
    assert.doesNotMatch(onlySound, /-vf|0:v:|thread_type/);
    assert.doesNotMatch(build("file:/a.mp4", { sound: null }), /-af/);
    assert.doesNotMatch(build("file:/a.mp3", { video: null }), /-vf/);
  });

  it("holds no pictures back in the decoder's threads where the source is live", () => {
    assert.match(build("rtsp://h/x"), /-thread_type slice .*-i rtsp/);
    assert.doesNotMatch(build("file:/a.mp4"), /-thread_type/);
  });

  it("lets ffmpeg join times that begin anew, in both intakes of a file alike", () => {
    const joined = { joinsTimes: true };
    assert.doesNotMatch(build("udp://h:1", joined), /-copyts|-f null/);
    const picture = build("file:/a.ts", joined, {}, { picture: "unix:/p", sound: null });
    assert.match(picture, / unix:\/p -map 0:a:0 -c copy -f null -$/);
    const sound = build("file:/a.ts", joined, {}, { picture: null, sound: "unix:/s" });
    assert.match(sound, / unix:\/s -map 0:v:0 -c copy -f null -$/);
    assert.doesNotMatch(build("file:/a.ts", { ...joined, sound: null }, {}, { picture: "unix:/p", sound: null }), /-f null/);
    assert.doesNotMatch(build("file:/a.mp4", {}, {}, { picture: "unix:/p", sound: null }), /-f null/);
  });

  it("names the option as ffmpeg 4 knows it", () => {
    assert.match(build("screen", {}, { ffmpegMajor: 4 }), / -vsync passthrough /);
  });

  const table: [string, Partial<FoundPicture>, Partial<IntakeWish>, string][] = [
    [
      "interlaced pictures are put together first",
      { isInterlaced: true },
      {},
      `bwdif=mode=send_frame:deint=interlaced,${INTO_BT709},${END}`,
    ],
    ["others are left alone", { isInterlaced: null }, {}, `${INTO_BT709},${END}`],
    [
      "twice the show's rate is thinned out",
      { rate: 60 },
      {},
      `select='isnan(prev_selected_t)+gte(abs(t-prev_selected_t),0.026667)',${INTO_BT709},${END}`,
    ],
    ["less is not", { rate: 59 }, {}, `${INTO_BT709},${END}`],
    [
      "HDR is mapped after it was scaled",
      { transfer: "pq" },
      {},
      `${FIT},format=yuv420p10le,zscale=tin=smpte2084:pin=bt2020:min=2020_ncl:rin=tv:t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,` +
      `tonemap=mobius:param=0.7:peak=4.93:desat=0,zscale=t=bt709:m=bt709:r=tv,${END}`,
    ],
    ["without zscale it is shown pale", { transfer: "hlg" }, { hasZscale: false }, `${INTO_BT709},${END}`],
    [
      "another canvas",
      {},
      { canvas: { width: 640, height: 480 } },
      "scale=w='max(2,2*round(min(640,480*dar)/2))':h='max(2,2*round(min(480,640/dar)/2))':out_color_matrix=bt709:out_range=tv," +
      "format=yuv420p,pad=640:480:-1:-1,setsar=1,settb=1/1000000",
    ],
  ];
  for (const [name, picture, o, expected] of table) it(name, () => assert.equal(filters(picture, o), expected));

  it("says where HDR will be pale", () => {
    const hdr = { ...FOUND, video: { ...FOUND.video!, transfer: "pq" as const } };
    assert.deepEqual([
      lacksToneMapping({ found: hdr, hasZscale: false }),
      lacksToneMapping({ found: hdr, hasZscale: true }),
      lacksToneMapping({ found: FOUND, hasZscale: false }),
    ], [true, false, false]);
  });

  it("knows ffmpeg's word for sound that is not there", () => {
    assert.ok(saysNoSound(["[fatal] Stream map '0:a:0' matches no streams."]));
    assert.ok(!saysNoSound(["[fatal] Stream map '0:v:0' matches no streams."]));
  });
});
