import { setTimeout as pause } from "node:timers/promises";
import type { Channel, ChannelState } from "./channel.ts";
import { createDvr } from "./archive/dvr.ts";
import { createDonors } from "./audience/donors.ts";
import { createHouse } from "./audience/house.ts";
import { type SharedWishes, shareWishes } from "./audience/shared_wishes.ts";
import { restSecondsOf } from "./audience/viewer.ts";
import { createViewerIds } from "./audience/viewer_ids.ts";
import { createViewers } from "./audience/viewers.ts";
import { RENDITION_NAMES } from "./hls/rendition.ts";
import { createWindow } from "./hls/window.ts";
import { isOnAir, KEPT_AFTER_END_MS } from "./life/show_life.ts";
import { type Entry, readEntry } from "./relay/entry.ts";
import { createFollower } from "./relay/follower.ts";
import type { Log, Row } from "./relay/log.ts";
import { createMerge } from "./relay/merge.ts";
import type { Notes } from "./relay/notes.ts";
import { startReader } from "./relay/reader.ts";
import type { ShowRecord } from "./relay/show_record.ts";
import { followInvites } from "./room/followed_invites.ts";
import { createRoom, inviteSecretOf } from "./room/room.ts";
import type { Settings } from "./settings/settings.ts";
import { createTeller, sayDuration } from "./teller.ts";
import { createGrid } from "./timeline/grid.ts";
import { createVariants } from "./variants.ts";

/** The live object of a box that serves what another one makes: a channel without a source, a mixer and an encoder. */
export interface EdgeChannel extends
  Pick<
    Channel,
    "grid" | "window" | "viewers" | "house" | "donors" | "room" | "dvr" | "variants" | "init" | "status" | "isStalled" | "gauges" | "stop"
  > {
  /** Resolves when all has come that was there at the beginning: before, the newest is old. */
  readonly caughtUp: Promise<void>;
  /** For how long nothing has come; null before the first part. */
  readonly silentMs: number | null;
  /** How much later than usual the newest part came. */
  readonly lateMs: number;
}

export interface EdgeOptions {
  readonly settings: Pick<Settings, "uplinkBitsPerSecond" | "maxViewers">;
  readonly show: ShowRecord;
  /** The show as it is told now. */
  readonly told: () => ShowRecord;
  readonly logs: readonly Log[];
  readonly notes: Notes;
  /** Names this box among the show's. */
  readonly box: string;
  /** Milliseconds since 1970 of a clock that is never set. */
  readonly now: () => number;
  readonly log: (line: string) => void;
  /** What players know does not fit any more, for the reason given: the edge is to begin anew. */
  readonly onMisfit: (reason: string) => void;
}

const KEEP_SECONDS = 60;
/** With two logs: how long one may lack what the other has. */
const PATIENCE_MS = 300;
/** Nothing came for so long, or for so many parts: new players would be shown a standing picture. */
const STALE_MS = 1000;
const STALE_PARTS = 3;
/** That it has ended may be told a second after its last part. */
const STALE_AT_END_MS = 3000;
const LOOK_EVERY_MS = 250;
/** The show has ended, and no part of it is on its way any more. */
const OVER_AFTER_MS = 700;

