import { Hono } from "hono";
import { upgradeWebSocket } from "hono/deno";
import type { Viewer } from "../media/audience/viewer.ts";
import { describeChoice, type DescribeDeps, describeViewer } from "./describe_viewer.ts";
import type { Viewers } from "../media/audience/viewers.ts";
import type { EventHub, EventMessage, Subscribe } from "./event_hub.ts";
import type { Forwarded } from "./forwarded.ts";
import { EACH_LISTENER, type Limits } from "./limits.ts";
import { refuseNoSocket } from "./origin.ts";
import { answerProblem } from "./problems.ts";
import { createRateLimit } from "./rate_limit.ts";
import type { PutOut } from "./studio/put_out.ts";
import { describeAbout } from "./show_about.ts";
import { describeStream, type StreamDeps } from "./stream.ts";

export interface EventsDeps extends DescribeDeps, StreamDeps {
  readonly viewers: Viewers;
  readonly hub: EventHub;
  readonly forwarded: Forwarded;
  /** Anything where guests' invites may end. */
  readonly room?: object | null;
  readonly limits: Limits;
  readonly putOut: Pick<PutOut, "note">;
  /** A clock that nobody sets, in ms. */
  readonly monotonic: () => number;
  /** More events for everybody, from wherever they come. */
  readonly eventSources?: readonly Subscribe[];
  /** Nobody is left without a word for longer; 10 s unless told otherwise. */
  readonly speakEveryMs?: number;
}

/** The state, the viewers and the budget are looked at so often, the motion four times as often. */
const LOOK_EVERY_MS = 1000;
/** What changes for many viewers at once is told at once: one text for all who get the same. */
const GATHER_MS = 50;
/** A page takes a socket that has been silent for more than twice as long for dead (static/shared/reconnect.ts): it does not see the pings. */
const SPEAK_EVERY_MS = 10_000;
/** A reader that does not answer a ping for so long is gone. */
const IDLE_SECONDS = 30;
/** Nobody has anything to say here: commands are plain requests. */
const LONGEST_WORD = 1024;

/** The WebSocket /api/viewers/{viewer}/events: a `state` in full on connecting, then `choice`, `motion`, `viewers`, `budget` and `state` as they change, and `viewers` now and then in any case. */
export function createEventsRoutes(deps: EventsDeps): Hono {
  const { hub, viewers, limits } = deps;
  const mayOpen = createRateLimit(EACH_LISTENER);
  followSources(deps);

  return new Hono().get(
    "/api/viewers/:viewer/events",
    async (c, next) => {
      const viewer = viewers.find(c.req.param("viewer"));
      if (viewer === null) return answerProblem("unknown_viewer");
      const refusal = refuseNoSocket(c, deps.forwarded);
      if (refusal !== null) return refusal;
      if (!mayOpen(viewer.id, deps.monotonic()) || !limits.mayConnect(deps.forwarded.ownAddress(c))) {
        return await limits.late(answerProblem("too_many_sockets"));
      }
      await next();
    },
    upgradeWebSocket((c) => {
      const viewerId = c.req.param("viewer")!;
      const address = deps.forwarded.ownAddress(c);
      let leave = () => {};
      return {
        onOpen(_, { raw }) {
          const viewer = viewers.find(viewerId);
          if (!raw || viewer === null) return;
          raw.send(JSON.stringify({ type: "state", stream: describeStream(deps), viewer: describeViewer(deps, viewer) }));
          deps.putOut.note(viewer, address);
          const disconnected = limits.connected(address);
          const leaveHub = hub.join(raw, viewerId);
          leave = () => {
            disconnected();
            leaveHub();
          };
        },
        onMessage({ data }, socket) {
          if (typeof data !== "string" || data.length > LONGEST_WORD) socket.close(1008, "nobody listens here");
        },
        onClose: () => leave(),
        onError: () => leave(),
      };
    }, { idleTimeout: IDLE_SECONDS }),
  );
}

