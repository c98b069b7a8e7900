import process from "node:process";
import { createApp } from "./app.ts";
import { createChatRoom } from "./chat/room.ts";
import { createChatWire } from "./chat/shared.ts";
import { createMemoryStore as createChatMemory } from "./chat/store.ts";
import { createBook } from "./donations/book.ts";
import { createGiftWire } from "./donations/shared.ts";
import { createMemoryStore as createDonationMemory } from "./donations/store.ts";
import { createEventHub } from "./event_hub.ts";
import { listAddresses } from "./banner.ts";
import { createForwarded } from "./forwarded.ts";
import { createLimits } from "./limits.ts";
import { createMetrics } from "./metrics.ts";
import { loadPages } from "./pages.ts";
import { countAll } from "../media/audience/count_all.ts";
import type { Viewer } from "../media/audience/viewer.ts";
import { openEdgeChannel } from "../media/edge_channel.ts";
import { askForShow, waitForShow } from "../media/relay/find_show.ts";
import { createNotes } from "../media/relay/notes.ts";
import { openLogs } from "../media/relay/open_logs.ts";
import { writeEdge } from "../media/relay/roster.ts";
import { layoutOf, type ShowRecord } from "../media/relay/show_record.ts";
import { createSteadyClock } from "../media/steady_clock.ts";
import type { Settings } from "../media/settings/settings.ts";

type Answer = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

export interface EdgeServerOptions {
  readonly settings: Settings;
  readonly port: number;
  readonly log: (line: string) => void;
  /** Takes what answers from now on; null: nothing is there yet. */
  readonly answerWith: (answer: Answer | null) => void;
}

/** A box that serves a show which another one makes. */
export interface EdgeServer {
  /** Sends viewers elsewhere for a moment, then lets go of all. */
  stop(): Promise<void>;
}

/** As long as a balancer needs to hear of it, and players to fetch what they were told of. */
const DRAIN_MS = 2000;
const ENROL_EVERY_MS = 1000;
/** Other boxes may be ahead by so much. */
const AHEAD_SECONDS = 2;
/** Pages made since may fetch from an address that was told then; a clock that is behind by less does not matter. */
const KNOWN_AFTER_MS = 5000;

export function startEdge(o: EdgeServerOptions): EdgeServer {
  let isStopping = false;
  let life: Life | null = null;

  async function run(): Promise<void> {
    while (!isStopping) {
      life = await begin(o, () => isStopping);
      if (isStopping) return await life?.stop();
      const reason = await life?.ended;
      if (!isStopping) o.answerWith(null);
      await life?.stop();
      if (reason && !isStopping) o.log(`${reason} Players that are open now begin anew.`);
    }
  }

  const running = run();
  return {
    async stop() {
      isStopping = true;
      await life?.drain();
      await running;
    },
  };
}

/** An edge as long as its show's layout stays the same. */
interface Life {
  /** Resolves to why it has to end. */
  readonly ended: Promise<string | null>;
  drain(): Promise<void>;
  stop(): Promise<void>;
}

