/// <reference lib="dom" />

const EVERY_MS = 500;

/** The picture's own light behind the page: a copy of a few pixels, drawn twice a second, which the canvas' size on screen makes soft. Still where motion is unwanted. */
export function createAmbient(video: HTMLVideoElement, canvas: HTMLCanvasElement): () => void {
  const context = canvas.getContext("2d", { alpha: false });
  const isStill = matchMedia("(prefers-reduced-motion: reduce)");
  let drawnAtMs = -Infinity;
  return () => {
    const nowMs = performance.now();
    if (!context || video.readyState < 2 || document.hidden || nowMs - drawnAtMs < (isStill.matches ? 60_000 : EVERY_MS)) return;
    drawnAtMs = nowMs;
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
  };
}
