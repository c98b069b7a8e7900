import { openChromium } from "../browser/chromium.ts";
import { openPage } from "../browser/watch.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { freePort, startTercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, median, note, type Row } from "./table.ts";

/** From `deno task serve` to the first playable playlist, and to the first picture in a browser that waits for the page. */
export async function runStart({ quick }: BenchOptions): Promise<Row[]> {
  const dataDir = await Deno.makeTempDir({ prefix: "tercet-data-" });
  try {
    const first = await measureStart(dataDir, null);
    const seconds: number[] = [];
    const pictures: number[] = [];
    for (let again = 0; again < (quick ? 1 : 5); again++) seconds.push((await measureStart(dataDir, null)).playlistMs);
    const chromium = await openChromium();
    try {
      for (let again = 0; again < (quick ? 1 : 5); again++) pictures.push((await measureStart(dataDir, chromium)).pictureMs ?? Infinity);
    } finally {
      await chromium.close();
    }
    return [
      note("start: first start to first playable playlist", first.playlistMs, "ms"),
      note("  second start to first playable playlist, median", median(seconds), "ms"),
      atMost("  second start to first picture in a browser that waits, median", median(pictures), "ms", 4000),
      note("  the worst", Math.max(...pictures), "ms"),
    ];
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

type Chromium = Awaited<ReturnType<typeof openChromium>>;

async function measureStart(dataDir: string, chromium: Chromium | null): Promise<{ playlistMs: number; pictureMs: number | null }> {
  const port = freePort();
  const baseUrl = `http://127.0.0.1:${port}`;
  const beganMs = performance.now();
  const starting = startTercet({ args: ["--source", BARCODE_SOURCE], dataDir, port });
  starting.catch(() => {}); // awaited below
  try {
    const pictureMs = chromium ? firstPicture(chromium, baseUrl, beganMs) : null;
    await waitFor("a playable playlist", 30_000, () => isPlayable(baseUrl), 10);
    const playlistMs = performance.now() - beganMs;
    return { playlistMs, pictureMs: await pictureMs };
  } finally {
    await (await starting).stop();
  }
}

/** A playlist that names a segment or a part. */
async function isPlayable(baseUrl: string): Promise<boolean> {
  try {
    const entry = await fetch(`${baseUrl}/live.m3u8`, { signal: AbortSignal.timeout(2000) });
    const uri = (await entry.text()).split("\n").find((line) => line !== "" && !line.startsWith("#"));
    if (!entry.ok || uri === undefined) return false;
    const playlist = await fetch(new URL(uri, entry.url), { signal: AbortSignal.timeout(2000) });
    return /#EXT-X-PART:|#EXTINF:/.test(await playlist.text());
  } catch {
    return false;
  }
}

/** A browser whose user presses reload until there is a page. */
async function firstPicture(chromium: Chromium, baseUrl: string, beganMs: number): Promise<number> {
  const watch = await waitFor("the page", 30_000, async () => {
    const page = await fetch(baseUrl, { signal: AbortSignal.timeout(2000) }).then(
      async (answer) => (await answer.body?.cancel(), answer.ok),
      () => false,
    );
    return page && await openPage(`${baseUrl}/`, chromium);
  }, 50);
  try {
    for (;;) {
      if (((await watch.read()).firstFrameMs ?? 0) > 0) return performance.now() - beganMs;
      if (performance.now() - beganMs > 30_000) return Infinity;
      await pause(30);
    }
  } finally {
    await watch.close();
  }
}
