/// <reference lib="dom" />
import { createEdgeGlow } from "./edge_glow.ts";
import { type FilterName, isDrawn } from "./filters.ts";

/** Puts a filter on the picture, this viewer's only. Drawn ones draw each picture as it is shown (requestVideoFrameCallback), over the video. */
export function createPictureFilter(video: HTMLVideoElement, canvas: HTMLCanvasElement): (filter: FilterName) => void {
  let current: FilterName = "none";
  let callback: number | null = null;
  let glow: ReturnType<typeof createEdgeGlow> = null;
  // A canvas has one kind of context for life, so what is drawn without WebGL needs canvases of its own.
  const small = createPen(), shown = createPen();

  function draw(): void {
    callback = null;
    if (!isDrawn(current)) return;
    if (video.videoWidth > 0) drawOver(current);
    callback = video.requestVideoFrameCallback(draw);
  }

  /** A picture is made small first, whatever comes then: where a computer draws without a graphics card, more pixels would cost it pictures. */
  function drawOver(filter: FilterName): void {
    if (!small || !shown) return;
    switch (filter) {
      case "edges":
        if (!glow) return;
        paint(small, video, EDGES_WIDTH, "low");
        glow.draw(small.canvas);
        canvas.hidden = false;
        return;
      case "blur":
        paint(small, video, COARSE_WIDTH, "medium");
        return paint(shown, small.canvas, SMOOTH_WIDTH, "high", SOFTENED);
      case "pixel":
        return paint(shown, video, COARSE_WIDTH, "low");
    }
  }

  function paint(
    pen: CanvasRenderingContext2D,
    picture: CanvasImageSource,
    mostWide: number,
    smoothing: ImageSmoothingQuality,
    filter = "none",
  ): void {
    const width = Math.min(mostWide, video.videoWidth);
    const height = Math.max(1, Math.round(width * video.videoHeight / video.videoWidth));
    if (pen.canvas.width !== width || pen.canvas.height !== height) Object.assign(pen.canvas, { width, height });
    Object.assign(pen, { imageSmoothingQuality: smoothing, filter });
    pen.drawImage(picture, 0, 0, width, height);
  }

  return (filter) => {
    current = filter;
    const isDrawing = isDrawn(filter) && "requestVideoFrameCallback" in video;
    video.dataset["filter"] = filter;
    video.classList.toggle("drawn", isDrawing);
    if (callback !== null) video.cancelVideoFrameCallback(callback);
    callback = null;
    if (filter === "edges") glow ??= createEdgeGlow(canvas);
    shown?.canvas.remove();
    if (isDrawing && filter !== "edges" && shown) {
      shown.canvas.className = `picture effect ${filter === "pixel" ? "coarse" : "smooth"}`;
      shown.canvas.setAttribute("aria-hidden", "true");
      canvas.after(shown.canvas);
    }
    canvas.hidden = true;
    if (isDrawing) draw();
  };
}

/** So few that the browser only has to enlarge them. */
const COARSE_WIDTH = 80;
/** Enlarged this far with care, the rest of the way shows no steps. */
const SMOOTH_WIDTH = 320;
/** A browser whose canvas has no filters leaves slanted lines a little stepped. */
const SOFTENED = "blur(3px)";
const EDGES_WIDTH = 480;

function createPen(): CanvasRenderingContext2D | null {
  return document.createElement("canvas").getContext("2d", { alpha: false });
}
