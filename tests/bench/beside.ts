import { startRecorder } from "../chaos/recorder.ts";
import { pause } from "../fixtures/condition.ts";
import { cpuSecondsOf, descendantsOf, residentBytesOf } from "../fixtures/proc.ts";
import { startTercet } from "../fixtures/server.ts";
import { beeping, runFfmpeg } from "../fixtures/numbered.ts";
import type { BenchOptions } from "./options.ts";
import { describeRelease } from "./held.ts";
import { sendSwarm } from "./swarm.ts";
import { atMost, median, note, type Row } from "./table.ts";
import { watchWire, type WireLag } from "./wire.ts";

/** Version 0.1: one ffmpeg read the source and encoded the show. */
const BEFORE = "02b14dc";
const SECONDS = 50;
const CLIP_SECONDS = 30;
const CLIPS = Deno.env.get("CLIPS") ?? decodeURIComponent(new URL("../../../shared/clips", import.meta.url).pathname);
const FOOTAGE = `${CLIPS.replace(/\/$/, "")}/webcam-gesture-walk.mkv`;
const PLAYERS = 500;

interface Format {
  readonly name: string;
  readonly size: string;
  readonly rate: number;
  readonly ladder: string | null;
  readonly isCompared: boolean;
  readonly cores: number;
  readonly memoryMb: number | null;
}

const FORMATS: readonly Format[] = [
  { name: "720p30", size: "1280x720", rate: 30, ladder: null, isCompared: true, cores: 0.08, memoryMb: 175 },
  {
    name: "1080p30",
    size: "1920x1080",
    rate: 30,
    ladder: "1920x1080@5000k,854x480@1100k,426x240@400k",
    isCompared: false,
    cores: 0.12,
    memoryMb: null,
  },
  {
    name: "1080p60",
    size: "1920x1080",
    rate: 60,
    ladder: "1920x1080@6000k,854x480@1100k,426x240@400k",
    isCompared: false,
    cores: 0.18,
    memoryMb: 420,
  },
];

