import type { Viewer } from "../media/audience/viewer.ts";

/** Hears how players without an ABR of their own keep up (`driver.ts`). */
export interface PlayerWatch {
  /** A media playlist was answered whose newest closed segment is `msn`. */
  listed(viewer: Viewer, msn: number): void;
  /** A whole segment was asked for. Media addresses name no viewer: told only where one viewer alone can have asked. */
  asked(viewer: Viewer, msn: number): void;
}
