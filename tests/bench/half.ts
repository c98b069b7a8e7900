import { type Recording, startRecorder } from "../chaos/recorder.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { cpuSecondsOf } from "../fixtures/proc.ts";
import { holdToCores } from "../fixtures/hold_to_cores.ts";
import { startTercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, note, quantile, type Row } from "./table.ts";

const IN_TIME_AFTER_MS = 10_000;
const BEHIND_MS = 1000;

/** The picture's encoder is given half of the CPU it needs, as long as the show lasts. */
export function runHalf({ quick }: BenchOptions): Promise<Row[]> {
  return measureHalf({ source: BARCODE_SOURCE, ladder: null, settleSeconds: quick ? 5 : 15, seconds: quick ? 25 : 60 });
}

export async function measureHalf(
  o: { source: string; ladder: string | null; settleSeconds: number; seconds: number },
): Promise<Row[]> {
  await using server = await startTercet({ args: ["--source", o.source, ...o.ladder ? ["--ladder", o.ladder] : []] });
  await server.settled();
  await using recorder = startRecorder(`${server.baseUrl}/live.m3u8`);
  const pid = await waitFor("an encoder", 10_000, () => server.runPid());
  const before = cpuSecondsOf(pid) ?? NaN;
  await pause(o.settleSeconds * 1000);
  const needed = ((cpuSecondsOf(pid) ?? NaN) - before) / o.settleSeconds;

  const owed: { atMs: number; pictures: number }[] = [];
  const hold = holdToCores(needed / 2, () => server.runPid());
  const heldAtMs = performance.now();
  const asking = setInterval(async () => {
    const pictures = await server.metric("tercet_pictures_owed").catch(() => NaN);
    owed.push({ atMs: performance.now(), pictures });
  }, 200);
  await pause(o.seconds * 1000);
  clearInterval(asking);
  const [step, leftOut] = [await server.metric("tercet_encoding_step"), await server.metric("tercet_pictures_left_out")];
  const { cores } = await hold.stop();
  const recording = await recorder.stop();
  const line = server.output().split("\n").find((line) => line.includes("too slow"));
  const behind = behindMs(recording).filter(({ atMs }) => atMs > heldAtMs);
  const inTimeAfterMs = behind.findLast(({ ms }) => ms > BEHIND_MS)?.atMs ?? heldAtMs;
  const late = owed.filter(({ atMs }) => atMs > heldAtMs + IN_TIME_AFTER_MS);
  return [
    note("an encoder that needs", needed, "cores"),
    note("  is held to", cores, "cores"),
    atMost(
      `  parts come within ${BEHIND_MS} ms of their time again after`,
      (inTimeAfterMs - heldAtMs) / 1000,
      "s",
      IN_TIME_AFTER_MS / 1000,
    ),
    note(
      "    then they come after, p95",
      quantile(behind.filter(({ atMs }) => atMs > heldAtMs + IN_TIME_AFTER_MS).map(({ ms }) => ms), 0.95),
      "ms",
    ),
    holds("  it is said", line !== undefined, line?.slice(0, 120) ?? "no line"),
    atMost("  most at once", mostAtOnceSeconds(recording, heldAtMs), "s", 1),
    atMost("  pictures owed at most, after 10 s", Math.max(...late.map(({ pictures }) => pictures)), "", 30),
    note("    at any time", Math.max(...owed.map(({ pictures }) => pictures))),
    note("  tercet_encoding_step", step),
    note("  pictures left out", leftOut),
    holds("  no hole, no overlap", recording.faults.length === 0, recording.faults.slice(0, 2).join("; ") || "none"),
    note("  longest wait for a part", recording.longestGap.forMs, "ms"),
    note("  changes of MAP (another preset is another init)", recording.mapChanges),
  ];
}

/** How long after the end of its pictures (as at the start of the recording, when nothing was wrong) each part was listed. */
function behindMs({ parts }: Recording): { atMs: number; ms: number }[] {
  const raw = parts.flatMap(({ video, listedAtMs }) =>
    video ? [{ atMs: listedAtMs, ms: listedAtMs - video.endTicks / video.timescale * 1000 }] : []
  );
  const usual = quantile(raw.slice(2, 22).map(({ ms }) => ms), 0.5) ?? NaN;
  return raw.map(({ atMs, ms }) => ({ atMs, ms: ms - usual }));
}

/** The most media that was listed for the first time by one playlist, or within a tenth of a second. */
function mostAtOnceSeconds({ parts }: Recording, fromMs: number): number {
  let most = 0;
  for (const [at, part] of parts.entries()) {
    if (part.listedAtMs < fromMs) continue;
    const together = parts.slice(at).filter(({ listedAtMs }) => listedAtMs < part.listedAtMs + 100);
    most = Math.max(most, together.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0));
  }
  return most;
}
