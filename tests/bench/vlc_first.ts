import { pause } from "../fixtures/condition.ts";
import { barcodeGraph } from "../fixtures/barcode.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { playInVlc, type VlcResult } from "../players/vlc.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, median, note, type Row } from "./table.ts";

const FIRST_PICTURE_MS = 2000;
const LATENCY_MS = 3900;
/** Then there is a list to begin with. */
const SETTLE_MS = 6000;
const TONE = "sine=frequency=440:sample_rate=48000,volume=0.1";
const picture = (rate = 30) => barcodeGraph({ size: "960x540", rate });

const SOURCES = [
  { name: "sound", graph: `${picture()}[out0];${TONE}[out1]`, hasClock: true },
  { name: "silent", graph: `${picture()}[out0]`, hasClock: true },
  { name: "sound that comes 5 s late", graph: `${picture()}[out0];${TONE},asetpts=PTS+5/TB[out1]`, hasClock: true },
  { name: "sound only", graph: `${TONE}[out0]`, hasClock: false },
  // A picture that stands for a second, of a graph that ffmpeg reads two of before the first is shown, tells nothing of the player's delay.
  { name: "one picture a second", graph: `${picture(1)}[out0];${TONE}[out1]`, hasClock: false },
];

/** When VLC shows its first picture of a show that is on, whatever the source has for sound. */
export async function runVlcFirst({ quick }: BenchOptions): Promise<Row[]> {
  const rows: Row[] = [];
  for (const { name, graph, hasClock } of SOURCES) {
    await using server = await startTercet({ args: ["--source", `lavfi:${graph}`, "--ladder", LIGHT_LADDER] });
    const early = await playInVlc(`${server.baseUrl}/live.m3u8`, 5);
    await server.settled();
    await pause(SETTLE_MS);
    const seen: VlcResult[] = [];
    for (let opening = 0; opening < (quick ? 1 : 4); opening++) {
      seen.push(await playInVlc(`${server.baseUrl}/live.m3u8`, quick ? 8 : 15));
      await pause(500);
    }
    const firsts = seen.map(({ firstPictureMs }) => firstPictureMs ?? Infinity);
    const latencies = seen.map(({ latencyMs }) => latencyMs?.p50 ?? Infinity);
    rows.push(
      atMost(`VLC, ${name}: first picture, at worst`, Math.max(...firsts), "ms", FIRST_PICTURE_MS),
      note("  each time", firsts.join(", "), "ms"),
      note("  where it is asked for the moment the show is ready", early.firstPictureMs, "ms"),
      ...hasClock ? [atMost("  glass to glass, p50, median", median(latencies), "ms", LATENCY_MS)] : [],
    );
  }
  return rows;
}
