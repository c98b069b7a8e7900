import { startRecorder } from "../chaos/recorder.ts";
import { startChild } from "../fixtures/child.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { argumentsOf, cpuSecondsOf, residentBytesOf } from "../fixtures/proc.ts";
import { startTercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, note, type Row } from "./table.ts";

/** Real footage, not ours to keep here. */
const CLIP = Deno.env.get("CLIPS") ?? decodeURIComponent(new URL("../../../shared/clips", import.meta.url).pathname);
const CLIP_NAME = "still-room-with-walkers.mp4";
const CLIP_SECONDS = 20;

/** CPU and memory of our process while one viewer watches, beside ffmpeg's, and beside the same ffmpeg that writes nowhere. */
export async function runCost({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 15 : 60;
  const { ours, idle, ffmpegs, memory, command } = await measureShow(BARCODE_SOURCE, seconds, quick);
  const nowhere = await measureNowhere(command, seconds);
  return [
    atMost("our process, one viewer: CPU beside ffmpeg's", ours / ffmpegs * 100, "%", 5),
    note("  ours, of a core", ours * 100, "%"),
    note("  ours without a viewer, of a core", idle * 100, "%"),
    note("  ffmpeg's, of a core", ffmpegs * 100, "%"),
    note("  the same ffmpeg to -f null, of a core", nowhere * 100, "%"),
    note("  ffmpeg for us beside ffmpeg to null", ffmpegs / nowhere * 100, "%"),
    atMost("  memory (resident)", memory, "MB", 150),
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
      atMost("  with real footage (1280x720): CPU beside ffmpeg's", ours / ffmpegs * 100, "%", 5),
      note("    ours, of a core", ours * 100, "%"),
      note("    ffmpeg's, of a core", ffmpegs * 100, "%"),
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
  const runPid = await waitFor("a run", 15_000, () => server.runPid());
  await waitFor("the slate to be encoded", 60_000, async () => (await server.ffmpegPids()).length === 1, 500);
  await pause(quick ? 3000 : 20_000);
  const [idle = NaN] = await measureCpu([server.pid], seconds / 3);
  await using _viewer = startRecorder(`${server.baseUrl}/live.m3u8`);
  await pause(3000);
  const [ours = NaN, ffmpegs = NaN] = await measureCpu([server.pid, runPid], seconds);
  return { ours, idle, ffmpegs, memory: (residentBytesOf(server.pid) ?? NaN) / 1e6, command: writeNowhere(argumentsOf(runPid)) };
}

async function measureNowhere(command: readonly string[], seconds: number): Promise<number> {
  await using alone = startChild(command[0] ?? "ffmpeg", command.slice(1));
  await pause(3000);
  const [nowhere = NaN] = await measureCpu([alone.pid], seconds);
  return nowhere;
}

/** Cores used by each process over that time; NaN for one that ended. */
export async function measureCpu(pids: readonly number[], seconds: number): Promise<number[]> {
  const before = pids.map((pid) => cpuSecondsOf(pid) ?? NaN);
  const beganMs = performance.now();
  await pause(seconds * 1000);
  const tookSeconds = (performance.now() - beganMs) / 1000;
  return pids.map((pid, at) => ((cpuSecondsOf(pid) ?? NaN) - (before[at] ?? NaN)) / tookSeconds);
}

/** The command line of a run with its outputs thrown away: what encoding alone costs. */
export function writeNowhere(command: readonly string[]): string[] {
  const isOutput = (word: string | undefined) => /^(unix|tcp|pipe):/.test(word ?? "");
  const inputs = new Set(command.flatMap((word, at) => word === "-i" ? [at + 1] : []));
  return command.map((word, at) => {
    if (inputs.has(at)) return word;
    if (command[at - 1] === "-progress") return "/dev/null";
    if (isOutput(word)) return "-";
    if (command[at - 1] === "-f" && isOutput(command.slice(at + 1).find((next, k) => isOutput(next) || command[at + 1 + k] === "-map"))) {
      return "null";
    }
    return word.replace(/file=(?:[^,[\];\\']|\\.)*/, "file=/dev/null");
  }).filter((word, at, all) => word !== "-flvflags" && all[at - 1] !== "-flvflags");
}
