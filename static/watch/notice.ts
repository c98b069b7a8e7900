import { words } from "../shared/words/words.ts";

/** What the line over the picture is about. */
export interface NoticeMoment {
  readonly hasPicture: boolean;
  /** Since the page opened, or since the picture was lost. */
  readonly withoutPictureMs: number;
  readonly isSupported: boolean;
  readonly isOnline: boolean;
  readonly isPutOut: boolean;
  /** The answer to what the viewer has just pressed, where it was no. */
  readonly refusal: string | null;
  /** To be opened elsewhere, in VLC for one. */
  readonly streamAddress: string;
}

const QUIET_MS = 1200;
const HELP_MS = 8000;

/** The line that says why a press was refused, or what is happening and what to do where nothing plays; null while all is well or about to be. */
export function sayNotice(moment: NoticeMoment): string | null {
  if (!moment.isSupported) return words().notice.cannotPlay(moment.streamAddress);
  if (moment.refusal !== null) return moment.refusal;
  if (moment.withoutPictureMs < QUIET_MS) return null;
  if (!moment.isOnline) return words().notice.offline;
  if (moment.isPutOut) return words().notice.putOut;
  if (moment.withoutPictureMs < HELP_MS) return moment.hasPicture ? words().notice.reconnecting : words().notice.waiting;
  return words().notice.stillTrying(moment.streamAddress);
}
