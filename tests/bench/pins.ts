/// <reference lib="dom" />
import { openPage, openStock, type Watch } from "../browser/watch.ts";
import { barcodeGraph } from "../fixtures/barcode.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import type { BenchOptions } from "./options.ts";
import { witnessPage, type WitnessRecord } from "./pins_witness.ts";
import { atMost, holds, note, quantile, type Row } from "./table.ts";

/** A steady tone, loud enough that only silence is silent. */
const SOURCE = `lavfi:${barcodeGraph()}[out0];sine=frequency=440:sample_rate=48000,volume=4[out1]`;
const HEIGHTS = { hq: 720, mq: 480, lq: 240 } as const;
type Pin = keyof typeof HEIGHTS;
const PINS = Object.keys(HEIGHTS) as Pin[];
const SEGMENT_MS = 1000;
/** The buffer after the start, and the picture after a switch, come to rest. */
const SETTLE_MS = 6000;
const REST_MS = 400;
const PATIENCE_MS = 8000;
const LONGEST_GAP_MS = 30;

/** From the press of HQ, MQ or LQ to the first picture of that size on screen: a stock hls.js and our page, one after the other. */
export async function runPins(options: BenchOptions): Promise<Row[]> {
  await using server = await startTercet({ args: ["--source", SOURCE] });
  await server.settled();
  return [...await runStockPins(options, server), ...await runPagePins(options, server)];
}

/** In a stock hls.js with its default settings: the press is a PATCH of its viewer. */
export function runStockPins(o: BenchOptions, server: Tercet, random: () => number = Math.random): Promise<Row[]> {
  return measure("stock hls.js", o, random, () => openStock(`${server.baseUrl}/live.m3u8`), async (watch, pin) => {
    const address = await viewerAddress(watch, server);
    return await watch.page.evaluate(([address, quality]) => {
      const atMs = performance.now();
      void fetch(address!, { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify({ quality }) });
      return atMs;
    }, [address, pin]);
  });
}

/** In our page: its buttons are pressed with the mouse. */
export function runPagePins(o: BenchOptions, server: Tercet, random: () => number = Math.random): Promise<Row[]> {
  return measure("our page", o, random, () => openPage(`${server.baseUrl}/`), async (watch, pin) => {
    const button = watch.page.getByRole("button", { name: pin.toUpperCase(), exact: true, includeHidden: true });
    const box = await button.boundingBox();
    if (box === null) throw new Error(`Cannot press ${pin.toUpperCase()}: it is not on the page`);
    const { pressesMs } = await readWitness(watch);
    // The first movement brings the controls, the second is on the button.
    await watch.page.mouse.move(100, 100);
    await watch.page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
    return await waitFor("the press", 2000, async () => (await readWitness(watch)).pressesMs[pressesMs.length] ?? null, 5);
  });
}

type Press = (watch: Watch, pin: Pin) => Promise<number>;

/** What one opening of a player showed and sounded. */
interface Opening {
  readonly delaysMs: readonly number[];
  readonly missing: number;
  readonly freezesMs: readonly number[];
  readonly silencesMs: readonly number[];
  readonly heardSeconds: number;
  readonly unheardSeconds: number;
  readonly latencyMs: number | null;
  readonly errors: readonly string[];
  /** What the listener noticed of 200 ms without sound. */
  readonly noticedMs: readonly number[];
}

/** Several openings: a stock player keeps for good the distance from live that its start has given it. */
async function measure(
  player: string,
  { quick }: BenchOptions,
  random: () => number,
  open: () => Promise<Watch>,
  press: Press,
): Promise<Row[]> {
  const [openings, switches] = quick ? [2, 3] : [5, 10];
  const seen: Opening[] = [];
  for (let count = 0; count < openings; count++) seen.push(await measureOpening(await open(), switches, random, press));
  return describe(player, seen);
}

async function measureOpening(watch: Watch, switches: number, random: () => number, press: Press): Promise<Opening> {
  try {
    await waitFor("the first pictures", 20_000, async () => (await watch.read()).frames > 30 || null);
    await watch.page.evaluate(witnessPage);
    await pause(SETTLE_MS);
    const begin = await readWitness(watch);
    const delaysMs: number[] = [];
    for (let count = 0; count < switches; count++) {
      await pause(REST_MS + random() * SEGMENT_MS);
      const shownHeight = (await readWitness(watch)).heights.at(-1)?.height;
      const others = PINS.filter((pin) => HEIGHTS[pin] !== shownHeight);
      const delayMs = await switchTo(watch, others[Math.floor(random() * others.length)]!, press);
      if (delayMs !== null) delaysMs.push(delayMs);
    }
    await pause(SEGMENT_MS);
    const end = await readWitness(watch);
    const { latencyMs, errors } = await watch.read();
    return {
      delaysMs,
      missing: switches - delaysMs.length,
      freezesMs: end.freezes.slice(begin.freezes.length).map(({ forMs }) => forMs),
      silencesMs: end.silences.slice(begin.silences.length).map(({ forMs }) => forMs),
      heardSeconds: end.heardSeconds - begin.heardSeconds,
      unheardSeconds: end.unheardSeconds - begin.unheardSeconds,
      latencyMs: latencyMs?.p50 ?? null,
      errors,
      noticedMs: await muteForAMoment(watch),
    };
  } finally {
    await watch.close();
  }
}

