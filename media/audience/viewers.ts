import type { Ladder, RenditionName } from "../hls/rendition.ts";
import type { Window } from "../hls/window.ts";
import { type Choice, choose } from "./choose.ts";
import { createHistory, type Decision, extendHistory } from "./history.ts";
import { type Client, isDriven, packTraits, pickSlots, type Traits, unpackTraits, type Viewer, type Wish } from "./viewer.ts";
import type { ViewerIds } from "./viewer_ids.ts";

/** What acts on a viewer's choice besides its own wish, at the moment when a segment is announced. */
export interface Circumstances {
  readonly motionPick: RenditionName;
  readonly cap: RenditionName;
  readonly boost: RenditionName | null;
  readonly drivenPick: RenditionName;
}

/** Where `/live.m3u8` was asked from. */
export interface Origin {
  readonly address: string;
  readonly userAgent: string;
}

export interface AudienceCount {
  readonly total: number;
  readonly byClient: Partial<Record<Client, number>>;
  readonly byRendition: Partial<Record<RenditionName, number>>;
}

export interface Viewers {
  /** Makes a viewer; null when the table is full of viewers that are present. */
  create(o: { client: Client; wish: Wish }): Viewer | null;
  /** The viewer of a player that opens the stable address: a new one, or the one it already has when it asks twice or comes back. */
  arrive(o: { client: Client; wish: Wish; origin: Origin }): Viewer | null;
  /** The viewer with this id; one that is signed but not known (the server was restarted, or it was silent for long) is taken back. */
  find(id: string): Viewer | null;
  /** Notes that a viewer asked for a playlist; `slot` is its place in the ladder, null for the multivariant playlist. */
  touch(viewer: Viewer, slot: number | null): void;
  /** Stores what a viewer asks for from now on; it acts from the next announced segment. */
  wish(viewer: Viewer, wish: Wish): void;
  /** Decides for all announced segments that this viewer has no choice for yet. */
  decide(viewer: Viewer, window: Window): void;
  /** What acts on its choice now. */
  circumstances(viewer: Viewer): Circumstances;
  /** Those present: who asked for a playlist in the last six target durations. */
  count(): AudienceCount;
}

const PRESENT_TARGETS = 6;
const SILENT_TARGETS = 3;
const SWEEP_EVERY_MS = 30_000;

