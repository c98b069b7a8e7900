/// <reference lib="dom" />

/** False where the browser does not allow it. Any other failure means that the source was changed underneath: whoever changed it plays again. */
export async function tryToPlay(video: HTMLVideoElement): Promise<boolean> {
  try {
    await video.play();
    return true;
  } catch (error) {
    return !(error instanceof DOMException && error.name === "NotAllowedError");
  }
}
