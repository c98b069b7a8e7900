import { measureBitRates } from "../hls/bit_rates.ts";
import { type Ladder, RENDITION_NAMES } from "../hls/rendition.ts";
import type { Segment } from "../hls/segment.ts";
import { type Budget, planBudget } from "./budget.ts";
import { mostWished } from "./choose.ts";
import { drive, type Driving, noteAsked, noteListed, startDriving } from "./driver.ts";
import { type Motion, MOTION_AT_START, standStill, takeSample } from "./motion.ts";
import type { MotionSample } from "./motion_samples.ts";
import { isDriven, type Viewer } from "./viewer.ts";
import type { Circumstances } from "./viewers.ts";

/** What acts on everybody's choices besides their own wishes: the motion in the picture, the uplink, and how driven players keep up. */
export interface House {
  /** What acts on this viewer's choices for the segment that was announced last. */
  circumstances(viewer: Viewer): Circumstances;
  /** A segment is announced: settles what acts on its choices, once for everybody. */
  settle(o: { nowMs: number; segments: readonly Segment[]; present: Iterable<Viewer>; isSlate: boolean }): void;
  takeMotion(sample: MotionSample): void;
  /** A viewer was given a playlist whose newest closed segment is `msn`. */
  listed(viewer: Viewer, msn: number): void;
  /** A viewer asked for a whole segment. */
  asked(viewer: Viewer, msn: number): void;
  readonly motion: { readonly score: number; readonly moving: boolean };
  /** Bits per second. */
  readonly budget: { readonly uplink: number; readonly spendable: number; readonly spent: number };
  /** Even LQ for all is more than the uplink carries. */
  readonly isOverfull: boolean;
}

/** Of the segments at the end of the window, so many tell what the renditions weigh. */
const MEASURED_SEGMENTS = 10;
/** Body and headers of a gzipped playlist and the headers of a part, as measured (2.0 + 2.0 KB a second with 200 ms parts). */
const OVERHEAD_BYTES_PER_PART = 800;
/** What the page and hls.js weigh, which somebody who joins pulls beside the first segment. */
const PAGE_BYTES = 130_000;

export function createHouse(o: {
  ladder: Ladder;
  uplinkBitsPerSecond: number;
  motionThreshold: number;
  segmentSeconds: number;
  partsPerSecond: number;
  isEvenLadder: boolean;
  now: () => number;
}): House {
  const segmentMs = o.segmentSeconds * 1000;
  const driven = new WeakMap<Viewer, Driving>();
  let rates = readRates([], o.ladder);
  let motion: Motion = MOTION_AT_START;
  let motionPick = motion.pick;
  let budget: Budget = plan([], o.now(), null);

  function plan(present: readonly Viewer[], nowMs: number, before: Budget | null): Budget {
    return planBudget({
      nowMs,
      uplinkBitsPerSecond: o.uplinkBitsPerSecond,
      ratesBitsPerSecond: rates,
      overheadBitsPerSecond: OVERHEAD_BYTES_PER_PART * 8 * o.partsPerSecond,
      joinBits: rates[2] * o.segmentSeconds + PAGE_BYTES * 8,
      watchers: present.map((viewer) => ({
        id: viewer.id,
        wish: mostWished({ mode: viewer.mode, quality: viewer.quality, ladder: o.ladder }),
        sinceMs: viewer.firstSeenMs,
        isDonor: false,
      })),
    }, before?.memory ?? null);
  }

  function drivingOf(viewer: Viewer): Driving {
    return driven.get(viewer) ?? startDriving(o.now());
  }

  return {
    circumstances(viewer) {
      const { cap, boost } = budget.grants.get(viewer.id) ?? budget.newcomer;
      return { motionPick, cap, boost, drivenPick: drivingOf(viewer).pick };
    },
    settle({ nowMs, segments, present, isSlate }) {
      if (isSlate) motion = standStill(motion, o.segmentSeconds);
      motionPick = motion.pick;
      rates = readRates(segments, o.ladder);
      const viewers = [...present];
      budget = plan(viewers, nowMs, budget);
      for (const viewer of viewers) {
        if (!isDriven(viewer.client)) continue;
        // VLC stands for up to a second where the size changes (llhls-rules.md, section 2).
        const mayRaise = o.isEvenLadder || viewer.client !== "vlc";
        driven.set(
          viewer,
          drive(drivingOf(viewer), { nowMs, segmentMs, ratesBitsPerSecond: rates, isEvenLadder: o.isEvenLadder, mayRaise }),
        );
      }
    },
    takeMotion(sample) {
      motion = takeSample(motion, sample, o.motionThreshold);
    },
    listed(viewer, msn) {
      if (isDriven(viewer.client)) driven.set(viewer, noteListed(drivingOf(viewer), { msn, atMs: o.now(), segmentMs }));
    },
    asked(viewer, msn) {
      if (isDriven(viewer.client)) driven.set(viewer, noteAsked(drivingOf(viewer), { msn, atMs: o.now() }));
    },
    get motion() {
      return { score: Math.round(motion.score), moving: motion.isMoving };
    },
    get budget() {
      return { uplink: o.uplinkBitsPerSecond, spendable: Math.round(budget.spendable), spent: Math.round(budget.spent) };
    },
    get isOverfull() {
      return budget.isOverfull;
    },
  };
}

/** What the renditions weigh, as measured; what they are held to, as long as nothing was. */
function readRates(segments: readonly Segment[], ladder: Ladder): [number, number, number] {
  const measured = measureBitRates(segments.slice(-MEASURED_SEGMENTS - 1), RENDITION_NAMES.length);
  const [hq, mq, lq] = ladder.map(({ bitsPerSecond }, place) => measured?.[place]?.average ?? bitsPerSecond);
  return [hq!, mq!, lq!];
}
