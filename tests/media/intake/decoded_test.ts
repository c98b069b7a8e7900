import { strict as assert } from "node:assert";
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import { runTool } from "../../../media/ffmpeg/tool.ts";
import { buildIntakeArguments } from "../../../media/intake/intake_arguments.ts";
import { lookFirst } from "../../../media/intake/look.ts";
import { createNutReader, NUT_ORIGIN_US } from "../../../media/intake/nut.ts";
import { planIntake } from "../../../media/intake/plan.ts";
import { parseSource } from "../../../media/settings/source.ts";

const CANVAS = { width: 320, height: 180 };
const HOST = { os: "linux", display: null, isWayland: false, cameras: [], microphones: [], ffmpegMajor: 5 } as const;
const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "30"];
const lavfi = (graph: string) => ["-f", "lavfi", "-i", graph];

interface Decoded {
  /** Times in milliseconds, and the brightness of a column of the canvas in its middle row. */
  readonly pictures: readonly { readonly ms: number; readonly y: (x: number, y?: number) => number }[];
  readonly sounds: readonly { readonly ms: number; readonly samples: Int16Array }[];
}

/** What real sources come out as, by ffmpeg itself. */
describe("what an intake decodes", () => {
  let folder: string;
  beforeAll(async () => void (folder = await Deno.makeTempDir({ prefix: "tercet-decoded-" })));
  afterAll(() => Deno.remove(folder, { recursive: true }));

  async function make(name: string, ...args: string[]): Promise<string> {
    const outcome = await runTool("ffmpeg", ["-v", "error", "-y", ...args, `file:${folder}/${name}`], { limitMs: 30_000 });
    assert.equal(outcome.kind === "finished" && outcome.code, 0, JSON.stringify(outcome));
    return `file:${folder}/${name}`;
  }

  async function join(name: string, ...files: string[]): Promise<string> {
    const parts = await Promise.all(files.map((file) => Deno.readFile(file.slice("file:".length))));
    await Deno.writeFile(`${folder}/${name}`, new Uint8Array(await new Blob(parts).arrayBuffer()));
    return `file:${folder}/${name}`;
  }

  async function open(source: string) {
    const plan = planIntake(parseSource(source) as { kind: "test" }, HOST, { ...CANVAS, rate: 30 });
    assert.ok(plan.kind === "plan");
    return await lookFirst(plan.inputs[0]!.pictures, "picture", { canvas: CANVAS });
  }

  async function decode(source: string): Promise<Decoded> {
    const opened = await open(source);
    assert.ok(opened.kind === "opened", JSON.stringify(opened));
    const [picture, sound] = [`${folder}/picture.nut`, `${folder}/sound.nut`];
    const { way, found } = opened;
    const parted = [{ picture, sound: null }, { picture: null, sound }];
    for (const urls of way.isParted ? parted : [{ picture, sound }]) {
      if ((urls.picture === null || !found.video) && (urls.sound === null || !found.sound)) continue;
      const args = buildIntakeArguments({ way, found, canvas: CANVAS, rate: 30, ffmpegMajor: 5, hasZscale: true, urls });
      const outcome = await runTool("ffmpeg", ["-y", ...args], { limitMs: 30_000 });
      assert.equal(outcome.kind === "finished" && outcome.code, 0, JSON.stringify(outcome));
    }
    const pictures = found.video ? await readNut(picture) : [];
    const sounds = found.sound ? await readNut(sound) : [];
    for (const { data } of pictures) assert.equal(data.length, CANVAS.width * CANVAS.height * 1.5);
    return {
      pictures: pictures.map(({ ptsUs, data }) => ({ ms: ptsUs / 1000, y: (x, y = 90) => data[y * CANVAS.width + x]! })),
      sounds: sounds.map(({ ptsUs, data }) => ({ ms: ptsUs / 1000, samples: new Int16Array(data.buffer as ArrayBuffer) })),
    };
  }

  it("a picture that changes its shape is fitted anew, none is lost, and times go on", async () => {
    const clip = (name: string, size: string, rate: number) =>
      make(name, ...lavfi(`color=white:s=${size}:r=30`), ...lavfi(`sine=r=${rate}`), "-t", "2", ...X264, "-c:a", "aac", "-f", "mpegts");
    const [tall, wide] = [await clip("tall.ts", "180x320", 44_100), await clip("wide.ts", "320x180", 48_000)];
    const { pictures, sounds } = await decode(await join("both.ts", tall, wide));
    assert.equal(pictures.length, 120);
    const steps = pictures.slice(1).map(({ ms }, at) => ms - pictures[at]!.ms);
    assert.ok(Math.max(...steps) < 60 && Math.min(...steps) > 15, `${Math.min(...steps)} to ${Math.max(...steps)}`);
    assert.deepEqual([pictures[0]!.y(5), pictures[0]!.y(160), pictures[119]!.y(5), pictures[119]!.y(160)].map(name), [
      "bar",
      "white",
      "white",
      "white",
    ]);
    const seconds = sounds.reduce((sum, { samples }) => sum + samples.length / 2, 0) / 48_000;
    assert.ok(Math.abs(seconds - 4.04) < 0.1, `${seconds}`);
    assert.ok(Math.abs(sounds.at(-1)!.ms - pictures[119]!.ms) < 100);
  });

  it("sound and picture of a file whose times begin anew stay together, though each has a process", async () => {
    const short = await make(
      "short.ts",
      ...lavfi("testsrc2=s=320x180:r=30:d=3"),
      ...lavfi("sine=d=1"),
      ...X264,
      "-c:a",
      "aac",
      "-f",
      "mpegts",
    );
    const { pictures, sounds } = await decode(await join("twice.ts", short, short));
    const gap = sounds.slice(1).map(({ ms }, at) => ({ from: sounds[at]!.ms, to: ms })).find(({ from, to }) => to - from > 500)!;
    assert.equal(pictures.length, 180);
    assert.ok(Math.abs(gap.to - pictures[90]!.ms) < 50, `${gap.to} against ${pictures[90]!.ms}`);
  });

  it("times below zero are kept, of picture and sound alike", async () => {
    const { pictures, sounds } = await decode(
      "lavfi:testsrc2=s=320x180:r=30:d=1,setpts=PTS-2/TB[out0];sine=d=1,asetpts=PTS-1.5/TB[out1]",
    );
    assert.deepEqual([pictures[0]!.ms, sounds[0]!.ms], [-2000, -1500]);
  });

  it("times that jump are handed over as they are", async () => {
    const { pictures } = await decode("lavfi:testsrc2=s=320x180:r=30:d=1,setpts='if(gte(N,15),PTS-3600/TB,PTS)'");
    assert.deepEqual([pictures.length, pictures[14]!.ms, pictures[15]!.ms], [30, 466.667, -3_599_500]);
  });

  it("a picture turned by its container stands upright, with bars", async () => {
    const flat = await make("flat.mp4", ...lavfi("color=white:s=320x180:r=30:d=1"), ...X264);
    const turned = await make("turned.mp4", "-i", flat, "-c", "copy", "-metadata:s:v:0", "rotate=90");
    const [picture] = (await decode(turned)).pictures;
    assert.deepEqual([5, 160, 315].map((x) => name(picture!.y(x))), ["bar", "white", "bar"]);
  });

  it("pixels that are not square are made so, and small pictures enlarged", async () => {
    const [picture] = (await decode(await make("sar.mp4", ...lavfi("color=white:s=90x90:r=30:d=1,setsar=8/9"), ...X264))).pictures;
    assert.deepEqual([75, 85, 235, 245].map((x) => name(picture!.y(x))), ["bar", "white", "white", "bar"]);
  });

  it("interlaced pictures come out as whole ones", async () => {
    const source = await make(
      "interlaced.ts",
      ...lavfi("testsrc2=s=320x180:r=50:d=2,tinterlace=interleave_top,setfield=tff"),
      ...["-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-f", "mpegts"],
    );
    const opened = await open(source);
    assert.equal(opened.kind === "opened" && opened.found.video?.isInterlaced, true);
    assert.equal((await decode(source)).pictures.length, 50);
  });

  for (const [transfer, code] of [["smpte2084", 572], ["arib-std-b67", 721]] as const) {
    it(`white of ${transfer} is nearly white`, async () => {
      const colours = `setparams=color_primaries=bt2020:color_trc=${transfer}:colorspace=bt2020nc`;
      const filters = `format=yuv420p10le,lutyuv=y=${code}:u=512:v=512,${colours}`;
      const x265 = ["-c:v", "libx265", "-x265-params", "log-level=none", "-preset", "ultrafast"];
      const source = await make(`${transfer}.mp4`, ...lavfi("color=gray:s=320x180:r=30:d=0.2"), "-vf", filters, ...x265);
      const white = (await decode(source)).pictures[0]!.y(160);
      assert.ok(white >= 215 && white <= 230, `${white}`);
    });
  }

  it("full range becomes limited range", async () => {
    const [picture, ...others] = (await decode(await make("white.jpg", ...lavfi("color=white:s=320x180"), "-frames:v", "1"))).pictures;
    assert.deepEqual([name(picture!.y(160)), others.length], ["white", 0]);
  });

  it("a still is one picture, whatever its name says", async () => {
    const png = await make("white.png", ...lavfi("color=white:s=320x180"), "-frames:v", "1");
    for (const name of ["100%d.png", "lies.jpg", "50%02d.jpg"]) {
      await Deno.copyFile(png.slice("file:".length), `${folder}/${name}`);
      const opened = await open(`file:${folder}/${name}`);
      assert.deepEqual(opened.kind === "opened" && [opened.found.isStill, opened.way.atEnd], [true, "hold"], name);
      assert.equal((await decode(`file:${folder}/${name}`)).pictures.length, 1);
    }
  });

  it("a rate of four times the show's is thinned out", async () => {
    const { pictures } = await decode(await make("fast.mp4", ...lavfi("testsrc2=s=320x180:r=120:d=1"), ...X264));
    assert.ok(pictures.length >= 28 && pictures.length <= 32, `${pictures.length}`);
  });

  it("six channels and one come out as two", async () => {
    for (const graph of ["sine=d=1,pan=5.1|FC=c0", "sine=r=8000:d=1"]) {
      const { sounds } = await decode(await make("sound.mkv", ...lavfi(graph), "-c:a", "pcm_s16le"));
      const samples = sounds.flatMap(({ samples }) => [...samples]);
      assert.ok(Math.abs(samples.length / 2 - 48_000) < 500, `${samples.length}`);
      const loudest = (side: number) => Math.max(...samples.filter((_, at) => at % 2 === side).map(Math.abs));
      assert.ok(loudest(0) > 500 && Math.abs(loudest(0) - loudest(1)) < 10, `${loudest(0)}, ${loudest(1)}`);
    }
  });

  const leaders: [string, string][] = [
    ["list.mp4", "ffconcat version 1.0\nfile flat.mp4\n"],
    ["hls.mp4", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nflat.mp4\n#EXT-X-ENDLIST\n"],
    ["sdp.mp4", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"],
  ];
  for (const [name, text] of leaders) {
    it(`${name}, which leads to others, is refused`, async () => {
      await Deno.writeTextFile(`${folder}/${name}`, text);
      const opened = await open(`file:${folder}/${name}`);
      assert.match(opened.kind === "failed" ? opened.reason : "", /which leads to others/);
    });
  }

  it("a playlist over HTTP that leads to a file is refused", async () => {
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
      return new Response(`#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nfile://${folder}/short.ts\n#EXT-X-ENDLIST\n`);
    });
    const opened = await open(`http://127.0.0.1:${server.addr.port}/live.m3u8`);
    await server.shutdown();
    assert.equal(opened.kind === "failed" && opened.reason, "It leads to file:, which it may not open");
  });
});

/** Of BT.709 in limited range, encoders and scalers allowed for. */
function name(y: number): string | number {
  return Math.abs(y - 16) <= 1 ? "bar" : Math.abs(y - 235) <= 3 ? "white" : y;
}

async function readNut(path: string) {
  const bytes = await Deno.readFile(path);
  let at = 0;
  const reader = createNutReader({
    read(into) {
      if (at === bytes.length) return Promise.resolve(null);
      const count = Math.min(into.length, bytes.length - at);
      into.set(bytes.subarray(at, at + count));
      at += count;
      return Promise.resolve(count);
    },
    place: (count) => new Uint8Array(count),
    maxPacketBytes: 1 << 20,
    originUs: NUT_ORIGIN_US,
  });
  const packets: { readonly ptsUs: number; readonly data: Uint8Array }[] = [];
  for (let packet = await reader.next(); packet !== null; packet = await reader.next()) packets.push(packet);
  return packets;
}
