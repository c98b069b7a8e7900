/** How much of the picture changed since the sample before, as the run's motion output tells it ten times a second. */
export interface MotionSample {
  /** The samples' own time. */
  readonly timeSeconds: number;
  /** 0 to 1. */
  readonly changedShare: number;
}

export interface MotionReader {
  /** The samples that these bytes complete. What is not a sample is passed over: bytes may be cut anywhere, or missing. */
  push(chunk: Uint8Array): MotionSample[];
}

/** Samples a second, as the encoder's filter takes them: its times count them. */
export const MOTION_SAMPLES_PER_SECOND = 10;

/**
 * Reads what ffmpeg's `metadata=print` writes: a line with the time, then one with the mean of a mask of 0 and 255. Its `pts_time` has six digits, which is a
 * second after a day; `pts` is exact.
 */
export function createMotionReader(): MotionReader {
  const decoder = new TextDecoder();
  let rest = "";
  let timeSeconds: number | null = null;

  function readLine(line: string): MotionSample | null {
    const time = TIME_LINE.exec(line);
    if (time !== null) timeSeconds = Number(time[1]) / MOTION_SAMPLES_PER_SECOND;
    const mean = MEAN_LINE.exec(line);
    if (time !== null || mean === null || timeSeconds === null) return null;
    const sample = { timeSeconds, changedShare: Number(mean[1]) / 255 };
    timeSeconds = null;
    return sample.changedShare <= 1 ? sample : null;
  }

  return {
    push(chunk) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!;
      if (rest.length > LONGEST_LINE) rest = "";
      return lines.map(readLine).filter((sample) => sample !== null);
    },
  };
}

const NUMBER = String.raw`(\d+(?:\.\d+)?(?:e-?\d+)?)`;
const TIME_LINE = /^frame:\d+ +pts:(\d+) +pts_time:\S+\s*$/;
const MEAN_LINE = new RegExp(`^lavfi\\.signalstats\\.YAVG=${NUMBER}\\s*$`);
const LONGEST_LINE = 1000;
