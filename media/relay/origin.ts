import { setTimeout as pause } from "node:timers/promises";
import type { Channel } from "../channel.ts";
import { type SharedWishes, shareWishes } from "../audience/shared_wishes.ts";
import type { WishStore } from "../audience/wish_store.ts";
import { RENDITION_NAMES } from "../hls/rendition.ts";
import type { Settings } from "../settings/settings.ts";
import { type Log, LogAway, type Note, type NoteKind } from "./log.ts";
import type { Term } from "./entry.ts";
import { createNotes, type Notes } from "./notes.ts";
import { openLogs } from "./open_logs.ts";
import { type Publisher, startPublisher } from "./publisher.ts";
import { startReader } from "./reader.ts";
import { type Edge, readEdges } from "./roster.ts";
import { type MediaHome, type ShowRecord, writeShow } from "./show_record.ts";
import type { RelayWish } from "../settings/relay.ts";

/** What joins the box that makes a show to the logs that carry it to others. */
export interface Origin {
  readonly notes: Notes;
  /** Names this box among the show's. */
  readonly box: string;
  /** The edges of the last five seconds. */
  readonly edges: readonly Edge[];
  /** Who watches there. */
  readonly viewersOnEdges: number;
  /** Where edges and the CDN have media. */
  readonly mediaHomes: readonly MediaHome[];
  shareWishes(store: WishStore): WishStore;
  /** What this box knows of a kind, in order, for an engine that has lost it. */
  remember(kind: NoteKind, recall: () => readonly Omit<Note, "kind">[]): void;
  /** Begins to send what this channel makes. */
  begin(channel: OriginChannel, findGoal: () => ShowRecord["goal"]): void;
  stop(): Promise<void>;
}

type OriginChannel = Pick<Channel, "grid" | "window" | "house" | "viewers" | "room" | "viewerKey" | "status" | "findInit" | "desk">;

const KEEP_SECONDS = 60;
const LOOK_EVERY_MS = 1000;
const RELEASE_WITHIN_MS = 200;
const MOST_HOMES = 200;

export interface OriginOptions extends
  Pick<
    Settings,
    | "mediaBase"
    | "segmentSeconds"
    | "partSeconds"
    | "rate"
    | "ladder"
    | "isEvenLadder"
    | "isPrivate"
    | "roomKey"
    | "chat"
    | "donations"
  > {
  readonly relay: RelayWish;
  /** The window's clock, in ms. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

export function openOrigin(o: OriginOptions): Origin {
  const logs = openLogs(o.relay);
  const notes = createNotes(logs);
  const term: Term = { number: Date.now(), name: crypto.randomUUID() };
  let edges: readonly Edge[] = [];
  let mediaHomes: readonly MediaHome[] = o.mediaBase === null ? [] : [{ url: o.mediaBase, sinceMs: Date.now() }];
  let publishers: readonly Publisher[] = [];
  let readers: readonly ReturnType<typeof startReader>[] = [];
  let looking: ReturnType<typeof setInterval> | null = null;
  let wishes: SharedWishes | null = null;
  let lives = 0;
  const memories = new Map<NoteKind, () => readonly Omit<Note, "kind">[]>();
  memories.set("wishes", () => [...wishes?.all() ?? []].map((text, at) => ({ number: at + 1, text })));
  let viewers: OriginChannel["viewers"] | null = null;
  notes.hear("wishes", ({ text }) => wishes?.heard(text));

  function countOnEdges(): number {
    return edges.reduce((sum, { viewers }) => sum + viewers, 0);
  }

  async function look(): Promise<void> {
    const seen = new Map((await Promise.all(logs.map(askRoster))).flat().map((edge) => [edge.id, edge]));
    edges = [...seen.values()];
    for (const { publicUrl } of edges) {
      if (publicUrl === null || mediaHomes.some(({ url }) => url === publicUrl)) continue;
      mediaHomes = [...mediaHomes, { url: publicUrl, sinceMs: Date.now() }].slice(-MOST_HOMES);
    }
    // An engine that was away may be back empty: whoever joins later must know what was told. A note is in one engine, so the first has them all again.
    if (lives === logs[0]!.lives) return;
    try {
      for (const [kind, recall] of memories) await logs[0]!.refill(kind, recall());
      lives = logs[0]!.lives;
    } catch (problem) {
      orNull(problem);
    }
  }

  return {
    notes,
    box: term.name,
    get edges() {
      return edges;
    },
    get viewersOnEdges() {
      return countOnEdges();
    },
    get mediaHomes() {
      return mediaHomes;
    },
    shareWishes(store) {
      return wishes = shareWishes({
        store,
        box: term.name,
        tell: (text) => notes.tell("wishes", text),
        onHeard: (viewerId, wish) => viewers?.follow(viewerId, wish),
      });
    },
    remember: (kind, recall) => void memories.set(kind, recall),
    begin(channel, findGoal) {
      viewers = channel.viewers;
      const { house } = channel;
      const describe = (): ShowRecord => ({
        term,
        mediaHomes,
        ...channel.desk.about,
        segmentSeconds: o.segmentSeconds,
        partSeconds: o.partSeconds,
        rate: o.rate,
        ladder: o.ladder,
        shownLadder: channel.status().ladder,
        isEvenLadder: o.isEvenLadder,
        isPrivate: o.isPrivate,
        roomKey: o.roomKey,
        invites: channel.room?.invites.list ?? [],
        viewerKey: channel.viewerKey,
        chat: o.chat && { slowSeconds: o.chat.slowSeconds, links: o.chat.links },
        donations: o.donations && { currency: o.donations.currency, link: o.donations.link?.href ?? null },
        goal: findGoal(),
        viewers: channel.viewers.count().total + countOnEdges(),
        mediaBase: o.mediaBase,
      });
      publishers = logs.map((log) =>
        startPublisher({
          log,
          term,
          window: channel.window,
          init: (run, rendition) => channel.findInit(run, RENDITION_NAMES[rendition]!),
          now: () => ({
            motion: { score: house.motion.score, isMoving: house.motion.moving, pick: house.motionPick },
            state: channel.status().state === "live" ? "live" : "card",
          }),
          keepSeconds: KEEP_SECONDS,
          segmentSeconds: channel.grid.framesPerSegment / channel.grid.rate,
          show: () => writeShow(describe()),
          monotonic: o.now,
          pause,
          say: o.log,
        })
      );
      // What cannot be reached is told by the publishers.
      readers = logs.map((log) =>
        startReader({ log, wantsRows: false, onRows() {}, onNotes: notes.deliver, onTrouble() {}, onRead() {}, pause })
      );
      let isLooking = false;
      looking = setInterval(() => {
        if (isLooking) return;
        isLooking = true;
        look().catch((problem) => o.log(`The edges cannot be seen: ${problem}`)).finally(() => isLooking = false);
      }, LOOK_EVERY_MS);
    },
    async stop() {
      if (looking !== null) clearInterval(looking);
      notes.stop();
      // No row comes behind the release, which would take the lease again.
      const ended = [...publishers, ...readers].map((each) => each.stop());
      await Promise.race([Promise.allSettled(logs.map((log) => log.release(term.name))), pause(RELEASE_WITHIN_MS)]);
      for (const log of logs) log.stop();
      await Promise.all(ended);
    },
  };
}

async function askRoster(log: Log): Promise<readonly Edge[]> {
  return readEdges(await log.roster().catch(orNull) ?? []);
}

function orNull(problem: unknown): null {
  if (problem instanceof LogAway) return null;
  throw problem;
}
