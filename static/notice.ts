/** What the line over the picture is about. */
export interface NoticeMoment {
  readonly hasPicture: boolean;
  /** Since the page opened, or since the picture was lost. */
  readonly withoutPictureMs: number;
  readonly isSupported: boolean;
  readonly isOnline: boolean;
  /** To be opened elsewhere, in VLC for one. */
  readonly streamAddress: string;
}

const QUIET_MS = 1200;
const HELP_MS = 8000;

/** The line that says what is happening and what to do where nothing plays; null while all is well or about to be. */
export function sayNotice(moment: NoticeMoment): string | null {
  if (!moment.isSupported) return `This browser cannot play the stream. Open ${moment.streamAddress} in VLC.`;
  if (moment.withoutPictureMs < QUIET_MS) return null;
  if (!moment.isOnline) return "You are offline. The stream comes back with your network.";
  if (moment.withoutPictureMs < HELP_MS) return moment.hasPicture ? "Reconnecting…" : "Waiting for the stream…";
  return `Still trying. If nothing plays, check your network or open ${moment.streamAddress} in VLC.`;
}
