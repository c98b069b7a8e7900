import { startTake, type Take, type TakenPicture } from "../chaos/take.ts";
import type { Recording } from "../chaos/recorder.ts";
import { pause } from "../fixtures/condition.ts";
import { startCutProxy } from "../fixtures/cut_proxy.ts";
import { LIVE_SIZE, startLiveTs } from "../fixtures/live_ts.ts";
import { type HoldingProxy, startHoldingProxy } from "./holding_proxy.ts";
import { startBurstingHls } from "../fixtures/bursting_hls.ts";
import { readNumber } from "../fixtures/numbered.ts";
import { residentBytesOf } from "../fixtures/proc.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, median, note, type Row } from "./table.ts";

const CANVAS = { width: 480, height: 270 };
const LADDER = "480x270@1200k,426x240@500k,320x180@300k";
/** A source that is silent is held so long, then the card stands. */
const HELD_MS = 2000;
const TOLERANCE_MS = 300;
const BACK_WITHIN_MS = 500;
const CALM_MS = 6000;

interface Absence {
  readonly name: string;
  readonly seconds: number;
  leave(live: Live): void;
  /** performance.now() of when its first picture can be had again; null where that is when its next stream begins. */
  comeBack(live: Live): number | null;
}

interface Live {
  readonly source: ReturnType<typeof startLiveTs>;
  /** Loses what is sent meanwhile, and the connection with it. */
  readonly dead: ReturnType<typeof startCutProxy>;
  /** Delivers it late. */
  readonly holding: HoldingProxy;
}

/** A live source that goes away in every way, and one that comes in bursts. */
export async function runAway({ quick }: BenchOptions): Promise<Row[]> {
  const cuts = (quick ? [1, 5] : [0.3, 1, 5, 60]).map((seconds): Absence => ({
    name: `cut off for ${seconds} s`,
    seconds,
    leave: ({ holding }) => holding.hold(),
    comeBack: ({ holding }) => (holding.release(), performance.now()),
  }));
  const others = (quick ? [] : [6]).flatMap((seconds): Absence[] => [
    {
      name: `stopped for ${seconds} s`,
      seconds,
      leave: ({ source }) => source.stop(),
      comeBack: ({ source }) => (source.goOn(), performance.now()),
    },
    {
      name: `killed, back after ${seconds} s`,
      seconds,
      leave: ({ source, dead }) => (dead.cut("refuse"), source.kill()),
      comeBack: ({ source, dead }) => (source.start(), dead.mend(), null),
    },
    {
      name: `its network dead for ${seconds} s`,
      seconds,
      leave: ({ dead }) => dead.cut("silence"),
      comeBack: ({ dead }) => (dead.mend(), null),
    },
  ]);
  const rows: Row[] = [];
  for (const absence of [...cuts, ...others]) rows.push(...await measureAbsence(absence));
  return [...rows, ...await measureBursts(quick ? 25 : 60)];
}

export async function measureAbsence(absence: Absence): Promise<Row[]> {
  const { name, seconds } = absence;
  await using source = startLiveTs();
  const dead = startCutProxy(source.port);
  const holding = startHoldingProxy(dead.port);
  try {
    const live = { source, dead, holding };
    await using server = await startTercet({ args: ["--source", `http://127.0.0.1:${holding.port}/live.ts`, "--ladder", LADDER] });
    await server.settled();
    await using taking = await startTake(`${server.baseUrl}/live.m3u8`, {
      canvas: CANVAS,
      look: (luma) => readNumber(luma, CANVAS, LIVE_SIZE)?.number ?? null,
    });
    await pause(CALM_MS);
    const memory = watchMemory(server);
    const linesBefore = server.output().split("\n").length;
    const leftAtMs = performance.now();
    const begunAtMs = source.begunAtMs() ?? NaN;
    absence.leave(live);
    await pause(seconds * 1000);
    const backAtMs = absence.comeBack(live);
    await pause(CALM_MS + (backAtMs === null ? 12_000 : 0));
    const grownMb = memory.stop();
    const take = await taking.end();
    const wasMadeAfterMs = latenciesMs(take, begunAtMs, leftAtMs);
    const canBeHadAtMs = backAtMs ?? source.begunAtMs() ?? Infinity;
    const spans = listSpans(take.pictures, take.recording);
    const cards = spans.filter(({ isCard, toMs }) => isCard && toMs > leftAtMs);
    const backAt = spans.findLast(({ isCard }) => !isCard)?.fromMs ?? null;
    const lines = server.output().split("\n").slice(linesBefore - 1).filter((line) => line.includes("Source "));
    const mayBeHeld = seconds * 1000 < HELD_MS;
    const firstAfter = take.pictures.find((picture, at) =>
      atMsOf(take.recording, picture) > canBeHadAtMs - 50 && picture.seen !== null && take.pictures[at - 1]?.seen !== picture.seen
    );
    const backAfterMs = mayBeHeld
      ? (firstAfter ? atMsOf(take.recording, firstAfter) - canBeHadAtMs : null)
      : backAt === null
      ? null
      : backAt - canBeHadAtMs;
    return [
      mayBeHeld ? holds(`${name}: held, never the card`, cards.length === 0, cards.length === 0 ? "yes" : `${cards.length} times`) : holds(
        `${name}: held, then the card after 2 s`,
        cards.length === 1 && Math.abs(heldForMs(take, cards[0]!) - HELD_MS) < TOLERANCE_MS,
        cards.map((card) =>
          `held for ${Math.round(heldForMs(take, card))} ms, card from ${Math.round(card.fromMs - leftAtMs)} to ${
            Math.round(card.toMs - leftAtMs)
          } ms`
        ).join("; ") || "no card",
      ),
      atMost("  a new picture after it can be had", backAfterMs, "ms", BACK_WITHIN_MS),
      holds("  one line each way", lines.length === (mayBeHeld ? 0 : 2), lines.join(" / ").slice(0, 500) || "none"),
      atMost("  memory grown at most", grownMb, "MB", 60),
      holds(
        "  no hole, no overlap",
        take.recording.faults.length + take.recording.jumps.length === 0,
        take.recording.faults.slice(0, 2).join("; ") || "none",
      ),
      note("  before it, its pictures were shown after, median", wasMadeAfterMs, "ms"),
      note("  longest wait for a part", take.recording.longestGap.forMs, "ms"),
    ];
  } finally {
    holding.close();
    dead.close();
  }
}