/** Begins to follow a show. */
export function openEdgeChannel(o: EdgeOptions): EdgeChannel {
  const { show, settings, logs, notes, now, log } = o;
  const { ladder } = show;
  const grid = createGrid(show);
  const startedAtMs = now();
  const window = createWindow({ keepSeconds: KEEP_SECONDS, now });
  const dvr = createDvr({ window, grid, windowSeconds: KEEP_SECONDS, wantedSeconds: 0, archive: null });
  const donors = createDonors({ now });
  const house = createHouse({
    ladder,
    uplinkBitsPerSecond: settings.uplinkBitsPerSecond,
    motionThreshold: 1,
    segmentSeconds: grid.framesPerSegment / grid.rate,
    partsPerSecond: grid.rate / grid.framesPerPart,
    isEvenLadder: show.isEvenLadder,
    isBoosted: ({ publicId }) => donors.boostedUntilMs(publicId) !== null,
    now,
    log,
  });
  const wishes: SharedWishes = shareWishes({
    store: null,
    box: o.box,
    tell: (text) => notes.tell("wishes", text),
    onHeard: (viewerId, wish) => viewers.follow(viewerId, wish),
  });
  notes.hear("wishes", ({ text }) => wishes.heard(text));
  const room = show.roomKey === null ? null : createRoom({
    roomKey: show.roomKey,
    signingKey: show.viewerKey,
    nowMs: Date.now,
    invites: followInvites({ secret: inviteSecretOf(show.viewerKey), nowMs: Date.now, told: () => o.told().invites }),
  });
  const viewers = createViewers({
    ids: createViewerIds({
      key: show.viewerKey,
      layout: JSON.stringify([show.segmentSeconds, ladder, ...(show.roomKey === null ? [] : [show.roomKey])]),
    }),
    ladder,
    targetDurationSeconds: grid.targetDurationSeconds,
    now,
    circumstances: house.circumstances,
    wishes,
    ...(room === null ? {} : { isOver: room.invites.isOver }),
    maxPresent: settings.maxViewers,
    restSegments: (client) => Math.ceil(restSecondsOf(client, show.isEvenLadder) / show.segmentSeconds),
  });

  let isStopping = false;
  let newestMsn = -1;
  const follower = createFollower({
    window,
    settle(entry: Entry) {
      house.followMotion(entry.motion);
      house.settle({ nowMs: now(), segments: window.segments, present: viewers.active(), isSlate: false });
    },
    onClosed: dvr.noteClosed,
    onAnew: ({ part }) => log(`Some of the show did not come: it goes on at segment ${part.msn}.`),
    monotonic: () => performance.now(),
    wallMs: Date.now,
  });
  const merge = createMerge({ patienceMs: logs.length > 1 ? PATIENCE_MS : 0 });

  function take(taken: ReturnType<typeof merge.settle>): void {
    for (const each of taken) {
      if (each.isAnew && each.entry.part.msn <= newestMsn) return o.onMisfit("The show goes on further back than it was.");
      newestMsn = each.entry.part.msn;
      try {
        follower.take(each);
      } catch (problem) {
        return o.onMisfit(`The show does not fit together: ${problem instanceof Error ? problem.message : problem}.`);
      }
      house.followMotion(each.entry.motion);
    }
  }

  /** Bad rows: counted, and told now and then. */
  const badRows = createTeller({
    now: () => performance.now(),
    log,
    say: {
      begins: (reason) => `Part of the show cannot be used: ${reason}. What is missing is left out.`,
      lasts: (reason, forMs, times) => `${times} parts of the show could not be used within ${sayDuration(forMs)}: ${reason}.`,
      isOver: () => "The show's parts can be used again.",
    },
  });
  let badSinceMs: number | null = null;
  function takeRows(rows: readonly Row[], name: string): void {
    for (const { position, bytes } of rows) {
      const read = readEntry(bytes);
      if (read.kind === "entry" && read.entry.part.msn === position.msn && read.entry.part.part === position.part) {
        if (!isStopping) take(merge.offer(read.entry, performance.now()));
        continue;
      }
      badSinceMs = performance.now();
      const at = `${name}, ${position.msn}.${position.part}`;
      badRows.trouble(
        read.kind === "other_version"
          ? `${at}: it was written in format ${read.version} of another version of Tercet`
          : `${at}: ${read.kind === "damaged" ? read.reason : "it stands in another one's place"}`,
      );
    }
  }

  const caughtUp = Promise.withResolvers<void>();
  const readers = logs.map((each) => {
    const teller = createTeller({
      now: () => performance.now(),
      log,
      say: {
        begins: (reason) => `${each.name}: ${reason}. Viewers see what has come.`,
        lasts: (reason, forMs) => `${each.name}: ${reason}, for ${sayDuration(forMs)} now.`,
        isOver: (forMs) => `${each.name} can be read again, after ${sayDuration(forMs)}.`,
      },
    });
    return startReader({
      log: each,
      wantsRows: true,
      onRows: (rows) => takeRows(rows, each.name),
      onNotes: notes.deliver,
      onTrouble: teller.trouble,
      onRead: teller.over,
      onCaughtUp: caughtUp.resolve,
      pause,
    });
  });

  const silentMs = () => follower.newest === null ? null : performance.now() - follower.newest.atMs;
  const life = () => o.told().life;
  const staleMs = () => Math.max(life().kind === "ending" ? STALE_AT_END_MS : STALE_MS, STALE_PARTS * grid.partTargetSeconds * 1000);
  const isStalled = () => isOnAir(life()) && (silentMs() ?? 0) > staleMs();
  let wasStalled = false;
  let hasBegun = false;
  let wasOnAir = isOnAir(life());
  let onAirSinceMs = wasOnAir ? startedAtMs : null;
  const looking = setInterval(() => {
    take(merge.settle(performance.now()));
    if (badSinceMs !== null && performance.now() - badSinceMs > 10_000) {
      badSinceMs = null;
      badRows.over();
    }
    if (isOnAir(life()) !== wasOnAir) {
      wasOnAir = !wasOnAir;
      onAirSinceMs = wasOnAir ? now() : null;
      if (!wasOnAir) hasBegun = false;
    }
    if (!wasOnAir && window.segments.length > 0 && silentMs()! > OVER_AFTER_MS) {
      if (!window.isFinished) {
        window.finish();
        dvr.noteClosed();
        log("The show has ended.");
      } else if (silentMs()! > KEPT_AFTER_END_MS) window.clear();
    }
    if (!hasBegun && wasOnAir && follower.newest !== null && !window.isFinished) {
      hasBegun = true;
      log(`The show is here: "${o.told().title}".`);
    }
    if (isStalled() === wasStalled) return;
    wasStalled = !wasStalled;
    log(wasStalled ? "Nothing of the show comes any more: viewers see a standing picture." : "The show comes again.");
  }, LOOK_EVERY_MS);

  function state(): ChannelState {
    if (isStopping) return "stopped";
    const { kind } = life();
    if (kind === "waiting" || kind === "ended") return kind;
    if (follower.newest === null || window.isFinished) return "starting";
    if (isStalled()) return "stalled";
    return kind === "on_air" ? follower.newest.entry.state : kind;
  }

  return {
    grid,
    window,
    viewers,
    house,
    donors,
    room,
    dvr,
    variants: createVariants({ window, inits: { find: follower.inits.find }, ladder, rate: grid.rate }),
    init: (source, rendition) => follower.inits.find(source, RENDITION_NAMES.indexOf(rendition))?.bytes ?? null,
    status: () => ({ state: state(), showing: window.upcoming?.run ?? null, ladder: o.told().shownLadder, onAirSinceMs }),
    get isStalled() {
      return isStalled();
    },
    caughtUp: caughtUp.promise,
    get silentMs() {
      return silentMs();
    },
    get lateMs() {
      return follower.lateMs;
    },
    gauges: () => [
      ["window_segments", "Segments that can be fetched", window.segments.length],
      ["relay_silent_seconds", "How long nothing of the show has come", (silentMs() ?? 0) / 1000],
      ["relay_late_seconds", "How much later than usual the newest part came", follower.lateMs / 1000],
    ],
    async stop() {
      if (isStopping) return;
      isStopping = true;
      clearInterval(looking);
      window.end();
      await Promise.all(readers.map((reader) => reader.stop()));
      await dvr.stop();
    },
  };
}
