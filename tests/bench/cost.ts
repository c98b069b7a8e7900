import { startRecorder } from "../chaos/recorder.ts";
import { startChild } from "../fixtures/child.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { argumentsOf, cpuSecondsOf, residentBytesOf } from "../fixtures/proc.ts";
import { startTercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, note, type Row } from "./table.ts";

/** CPU and memory of our process while one viewer watches, beside ffmpeg's, and beside the same ffmpeg that writes nowhere. */
export async function runCost({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 15 : 60;
  await using server = await startTercet({ args: ["--source", BARCODE_SOURCE] });
  const runPid = await waitFor("a run", 15_000, () => server.runPid());
  await using _viewer = startRecorder(`${server.baseUrl}/live.m3u8`);
  await waitFor("the slate to be encoded", 60_000, async () => (await server.ffmpegPids()).length === 1, 500);
  await pause(quick ? 3000 : 20_000);
  const together = await measureCpu([server.pid, runPid], seconds);
  const [ours, ffmpegs] = [together[0] ?? NaN, together[1] ?? NaN];
  const memory = (residentBytesOf(server.pid) ?? NaN) / 1e6;
  const command = writeNowhere(argumentsOf(runPid));
  await server.stop();

  await using alone = startChild(command[0] ?? "ffmpeg", command.slice(1));
  await pause(3000);
  const [nowhere] = await measureCpu([alone.pid], seconds);
  return [
    atMost("our process, one viewer: CPU beside ffmpeg's", ours / ffmpegs * 100, "%", 5),
    note("  ours, of a core", ours * 100, "%"),
    note("  ffmpeg's, of a core", ffmpegs * 100, "%"),
    note("  the same ffmpeg to -f null, of a core", (nowhere ?? NaN) * 100, "%"),
    note("  ffmpeg for us beside ffmpeg to null", ffmpegs / (nowhere ?? NaN) * 100, "%"),
    atMost("  memory (resident)", memory, "MB", 150),
  ];
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
