/// <reference lib="dom" />

export function offersPictureInPicture(video: HTMLVideoElement): boolean {
  return document.pictureInPictureEnabled && typeof video.requestPictureInPicture === "function";
}

export function isPictureInPicture(video: HTMLVideoElement): boolean {
  return document.pictureInPictureElement === video;
}

/** Moves the picture to a small window of its own, or back. A browser that refuses leaves it where it is. */
export async function togglePictureInPicture(video: HTMLVideoElement): Promise<void> {
  try {
    if (isPictureInPicture(video)) await document.exitPictureInPicture();
    else await video.requestPictureInPicture();
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
