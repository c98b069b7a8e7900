import type { Part, SegmentHead } from "../../../media/hls/segment.ts";
import { createWindow, type Window } from "../../../media/hls/window.ts";
import { createGrid, type Grid } from "../../../media/timeline/grid.ts";

/** A window that is filled by hand, part by part, as the segmenter would, with faults at will and without any media. */
export interface Show {
  readonly grid: Grid;
  readonly window: Window;
  /** Seconds of media published so far. */
  readonly mediaSeconds: number;
  /** Publishes the upcoming part, whole; closes a full segment and announces the next. */
  publishPart(): void;
  publishSegments(count: number): void;
  /**
   * The run dies with so many frames of the upcoming part on the table (0: none): the segment ends early and the next belongs to `run`.
   * `initRuns` are the inits from then on, where they change.
   */
  fault(o: { run: string; frames: number; initRuns?: readonly string[] }): void;
}

export function createShow(
  o: { segmentSeconds?: number; partSeconds?: number; rate?: number; keepSeconds?: number; firstMsn?: number } = {},
): Show {
  const grid = createGrid({ rate: o.rate ?? 30, partSeconds: o.partSeconds ?? 0.2, segmentSeconds: o.segmentSeconds ?? 1 });
  const window = createWindow({ keepSeconds: o.keepSeconds ?? 60, now: () => 0, setTimer: () => () => {} });
  let frames = 0;
  let framesInSegment = 0;
  let run = "r1";
  let initRuns: readonly string[] = ["r1", "r1", "r1"];
  window.announce(head(o.firstMsn ?? 100));

  function head(msn: number): SegmentHead {
    const seconds = frames / grid.rate;
    return { msn, run, initRuns, mediaTimeSeconds: START_SECONDS + seconds, programDateTimeMs: (START_SECONDS + seconds) * 1000 };
  }

  function publish(partFrames: number): void {
    const upcoming = window.upcoming!;
    const part: Part = {
      msn: upcoming.msn,
      part: upcoming.part,
      durationSeconds: partFrames / grid.rate,
      isIndependent: upcoming.part === 0,
      bodies: [BODY, BODY, BODY],
    };
    window.publish(part);
    frames += partFrames;
    framesInSegment += partFrames;
  }

  function startNext(): void {
    const { msn } = window.last()!;
    window.close();
    framesInSegment = 0;
    window.announce(head(msn + 1));
  }

  function publishPart(): void {
    publish(Math.min(grid.framesPerPart, grid.framesPerSegment - framesInSegment));
    if (framesInSegment === grid.framesPerSegment) startNext();
  }

  return {
    grid,
    window,
    get mediaSeconds() {
      return frames / grid.rate;
    },
    publishPart,
    publishSegments(count) {
      for (let left = count; left > 0;) {
        publishPart();
        if (framesInSegment === 0) left -= 1;
      }
    },
    fault(fault) {
      run = fault.run;
      initRuns = fault.initRuns ?? initRuns;
      const partFrames = Math.min(fault.frames, grid.framesPerPart, grid.framesPerSegment - framesInSegment);
      if (partFrames > 0) publish(partFrames);
      if (framesInSegment > 0) startNext();
      else window.announce(head(window.upcoming!.msn));
    },
  };
}

/** 2026-01-01T00:00:00Z */
const START_SECONDS = 1_767_225_600;
const BODY = new Uint8Array(8);
