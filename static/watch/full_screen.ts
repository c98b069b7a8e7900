/// <reference lib="dom" />

/** Safari on iPhone knows full screen for the video alone, under a name of its own. */
type AppleVideo = HTMLVideoElement & { webkitEnterFullscreen?: () => void };

/** Turns full screen on or off. The whole stage goes, so that the controls stay ours. */
export async function toggleFullScreen(stage: HTMLElement, video: HTMLVideoElement): Promise<void> {
  if (document.fullscreenElement) return await document.exitFullscreen();
  if (stage.requestFullscreen) return await stage.requestFullscreen({ navigationUI: "hide" }).catch(() => {});
  (video as AppleVideo).webkitEnterFullscreen?.();
}
