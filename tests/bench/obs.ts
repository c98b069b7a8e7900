import { openStock } from "../browser/watch.ts";
import { startRecorder } from "../chaos/recorder.ts";
import { watchStates } from "../chaos/states.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { findOnPath } from "../fixtures/find_on_path.ts";
import { startObs } from "../fixtures/obs.ts";
import { freePort, startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, median, note, type Row } from "./table.ts";

const PATIENCE_MS = 60_000;
const SHOWN_MS = 3000;

/** A real OBS that is killed and comes back, again and again, before a stock hls.js that plays all along. */
export async function runObs({ quick }: BenchOptions): Promise<Row[]> {
  if (findOnPath(["obs"]) === null || findOnPath(["Xvfb"]) === null) return [holds("OBS", false, "there is none here")];
  const port = freePort();
  await using server = await startTercet({
    args: ["--host", "127.0.0.1", "--source", "obs", "--rtmp", `${port}`, "--show-keys", "--ladder", LIGHT_LADDER],
  });
  const wish = { server: `rtmp://127.0.0.1:${port}/live`, key: /^key (\S+)$/m.exec(server.output())![1]! };
  const url = `${server.baseUrl}/live.m3u8`;
  const states = watchStates(server.baseUrl);
  const untilState = (state: string) => waitFor(`the state ${state}`, PATIENCE_MS, () => states.now === state, 20);
  await untilState("card");
  await using recorder = startRecorder(url);
  const viewer = await openStock(url);
  const backMs: number[] = [], heldMs: number[] = [];
  try {
    for (let time = 0; time < (quick ? 2 : 20); time++) {
      await using obs = await startObs(wish);
      await waitFor("its return", PATIENCE_MS, () => countPublished(server) > time, 10);
      const returnedMs = performance.now();
      await untilState("live");
      backMs.push(performance.now() - returnedMs);
      await pause(SHOWN_MS);
      const killedMs = performance.now();
      await obs.kill();
      await untilState("card");
      heldMs.push(performance.now() - killedMs);
    }
    const seen = await viewer.read();
    const { faults, jumps, mapChanges } = await recorder.stop();
    return [
      atMost(`OBS, ${backMs.length} times killed and back: on air after it publishes, at most`, Math.max(...backMs), "ms", 1000),
      note("  median", median(backMs), "ms"),
      note("  held until the card stood, median", median(heldMs), "ms"),
      holds(
        "  no hole, no overlap, one MAP",
        faults.length + jumps.length + mapChanges === 0,
        faults.slice(0, 2).join("; ") || `${mapChanges} changes of MAP`,
      ),
      atMost("  stalls of a stock hls.js all along", seen.stalls, "", 0),
      holds("  its errors", seen.errors.length === 0, seen.errors.join(", ").slice(0, 200) || "none"),
    ];
  } finally {
    await viewer.close();
    await states.stop();
  }
}

function countPublished(server: Tercet): number {
  return server.output().split("\n").filter((line) => /OBS publishes/.test(line)).length;
}