/** HLS as a source: a segment of six seconds at a time. */
async function measureBursts(seconds: number): Promise<Row[]> {
  await using hls = await startBurstingHls(6);
  await using server = await startTercet({ args: ["--source", hls.url, "--ladder", LADDER], readyWithinMs: 40_000 });
  await server.settled();
  await pause(15_000);
  await using taking = await startTake(`${server.baseUrl}/live.m3u8`, {
    canvas: CANVAS,
    look: (luma) => readNumber(luma, CANVAS, LIVE_SIZE)?.number ?? null,
  });
  const memory = watchMemory(server);
  await pause(seconds * 1000);
  const grownMb = memory.stop();
  const leftOut = await server.metric("tercet_pictures_left_out");
  const { pictures } = await taking.end();
  const cards = pictures.filter(({ seen }) => seen === null).length;
  const shown = pictures.flatMap(({ seen }, at) => seen !== null && seen !== pictures[at - 1]?.seen ? [seen] : []);
  const leaps = shown.filter((number, at) => at > 0 && number !== shown[at - 1]! + 1).length;
  let longest = 0, since = pictures[0]?.startSeconds ?? 0;
  for (const [at, { seen, startSeconds, endSeconds }] of pictures.entries()) {
    if (seen !== pictures[at - 1]?.seen) since = startSeconds;
    longest = Math.max(longest, endSeconds - since);
  }
  return [
    atMost(`bursts of 6 s, ${seconds} s: pictures of the card`, cards, "", 0),
    atMost("  a picture stands at most", longest * 1000, "ms", 150),
    note("  not followed by the next", `${leaps} of ${shown.length} (${leftOut} left out)`),
    atMost("  memory grown at most", grownMb, "MB", 60),
    note(
      "  it said",
      server.output().split("\n").filter((line) => line.includes("Source ")).slice(-3).join(" / ").slice(0, 200) || "nothing",
    ),
  ];
}

function watchMemory(server: Tercet): { stop(): number } {
  const before = residentBytesOf(server.pid) ?? NaN;
  let most = before;
  const timer = setInterval(() => most = Math.max(most, residentBytesOf(server.pid) ?? 0), 200);
  return {
    stop() {
      clearInterval(timer);
      return (most - before) / 1e6;
    },
  };
}

type Taken = Take<number | null>;

interface Span {
  readonly isCard: boolean;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Stretches with and without the source, in performance.now() of when they were made. */
function listSpans(pictures: readonly TakenPicture<number | null>[], recording: Recording): Span[] {
  const spans: { isCard: boolean; fromMs: number; toMs: number }[] = [];
  for (const picture of pictures) {
    const isCard = picture.seen === null;
    const fromMs = atMsOf(recording, picture);
    const toMs = fromMs + (picture.endSeconds - picture.startSeconds) * 1000;
    const last = spans.at(-1);
    if (last?.isCard === isCard) last.toMs = toMs;
    else spans.push({ isCard, fromMs, toMs });
  }
  return spans;
}

/** How long the picture stood that was shown last before the card. */
function heldForMs({ pictures, recording }: Taken, { fromMs }: Span): number {
  const last = pictures.findLast((picture, at) =>
    picture.seen !== null && picture.seen !== pictures[at - 1]?.seen && atMsOf(recording, picture) < fromMs
  );
  return last ? fromMs - atMsOf(recording, last) : NaN;
}

/** How long after they were made pictures stand on the canvas: from the moment the stream began, they come in real time. */
function latenciesMs({ pictures, recording }: Taken, begunAtMs: number, untilMs: number): number | null {
  return median(pictures.flatMap((picture) => {
    const atMs = atMsOf(recording, picture);
    return picture.seen === null || atMs > untilMs ? [] : [atMs - begunAtMs - picture.seen / 30 * 1000];
  }));
}

/** PROGRAM-DATE-TIME and performance.now() are of the same machine. */
function atMsOf({ parts }: Recording, { startSeconds }: TakenPicture<unknown>): number {
  const part = parts.findLast(({ video, part }) =>
    part === 0 && video !== null && video.startTicks / video.timescale <= startSeconds + 1e-6
  );
  if (!part?.video || part.segmentDateMs === null) return NaN;
  return part.segmentDateMs - performance.timeOrigin + (startSeconds - part.video.startTicks / part.video.timescale) * 1000;
}
