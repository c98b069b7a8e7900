// A show without ffmpeg: a real window, real viewers and the real app, on a clock that only the test moves.
import { setImmediate } from "node:timers";
import type { Hono } from "hono";
import type { Archive } from "../../media/archive/archive.ts";
import { createDvr, type Dvr } from "../../media/archive/dvr.ts";
import { createViewerIds } from "../../media/audience/viewer_ids.ts";
import { type Circumstances, createViewers, type Viewers } from "../../media/audience/viewers.ts";
import type { Viewer } from "../../media/audience/viewer.ts";
import type { WishStore } from "../../media/audience/wish_store.ts";
import type { Ladder } from "../../media/hls/rendition.ts";
import { createWindow, type Window } from "../../media/hls/window.ts";
import type { ShowAbout, ShowDesk } from "../../media/life/show_desk.ts";
import type { Room } from "../../media/room/room.ts";
import type { Moderators } from "../../media/studio/moderators.ts";
import type { OverlayToken } from "../../media/studio/overlay_token.ts";
import type { Sessions } from "../../media/studio/sessions.ts";
import { createGrid } from "../../media/timeline/grid.ts";
import { setSystemTimer, type SetTimer } from "../../media/timer.ts";
import { createApp } from "../../routes/app.ts";
import type { ChatRoom } from "../../routes/chat/room.ts";
import { createEventHub, type EventHub, type Subscribe } from "../../routes/event_hub.ts";
import type { Forwarded } from "../../routes/forwarded.ts";
import { createLimits } from "../../routes/limits.ts";
import { createMetrics, type Metrics } from "../../routes/metrics.ts";
import type { PlayerWatch } from "../../routes/player_watch.ts";
import type { Donations } from "../../routes/donations/routes.ts";
import type { PreviewDeps } from "../../routes/studio/preview.ts";
import type { PublishDeps } from "../../routes/publishers/publish.ts";
import type { PublishersDeps } from "../../routes/publishers/door.ts";
import type { PageFile } from "../../routes/pages.ts";
import type { StreamStatus } from "../../routes/stream.ts";

export const LADDER: Ladder = [
  { name: "hq", width: 1280, height: 720, bitsPerSecond: 2_500_000 },
  { name: "mq", width: 854, height: 480, bitsPerSecond: 1_000_000 },
  { name: "lq", width: 426, height: 240, bitsPerSecond: 400_000 },
];
export const GRID = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
export const PARTS_A_SEGMENT = 5;
export const FIRST_MSN = 1000;
export const BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
export const SAFARI =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15";
export const VLC = "VLC/3.0.24 LibVLC/3.0.24";

export const STREAMER_KEY = "k".repeat(43);

export interface Show {
  readonly app: Hono;
  readonly window: Window;
  readonly dvr: Dvr;
  readonly viewers: Viewers;
  readonly metrics: Metrics;
  readonly hub: EventHub;
  /** What is known of the show; may be replaced. */
  about: ShowAbout;
  /** What /api/stream tells; may be replaced. */
  status: StreamStatus;
  readonly clock: { readonly ms: number };
  readonly errors: Error[];
  /** Moves the clock and lets what is due then happen. */
  advance(ms: number): void;
  /** Announces the next segment, of that run. */
  announce(run?: string): void;
  publishPart(): void;
  /** Whole segments: each is announced, filled, closed, and the next announced. */
  publishSegments(count: number, run?: string): void;
  /** Closes the open segment as it is and announces the next one. */
  cut(run: string): void;
  /** Makes a viewer through the API and returns its id. */
  join(body?: Record<string, unknown>, userAgent?: string): Promise<string>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** The value of a metric without labels, or with exactly these. */
  metric(name: string, labels?: Record<string, string>): Promise<number>;
}

