/// <reference lib="dom" />
import { createEdgeGlow } from "./edge_glow.ts";
import { type FilterName, isDrawn } from "./filters.ts";

/** Puts a filter on the picture, this viewer's only. Drawn ones draw each picture as it is shown (requestVideoFrameCallback), over the video. */
export function createPictureFilter(video: HTMLVideoElement, canvas: HTMLCanvasElement): (filter: FilterName) => void {
  let current: FilterName = "none";
  let callback: number | null = null;
  let glow: ReturnType<typeof createEdgeGlow> = null;
  // A canvas has one kind of context for life, so the coarse picture needs a canvas of its own.
  const coarse = document.createElement("canvas").getContext("2d", { alpha: false });

  function draw(): void {
    callback = null;
    if (!isDrawn(current)) return;
    if (video.videoWidth > 0) {
      if (current === "edges") glow?.draw(video);
      else drawCoarse();
      canvas.hidden = false;
    }
    callback = video.requestVideoFrameCallback(draw);
  }

  /** So few pixels that the browser only has to enlarge them, unsmoothed. */
  function drawCoarse(): void {
    if (!coarse) return;
    const width = Math.min(COARSE_WIDTH, video.videoWidth);
    const height = Math.max(1, Math.round(width * video.videoHeight / video.videoWidth));
    if (coarse.canvas.width !== width || coarse.canvas.height !== height) Object.assign(coarse.canvas, { width, height });
    coarse.drawImage(video, 0, 0, width, height);
  }

  return (filter) => {
    current = filter;
    video.dataset["filter"] = filter;
    if (callback !== null) video.cancelVideoFrameCallback(callback);
    callback = null;
    if (filter === "edges") glow ??= createEdgeGlow(canvas);
    coarse?.canvas.remove();
    if (filter === "pixel" && coarse) {
      coarse.canvas.className = "picture effect coarse";
      coarse.canvas.setAttribute("aria-hidden", "true");
      canvas.after(coarse.canvas);
    }
    canvas.hidden = true;
    if (isDrawn(filter) && "requestVideoFrameCallback" in video) draw();
  };
}

const COARSE_WIDTH = 80;
