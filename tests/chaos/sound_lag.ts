import type { Recording } from "./recorder.ts";

/** For each part, by how much the newest sound ends before the newest picture. */
export function soundLagsMs({ parts }: Recording): number[] {
  let soundEnd: number | null = null;
  return parts.flatMap(({ video, sound }) => {
    if (sound) soundEnd = sound.endTicks / sound.timescale;
    return video && soundEnd !== null ? [(video.endTicks / video.timescale - soundEnd) * 1000] : [];
  });
}
