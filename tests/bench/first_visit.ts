/// <reference lib="dom" />
import { openChromium } from "../browser/chromium.ts";
import { type ProbeRecord, probeScript } from "../browser/probe.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, median, note, type Row } from "./table.ts";

/** A telephone of some years ago on a fair network: 4 Mbit/s with 40 ms each way and back, and a processor that takes four times as long. */
const BYTES_PER_SECOND = 4e6 / 8;
const LATENCY_MS = 40;
const SLOWER = 4;
const WATCHED_SECONDS = 10;

interface Visit {
  readonly pictureMs: number;
  /** Tasks of 50 ms and more, as [begin, duration]. */
  readonly before: readonly (readonly [number, number])[];
  readonly after: readonly (readonly [number, number])[];
  readonly bytes: number;
}

/** A browser that has never been here, throttled (CDP): when its first picture is on screen, and what holds the page up from then on. */
export async function runFirstVisit({ quick }: BenchOptions): Promise<Row[]> {
  await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER] });
  await server.settled();
  await pause(3000);
  const visits: Visit[] = [];
  for (let visit = 0; visit < (quick ? 2 : 7); visit++) visits.push(await visitOnce(`${server.baseUrl}/`));
  const pictures = visits.map(({ pictureMs }) => pictureMs);
  const say = (tasks: readonly (readonly [number, number])[]) =>
    tasks.map(([at, ms]) => `${Math.round(ms)} at ${Math.round(at)}`).join(", ") || "none";
  return [
    atMost(`first visit at 4 Mbit/s and ${SLOWER} x CPU: picture after, median of ${visits.length}`, median(pictures), "ms", 2500),
    note("  each", pictures.map(Math.round).join(", "), "ms"),
    note("  bytes until then", median(visits.map(({ bytes }) => bytes))! / 1e3, "KB"),
    note("  tasks of 50 ms and more before it", visits.map(({ before }) => say(before)).join(" | "), "ms"),
    atMost("  in the 10 s after it, median", median(visits.map(({ after }) => after.length)), "", 0),
    note("    they took", visits.map(({ after }) => say(after)).join(" | "), "ms"),
  ];
}

async function visitOnce(url: string): Promise<Visit> {
  const chromium = await openChromium({ mayAutoplay: false, ignoresOrigins: false, viewport: { width: 390, height: 844 } });
  try {
    const page = await chromium.newPage();
    const cdp = await chromium.context.newCDPSession(page);
    let bytes = 0;
    await cdp.send("Network.enable");
    cdp.on("Network.dataReceived", ({ encodedDataLength }) => bytes += encodedDataLength);
    await cdp.send("Network.emulateNetworkConditions", {
      offline: false,
      latency: LATENCY_MS,
      downloadThroughput: BYTES_PER_SECOND,
      uploadThroughput: BYTES_PER_SECOND,
    });
    await cdp.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    await page.addInitScript({ content: probeScript() });
    await page.addInitScript(() => {
      const tasks: [number, number][] = [];
      Object.assign(globalThis, { tasks });
      new PerformanceObserver((list) =>
        tasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration] as [number, number]))
      )
        .observe({ type: "longtask", buffered: true });
    });
    await page.goto(url, { waitUntil: "commit" });
    const read = () =>
      page.evaluate(() => {
        const { probe, tasks } = globalThis as unknown as { probe: ProbeRecord; tasks: [number, number][] };
        return { pictureMs: probe.firstFrameMs, tasks };
      });
    const pictureMs = await waitFor("a picture", 30_000, async () => (await read()).pictureMs, 50);
    const bytesThen = bytes;
    await pause(WATCHED_SECONDS * 1000);
    const { tasks } = await read();
    const end = ([at, ms]: readonly [number, number]) => at + ms;
    return {
      pictureMs,
      bytes: bytesThen,
      before: tasks.filter((task) => end(task) <= pictureMs),
      after: tasks.filter((task) => end(task) > pictureMs),
    };
  } finally {
    await chromium.close();
  }
}