function followSources(deps: EventsDeps): void {
  const { hub, viewers } = deps;
  const isGaming = (viewerId: string | null) => viewerId === null || viewers.find(viewerId)?.mode === "gaming";
  const countViewers = () => ({ type: "viewers", ...viewers.count() });
  const tell = (message: EventMessage) => hub.broadcast(message, message.type === "motion" ? isGaming : undefined);

  for (const subscribe of deps.eventSources ?? []) hub.follow(() => subscribe(tell));
  if (deps.room) hub.follow(() => dismissEnded(deps));
  hub.follow(() => followChoices(deps));
  hub.follow(() => followTurnsToGaming(deps));
  hub.follow(() => lookForChanges(LOOK_EVERY_MS, countViewers, tell));
  hub.follow(() => {
    const timer = setInterval(() => tell(countViewers()), deps.speakEveryMs ?? SPEAK_EVERY_MS);
    return () => clearInterval(timer);
  });
  hub.follow(() => lookForChanges(LOOK_EVERY_MS, () => deps.goal ? { type: "goal", goal: deps.goal() } : null, tell));
  hub.follow(() => lookForChanges(LOOK_EVERY_MS, () => withType("budget", deps.status().budget), tell));
  hub.follow(() => lookForChanges(LOOK_EVERY_MS / 4, () => withType("motion", deps.status().motion), tell));
  hub.follow(() =>
    lookForChanges(
      LOOK_EVERY_MS,
      () => {
        const { state, run } = deps.status();
        return { state, run, ...describeAbout(deps.about()) };
      },
      () => tell({ type: "state", stream: describeStream(deps) }),
    )
  );
}

/** An invite may end while its guest listens. */
function dismissEnded({ hub, viewers }: EventsDeps): () => void {
  const timer = setInterval(() => hub.dismiss((viewerId) => viewers.find(viewerId) === null), LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

function withType(type: string, value: object | null | undefined): EventMessage | null {
  return value ? { type, ...value } : null;
}

/** Reads now and then, and tells what has changed. */
function lookForChanges<T extends object>(everyMs: number, read: () => T | null, tell: (value: T) => void): () => void {
  let known = JSON.stringify(read());
  const timer = setInterval(() => {
    const value = read();
    const text = JSON.stringify(value);
    if (text === known) return;
    known = text;
    if (value !== null) tell(value);
  }, everyMs);
  return () => clearInterval(timer);
}

/** Motion is told as it changes, and to those who play by it: who begins to is told how it stands. */
function followTurnsToGaming({ hub, viewers, status }: EventsDeps): () => void {
  const gamers = new WeakSet<Viewer>();
  return viewers.onChange((viewer) => {
    if (viewer.mode !== "gaming") return void gamers.delete(viewer);
    if (gamers.has(viewer)) return;
    gamers.add(viewer);
    const message = withType("motion", status().motion);
    if (message !== null) hub.sendTo(viewer.id, JSON.stringify(message));
  });
}

function followChoices(deps: EventsDeps): () => void {
  const { hub, viewers } = deps;
  const changed = new Set<Viewer>();
  let timer: ReturnType<typeof setTimeout> | null = null;

  function tellAll(): void {
    timer = null;
    const { total } = viewers.count();
    const texts = new Map<string, string>();
    for (const viewer of changed) hub.sendTo(viewer.id, textFor(viewer, total, texts));
    changed.clear();
  }

  /** Viewers in the same circumstances share one text. */
  function textFor(viewer: Viewer, total: number, texts: Map<string, string>): string {
    const choice = describeChoice(deps, viewer, () => total);
    const key = Object.values(choice).join();
    const text = texts.get(key) ?? JSON.stringify({ type: "choice", ...choice });
    texts.set(key, text);
    return text;
  }

  const stop = viewers.onChange((viewer) => {
    if (!hub.has(viewer.id)) return;
    changed.add(viewer);
    timer ??= setTimeout(tellAll, GATHER_MS);
  });
  return () => {
    stop();
    if (timer !== null) clearTimeout(timer);
  };
}
