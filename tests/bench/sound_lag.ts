import { startRecorder } from "../chaos/recorder.ts";
import { soundLagsMs } from "../chaos/sound_lag.ts";
import { startLiveTs } from "../fixtures/live_ts.ts";
import { pause } from "../fixtures/condition.ts";
import { beeping, numbered } from "../fixtures/numbered.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { makeClips } from "../sources/clips.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, note, quantile, type Row } from "./table.ts";

/** How far the sound ends behind its picture in any part: a player that has the part has so much less sound than picture. */
export async function runSoundLag({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 6 : 30;
  const clips = makeClips();
  try {
    const size = { width: 640, height: 360 };
    const file = await clips.flashing("sound.mp4", { seconds: 60, size });
    const silent = await clips.flashing("silent.mp4", { seconds: 60, size, soundSeconds: 0 });
    await using live = startLiveTs();
    const sources: { name: string; text: string; barMs: number }[] = [
      { name: "a file", text: `file:${file}`, barMs: 70 },
      { name: "a file without sound", text: `file:${silent}`, barMs: 70 },
      { name: "a graph", text: `lavfi:${numbered({ ...size, rate: 30 })}[out0];${beeping()}[out1]`, barMs: 70 },
      { name: "the test picture", text: "test", barMs: 70 },
      { name: "live, MPEG-TS over http", text: live.url, barMs: 150 },
    ];
    const rows: Row[] = [];
    for (const { name, text, barMs } of sources) {
      await using server = await startTercet({ args: ["--source", text, "--ladder", LIGHT_LADDER] });
      await server.settled();
      await using recorder = startRecorder(`${server.baseUrl}/live.m3u8`);
      await pause(seconds * 1000);
      const lags = soundLagsMs(await recorder.stop());
      rows.push(
        atMost(`${name}: sound ends behind its picture, at most`, lags.length === 0 ? null : Math.max(...lags), "ms", barMs),
        note("  p50, least", `${quantile(lags, 0.5)?.toFixed(0)}, ${Math.min(...lags).toFixed(0)} of ${lags.length} parts`, "ms"),
      );
    }
    return rows;
  } finally {
    await clips.remove();
  }
}
