import { Buffer } from "node:buffer";
import { z } from "zod";
import { type Ladder, RENDITION_NAMES } from "../hls/rendition.ts";
import type { ShowAbout } from "../life/show_desk.ts";
import type { Invite } from "../room/invites.ts";
import { FORMAT_VERSION, type Term } from "./entry.ts";

/** What an edge must know of its show. It holds secrets: the engine is for the boxes of one streamer, and nobody else's. */
export interface ShowRecord extends ShowAbout {
  readonly term: Term;
  readonly segmentSeconds: number;
  readonly partSeconds: number;
  readonly rate: number;
  /** As set; playlists, ids and the budget go by it. */
  readonly ladder: Ladder;
  /** As encoded. */
  readonly shownLadder: Ladder;
  readonly isEvenLadder: boolean;
  readonly isPrivate: boolean;
  readonly roomKey: string | null;
  readonly invites: readonly Invite[];
  /** Viewers' ids are signed with it. */
  readonly viewerKey: Uint8Array;
  readonly chat: { readonly slowSeconds: number; readonly links: boolean } | null;
  readonly donations: { readonly currency: string; readonly link: string | null } | null;
  /** What is collected for, and how much has come. */
  readonly goal: { readonly name: string; readonly amount: string; readonly currency: string; readonly given: string } | null;
  /** Who watches, on all boxes together. */
  readonly viewers: number;
  /** The CDN's; null without one. */
  readonly mediaBase: string | null;
  /** Where edges and the CDN have media: pages may fetch from there. */
  readonly mediaHomes: readonly MediaHome[];
}

/** An address under which a folder `media/` is found, and since when pages know of it, in ms since 1970. */
export interface MediaHome {
  readonly url: string;
  readonly sinceMs: number;
}

export type ReadShow =
  | { readonly kind: "show"; readonly show: ShowRecord }
  | { readonly kind: "other_version"; readonly version: number }
  | { readonly kind: "damaged" };

export function writeShow(show: ShowRecord): string {
  const { term, viewerKey, ...rest } = show;
  return JSON.stringify({
    ...rest,
    version: FORMAT_VERSION,
    term: [term.number, term.name],
    viewerKey: Buffer.from(viewerKey).toString("base64url"),
  });
}

/** Never throws. */
export function readShow(text: string): ReadShow {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return { kind: "damaged" };
  }
  const version = z.object({ version: z.int() }).safeParse(found).data?.version;
  if (version !== undefined && version !== FORMAT_VERSION) return { kind: "other_version", version };
  const read = SHOW.safeParse(found).data;
  if (read === undefined) return { kind: "damaged" };
  const { term: [number, name], viewerKey, version: _, ...rest } = read;
  return { kind: "show", show: { ...rest, term: { number, name }, viewerKey: new Uint8Array(Buffer.from(viewerKey, "base64url")) } };
}

/** What playlists, addresses and ids depend on: where it changes, an edge is another edge. */
export function layoutOf({ segmentSeconds, partSeconds, rate, ladder, isEvenLadder, roomKey, viewerKey }: ShowRecord): string {
  return JSON.stringify([segmentSeconds, partSeconds, rate, ladder, isEvenLadder, roomKey, Buffer.from(viewerKey).toString("hex")]);
}

const SIDE = z.int().min(1).max(16_384);
const RENDITION = <Name extends string>(name: Name) =>
  z.strictObject({ name: z.literal(name), width: SIDE, height: SIDE, bitsPerSecond: z.number().positive() });
const [HQ, MQ, LQ] = RENDITION_NAMES;
const LADDER = z.tuple([RENDITION(HQ), RENDITION(MQ), RENDITION(LQ)]);
const TIME = z.number().nullable();
const LIFE = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("waiting"), startsAtMs: TIME, startsByItself: z.boolean() }),
  z.strictObject({ kind: z.literal("on_air") }),
  z.strictObject({ kind: z.literal("paused"), backAtMs: TIME }),
  z.strictObject({ kind: z.literal("ending") }),
  z.strictObject({ kind: z.literal("ended") }),
]);
const GOAL = z.strictObject({ name: z.string().max(1000), amount: z.string(), currency: z.string(), given: z.string() });
const SHOW = z.strictObject({
  version: z.literal(FORMAT_VERSION),
  term: z.tuple([z.int().nonnegative(), z.string().regex(/^[\w-]{1,64}$/)]),
  title: z.string().max(1000),
  description: z.string().max(10_000),
  life: LIFE,
  segmentSeconds: z.number().min(0.1).max(60),
  partSeconds: z.number().min(0.01).max(60),
  rate: z.int().min(1).max(1000),
  ladder: LADDER,
  shownLadder: LADDER,
  isEvenLadder: z.boolean(),
  isPrivate: z.boolean(),
  roomKey: z.string().min(1).max(1000).nullable(),
  invites: z.array(z.strictObject({ id: z.string().regex(/^[0-9a-f]{12}$/), name: z.string(), madeAtMs: z.number(), endsAtMs: z.int() })),
  viewerKey: z.base64url().length(43),
  chat: z.strictObject({ slowSeconds: z.number().min(0), links: z.boolean() }).nullable(),
  donations: z.strictObject({ currency: z.string().regex(/^[A-Z]{3}$/), link: z.url().nullable() }).nullable(),
  goal: GOAL.nullable(),
  viewers: z.int().nonnegative(),
  mediaBase: z.url().max(1000).nullable(),
  mediaHomes: z.array(z.strictObject({ url: z.url().max(1000), sinceMs: z.number() })).max(1000),
});
