/// <reference lib="dom" />

/** Safari's own names for it (AirPlay). */
type AppleVideo = HTMLVideoElement & { webkitShowPlaybackTargetPicker?: () => void; webkitCurrentPlaybackTargetIsWireless?: boolean };

export interface RemotePlayback {
  /** Lets the viewer choose a television or a loudspeaker. */
  choose(): void;
}

/**
 * The picture on another device: a Chromecast, an AirPlay television. What hls.js feeds cannot be handed on, so an element of its own holds the show's
 * address and is what the other device plays; the page's picture pauses meanwhile. `onAvailable` hears whether there is a device. Null where the browser
 * cannot do it.
 */
export function createRemotePlayback(o: {
  readonly make: () => HTMLVideoElement;
  /** As other devices reach it. */
  readonly address: string;
  readonly onAvailable: (isAvailable: boolean) => void;
  readonly onAway: () => void;
  readonly onBack: () => void;
}): RemotePlayback | null {
  const video: AppleVideo = o.make();
  const { remote } = video as { remote?: HTMLVideoElement["remote"] };
  if (!video.webkitShowPlaybackTargetPicker && typeof remote?.watchAvailability !== "function") return null;
  video.preload = "none";
  video.src = o.address;

  function go(isAway: boolean): void {
    if (isAway) void video.play().catch(() => {});
    else video.pause();
    if (isAway) o.onAway();
    else o.onBack();
  }

  if (video.webkitShowPlaybackTargetPicker) {
    video.addEventListener("webkitplaybacktargetavailabilitychanged", (event) => {
      o.onAvailable((event as Event & { availability?: string }).availability === "available");
    });
    video.addEventListener("webkitcurrentplaybacktargetiswirelesschanged", () => go(video.webkitCurrentPlaybackTargetIsWireless === true));
    return { choose: () => video.webkitShowPlaybackTargetPicker?.() };
  }
  if (remote === undefined) return null;
  // A browser that cannot watch in the background says so by a refusal: then a press finds out.
  remote.watchAvailability(o.onAvailable).catch(() => o.onAvailable(true));
  remote.addEventListener("connect", () => go(true));
  remote.addEventListener("disconnect", () => go(false));
  return { choose: () => void remote.prompt().catch(() => {}) };
}
