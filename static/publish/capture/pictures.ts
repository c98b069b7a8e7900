/// <reference lib="dom" />
import { createMediaClock, pageClockUs } from "./media_clock.ts";

/** Chromium's way to a track's pictures, which goes on in a hidden tab. Not in TypeScript's library yet. */
interface TrackProcessor {
  readonly readable: ReadableStream<VideoFrame>;
}
declare const MediaStreamTrackProcessor: undefined | (new (o: { track: MediaStreamTrack }) => TrackProcessor);

/**
 * Hands over each picture of a track, with its time on the page's clock in microseconds; whoever gets it closes it. `preview` shows the track: where a
 * browser has no other way the pictures are taken from there. Returns the way to stop.
 */
export function readPictures(track: MediaStreamTrack, preview: HTMLVideoElement, onPicture: (picture: VideoFrame) => void): () => void {
  const clock = createMediaClock();
  function hand(source: VideoFrame | HTMLVideoElement, mediaUs: number): void {
    clock.hear(mediaUs, pageClockUs());
    onPicture(new VideoFrame(source, { timestamp: Math.round(clock.at(mediaUs)) }));
  }
  return typeof MediaStreamTrackProcessor === "undefined"
    ? readPreview(preview, hand)
    : readTrack(new MediaStreamTrackProcessor({ track }), hand);
}

function readTrack({ readable }: TrackProcessor, hand: (picture: VideoFrame, mediaUs: number) => void): () => void {
  const reader = readable.getReader();
  void (async () => {
    for (;;) {
      const { value } = await reader.read();
      if (value === undefined) return;
      hand(value, value.timestamp);
      value.close();
    }
  })().catch(() => {}); // the track has ended
  return () => void reader.cancel().catch(() => {});
}

/** In a hidden tab nothing is shown, and these callbacks stay away; older browsers have none. Timers of a page that has a camera open go on. */
const LOOK_EVERY_MS = 30;

function readPreview(preview: HTMLVideoElement, hand: (picture: HTMLVideoElement, mediaUs: number) => void): () => void {
  let isOver = false;
  let lastUs = -1;
  function take(seconds: number): void {
    const mediaUs = Math.round(seconds * 1e6);
    if (mediaUs === lastUs || preview.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    lastUs = mediaUs;
    hand(preview, mediaUs);
  }
  function look(_: number, { mediaTime }: { mediaTime: number }): void {
    if (isOver) return;
    take(mediaTime);
    preview.requestVideoFrameCallback(look);
  }
  const tells = "requestVideoFrameCallback" in preview;
  if (tells) preview.requestVideoFrameCallback(look);
  const looking = setInterval(() => (document.hidden || !tells) && take(preview.currentTime), LOOK_EVERY_MS);
  return () => {
    isOver = true;
    clearInterval(looking);
  };
}
