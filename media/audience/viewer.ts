import { APPLE_PLAIN_DIALECT, BROWSER_DIALECT, type Dialect, PLAIN_DIALECT, VLC_DIALECT } from "../hls/playlist.ts";
import type { RenditionName } from "../hls/rendition.ts";
import type { History } from "./history.ts";

export const MODES = ["home", "gaming"] as const;
export type Mode = typeof MODES[number];

export const QUALITIES = ["auto", "hq", "mq", "lq"] as const;
export type Quality = typeof QUALITIES[number];

/** What kind of player asks. The order stands in viewer ids: add at the end only (32 fit). */
export const CLIENTS = ["other", "hls.js", "native", "apple", "vlc", "mpv", "ffmpeg"] as const;
export type Client = typeof CLIENTS[number];

/** What a viewer asks for. */
export interface Wish {
  readonly mode: Mode;
  readonly quality: Quality;
}

export function isWish(value: { readonly mode: unknown; readonly quality: unknown }): value is Wish {
  return MODES.some((mode) => mode === value.mode) && QUALITIES.some((quality) => quality === value.quality);
}

/** What those have who never asked for anything. */
export const FIRST_WISH: Wish = { mode: "home", quality: "auto" };

export const REASONS = ["pinned", "auto", "motion", "budget", "boost"] as const;
export type Reason = typeof REASONS[number];

/** What one viewer gets in one slot of one segment, and why: what `choose` returns. Here, so that `choose.ts` need not be looked back at. */
export interface SlotChoice {
  readonly rendition: RenditionName;
  readonly reason: Reason;
}

/** What is fixed when a viewer is made, and stands in its id. */
export interface Traits {
  readonly client: Client;
  /** The variants of its multivariant playlist, as places in the ladder. */
  readonly slots: readonly number[];
}

/** One player that watches. */
export interface Viewer extends Traits {
  /** Its key: only the viewer itself may see it. */
  readonly id: string;
  /** What everybody may see of it (`public_id.ts`). */
  readonly publicId: string;
  /** The invite that it came by; null for who needed none. */
  readonly invite: string | null;
  readonly firstSeenMs: number;
  mode: Mode;
  quality: Quality;
  /** Its last request for a playlist. */
  lastSeenMs: number;
  /** The slot of its last media playlist; null until it asked for one. */
  lastSlot: number | null;
  /** The newest choice for each place in the ladder. */
  choices: readonly SlotChoice[];
  /** The best rendition that the budget allowed it when it got its newest choice; null before. */
  cap: RenditionName | null;
  readonly history: History;
}

/** Players without an ABR worth the name: they get one variant, and the server picks. */
const DRIVEN: readonly Client[] = ["vlc", "mpv", "ffmpeg"];
const MIDDLE = 1;

export function isDriven(client: Client): boolean {
  return DRIVEN.includes(client);
}

/** Low-latency players that stay as far behind live as they began; our page, which alone says that it is hls.js, steers itself. */
export function keepsDistance(client: Client): boolean {
  return client === "other";
}

/** VLC's picture stands for about a second where the size changes (llhls-rules.md, section 2, point 3): so long it is left alone after each switch. */
export function restSecondsOf(client: Client, isEvenLadder: boolean): number {
  return client === "vlc" && !isEvenLadder ? 10 : 0;
}

/** The player behind a User-Agent (llhls-rules.md, section 2, points 2 and 4), unless the page said itself what it plays with. */
export function recognizeClient(userAgent: string, player: "hls.js" | "native" | null): Client {
  if (player === "hls.js") return "hls.js";
  if (/AppleCoreMedia\//.test(userAgent)) return "apple";
  if (/Safari\//.test(userAgent) && !/Chrome\//.test(userAgent)) return "apple";
  if (player === "native") return "native";
  if (/VLC\//.test(userAgent)) return "vlc";
  if (/mpv/.test(userAgent)) return "mpv";
  if (/^Lavf\//.test(userAgent)) return "ffmpeg";
  return "other";
}

/** How playlists are written for a player. Apple's would take parts over HTTP/2 only (rule 60). */
export function dialectOf(client: Client): Dialect {
  return DIALECTS[client];
}

/**
 * A viewer that begins with a fixed picture, or that the server drives, gets one variant; the others get all of them, and pick by themselves. The cap of
 * the moment does not count here: players read this list once, so who came to a full house would keep the worst picture after the others
 * have left. A cap acts in the slots instead, and is lifted there.
 */
export function pickSlots(
  client: Client,
  wish: Wish,
  ladder: readonly { readonly name: RenditionName }[],
): readonly number[] {
  if (wish.mode === "home" && wish.quality !== "auto") {
    return [Math.max(0, ladder.findIndex((rendition) => rendition.name === wish.quality))];
  }
  if (wish.mode === "gaming" || isDriven(client)) return [MIDDLE];
  return ladder.map((_, place) => place);
}

/** Traits as one byte: the client in the low five bits, in the upper three one bit a slot. */
export function packTraits(traits: Traits): number {
  return CLIENTS.indexOf(traits.client) | traits.slots.reduce((bits, slot) => bits | (32 << slot), 0);
}

export function unpackTraits(byte: number): Traits {
  return { client: CLIENTS[byte & 31] ?? "other", slots: [0, 1, 2].filter((slot) => byte & (32 << slot)) };
}

const DIALECTS: Readonly<Record<Client, Dialect>> = {
  "other": BROWSER_DIALECT,
  "hls.js": BROWSER_DIALECT,
  "native": PLAIN_DIALECT,
  "apple": APPLE_PLAIN_DIALECT,
  "vlc": VLC_DIALECT,
  "mpv": PLAIN_DIALECT,
  "ffmpeg": PLAIN_DIALECT,
};
