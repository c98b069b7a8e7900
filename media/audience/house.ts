import { measureBitRates } from "../hls/bit_rates.ts";
import { type Ladder, RENDITION_NAMES, type RenditionName } from "../hls/rendition.ts";
import type { Segment } from "../hls/segment.ts";
import { createAdmission } from "./admission.ts";
import { type Budget, type Grant, planBudget } from "./budget.ts";
import { mostWished } from "./choose.ts";
import { drive, type Driving, noteAsked, noteListed, startDriving } from "./driver.ts";
import { type Motion, MOTION_AT_START, standStill, takeSample } from "./motion.ts";
import type { MotionSample } from "./motion_samples.ts";
import { createOverheadMeter } from "./overhead.ts";
import { isDriven, type Viewer } from "./viewer.ts";
import type { Circumstances } from "./viewers.ts";

/** What acts on everybody's choices besides their own wishes: the motion in the picture, the uplink, and how driven players keep up. */
export interface House {
  /** What acts on this viewer's choices for the segment that was announced last. */
  circumstances(viewer: Viewer): Circumstances;
  /** A segment is announced: settles what acts on its choices, once for everybody. */
  settle(o: { nowMs: number; segments: readonly Segment[]; present: Iterable<Viewer>; isSlate: boolean }): void;
  /**
   * Whether a viewer that opens may have its first media playlist now, when `upcomingPart` is the next part of the open segment (`admission.ts`). To be asked
   * until it may, and not again: then its playing begins.
   */
  mayBegin(viewer: Viewer, upcomingPart: number): boolean;
  takeMotion(sample: MotionSample): void;
  /** On a box that has the picture from another: the motion as it stands there. */
  followMotion(motion: Pick<Motion, "score" | "isMoving" | "pick">): void;
  /** What the motion picks. */
  readonly motionPick: RenditionName;
  /** A viewer was given a playlist whose newest closed segment is `msn`. */
  listed(viewer: Viewer, msn: number): void;
  /** A viewer asked for a whole segment. */
  asked(viewer: Viewer, msn: number): void;
  readonly motion: { readonly score: number; readonly moving: boolean };
  /** Bits per second. */
  readonly budget: { readonly uplink: number; readonly spendable: number; readonly spent: number };
  /** What one viewer of each rendition costs now, best first: its media and what goes beside them, in bits per second. */
  readonly weights: readonly [hq: number, mq: number, lq: number];
  /** So many bytes were sent beside the media itself: a playlist with its head, the head of a part. */
  sentBeside(bytes: number): void;
}

/** Of the segments at the end of the window, so many tell what the renditions weigh. */
const MEASURED_SEGMENTS = 10;
/** Until it is measured: body and head of a gzipped playlist and the head of a part (2.0 + 2.0 KB a second with 200 ms parts). */
const OVERHEAD_BYTES_PER_PART = 800;
/** What the page and hls.js weigh, which somebody who joins pulls beside the first segment. */
const PAGE_BYTES = 130_000;
/** Of the uplink: what is left when packets have their heads. */
const PAYLOAD_SHARE = 0.9;
/** So long there must be room for all again before the streamer is told, so that a house at the edge does not fill the log. */
const ROOM_AGAIN_MS = 10_000;

