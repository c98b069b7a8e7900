/// <reference lib="dom" />
import { sayNotice } from "./notice.ts";
import { showText } from "../shared/controls/show.ts";

/** The line over the picture. */
export interface NoticeLine {
  /** To be called a few times a second, and where the language has changed. */
  show(): void;
  /** Says for 5 s why a press was refused. */
  say(text: string): void;
}

/** So long it is said why a press was refused. */
const REFUSAL_MS = 5000;

/** `lastPictureMs` tells when the picture last moved. Milliseconds of `Date.now`. */
export function createNoticeLine(place: HTMLElement, o: {
  readonly video: HTMLVideoElement;
  readonly isSupported: boolean;
  readonly base: string;
  readonly lastPictureMs: () => number;
  readonly isPutOut: () => boolean;
}): NoticeLine {
  let refusal = { text: "", untilMs: 0 };

  function show(): void {
    const nowMs = Date.now();
    showText(
      place,
      sayNotice({
        hasPicture: o.video.videoWidth > 0,
        withoutPictureMs: nowMs - o.lastPictureMs(),
        isSupported: o.isSupported,
        isOnline: navigator.onLine,
        isPutOut: o.isPutOut(),
        refusal: nowMs < refusal.untilMs ? refusal.text : null,
        streamAddress: new URL("live.m3u8", o.base).href,
      }),
    );
  }

  function say(text: string): void {
    refusal = { text, untilMs: Date.now() + REFUSAL_MS };
    show();
  }

  return { show, say };
}
