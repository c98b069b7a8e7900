import { startRecorder } from "../chaos/recorder.ts";
import { pause } from "../fixtures/condition.ts";
import { cpuSecondsOf, residentBytesOf } from "../fixtures/proc.ts";
import { startTercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, note, type Row } from "./table.ts";

/** Real footage, not ours to keep here. */
const CLIP = Deno.env.get("CLIPS") ?? decodeURIComponent(new URL("../../../shared/clips", import.meta.url).pathname);
const CLIP_NAME = "still-room-with-walkers.mp4";
const CLIP_SECONDS = 20;

/** CPU and memory of our process while one viewer watches, and of all ffmpegs that it has started. */
export async function runCost({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 15 : 60;
  const { ours, idle, ffmpegs, memory } = await measureShow(BARCODE_SOURCE, seconds, quick);
  return [
    atMost("our process, one viewer", ours, "cores", 0.08),
    note("  ours without a viewer", idle, "cores"),
    note("  all ffmpegs", ffmpegs, "cores"),
    note("  ours beside theirs", ours / ffmpegs * 100, "%"),
    atMost("  memory (resident)", memory, "MB", 175),
    ...await measureFootage(seconds, quick),
  ];
}

async function measureFootage(seconds: number, quick: boolean): Promise<Row[]> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-clip-" });
  try {
    const clip = await enlargeClip(`${CLIP}/${CLIP_NAME}`, `${folder}/clip.mp4`);
    if (clip === null) return [note("  with real footage", `not measured: ${CLIP_NAME} is not there`)];
    const { ours, ffmpegs } = await measureShow(`file:${clip}`, seconds, quick);
    return [
      atMost("  with real footage (1280x720): our process", ours, "cores", 0.08),
      note("    all ffmpegs", ffmpegs, "cores"),
    ];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The ladder never scales up, so the footage is made as large as its first rung; null where it is not there. */
async function enlargeClip(from: string, to: string): Promise<string | null> {
  const filter = "fps=30,scale=1280:720:flags=lanczos,setsar=1";
  const encoding = ["-an", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "18", "-g", "30"];
  const args = ["-v", "error", "-y", "-t", `${CLIP_SECONDS}`, "-i", from, "-vf", filter, ...encoding, to];
  const { success } = await new Deno.Command("ffmpeg", { args, stdin: "null", stdout: "null", stderr: "null" }).output();
  return success ? to : null;
}

/** The real server with one recording viewer; CPU in cores, memory in MB. */
async function measureShow(source: string, seconds: number, quick: boolean) {
  await using server = await startTercet({ args: ["--source", source] });
  await server.settled();
  await pause(quick ? 3000 : 20_000);
  const [idle = NaN] = await measureCpu([server.pid], seconds / 3);
  await using _viewer = startRecorder(`${server.baseUrl}/live.m3u8`);
  await pause(3000);
  const before = server.cpuSeconds();
  const [ours = NaN] = await measureCpu([server.pid], seconds);
  const all = (server.cpuSeconds() - before) / seconds;
  return { ours, idle, ffmpegs: all - ours, memory: (residentBytesOf(server.pid) ?? NaN) / 1e6 };
}

/** Cores used by each process over that time; NaN for one that ended. */
export async function measureCpu(pids: readonly number[], seconds: number): Promise<number[]> {
  const before = pids.map((pid) => cpuSecondsOf(pid) ?? NaN);
  const beganMs = performance.now();
  await pause(seconds * 1000);
  const tookSeconds = (performance.now() - beganMs) / 1000;
  return pids.map((pid, at) => ((cpuSecondsOf(pid) ?? NaN) - (before[at] ?? NaN)) / tookSeconds);
}
