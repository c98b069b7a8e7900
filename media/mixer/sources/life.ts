import type { IntakeWish } from "../../intake/intake_arguments.ts";
import type { PicturePool, RawPicture } from "../../intake/raw_picture.ts";
import type { Way } from "../../intake/plan.ts";
import type { Found } from "../../intake/streams.ts";
import type { ShowClock } from "../../timeline/clock.ts";
import type { MixInput } from "../mixer.ts";

/** A source while it is open in one way: what it delivers, until it ends. */
export interface Life extends Omit<MixInput, "shape"> {
  /** Its first picture (or sound, where that is all there is) has been decoded. */
  readonly isReady: boolean;
  /** It is ready, and what stands or is heard is not so old that the source counts as away. */
  isThere(showMs: number): boolean;
  /** As `pictureAt`, for who only looks: what waits for its first showing goes on waiting. */
  peekAt(showMs: number): RawPicture | null;
  /** Called with each tick also while it is not shown, so that what is live stays so. */
  advance(showMs: number): void;
  readonly pids: readonly number[];
  /** Never rejects. */
  readonly ended: Promise<LifeEnd>;
  stop(): Promise<void>;
}

/** A picture of a source that delivers nothing stands for so long, then the source is away. */
export const HELD_FOR_MS = 2000;

export interface LifeEnd {
  /** One line for a person. */
  readonly reason: string;
  /** It came to its own end, whole. */
  readonly isWhole: boolean;
  /** Pictures or sound. */
  readonly hasDelivered: boolean;
  readonly aliveMs: number;
}

/** What a look has opened. */
export interface Opened {
  readonly way: Way;
  readonly found: Found;
}

/** What every life is begun with. */
export interface LifeParts {
  readonly canvas: IntakeWish["canvas"];
  readonly pool: PicturePool;
  /** Pictures a second of the show. */
  readonly rate: number;
  /** For the sockets. */
  readonly folder: string;
  readonly ffmpegMajor: number;
  readonly hasZscale: boolean;
  readonly clock: Pick<ShowClock, "nowMs">;
  /** Takes lines for the streamer, the source's name not in them. */
  readonly note: (text: string) => void;
}
