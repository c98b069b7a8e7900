import { barcodeGraph } from "../fixtures/barcode.ts";
import { numbered, readNumber } from "../fixtures/numbered.ts";
import type { TakenPicture, TakenSound } from "./take.ts";
import { TAKEN_RATE } from "./take.ts";

const SIZE = { width: 960, height: 540 };
export const NUMBERED_CANVAS = { width: 480, height: 270 };
export const NUMBERED_LADDER = "480x270@1200k,426x240@500k,320x180@300k";
const TONE_HERTZ = 440;

/**
 * Every picture carries its number, and when it was made as a barcode, by which VLC is watched; a tone of 440 Hz. Made faster than it is shown, so each
 * picture has a tick of its own.
 */
export const NUMBERED_SOURCE =
  `lavfi:${barcodeGraph({ size: `${SIZE.width}x${SIZE.height}`, base: numbered({ ...SIZE, rate: 30 }), isPaced: false })}[out0];` +
  `sine=frequency=${TONE_HERTZ}:sample_rate=48000[out1]`;

/** The number on a canvas of `NUMBERED_CANVAS`; null on the card and the slate. */
export function lookForNumber(luma: Uint8Array): number | null {
  return readNumber(luma, NUMBERED_CANVAS, SIZE)?.number ?? null;
}

/** How a row of numbers departs from each once and in order. */
export interface NumberFaults {
  /** Numbers that were never shown; a picture that was left out is one of them. */
  readonly missing: number;
  /** Shown again, but not in one stretch. */
  readonly backwards: number;
  /** More than one picture of a number. */
  readonly doubled: number;
  /** Without a number: card or slate. */
  readonly none: number;
  readonly longestStandMs: number;
  readonly shown: number;
}

export function judgeNumbers(pictures: readonly TakenPicture<number | null>[]): NumberFaults {
  let missing = 0, backwards = 0, doubled = 0, none = 0, longest = 0;
  let last: number | null = null;
  let since = pictures[0]?.startSeconds ?? 0;
  for (const { seen, startSeconds, endSeconds } of pictures) {
    if (seen === null) none++;
    else if (last !== null && seen === last) doubled++;
    else {
      if (last !== null && seen < last) backwards++;
      else if (last !== null) missing += seen - last - 1;
      last = seen;
      since = startSeconds;
    }
    longest = Math.max(longest, endSeconds - since);
  }
  return { missing, backwards, doubled, none, longestStandMs: longest * 1000, shown: pictures.length };
}

/** Where a tone is not one: jumps in it, as a hole or a doubled frame makes them. Media times, one for each stretch of 50 ms. */
export function findClicks({ startSeconds, samples }: TakenSound): number[] {
  const turn = 2 * Math.cos(2 * Math.PI * TONE_HERTZ / TAKEN_RATE);
  const rests = new Float32Array(samples.length);
  for (let at = 2; at < samples.length; at++) rests[at] = Math.abs(samples[at]! - turn * samples[at - 1]! + samples[at - 2]!);
  // The first frames of a decoder lean on what it has not heard.
  const settled = rests.subarray(2 * 1024);
  const usual = settled.toSorted()[Math.floor(settled.length * 0.999)] ?? 0;
  const clicks: number[] = [];
  for (const [at, rest] of settled.entries()) {
    const seconds = startSeconds + (at + 2 * 1024) / TAKEN_RATE;
    if (rest > LOUDER * usual + LEAST_CLICK && seconds - (clicks.at(-1) ?? -Infinity) > 0.05) clicks.push(seconds);
  }
  return clicks;
}

const LOUDER = 4;
/** Of a full scale of 1: -60 dB. */
const LEAST_CLICK = 1e-3;