async function begin({ settings, port, log, answerWith }: EdgeServerOptions, isStopped: () => boolean): Promise<Life | null> {
  const logs = openLogs(settings.relay!);
  const found = await waitForShow({ logs, isStopped, log });
  if (found === null) {
    for (const each of logs) each.stop();
    return null;
  }
  const pages = await loadPages(new URL("../static/dist", import.meta.url).pathname, [
    ...(found.chat === null ? ["chat"] : []),
    ...(found.donations === null ? ["donate"] : []),
    ...(found.roomKey === null ? [] : ["remote"]),
  ]);
  // Nothing is waited for from here on: whoever is to hear of other boxes listens before the first note can come.
  const notes = createNotes(logs);
  const ended = Promise.withResolvers<string | null>();
  const box = crypto.randomUUID();
  const now = createSteadyClock();
  const startedAtMs = now();
  let show: ShowRecord = found;
  let isDraining = false;
  const channel = openEdgeChannel({
    settings,
    show,
    told: () => show,
    logs,
    notes,
    box,
    now,
    log,
    onMisfit: ended.resolve,
  });
  const hub = createEventHub();
  const limits = createLimits({ monotonic: () => performance.now(), log });
  const chat = show.chat && createChatRoom({
    store: createChatMemory(),
    rules: show.chat,
    isDonor: channel.donors.isDonor,
    limits,
    now: Date.now,
    wire: createChatWire(notes.carry("chat")),
  });
  const store = createDonationMemory();
  const donations = show.donations && {
    settings: {
      ...show.donations,
      link: show.donations.link === null ? null : new URL(show.donations.link),
      kofiToken: null,
      stripeSecret: null,
    },
    store,
    donors: channel.donors,
    // All that was given is known where the show is made.
    book: {
      ...createBook({ store, currency: show.donations.currency, goal: null, keep() {}, now: Date.now }),
      get goal() {
        return show.goal;
      },
    },
    wire: createGiftWire(notes.carry("gifts"), { isHome: false }),
  };
  const home = settings.mediaBase ?? show.mediaBase ?? settings.publicUrl;

  /** A page that was opened before this address was known may not fetch from it. */
  function mediaHome(viewer: Viewer): string | null {
    if (home === null) return null;
    const known = show.mediaHomes.find(({ url }) => url === home);
    return known !== undefined && viewer.firstSeenMs > known.sinceMs + KNOWN_AFTER_MS ? home : null;
  }

  const app = createApp({
    ...channel,
    viewersHere: channel.viewers,
    viewers: countAll(channel.viewers, (own) => Math.max(own, show.viewers)),
    about: () => show,
    forwarded: createForwarded({ trusted: settings.trustedProxies, base: settings.base }),
    limits,
    base: settings.base,
    isPrivate: show.isPrivate,
    // What a browser was let in by at one edge counts at the next, whichever ports they have.
    port: 0,
    metrics: createMetrics(),
    pages: pages.filter(({ path }) => !STREAMERS_PAGES.includes(path)),
    chat,
    donations,
    mediaHomes: () => [...new Set([...show.mediaHomes.map(({ url }) => url), ...(home === null ? [] : [home])])],
    mediaHome,
    aheadSeconds: AHEAD_SECONDS,
    now,
    log,
    hub,
    boostedUntilMs: ({ publicId }) => channel.donors.boostedUntilMs(publicId),
    playerWatch: channel.house,
    isStalled: () => channel.isStalled,
    isDraining: () => isDraining,
    mayBegin: channel.house.mayBegin,
    sentBeside: channel.house.sentBeside,
    status() {
      const { state, showing, ladder, onAirSinceMs } = channel.status();
      const { motion, budget } = channel.house;
      const uptimeSeconds = onAirSinceMs === null ? 0 : Math.round((now() - onAirSinceMs) / 1000);
      return { state, run: showing, ladder, motion, budget, uptimeSeconds };
    },
    report: (error) => console.error(`A request failed: ${error.stack ?? error.message}`),
  });
  // Until then players would be shown what is long past.
  let isOver = false;
  ended.promise.then(() => isOver = true);
  void channel.caughtUp.then(() => isOver || answerWith(app.fetch));

  const name = settings.publicUrl ?? listAddresses({ settings, port, networkAddresses: Deno.networkInterfaces() })[0] ?? `:${port}`;
  const measureLoad = createLoadMeter();
  async function enrol(): Promise<void> {
    const { spent, spendable } = channel.house.budget;
    const text = writeEdge({
      id: box,
      name,
      publicUrl: home,
      viewers: channel.viewers.count().total,
      lateMs: Math.round(channel.lateMs),
      silentMs: channel.silentMs && Math.round(channel.silentMs),
      isReady: ["live", "card", "paused", "ending"].includes(channel.status().state),
      isDraining,
      load: measureLoad(),
      spentBitsPerSecond: spent,
      spendableBitsPerSecond: spendable,
      startedAtMs,
    });
    // What cannot be reached is told by whoever reads from it.
    await Promise.allSettled(logs.map((each) => each.enrol(box, text)));
    const told = await askForShow(logs);
    if (typeof told === "string") return;
    if (JSON.stringify(told.goal) !== JSON.stringify(show.goal)) hub.broadcast({ type: "goal", goal: told.goal });
    if (layoutOf(told) !== layoutOf(show)) ended.resolve("The show is made with other settings now.");
    show = told;
  }
  let isEnrolling = false;
  const enrolling = setInterval(() => {
    if (isEnrolling) return;
    isEnrolling = true;
    enrol().catch((problem) => log(`This edge cannot be enrolled: ${problem}`)).finally(() => isEnrolling = false);
  }, ENROL_EVERY_MS);

  return {
    ended: ended.promise,
    async drain() {
      isDraining = true;
      log("This edge is being emptied: its viewers go on elsewhere.");
      void enrol().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
      ended.resolve(null);
    },
    async stop() {
      clearInterval(enrolling);
      hub.close();
      notes.stop();
      for (const each of logs) each.stop();
      await channel.stop();
    },
  };
}

const STREAMERS_PAGES = ["/studio", "/publish"];

/** The share of one core since it was last asked. */
function createLoadMeter(): () => number {
  let before = { cpu: process.cpuUsage(), atMs: performance.now() };
  return () => {
    const after = { cpu: process.cpuUsage(), atMs: performance.now() };
    const usedMs = (after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system) / 1000;
    const load = usedMs / (after.atMs - before.atMs);
    before = after;
    return Math.max(0, Math.round(load * 1000) / 1000);
  };
}
