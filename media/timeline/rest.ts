import type { Grid } from "./grid.ts";

/** Tells the readers of a run's outputs when they need not look for more. Each promise resolves when it is time to. */
export interface Rest {
  /** So many bytes of a rendition were read, its newest picture among them; null where no picture ended in them. */
  afterPicture(rendition: number, bytes: number, picture: number | null): Promise<void>;
  /** Sound or motion was read: they rest while the pictures do. */
  afterOther(): Promise<void>;
}

/**
 * A part is published whole, so nothing is gained by reading its first pictures before its last is due. The readers rest until then, and the event
 * loop wakes far less often (see `cost` in tests/bench). They do not rest while the run is not shown, nor in a rendition of which a part of the
 * last segment was so heavy that ffmpeg might have to wait.
 */
export function createRest(o: {
  readonly grid: Grid;
  readonly renditions: number;
  /** What the system keeps of an output until it is read. */
  readonly keptBytes: number;
  /** From now until that picture of the run is due, in milliseconds; null where nobody knows. */
  readonly untilDueMs: (picture: number) => number | null;
  readonly sleep?: (ms: number) => Promise<void>;
}): Rest {
  const { grid, sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms)) } = o;
  const frameMs = 1000 / grid.rate;
  const scales = Array.from({ length: o.renditions }, () => createScale(Math.ceil(grid.framesPerSegment / grid.framesPerPart)));
  let resting: { readonly until: number; readonly over: Promise<void> } | null = null;

  /** The renditions come to the end of a part one after the other, and rest together. */
  function restUntil(picture: number): Promise<void> | undefined {
    if (resting?.until === picture) return resting.over;
    const untilDueMs = o.untilDueMs(picture) ?? 0;
    const restMs = Math.min(untilDueMs, LONGEST_REST_MS) - EARLY_FRAMES * frameMs;
    if (restMs < frameMs) return;
    const over = sleep(restMs).then(() => {
      resting = null;
    });
    resting = { until: picture, over };
    return over;
  }

  return {
    async afterPicture(rendition, bytes, picture) {
      const scale = scales[rendition]!;
      scale.add(bytes);
      if (picture === null || lastOfPart(grid, picture) !== picture) return;
      scale.endPart();
      if (scale.heaviestBytes() <= o.keptBytes) await restUntil(lastOfPart(grid, picture + 1));
    },
    async afterOther() {
      await resting?.over;
    },
  };
}

/** Awake a little before the last picture is due: now and then one is early. */
const EARLY_FRAMES = 0.5;
/** Well under what the timeline takes for silence. */
const LONGEST_REST_MS = 200;

/** The last picture of the part in which this one stands. Both count from a segment's first. */
function lastOfPart(grid: Grid, picture: number): number {
  const place = picture % grid.framesPerSegment;
  const partEnd = (Math.floor(place / grid.framesPerPart) + 1) * grid.framesPerPart;
  return picture - place + Math.min(partEnd, grid.framesPerSegment) - 1;
}

/** Weighs the parts of a segment; infinitely heavy until the first segment is complete. */
function createScale(partsPerSegment: number) {
  const weights: number[] = Array(partsPerSegment).fill(Infinity);
  let parts = 0;
  let gathered = 0;
  return {
    add: (bytes: number) => void (gathered += bytes),
    endPart() {
      weights[parts++ % partsPerSegment] = gathered;
      gathered = 0;
    },
    heaviestBytes: () => Math.max(...weights),
  };
}
