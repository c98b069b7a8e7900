import { hasChromium, openChromium } from "../browser/chromium.ts";
import { pause } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { playInMpv } from "../players/mpv.ts";
import { PROGRAMS } from "../players/programs.ts";
import { openWebPlayer } from "../players/web_players.ts";
import type { BenchOptions } from "./options.ts";
import { holds, note, type Row } from "./table.ts";

/** What a player may need until it has its first picture, and may still hold at the end. */
const START_SECONDS = 8;
/** Of a source that is 30 a second. */
const LEAST_PICTURES_PER_SECOND = 27;

/** Players that nobody tuned anything for play half a minute, one after the other. */
export async function runOtherPlayers({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 15 : 30;
  const wanted = (seconds - START_SECONDS) * LEAST_PICTURES_PER_SECOND;
  await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER] });
  await server.settled();
  await pause(10_000);
  const url = `${server.baseUrl}/live.m3u8`;
  const rows: Row[] = [];
  const judge = (name: string, o: { pictures: number; firstPictureMs: number | null; failure: string | null }) => {
    const plays = o.failure === null && o.pictures >= wanted;
    rows.push(
      holds(`${name} plays ${seconds} s`, plays, o.failure ?? `${o.pictures} pictures`),
      note("  first picture, or first bytes", o.firstPictureMs, "ms"),
    );
  };

  for (const [name, play] of Object.entries(PROGRAMS)) {
    try {
      const { exitedWith, lastWords, ...played } = await play(url, seconds);
      judge(name, { ...played, failure: exitedWith === null ? null : `ended with ${exitedWith}: ${lastWords}` });
    } catch (problem) {
      judge(name, {
        pictures: 0,
        firstPictureMs: null,
        failure: problem instanceof Error ? problem.message.slice(0, 160) : String(problem),
      });
    }
  }
  const mpv = await playInMpv(url, seconds);
  judge("mpv", { ...mpv, failure: mpv.exited ? `ended with ${mpv.exited.code}` : null });

  if (!hasChromium()) return [...rows, holds("video.js and Shaka play", false, "no Chromium here")];
  const chromium = await openChromium();
  try {
    for (const player of ["video.js", "shaka-player"] as const) {
      const watch = await openWebPlayer(player, url, chromium);
      await pause(seconds * 1000);
      const seen = await watch.read();
      await watch.close();
      const fatal = seen.errors.find((error) => error.includes("FATAL"));
      judge(player, { pictures: seen.decodedFrames, firstPictureMs: seen.firstFrameMs, failure: fatal ?? null });
      rows.push(note("  stalls, latency p50", `${seen.stalls}, ${seen.latencyMs?.p50 ?? "-"} ms`));
      if (seen.errors.length > 0) rows.push(note("  it said", seen.errors.join(", ").slice(0, 120)));
    }
  } finally {
    await chromium.close();
  }
  return rows;
}
