/// <reference lib="dom" />

/** Keeps the last picture on screen while a fresh player is attached, which would otherwise show black. */
export function createHeldPicture(video: HTMLVideoElement, canvas: HTMLCanvasElement): { hold(): void; release(): void } {
  function hold(): void {
    if (!canvas.hidden || video.videoWidth === 0) return;
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d")?.drawImage(video, 0, 0);
    canvas.hidden = false;
  }

  function release(): void {
    if (!canvas.hidden) canvas.hidden = true;
  }

  return { hold, release };
}
