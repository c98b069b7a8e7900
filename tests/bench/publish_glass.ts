import { goLive, openSender } from "../browser/sender.ts";
import { hasChromium } from "../browser/chromium.ts";
import { watchPage } from "../browser/watch.ts";
import { watchStates } from "../chaos/states.ts";
import { barcodeGraph } from "../fixtures/barcode.ts";
import { startChild } from "../fixtures/child.ts";
import { waitFor } from "../fixtures/condition.ts";
import { freePort, startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, note, type Row } from "./table.ts";

const PATIENCE_MS = 30_000;
const SOUND = "sine=frequency=440:sample_rate=48000,volume=0.1";
const GRAPH = barcodeGraph({ size: "1280x720" });

/** What the way from a publisher costs: the same clock in the picture, made inside, sent by RTMP, sent by a browser; to our page. */
export async function runPublishGlass({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 15 : 45;
  const inside = await measure([`lavfi:${GRAPH}[out0];${SOUND}[out1]`], seconds, () => Promise.resolve(() => Promise.resolve()));
  const rtmpPort = freePort();
  const byRtmp = await measure(["obs", "--rtmp", `${rtmpPort}`, "--show-keys"], seconds, (server) => {
    const key = /^key (\S+)$/m.exec(server.output())![1]!;
    const publisher = startChild("ffmpeg", [...RTMP_ARGS, `rtmp://127.0.0.1:${rtmpPort}/live/${key}`]);
    return Promise.resolve(async () => void await publisher.stop());
  });
  const rows = [
    note("a test source inside: glass to glass to our page, p50", inside, "ms"),
    atMost("by RTMP, 720p30 (x264 ultrafast, zerolatency): more than that", minus(byRtmp, inside), "ms", 150),
  ];
  if (!hasChromium()) return rows;
  const byBrowser = await measure(["browser"], seconds, async (server) => {
    const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    const seat = await openSender("Chromium", `${server.baseUrl}/publish`, key, { before: BARCODE_CAMERA });
    await goLive(seat);
    return () => seat.close();
  });
  return [...rows, atMost("by a browser's WebCodecs, 720p30: more than that", minus(byBrowser, inside), "ms", 200)];
}

async function measure(
  [source, ...more]: readonly string[],
  seconds: number,
  publish: (server: Tercet) => Promise<() => Promise<void>>,
): Promise<number | null> {
  await using server = await startTercet({ args: ["--host", "127.0.0.1", "--source", source!, "--ladder", LIGHT_LADDER, ...more] });
  const states = watchStates(server.baseUrl);
  await waitFor("a show", PATIENCE_MS, () => states.now === "live" || states.now === "card", 20);
  const stopPublishing = await publish(server);
  try {
    await waitFor("the source", PATIENCE_MS, () => states.now === "live", 20);
    await states.stop();
    return (await watchPage(`${server.baseUrl}/`, seconds)).latencyMs?.p50 ?? null;
  } finally {
    await states.stop();
    await stopPublishing();
  }
}

const RTMP_ARGS = [
  ...["-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", `${GRAPH}[out0];${SOUND}[out1]`],
  ...["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p", "-b:v", "3M", "-g", "30"],
  ...["-c:a", "aac", "-flush_packets", "1", "-f", "flv"],
];

/** A camera whose picture carries the clock as `barcodeGraph` writes it. */
const BARCODE_CAMERA = `
  navigator.mediaDevices && (() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wanted) => {
      if (!wanted.video) return open(wanted);
      const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
      const pen = canvas.getContext("2d", { alpha: false });
      const block = Math.floor(1280 / 24);
      setInterval(() => {
        const ms = Date.now() % 1048576;
        pen.fillStyle = "hsl(" + ms / 50 % 360 + " 60% 40%)";
        pen.fillRect(0, 0, 1280, 720);
        pen.fillStyle = "black";
        pen.fillRect(block, block, block * 22, block);
        pen.fillStyle = "white";
        pen.fillRect(block, block, block, block);
        for (let bit = 0; bit < 20; bit++) if (ms >> bit & 1) pen.fillRect(block * (bit + 3), block, block, block);
      }, 33);
      return Promise.resolve(canvas.captureStream(30));
    };
  })();`;

function minus(latencyMs: number | null, insideMs: number | null): number | null {
  return latencyMs === null || insideMs === null ? null : latencyMs - insideMs;
}