/** Milliseconds from the press to the first picture of that size; null where none came. */
async function switchTo(watch: Watch, pin: Pin, press: Press): Promise<number | null> {
  const pressedAtMs = await press(watch, pin);
  return await waitFor(`a picture of ${HEIGHTS[pin]} lines`, PATIENCE_MS, async () => {
    const first = (await readWitness(watch)).heights.find(({ atMs, height }) => atMs > pressedAtMs && height === HEIGHTS[pin]);
    return first ? first.atMs - pressedAtMs : null;
  }, 50).catch(() => null);
}

/** The gaps that the listener notices when the sound is off for 200 ms: one that hears everything hears nothing. */
async function muteForAMoment(watch: Watch): Promise<number[]> {
  const { silences } = await readWitness(watch);
  await watch.page.evaluate(async () => {
    const video = document.querySelector("video")!;
    video.muted = true;
    await new Promise((done) => setTimeout(done, 200));
    video.muted = false;
  });
  await pause(600);
  return (await readWitness(watch)).silences.slice(silences.length).map(({ forMs }) => forMs);
}

function describe(player: string, seen: readonly Opening[]): Row[] {
  const delaysMs = seen.flatMap((opening) => opening.delaysMs);
  const freezesMs = seen.flatMap((opening) => opening.freezesMs);
  const silencesMs = seen.flatMap((opening) => opening.silencesMs);
  const sum = (count: (opening: Opening) => number) => seen.reduce((total, opening) => total + count(opening), 0);
  const heardSeconds = sum((opening) => opening.heardSeconds);
  const unheardSeconds = sum((opening) => opening.unheardSeconds);
  const noticedMs = seen.map((opening) => Math.max(0, ...opening.noticedMs));
  const latenciesMs = seen.map((opening) => opening.latencyMs ?? Infinity);
  const waitsMs = seen.flatMap((opening) => opening.delaysMs.map((delayMs) => delayMs - (opening.latencyMs ?? 0)));
  const errors = new Set(seen.flatMap((opening) => opening.errors));
  const seconds = (ms: number | null) => ms === null ? null : ms / 1000;
  return [
    atMost(`${player}: from the press to the new picture, p50 of ${delaysMs.length}`, seconds(quantile(delaysMs, 0.5)), "s", 1.6),
    atMost("  p95", seconds(quantile(delaysMs, 0.95)), "s", 2.2),
    note("  shortest", seconds(Math.min(...delaysMs)), "s"),
    note("  longest", seconds(Math.max(...delaysMs)), "s"),
    note("  of it the wait for the next announced segment, p50", seconds(quantile(waitsMs, 0.5)), "s"),
    note("  and glass to glass, p50 of each opening", latenciesMs.join(", "), "ms"),
    atMost("  presses without a new picture", sum((opening) => opening.missing), "", 0),
    atMost("  stalls: pictures more than 200 ms apart", freezesMs.length, "", 0),
    note("  longest of them", Math.max(0, ...freezesMs), "ms"),
    atMost(
      `  gaps of more than ${LONGEST_GAP_MS} ms in ${Math.round(heardSeconds)} s of sound`,
      silencesMs.filter((forMs) => forMs > LONGEST_GAP_MS).length,
      "",
      0,
    ),
    note("  longest silence", Math.max(0, ...silencesMs), "ms"),
    holds("  all of the sound was listened to", heardSeconds > 5 && unheardSeconds < 0.05, `${unheardSeconds.toFixed(2)} s missed`),
    holds(
      "  the listener notices 200 ms of silence",
      noticedMs.every((forMs) => forMs > 120 && forMs < 600),
      noticedMs.map((forMs) => `${Math.round(forMs)} ms`).join(", "),
    ),
    ...errors.size > 0 ? [note("  errors", [...errors].join(", ").slice(0, 120))] : [],
  ];
}

async function readWitness(watch: Watch): Promise<WitnessRecord> {
  return await watch.page.evaluate(() => (globalThis as unknown as { witness: WitnessRecord }).witness);
}

/** Of the viewer in the address that hls.js plays. */
async function viewerAddress(watch: Watch, server: Tercet): Promise<string> {
  const level = await watch.page.evaluate(() => (globalThis as unknown as { hls: { levels: { uri: string }[] } }).hls.levels[0]!.uri);
  const viewer = new URL(level).pathname.match(/\/v\/([^/]+)\//)?.[1];
  if (viewer === undefined) throw new Error(`Cannot find the viewer in ${level}`);
  return `${server.baseUrl}/api/viewers/${viewer}`;
}
