import type { Ladder, RenditionName } from "../hls/rendition.ts";
import type { Window } from "../hls/window.ts";
import { type Arrival, createArrivals, type Origin } from "./arrivals.ts";
import { choose } from "./choose.ts";
import { createHistory, extendHistory, hasSwitchedWithin } from "./history.ts";
import {
  type Client,
  FIRST_WISH,
  isDriven,
  packTraits,
  pickSlots,
  type SlotChoice,
  type Traits,
  unpackTraits,
  type Viewer,
  type Wish,
} from "./viewer.ts";
import type { ViewerIds } from "./viewer_ids.ts";
import type { WishStore } from "./wish_store.ts";

/** What acts on a viewer's choice besides its own wish, at the moment when a segment is announced. */
export interface Circumstances {
  readonly motionPick: RenditionName;
  readonly cap: RenditionName;
  readonly boost: RenditionName | null;
  readonly drivenPick: RenditionName;
}

export interface AudienceCount {
  readonly total: number;
  readonly byClient: Partial<Record<Client, number>>;
  readonly byRendition: Partial<Record<RenditionName, number>>;
}

export interface Viewers {
  /** Makes a viewer; null when the house is full: as many as allowed are present, or as many as fit into the table. */
  create(o: { client: Client; wish: Wish; invite?: string | null }): Viewer | null;
  /** The viewer of a player that opens the stable address: a new one, or the one it already has when it asks twice (no browser does) or comes back. */
  arrive(o: Arrival & { client: Client }): Viewer | null;
  /** Whether `arrive` makes no new viewer of who asks from there. */
  isKnown(arrival: Arrival): boolean;
  /** The viewer with this id, while its invite lasts; one that is signed but not known (the server was restarted, or it was silent for long) is taken back. */
  find(id: string): Viewer | null;
  /** The viewer that others know under this public id, as long as its record is kept. */
  findPublic(publicId: string): Viewer | null;
  /** The viewer that alone can be the player which asks from there, of those that came by the stable address; null where several can, or none. */
  findPlayer(origin: Origin): Viewer | null;
  /** Whether there is a place for this viewer: it is present, or fewer than allowed are. */
  hasRoomFor(viewer: Viewer): boolean;
  /** Notes that a viewer asked for a playlist; `slot` is its place in the ladder, null for the multivariant playlist. */
  touch(viewer: Viewer, slot: number | null): void;
  /** Stores what a viewer asks for from now on; it acts from the next announced segment. */
  wish(viewer: Viewer, wish: Wish): void;
  /** A wish that was made on another box: acts here where this viewer has a record, and is stored elsewhere already. */
  follow(viewerId: string, wish: Wish): void;
  /** Decides for all announced segments that this viewer has no choice for yet. */
  decide(viewer: Viewer, window: Window): void;
  /** What acts on its choice now. */
  circumstances(viewer: Viewer): Circumstances;
  /** Those present: who asked for a playlist in the last six target durations. */
  count(): AudienceCount;
  present(): Iterable<Viewer>;
  /**
   * Those of them who have not been silent for three target durations. The others count, but cost nothing: those who stay get their share the sooner. Nor
   * do those cost anything who have been made and do not ask for a media playlist within a target duration.
   */
  active(): Iterable<Viewer>;
  /** Calls `listener` whenever what a viewer wishes or gets has changed. Returns how to stop that. */
  onChange(listener: (viewer: Viewer) => void): () => void;
}

const PRESENT_TARGETS = 6;
const SILENT_TARGETS = 3;
const SWEEP_EVERY_MS = 30_000;
/** Beyond so many records those of the silent are let go after a minute: nobody has as many viewers, and ids stay good without. */
const CROWD = 10_000;
const FORGET_OF_CROWD_AFTER_MS = 60_000;

