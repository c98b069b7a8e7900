import { hasChromium } from "../browser/chromium.ts";
import { findClicks, judgeNumbers, lookForNumber, NUMBERED_CANVAS, NUMBERED_LADDER, NUMBERED_SOURCE } from "../chaos/numbered_show.ts";
import { startTake } from "../chaos/take.ts";
import { type Encoding, torture } from "../chaos/torture.ts";
import { longestFreezeMs, openWitnesses } from "../chaos/witnesses.ts";
import { pause } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, note, type Row } from "./table.ts";

/** A freeze that begins this soon belongs to VLC's own start. */
const VLC_START_MS = 5000;

interface Torment {
  readonly name: string;
  readonly whose: Encoding;
  readonly signal: "SIGKILL" | "SIGSTOP";
  readonly times: number;
  readonly gapBarMs: number;
  readonly freezeBarMs: number;
}

/** The encoders killed and stopped at random moments, before a stock hls.js, VLC and mpv, with numbered pictures and a tone. */
export async function runKills({ quick }: BenchOptions): Promise<Row[]> {
  const many = quick ? 3 : 20, few = quick ? 1 : 3;
  const torments: Torment[] = [
    { name: "the picture's encoder killed", whose: "pictures", signal: "SIGKILL", times: many, gapBarMs: 500, freezeBarMs: 0 },
    { name: "the picture's encoder stopped", whose: "pictures", signal: "SIGSTOP", times: few, gapBarMs: 1000, freezeBarMs: 500 },
    { name: "the sound's encoder killed", whose: "sound", signal: "SIGKILL", times: many, gapBarMs: 500, freezeBarMs: 0 },
    { name: "the sound's encoder stopped", whose: "sound", signal: "SIGSTOP", times: few, gapBarMs: 1000, freezeBarMs: 500 },
  ];
  const rows: Row[] = [];
  for (const torment of torments) rows.push(...await measure(torment));
  return rows;
}

async function measure(torment: Torment): Promise<Row[]> {
  const { whose, signal, times } = torment;
  await using server = await startTercet({ args: ["--source", NUMBERED_SOURCE, "--ladder", NUMBERED_LADDER] });
  await server.settled();
  const browsers = hasChromium() ? ["stock" as const] : [];
  await using witnesses = await openWitnesses(server, [...browsers, "vlc", "mpv"]);
  await witnesses.settle(5000);
  await using taking = await startTake(`${server.baseUrl}/live.m3u8`, { canvas: NUMBERED_CANVAS, look: lookForNumber });
  await pause(3000);
  const leftOutBefore = await server.metric("tercet_pictures_left_out");
  for (let hit = 0; hit < times; hit++) {
    await pause(1500 + Math.random() * 1500);
    await torture(server, whose, signal);
  }
  await pause(3000);
  const leftOut = await server.metric("tercet_pictures_left_out") - leftOutBefore;
  const take = await taking.end();
  const testimony = await witnesses.testify();
  const { stock, vlc, mpv } = testimony;
  const { recording } = take;
  const faults = judgeNumbers(take.pictures);
  const clicks = findClicks(take.sound);
  const inOrder = faults.backwards + faults.doubled + faults.none === 0 && faults.missing <= leftOut;
  const said = `${faults.shown} pictures, ${faults.missing} missing (${leftOut} left out, the machine being busy), ` +
    `${faults.doubled} doubled, ${faults.backwards} back, ${faults.none} without a number`;
  const isKill = signal === "SIGKILL";
  return [
    isKill
      ? holds(`${torment.name} ${times} times: every picture once and in order`, inOrder, said)
      : note(`${torment.name} ${times} times: pictures`, said),
    atMost("  longest wait for a part", recording.longestGap.forMs, "ms", torment.gapBarMs),
    atMost("  changes of MAP", recording.mapChanges, "", 0),
    holds(
      "  no hole, no overlap",
      recording.faults.length + recording.jumps.length === 0,
      recording.faults.slice(0, 2).join("; ") || "none",
    ),
    whose === "pictures"
      ? atMost("  clicks in a tone of 440 Hz", clicks.length, "", 0)
      : note("  clicks in a tone of 440 Hz", clicks.length),
    note("  a picture stood at most", faults.longestStandMs, "ms"),
    ...stock
      ? [
        atMost("  hls.js: longest freeze (over 0.3 s)", longestFreezeMs(testimony, stock), "ms", torment.freezeBarMs),
        note("    stalls", stock.stalls),
        holds(
          "    no fatal error",
          !stock.errors.some((error) => error.includes("FATAL")),
          stock.errors.join(", ").slice(0, 120) || "none",
        ),
      ]
      : [note("  hls.js", "no Chromium here")],
    holds(
      "  VLC plays on",
      vlc?.exited === null && (vlc.lastPictureAgoMs ?? Infinity) < 2000,
      `last picture ${vlc?.lastPictureAgoMs} ms before the end`,
    ),
    note(
      "    freezes over 0.5 s",
      vlc?.freezes.filter(({ atMs }) => atMs > VLC_START_MS).map(({ forMs }) => forMs).join(", ") || "none",
      "ms",
    ),
    holds("  mpv plays on", mpv?.exited === null && (mpv.lastPictureAgoMs ?? Infinity) < 2000, `longest gap ${mpv?.longestGapMs} ms`),
  ];
}
