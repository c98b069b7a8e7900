/// <reference lib="dom" />
import { readBarcode } from "../fixtures/barcode.ts";

/** What a page has shown so far. Times in ms since `beganMs` of the page's own clock. */
export interface ProbeRecord {
  beganMs: number;
  firstFrameMs: number | null;
  /** [at, latency] */
  samples: [number, number][];
  stalls: number;
  freezes: { atMs: number; forMs: number }[];
  /** Gaps of more than 100 ms between two shown pictures. */
  gapsMs: number[];
  frames: number;
  sizes: { atMs: number; width: number; height: number }[];
  errors: string[];
  lastFrameMs: number | null;
}

/** A script for the page: follows its first video element from the start and writes `window.probe`, a ProbeRecord. */
export function probeScript(): string {
  return `${readBarcode.toString()}\n(${follow.toString()})(readBarcode);`;
}

function follow(read: typeof readBarcode): void {
  const probe: ProbeRecord = {
    beganMs: 0,
    firstFrameMs: null,
    samples: [],
    stalls: 0,
    freezes: [],
    gapsMs: [],
    frames: 0,
    sizes: [],
    errors: [],
    lastFrameMs: null,
  };
  Object.assign(globalThis, { probe });
  const scratch = document.createElement("canvas");
  const sinceMs = () => Math.round(performance.now() - probe.beganMs);
  addEventListener("error", (event) => probe.errors.push(String((event as ErrorEvent).message)));
  addEventListener("unhandledrejection", (event) => probe.errors.push(`unhandled: ${event.reason}`));

  const waiting = setInterval(() => {
    const video = document.querySelector("video");
    if (!video) return;
    clearInterval(waiting);
    video.addEventListener("waiting", () => probe.firstFrameMs !== null && probe.stalls++);
    let size = "";
    const onFrame = (_: number, frame: VideoFrameCallbackMetadata) => {
      const atMs = sinceMs();
      probe.frames++;
      probe.firstFrameMs ??= atMs;
      if (probe.lastFrameMs !== null && atMs - probe.lastFrameMs > 100) probe.gapsMs.push(atMs - probe.lastFrameMs);
      if (probe.lastFrameMs !== null && atMs - probe.lastFrameMs > 300) {
        probe.freezes.push({ atMs: probe.lastFrameMs, forMs: atMs - probe.lastFrameMs });
      }
      probe.lastFrameMs = atMs;
      if (size !== `${frame.width}x${frame.height}`) {
        size = `${frame.width}x${frame.height}`;
        probe.sizes.push({ atMs, width: frame.width, height: frame.height });
      }
      video.requestVideoFrameCallback(onFrame);
    };
    video.requestVideoFrameCallback(onFrame);
    setInterval(() => {
      if (probe.firstFrameMs === null || video.paused) return;
      const latencyMs = read(video, scratch);
      if (latencyMs !== null) probe.samples.push([sinceMs(), latencyMs]);
    }, 250);
  }, 5);
}
