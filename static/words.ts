import type { Mode, Quality, Reason } from "../media/audience/viewer.ts";
import type { RenditionName } from "../media/hls/rendition.ts";

/** Everything the page's script says. index.html holds the words that stand there before it runs. A second language is a second object of this shape. */
export const WORDS = {
  play: "Play",
  pause: "Pause",
  mute: "Mute",
  unmute: "Unmute",
  fullScreen: "Full screen",
  leaveFullScreen: "Leave full screen",

  quality: "Quality",
  mode: "Mode",
  motion: "Motion",
  qualities: { auto: "Auto", hq: "HQ", mq: "MQ", lq: "LQ" } satisfies Record<Quality, string>,
  modes: { home: "Home", gaming: "Gaming" } satisfies Record<Mode, string>,
  modeHints: { home: "You choose the quality", gaming: "The motion in the picture chooses the quality" } satisfies Record<Mode, string>,
  motionSteps: "MQ from 34, HQ from 67",
  motionChooses: "The motion in the picture chooses",

  lines: (height: number) => `${height}p`,
  shown: (what: string, why: string) => `${what} · ${why}`,
  isComing: (rendition: string) => `${rendition} is coming`,
  reasons: {
    auto: "automatic",
    pinned: "your choice",
    boost: "thanks for your donation",
  } satisfies Record<Exclude<Reason, "motion" | "budget">, string>,
  moves: { hq: "a lot moves", mq: "a little moves", lq: "nothing moves" } satisfies Record<RenditionName, string>,
  uplinkFull: (watching: number) => watching > 1 ? `${watching} watching, uplink full` : "uplink full",

  pressHome: "The motion in the picture chooses. Press Home to choose yourself.",
  unknownViewer: "The server does not know this page any more. Try again in a moment.",
  refused: "The server did not accept that.",
  unreachable: "The server did not answer. Try again in a moment.",

  behindLive: (seconds: string, isMeasured: boolean) => `${isMeasured ? "" : "about "}${seconds} s behind live`,
  cannotPlay: (address: string) => `This browser cannot play the stream. Open ${address} in VLC.`,
  offline: "You are offline. The stream comes back with your network.",
  reconnecting: "Reconnecting…",
  waiting: "Waiting for the stream…",
  stillTrying: (address: string) => `Still trying. If nothing plays, check your network or open ${address} in VLC.`,
} as const;