export function openShow(o: {
  circumstances?: (viewer: Viewer) => Circumstances;
  key?: Uint8Array;
  pages?: readonly PageFile[];
  bodyBytes?: number;
  maxPresent?: number;
  wishes?: Pick<WishStore, "find" | "save">;
  eventSources?: readonly Subscribe[];
  speakEveryMs?: number;
  playerWatch?: PlayerWatch;
  mayBegin?: (viewer: Viewer, upcomingPart: number) => boolean;
  sentBeside?: (bytes: number) => void;
  boostedUntilMs?: (viewer: Viewer) => number | null;
  /** Makes the donations, on this clock. */
  donations?: (now: () => number) => Donations;
  /** Makes the chat, on this clock. */
  chat?: (now: () => number) => ChatRoom;
  publishers?: PublishersDeps;
  publish?: PublishDeps;
  /** What has left the window, up to 30 minutes. */
  archive?: Archive;
  /** The folder under which it may be asked. */
  base?: string;
  forwarded?: Forwarded;
  log?: (line: string) => void;
  /** Whose media are then of the hour of this clock. */
  room?: Room;
  isPrivate?: boolean;
  /** The browsers that are signed in to the studio. */
  sessions?: Sessions;
  overlay?: OverlayToken;
  moderators?: Moderators;
  port?: number;
  reach?: () => string | null;
  previews?: PreviewDeps["previews"];
  takeThumbnail?: () => Promise<Uint8Array<ArrayBuffer> | null>;
  /** Where the streamer starts and ends the show. */
  desk?: ShowDesk;
  /** What more than one box brings. */
  boxes?: Pick<Parameters<typeof createApp>[0], "mediaHome" | "mediaHomes" | "aheadSeconds" | "isDraining" | "edges">;
  /** Left out: the same clock as the others'. */
  monotonic?: () => number;
} = {}): Show {
  const clock = { ms: 1_700_000_000_000 };
  let firstDateMs = 0;
  const timers = new Set<{ atMs: number; callback: () => void }>();
  const now = () => clock.ms;
  const setTimer: SetTimer = (callback, delayMs) => {
    const timer = { atMs: clock.ms + delayMs, callback };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  const window = createWindow({ keepSeconds: 60, now, setTimer });
  const viewers = createViewers({
    ids: createViewerIds({ key: o.key ?? new Uint8Array(32).fill(7), layout: "test" }),
    ladder: LADDER,
    targetDurationSeconds: GRID.targetDurationSeconds,
    now,
    ...(o.circumstances ? { circumstances: o.circumstances } : {}),
    ...(o.wishes ? { wishes: o.wishes } : {}),
    ...(o.room ? { isOver: o.room.invites.isOver } : {}),
    maxPresent: o.maxPresent ?? null,
  });
  const dvr = createDvr({ window, grid: GRID, windowSeconds: 60, wantedSeconds: 1800, archive: o.archive ?? null });
  const metrics = createMetrics();
  const errors: Error[] = [];
  const hub = createEventHub();
  const app = createApp({
    window,
    dvr,
    grid: GRID,
    viewers,
    metrics,
    now,
    monotonic: o.monotonic ?? now,
    about: () => show.about,
    pages: o.pages ?? [],
    report: (error) => errors.push(error),
    variants: () =>
      LADDER.map((r) => ({
        ...r,
        codecs: "avc1.64001f,mp4a.40.2",
        frameRate: 30,
        bandwidth: r.bitsPerSecond,
        averageBandwidth: r.bitsPerSecond,
      })),
    init: (run, rendition) => /^run[a-z]$/.test(run) ? initOf(run, rendition) : null,
    status: () => show.status,
    hub,
    limits: createLimits({
      monotonic: o.monotonic ?? now,
      log: o.log ?? (() => {}),
      // An answer that is seconds late comes at once: nobody moves the clock while a test waits for it.
      setTimer: (callback, delayMs) => delayMs > 3000 ? setTimer(callback, delayMs) : setSystemTimer(callback, 0),
    }),
    ...(o.base ? { base: o.base } : {}),
    ...(o.room ? { room: o.room } : {}),
    ...(o.sessions ? { sessions: o.sessions } : {}),
    ...(o.moderators ? { moderators: o.moderators } : {}),
    ...(o.overlay ? { overlay: o.overlay } : {}),
    ...(o.isPrivate ? { isPrivate: o.isPrivate } : {}),
    ...(o.port ? { port: o.port } : {}),
    ...(o.reach ? { reach: o.reach } : {}),
    ...(o.desk ? { desk: o.desk } : {}),
    ...(o.previews ? { previews: o.previews } : {}),
    ...(o.takeThumbnail ? { takeThumbnail: o.takeThumbnail } : {}),
    ...(o.log ? { log: o.log } : {}),
    ...(o.forwarded ? { forwarded: o.forwarded } : {}),
    ...(o.chat ? { chat: o.chat(now) } : {}),
    streamerKey: STREAMER_KEY,
    ...(o.publish ? { publish: o.publish } : {}),
    ...(o.publishers ? { publishers: o.publishers } : {}),
    ...(o.playerWatch ? { playerWatch: o.playerWatch } : {}),
    ...(o.mayBegin ? { mayBegin: o.mayBegin } : {}),
    ...(o.sentBeside ? { sentBeside: o.sentBeside } : {}),
    ...(o.eventSources ? { eventSources: o.eventSources } : {}),
    ...(o.speakEveryMs ? { speakEveryMs: o.speakEveryMs } : {}),
    ...(o.boostedUntilMs ? { boostedUntilMs: o.boostedUntilMs } : {}),
    ...o.boxes,
    ...(o.donations ? withDonations(o.donations(now)) : {}),
  });
  const inits = new Map<string, Uint8Array>();
  function initOf(run: string, rendition: string): Uint8Array {
    const name = `init ${run} ${rendition}`;
    const known = inits.get(name) ?? new TextEncoder().encode(name);
    inits.set(name, known);
    return known;
  }

  function announce(run = window.segments.at(-1)?.run ?? "runa"): void {
    const msn = (window.last()?.msn ?? FIRST_MSN - 1) + 1;
    // It follows the clock as the real one does: in one step where that was set.
    if (o.room && Math.abs(clock.ms - msn * 1000 - firstDateMs) > 60_000) firstDateMs = clock.ms - msn * 1000;
    window.announce({ msn, run, initRuns: [run, run, run], mediaTimeSeconds: msn, programDateTimeMs: firstDateMs + msn * 1000 });
  }

  function publishPart(): void {
    const { msn, part, run } = window.upcoming!;
    const isLast = part === PARTS_A_SEGMENT - 1;
    window.publish({
      msn,
      part,
      durationSeconds: 0.2,
      isIndependent: part === 0,
      bodies: LADDER.map(({ name }) => bodyOf(run, name, msn, part, o.bodyBytes)),
    });
    if (!isLast) return;
    window.close();
    dvr.noteClosed();
    announce();
  }

  const show: Show = {
    app,
    hub,
    about: { title: "Test show", description: "", life: { kind: "on_air" } },
    status: { state: "live", run: "runa", ladder: LADDER, uptimeSeconds: 5 },
    window,
    dvr,
    viewers,
    metrics,
    clock,
    errors,
    advance(ms) {
      clock.ms += ms;
      for (const timer of [...timers]) {
        if (timer.atMs > clock.ms) continue;
        timers.delete(timer);
        timer.callback();
      }
    },
    announce,
    publishPart,
    publishSegments(count, run) {
      if (window.upcoming === null) announce(run);
      for (let i = 0; i < count * PARTS_A_SEGMENT; i++) publishPart();
    },
    cut(run) {
      window.close();
      dvr.noteClosed();
      announce(run);
    },
    async join(body = {}, userAgent = BROWSER) {
      const answer = await app.request("/api/viewers", {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "user-agent": userAgent },
      });
      return (await answer.json()).id;
    },
    get: async (path, headers = {}) => await app.request(path, { headers }),
    async metric(name, labels = {}) {
      const found = (await metrics.registry.getSingleMetric(name)!.get()).values;
      const wanted = Object.entries(labels);
      return found.filter((each) => wanted.every(([label, value]) => String(each.labels[label]) === value)).reduce(
        (sum, each) => sum + Number(each.value),
        0,
      );
    },
  };
  return show;
}

function withDonations(donations: Donations) {
  return { donations, boostedUntilMs: ({ publicId }: Viewer) => donations.donors.boostedUntilMs(publicId) };
}

/** The bytes of one part; they tell what they are. */
export function bodyOf(run: string, rendition: string, msn: number, part: number, bytes = 0): Uint8Array {
  const text = `[${run} ${rendition} ${msn}.${part}]`;
  return new TextEncoder().encode(text.padEnd(bytes, "."));
}

/** A promise that can be looked at. */
export function watch<T>(promise: Promise<T>): { readonly promise: Promise<T>; isPending(): Promise<boolean> } {
  let isPending = true;
  promise.then(() => isPending = false, () => isPending = false);
  return {
    promise,
    async isPending() {
      // A wake takes a turn of the event loop and some microtasks after it.
      for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
      return isPending;
    },
  };
}