/** The table of viewers. `now` in ms; records of viewers silent for `forgetAfterMs` are let go (their ids stay good). */
export function createViewers(o: {
  ids: ViewerIds;
  ladder: Ladder;
  targetDurationSeconds: number;
  now: () => number;
  circumstances?: (viewer: Viewer) => Circumstances;
  forgetAfterMs?: number;
  maxRecords?: number;
}): Viewers {
  const targetMs = o.targetDurationSeconds * 1000;
  const forgetAfterMs = o.forgetAfterMs ?? 3_600_000;
  const maxRecords = o.maxRecords ?? 100_000;
  const circumstances = o.circumstances ?? (() => CALM);
  const records = new Map<string, Viewer>();
  const byOrigin = new Map<string, Viewer[]>();
  const origins = new WeakMap<Viewer, string>();
  let sweptAtMs = o.now();

  function add(id: string, traits: Traits, wish: Wish): Viewer | null {
    sweep();
    if (records.size >= maxRecords) return null;
    const nowMs = o.now();
    const history = createHistory(o.ladder.length);
    const viewer: Viewer = { ...traits, ...wish, id, firstSeenMs: nowMs, lastSeenMs: nowMs, lastSlot: null, choices: [], history };
    records.set(id, viewer);
    return viewer;
  }

  function sweep(): void {
    const nowMs = o.now();
    const isFull = records.size >= maxRecords;
    if (!isFull && nowMs - sweptAtMs < SWEEP_EVERY_MS) return;
    sweptAtMs = nowMs;
    const limitMs = isFull ? PRESENT_TARGETS * targetMs : forgetAfterMs;
    for (const viewer of records.values()) {
      if (nowMs - viewer.lastSeenMs > limitMs) forget(viewer);
    }
  }

  function forget(viewer: Viewer): void {
    records.delete(viewer.id);
    const origin = origins.get(viewer);
    if (origin === undefined) return;
    const others = byOrigin.get(origin)?.filter((other) => other !== viewer) ?? [];
    if (others.length > 0) byOrigin.set(origin, others);
    else byOrigin.delete(origin);
  }

  function create({ client, wish }: { client: Client; wish: Wish }): Viewer | null {
    const traits = { client, slots: pickSlots(client, wish, o.ladder) };
    return add(o.ids.make(packTraits(traits)), traits, wish);
  }

  return {
    create,
    arrive({ client, wish, origin }) {
      const key = JSON.stringify([origin.address, origin.userAgent, wish.mode, wish.quality]);
      const silentSinceMs = o.now() - SILENT_TARGETS * targetMs;
      const known = byOrigin.get(key)?.findLast((viewer) => viewer.lastSlot === null || viewer.lastSeenMs <= silentSinceMs);
      if (known !== undefined) {
        // It opens anew: mpv asks twice here, too.
        known.lastSlot = null;
        return known;
      }
      const viewer = create({ client, wish });
      if (viewer === null) return null;
      byOrigin.set(key, [...byOrigin.get(key) ?? [], viewer]);
      origins.set(viewer, key);
      return viewer;
    },
    find(id) {
      const known = records.get(id);
      if (known !== undefined) return known;
      const signed = o.ids.read(id);
      return signed && add(id, unpackTraits(signed.traits), { mode: "home", quality: "auto" });
    },
    touch(viewer, slot) {
      viewer.lastSeenMs = o.now();
      if (slot !== null) viewer.lastSlot = slot;
    },
    wish(viewer, { mode, quality }) {
      viewer.mode = mode;
      viewer.quality = quality;
    },
    decide(viewer, window) {
      const lastMsn = window.upcoming?.msn ?? window.last()?.msn;
      if (lastMsn === undefined) return;
      extendHistory(viewer.history, window.segments[0]?.msn ?? lastMsn, lastMsn, (msn) => {
        viewer.choices = chooseForSlots(viewer, circumstances(viewer), o.ladder);
        return viewer.choices.map((choice) => toDecision(choice, msn, window, o.ladder));
      });
    },
    circumstances,
    count() {
      const sinceMs = o.now() - PRESENT_TARGETS * targetMs;
      const byClient: Partial<Record<Client, number>> = {};
      const byRendition: Partial<Record<RenditionName, number>> = {};
      let total = 0;
      for (const viewer of records.values()) {
        if (viewer.lastSeenMs < sinceMs) continue;
        total++;
        byClient[viewer.client] = (byClient[viewer.client] ?? 0) + 1;
        const shown = viewer.lastSlot === null ? undefined : viewer.choices[viewer.lastSlot]?.rendition;
        if (shown !== undefined) byRendition[shown] = (byRendition[shown] ?? 0) + 1;
      }
      return { total, byClient, byRendition };
    },
  };
}

/** A house with room for all, in which nobody looks at the motion. */
const CALM: Circumstances = { motionPick: "mq", cap: "hq", boost: null, drivenPick: "mq" };

function chooseForSlots(viewer: Viewer, now: Circumstances, ladder: Ladder): readonly Choice[] {
  const drivenPick = isDriven(viewer.client) ? now.drivenPick : null;
  return ladder.map(({ name }) => choose({ ...now, mode: viewer.mode, quality: viewer.quality, slot: name, drivenPick, ladder }));
}

function toDecision(choice: Choice, msn: number, window: Window, ladder: Ladder): Decision {
  const place = ladder.findIndex((rendition) => rendition.name === choice.rendition);
  const head = window.upcoming?.msn === msn ? window.upcoming : window.find(msn);
  return { place, init: `${head?.initRuns[place]}/${choice.rendition}` };
}