/** The table of viewers. `now` in ms; records of viewers silent for `forgetAfterMs` are let go (their ids stay good, and so do stored wishes). */
export function createViewers(o: {
  ids: ViewerIds;
  ladder: Ladder;
  targetDurationSeconds: number;
  now: () => number;
  circumstances?: (viewer: Viewer) => Circumstances;
  /** Where wishes outlive the records and the server. */
  wishes?: Pick<WishStore, "find" | "save">;
  /** Whether an invite has ended: then so have its viewers. Left out: there are none. */
  isOver?: (invite: string) => boolean;
  /** How many may be present; null for any number. */
  maxPresent?: number | null;
  /** So many segments a player is left alone after a switch; only a cap that falls is not kept waiting. Default: none. */
  restSegments?: (client: Client) => number;
  forgetAfterMs?: number;
  maxRecords?: number;
}): Viewers {
  const targetMs = o.targetDurationSeconds * 1000;
  const forgetAfterMs = o.forgetAfterMs ?? 3_600_000;
  const maxRecords = o.maxRecords ?? 100_000;
  const maxPresent = o.maxPresent ?? Infinity;
  const restSegments = o.restSegments ?? (() => 0);
  const circumstances = o.circumstances ?? (() => CALM);
  const isOver = o.isOver ?? (() => false);
  const records = new Map<string, Viewer>();
  const byPublicId = new Map<string, Viewer>();
  const arrivals = createArrivals();
  const listeners = new Set<(viewer: Viewer) => void>();
  let sweptAtMs = o.now();

  function add(
    id: string,
    { traits, wish, firstSeenMs, invite }: { traits: Traits; wish: Wish; firstSeenMs: number; invite: string | null },
  ): Viewer | null {
    sweep();
    if (records.size >= maxRecords) return null;
    const viewer: Viewer = {
      ...traits,
      ...wish,
      id,
      publicId: o.ids.publicOf(id),
      invite,
      firstSeenMs,
      lastSeenMs: o.now(),
      lastSlot: null,
      choices: [],
      cap: null,
      history: createHistory(o.ladder.length),
    };
    records.set(id, viewer);
    byPublicId.set(viewer.publicId, viewer);
    return viewer;
  }

  function sweep(): void {
    const nowMs = o.now();
    const isFull = records.size >= maxRecords;
    if (nowMs - sweptAtMs < (isFull ? targetMs : SWEEP_EVERY_MS)) return;
    sweptAtMs = nowMs;
    const limitMs = isFull
      ? PRESENT_TARGETS * targetMs
      : records.size > CROWD
      ? Math.min(forgetAfterMs, FORGET_OF_CROWD_AFTER_MS)
      : forgetAfterMs;
    for (const viewer of records.values()) {
      if (nowMs - viewer.lastSeenMs > limitMs) forget(viewer);
    }
  }

  function forget(viewer: Viewer): void {
    records.delete(viewer.id);
    byPublicId.delete(viewer.publicId);
    arrivals.forget(viewer);
  }

  function create({ client, wish, invite = null }: { client: Client; wish: Wish; invite?: string | null }): Viewer | null {
    if (isFull()) return null;
    const traits = { client, slots: pickSlots(client, wish, o.ladder) };
    const nowMs = o.now();
    const viewer = add(o.ids.make(packTraits(traits), nowMs, invite), { traits, wish, firstSeenMs: nowMs, invite });
    if (viewer !== null && !isSame(wish, FIRST_WISH)) o.wishes?.save(viewer.id, wish);
    return viewer;
  }

  /** Counting costs a walk, so it is not done where there is no limit. */
  function isFull(): boolean {
    if (maxPresent === Infinity) return false;
    let free = maxPresent;
    for (const _ of present()) free--;
    return free <= 0;
  }

  function* present(): Iterable<Viewer> {
    for (const viewer of records.values()) if (isPresent(viewer)) yield viewer;
  }

  function isPresent(viewer: Viewer): boolean {
    return viewer.lastSeenMs >= o.now() - PRESENT_TARGETS * targetMs;
  }

  /** Who was last seen by then, and not since, has been silent. */
  function silentSinceMs(): number {
    return o.now() - SILENT_TARGETS * targetMs;
  }

  function changed(viewer: Viewer): void {
    for (const listener of listeners) listener(viewer);
  }

  /** Chooses for all slots by what acts now; returns the places in the ladder. */
  function chooseNow(viewer: Viewer): readonly number[] {
    const now = circumstances(viewer);
    const before = viewer.choices;
    const capBefore = viewer.cap;
    viewer.choices = chooseForSlots(viewer, now, o.ladder).map((choice, slot) => mustRest(viewer, slot, choice) ? before[slot]! : choice);
    viewer.cap = now.cap;
    if (viewer.cap !== capBefore || viewer.choices.some((choice, slot) => !isSameChoice(choice, before[slot]))) changed(viewer);
    return viewer.choices.map(({ rendition }) => o.ladder.findIndex(({ name }) => name === rendition));
  }

  function mustRest(viewer: Viewer, slot: number, choice: SlotChoice): boolean {
    const before = viewer.choices[slot];
    if (before === undefined || before.rendition === choice.rendition || choice.reason === "budget") return false;
    return hasSwitchedWithin(viewer.history, slot, restSegments(viewer.client));
  }

  return {
    create,
    isKnown: (arrival) => arrivals.find(arrival, silentSinceMs()) !== null,
    arrive({ client, wish, origin, invite = null }) {
      const known = arrivals.find({ origin, wish, invite }, silentSinceMs());
      if (known !== null) {
        // It opens anew: mpv asks twice here, too.
        known.lastSlot = null;
        return known;
      }
      const viewer = create({ client, wish, invite });
      if (viewer !== null) arrivals.note(viewer, { origin, wish, invite });
      return viewer;
    },
    find(id) {
      const known = records.get(id);
      if (known !== undefined) return known.invite !== null && isOver(known.invite) ? null : known;
      const signed = o.ids.read(id);
      if (signed === null || (signed.invite !== null && isOver(signed.invite))) return null;
      // Who was away, or outlived a server, has been watching since its id was made.
      const { madeAtMs: firstSeenMs, invite } = signed;
      return add(id, { traits: unpackTraits(signed.traits), wish: o.wishes?.find(id) ?? FIRST_WISH, firstSeenMs, invite });
    },
    findPublic: (publicId) => byPublicId.get(publicId) ?? null,
    findPlayer(origin) {
      const present = [...arrivals.at(origin)].filter(isPresent);
      return present.length === 1 ? present[0]! : null;
    },
    hasRoomFor: (viewer) => maxPresent === Infinity || isPresent(viewer) || !isFull(),
    touch(viewer, slot) {
      viewer.lastSeenMs = o.now();
      if (slot === null || slot === viewer.lastSlot) return;
      viewer.lastSlot = slot;
      changed(viewer);
    },
    wish(viewer, wish) {
      if (isSame(viewer, wish)) return;
      viewer.mode = wish.mode;
      viewer.quality = wish.quality;
      o.wishes?.save(viewer.id, wish);
      changed(viewer);
    },
    follow(viewerId, { mode, quality }) {
      const viewer = records.get(viewerId);
      if (viewer === undefined || isSame(viewer, { mode, quality })) return;
      viewer.mode = mode;
      viewer.quality = quality;
      changed(viewer);
    },
    decide(viewer, window) {
      const lastMsn = window.upcoming?.msn ?? window.last()?.msn;
      if (lastMsn === undefined) return;
      // A newcomer has a minute of segments to decide for, all by what acts at this moment.
      let places: readonly number[] | null = null;
      extendHistory(viewer.history, window.segments[0]?.msn ?? lastMsn, lastMsn, () => places ??= chooseNow(viewer));
    },
    circumstances,
    count() {
      const byClient: Partial<Record<Client, number>> = {};
      const byRendition: Partial<Record<RenditionName, number>> = {};
      let total = 0;
      for (const viewer of present()) {
        total++;
        byClient[viewer.client] = (byClient[viewer.client] ?? 0) + 1;
        const shown = viewer.lastSlot === null ? undefined : viewer.choices[viewer.lastSlot]?.rendition;
        if (shown !== undefined) byRendition[shown] = (byRendition[shown] ?? 0) + 1;
      }
      return { total, byClient, byRendition };
    },
    present,
    *active() {
      const limitMs = silentSinceMs();
      const madeSinceMs = o.now() - targetMs;
      for (const viewer of present()) {
        if (viewer.lastSeenMs > limitMs && (viewer.lastSlot !== null || viewer.firstSeenMs >= madeSinceMs)) yield viewer;
      }
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** A house with room for all, in which nobody looks at the motion. */
const CALM: Circumstances = { motionPick: "mq", cap: "hq", boost: null, drivenPick: "mq" };

function chooseForSlots(viewer: Viewer, now: Circumstances, ladder: Ladder): readonly SlotChoice[] {
  const drivenPick = isDriven(viewer.client) ? now.drivenPick : null;
  return ladder.map(({ name }) => choose({ ...now, mode: viewer.mode, quality: viewer.quality, slot: name, drivenPick, ladder }));
}

function isSame(a: Wish, b: Wish): boolean {
  return a.mode === b.mode && a.quality === b.quality;
}

function isSameChoice(a: SlotChoice, b: SlotChoice | undefined): boolean {
  return a.rendition === b?.rendition && a.reason === b.reason;
}