export function createHouse(o: {
  ladder: Ladder;
  uplinkBitsPerSecond: number;
  motionThreshold: number;
  segmentSeconds: number;
  partsPerSecond: number;
  isEvenLadder: boolean;
  /** Whether a donation lifts this viewer's cap now. */
  isBoosted?: (viewer: Viewer) => boolean;
  now: () => number;
  /** Takes lines for the streamer: the uplink is too small for all, and no longer. */
  log: (line: string) => void;
}): House {
  const segmentMs = o.segmentSeconds * 1000;
  const driven = new WeakMap<Viewer, Driving>();
  let rates = readRates([], o.ladder);
  let motion: Motion = MOTION_AT_START;
  let motionPick = motion.pick;
  const overhead = createOverheadMeter({ guessBitsPerSecond: OVERHEAD_BYTES_PER_PART * 8 * o.partsPerSecond });
  let budget: Budget = plan([], o.now(), null);
  let settledMs = o.now();
  const admission = createAdmission({ ...o, freeBitsPerSecond: findFree([]), nowMs: settledMs });
  /** Who came since the last plan. */
  let newcomers = new Map<string, Grant>();
  let overfullMs: number | null = null;

  function plan(present: readonly Viewer[], nowMs: number, before: Budget | null): Budget {
    return planBudget({
      nowMs,
      uplinkBitsPerSecond: o.uplinkBitsPerSecond,
      ratesBitsPerSecond: rates,
      overheadBitsPerSecond: overhead.bitsPerSecond,
      joinBits: rates[2] * o.segmentSeconds + PAGE_BYTES * 8,
      watchers: present.map((viewer) => ({
        id: viewer.id,
        wish: mostWished({ mode: viewer.mode, quality: viewer.quality, ladder: o.ladder }),
        sinceMs: viewer.firstSeenMs,
        isDonor: o.isBoosted?.(viewer) ?? false,
      })),
    }, before?.memory ?? null);
  }

  /** Who has no media playlist yet pulls nothing, though the budget has counted it. */
  function findFree(watching: readonly Viewer[]): number {
    const waiting = watching.filter((viewer) => viewer.lastSlot === null || admission.isWaiting(viewer)).length;
    return o.uplinkBitsPerSecond * PAYLOAD_SHARE - budget.spent + waiting * (rates[2] + overhead.bitsPerSecond);
  }

  function grantOf({ id }: Viewer): Grant {
    const known = budget.grants.get(id) ?? newcomers.get(id);
    if (known !== undefined) return known;
    const grant = newcomers.size < budget.newcomerPlaces ? budget.newcomer : LEAST;
    newcomers.set(id, grant);
    return grant;
  }

  function warn(nowMs: number): void {
    if (budget.isOverfull) {
      if (overfullMs === null) o.log(sayOverfull(budget, o.uplinkBitsPerSecond));
      overfullMs = nowMs;
    } else if (overfullMs !== null && nowMs - overfullMs >= ROOM_AGAIN_MS) {
      o.log(`The uplink carries all ${budget.watching} viewers again.`);
      overfullMs = null;
    }
  }

  function drivingOf(viewer: Viewer): Driving {
    return driven.get(viewer) ?? startDriving(o.now());
  }

  return {
    circumstances(viewer) {
      const { cap, boost } = grantOf(viewer);
      return { motionPick, cap, boost, drivenPick: drivingOf(viewer).pick };
    },
    mayBegin(viewer, upcomingPart) {
      const place = RENDITION_NAMES.indexOf(grantOf(viewer).cap);
      const mayBegin = admission.mayBegin(viewer, {
        bitsPerSecond: rates[place]! + overhead.bitsPerSecond,
        upcomingPart,
        nowMs: o.now(),
      });
      // How it kept up when it was last opened tells nothing: the time in between would count as trouble.
      if (mayBegin) driven.delete(viewer);
      return mayBegin;
    },
    settle({ nowMs, segments, present, isSlate }) {
      if (isSlate) motion = standStill(motion, o.segmentSeconds);
      motionPick = motion.pick;
      rates = readRates(segments, o.ladder);
      const viewers = [...present];
      overhead.settle(viewers.length * (nowMs - settledMs) / 1000);
      settledMs = nowMs;
      budget = plan(viewers, nowMs, budget);
      newcomers = new Map();
      admission.settle({ freeBitsPerSecond: findFree(viewers), nowMs });
      warn(nowMs);
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
    followMotion(there) {
      motion = { ...MOTION_AT_START, ...there };
    },
    get motionPick() {
      return motion.pick;
    },
    listed(viewer, msn) {
      if (isDriven(viewer.client)) driven.set(viewer, noteListed(drivingOf(viewer), { msn, atMs: o.now(), segmentMs }));
    },
    asked(viewer, msn) {
      if (isDriven(viewer.client)) driven.set(viewer, noteAsked(drivingOf(viewer), { msn, atMs: o.now() }));
    },
    sentBeside: overhead.note,
    get motion() {
      return { score: Math.round(motion.score), moving: motion.isMoving };
    },
    get budget() {
      return { uplink: o.uplinkBitsPerSecond, spendable: Math.round(budget.spendable), spent: Math.round(budget.spent) };
    },
    get weights() {
      const [hq, mq, lq] = rates, beside = overhead.bitsPerSecond;
      return [hq + beside, mq + beside, lq + beside] as const;
    },
  };
}

const LEAST: Grant = { cap: RENDITION_NAMES.at(-1)!, boost: null };

function sayOverfull({ watching, spent, spendable }: Budget, uplink: number): string {
  const [least, may, all] = [spent, spendable, uplink].map((bits) => (bits / 1e6).toFixed(1));
  return `The uplink is too small: LQ for ${watching} viewers is ${least} Mbit/s, and ${may} of its ${all} may be used. Pictures may stop. ` +
    "--max-viewers keeps some out.";
}

/** What the renditions weigh, as measured; what they are held to, as long as nothing was. */
function readRates(segments: readonly Segment[], ladder: Ladder): [number, number, number] {
  const measured = measureBitRates(segments.slice(-MEASURED_SEGMENTS - 1), RENDITION_NAMES.length);
  const [hq, mq, lq] = ladder.map(({ bitsPerSecond }, place) => measured?.[place]?.average ?? bitsPerSecond);
  return [hq!, mq!, lq!];
}
