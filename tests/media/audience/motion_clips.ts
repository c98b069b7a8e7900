import type { MotionSample } from "../../../media/audience/motion_samples.ts";

/** Seconds from, seconds to. */
export type Stretch = readonly [fromSeconds: number, toSeconds: number];

/** A clip of real footage, labelled by eye from sheets of its pictures, 100 ms apart. What is in neither list is neither (somebody at a table gestures). */
export interface Clip {
  /** The fixture: what our motion filter prints, as changed share in percent, one row a second. */
  readonly name: string;
  readonly moving: readonly Stretch[];
  readonly still: readonly Stretch[];
}

/** An empty room; somebody comes to the table, stands there, and leaves. */
const WALKERS: Pick<Clip, "moving" | "still"> = {
  moving: [
    [5.9, 8.4],
    [17.8, 19.9],
    [22.6, 25.7],
    [42.9, 45],
    [50.1, 52.6],
    [67.5, 70],
    [74.4, 76.9],
    [84.5, 87],
    [92, 94.5],
    [117.7, 120.1],
    [123.4, 126],
    [133.7, 136.1],
  ],
  still: [
    [0, 5.8],
    [9, 17.6],
    [20.4, 22.5],
    [26, 42.7],
    [45.3, 50],
    [53, 58.5],
    [70.4, 74.3],
    [77.6, 84.3],
    [87.5, 91.9],
    [95.5, 117.4],
    [120.7, 123.3],
    [128.5, 133.5],
    [136.8, 139.3],
  ],
};

export const ROOM: Clip = { name: "still-room-with-walkers", ...WALKERS };

/** The same as a camera with 5 pictures a second gives it, the first 56 s. */
export const SLOW_ROOM: Clip = {
  name: "still-room-at-5-fps",
  moving: WALKERS.moving.filter(([, to]) => to < 54),
  still: WALKERS.still.filter(([, to]) => to < 54),
};

/** One person before a webcam, arms down at first, then signing a word. */
export const GESTURES: readonly Clip[] = [
  { name: "webcam-gesture-book", moving: [[0.05, 0.75], [3, 3.6]], still: [] },
  { name: "webcam-gesture-sister", moving: [[0.4, 1.55], [2.15, 2.9]], still: [[0, 0.35], [1.6, 2.1]] },
  { name: "webcam-gesture-walk", moving: [[0, 2.9]], still: [] },
];

/** The samples of a clip, ten a second. Each tells of the tenth of a second before its time. */
export async function loadSamples(clip: Clip): Promise<MotionSample[]> {
  const text = await Deno.readTextFile(new URL(`../../fixtures/motion/${clip.name}.txt`, import.meta.url));
  return text.trim().split(/\s+/).map((share, index) => ({ timeSeconds: (index + 1) / 10, changedShare: Number(share) / 100 }));
}