/** What the show costs beside what it cost before the mixer, on the same clip, with one viewer: in turns. */
export async function runBeside({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 10 : SECONDS;
  const folder = await Deno.makeTempDir({ prefix: "tercet-beside-" });
  try {
    const before = await checkOut(BEFORE, `${folder}/before`);
    const rows: Row[] = [];
    for (const format of FORMATS) {
      const { name, size, rate, isCompared, cores, memoryMb } = format;
      const clip = `${folder}/${name}.mp4`;
      await makeClip(clip, size, rate);
      const now: Cost[] = [], then: Cost[] = [];
      for (let turn = 0; turn < (quick || !isCompared ? 1 : 3); turn++) {
        now.push(await measure(clip, format, seconds));
        if (isCompared) then.push(await measure(clip, format, seconds, before));
      }
      const mid = (costs: readonly Cost[], read: (cost: Cost) => number) => median(costs.map(read)) ?? NaN;
      const all = mid(now, (cost) => cost.all);
      rows.push(
        ...isCompared
          ? [
            atMost(`${name}, one viewer: all processes together beside ${BEFORE}`, all / mid(then, (cost) => cost.all), "x", 1.15),
            note("  now, then, each turn", `${list(now, (cost) => cost.all)}; ${list(then, (cost) => cost.all)}`, "cores"),
          ]
          : [note(`${name}, one viewer: all processes together`, all, "cores")],
        atMost("  our own process", mid(now, (cost) => cost.own), "cores", cores),
        ...isCompared ? [note("    then", mid(then, (cost) => cost.own), "cores")] : [],
        memoryMb === null
          ? note("    memory (resident)", mid(now, (cost) => cost.memoryMb), "MB")
          : atMost("    memory (resident)", mid(now, (cost) => cost.memoryMb), "MB", memoryMb),
        ...isCompared ? [note("    then", mid(then, (cost) => cost.memoryMb), "MB")] : [],
        note("  memory of all ffmpegs", mid(now, (cost) => cost.ffmpegsMb), "MB"),
        note("  pictures left out", mid(now, (cost) => cost.leftOut)),
      );
    }
    return [...rows, ...await compareHeld(`${folder}/720p30.mp4`, before, quick)];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Cost {
  /** In cores. */
  readonly all: number;
  readonly own: number;
  readonly memoryMb: number;
  readonly ffmpegsMb: number;
  readonly leftOut: number;
}

async function measure(clip: string, { ladder, rate }: Format, seconds: number, root?: string): Promise<Cost> {
  await using server = await startTercet({
    args: ["--source", `file:${clip}`, "--rate", String(rate), ...ladder ? ["--ladder", ladder] : []],
    readyWithinMs: 40_000,
    ...root ? { root } : {},
  });
  await server.settled();
  await using _viewer = startRecorder(`${server.baseUrl}/live.m3u8`);
  await pause(5000);
  const [beganMs, allBefore, ownBefore] = [performance.now(), server.cpuSeconds(), cpuSecondsOf(server.pid) ?? NaN];
  await pause(seconds * 1000);
  const took = (performance.now() - beganMs) / 1000;
  const ffmpegs = descendantsOf(server.pid).map((pid) => residentBytesOf(pid) ?? 0);
  return {
    all: (server.cpuSeconds() - allBefore) / took,
    own: ((cpuSecondsOf(server.pid) ?? NaN) - ownBefore) / took,
    memoryMb: (residentBytesOf(server.pid) ?? NaN) / 1e6,
    ffmpegsMb: ffmpegs.reduce((sum, bytes) => sum + bytes, 0) / 1e6,
    leftOut: await server.metric("tercet_pictures_left_out"),
  };
}

/** The release of 500 held players, in turns. */
async function compareHeld(clip: string, before: string, quick: boolean): Promise<Row[]> {
  const seconds = quick ? 8 : 20;
  const now: Release[] = [], then: Release[] = [];
  for (let turn = 0; turn < (quick ? 1 : 3); turn++) {
    now.push(await measureHeld(clip, seconds));
    then.push(await measureHeld(clip, seconds, before));
  }
  const best = (releases: readonly Release[]) => releases.toSorted((a, b) => (a.wire?.p99 ?? Infinity) - (b.wire?.p99 ?? Infinity))[0]!;
  const [ours, theirs] = [best(now), best(then)];
  const p99 = ({ wire, swarm }: Release) => wire?.p99 ?? swarm.playlistLagMs?.p99 ?? NaN;
  return [
    atMost(`${PLAYERS} held players: release p99 beside ${BEFORE}, best of each`, p99(ours) / p99(theirs), "x", 1.2),
    note("  now, each turn", now.map((one) => p99(one).toFixed(1)).join(", "), "ms"),
    note("  then, each turn", then.map((one) => p99(one).toFixed(1)).join(", "), "ms"),
    ...describeRelease("  now", ours.wire, [ours.swarm], 1e9).slice(1),
  ];
}

interface Release {
  readonly wire: WireLag | null;
  readonly swarm: Awaited<ReturnType<typeof sendSwarm>>;
}

async function measureHeld(clip: string, seconds: number, root?: string): Promise<Release> {
  await using server = await startTercet({
    args: ["--source", `file:${clip}`, "--uplink", "10G"],
    readyWithinMs: 40_000,
    ...root ? { root } : {},
  });
  await server.settled();
  await pause(8000);
  const order = {
    players: PLAYERS,
    rampSeconds: 4,
    seconds,
    url: `${server.baseUrl}/live.m3u8`,
    behaviour: { kind: "ll" as const, slot: 2 },
  };
  let swarm: Release["swarm"] | null = null;
  const wire = await watchWire(server.port, PLAYERS, async () => swarm = await sendSwarm(order, [server.pid]));
  return { wire, swarm: swarm ?? await sendSwarm(order, [server.pid]) };
}

/** That commit as files, in a folder of its own: the checkout here stays as it is. */
async function checkOut(commit: string, to: string): Promise<string> {
  await Deno.mkdir(to);
  const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);
  const script = 'git archive "$1" | tar -x -C "$2"';
  const { success, stderr } = await new Deno.Command("sh", { args: ["-c", script, "sh", commit, to], cwd: root, stderr: "piped" }).output();
  if (!success) throw new Error(`Cannot check out ${commit}: ${new TextDecoder().decode(stderr).slice(0, 200)}`);
  return to;
}

/** Real footage where it is, since that is what encoders work on; otherwise the test picture. With sound. */
async function makeClip(path: string, size: string, rate: number): Promise<void> {
  const isThere = await Deno.stat(FOOTAGE).then(() => true, () => false);
  const [width, height] = size.split("x");
  const fit = `fps=${rate},scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:-1:-1,setsar=1`;
  const picture = isThere ? ["-stream_loop", "-1", "-i", FOOTAGE] : ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=${rate}`];
  await runFfmpeg(
    ...[...picture, "-f", "lavfi", "-i", beeping(), "-t", String(CLIP_SECONDS), "-map", "0:v", "-map", "1:a", "-vf", fit],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-crf", "24", "-pix_fmt", "yuv420p", "-g", "60", "-c:a", "aac", path],
  );
}

function list(costs: readonly Cost[], read: (cost: Cost) => number): string {
  return costs.map((cost) => read(cost).toFixed(3)).join(", ");
}
