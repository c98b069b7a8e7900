/// <reference lib="dom" />
import { reconnect, RESTING, type SocketEvent, type SocketState } from "./reconnect.ts";
import type { NewsAnswer } from "../../routes/schemas.ts";
import type { Ask } from "./ask.ts";
import type { ServerEvent } from "./server_event.ts";

/** After so many sockets that did not open, the news is asked for meanwhile. */
const ASK_AFTER_FAILURES = 2;
const ASK_EVERY_MS = 1500;
/** Where it is sure that none gets through, one is tried only now and then: browsers write each into their console. */
const TRY_AGAIN_MS = 60_000;

export interface Events {
  /** Listens for this viewer from now on. */
  follow(viewerId: string): void;
  /** To be called a few times a second. */
  tick(): void;
  /** The network is back, or the machine or the page has woken. */
  returned(): void;
  /** The server has answered on another way, after it did not for a while. */
  reachable(): void;
  /** The page goes. */
  leave(): void;
}

/**
 * The viewer's event socket, opened again whenever it closes (`reconnect.ts` says when). Where it does not open although the server answers, a proxy does not
 * pass WebSockets on: then the same events are asked for (`/api/viewers/{viewer}/news`). `onLost`: what was told may be out of date.
 */
export function createEvents(deps: {
  readonly open: (address: string) => Pick<WebSocket, "onopen" | "onmessage" | "onclose" | "close">;
  /** The page's own address: a proxy may have put a prefix in front. */
  readonly base: string;
  readonly onEvent: (event: ServerEvent) => void;
  readonly onLost: () => void;
  readonly ask: Ask;
  /** Called once: no socket gets through, so news comes a little late. */
  readonly onBlocked: () => void;
  readonly now: () => number;
  readonly random: () => number;
}): Events {
  let state: SocketState = RESTING;
  let socket: ReturnType<typeof deps.open> | null = null;
  let address = "";
  let newsPath = "";
  /** How far the news was heard; null before the first, and while a socket is open. */
  let after: string | null = null;
  /** The asking whose answer counts. */
  let asking: symbol | null = null;
  let askedAtMs = -Infinity;
  let openedAtMs = -Infinity;
  /** Since when the server has answered each time; Infinity while it does not. */
  let reachedAtMs = Infinity;
  let isBlocked = false;

  function happen(event: SocketEvent): void {
    const step = reconnect(state, event, deps.now(), deps.random());
    state = step.state;
    if (step.action !== "none") drop();
    if (step.action === "open") connect();
  }

  function connect(): void {
    openedAtMs = deps.now();
    try {
      const mine = socket = deps.open(address);
      mine.onopen = () => {
        after = asking = null;
        reachedAtMs = Infinity;
        isBlocked = false;
        happen("opened");
      };
      mine.onmessage = ({ data }) => {
        happen("heard");
        hear(data);
      };
      mine.onclose = () => {
        drop();
        close();
      };
    } catch {
      close();
    }
  }

  function close(): void {
    if (state.kind === "opening" && reachedAtMs < openedAtMs && !isBlocked) {
      isBlocked = true;
      deps.onBlocked();
    }
    happen("closed");
  }

  function tick(): void {
    const nowMs = deps.now();
    if (!isBlocked || state.kind !== "waiting" || nowMs - openedAtMs > TRY_AGAIN_MS) happen("tick");
    if (state.kind !== "waiting" && state.kind !== "opening") return;
    if (!isBlocked && state.failures < ASK_AFTER_FAILURES) return;
    if (asking === null && Math.abs(nowMs - askedAtMs) > ASK_EVERY_MS) void askForNews(nowMs);
  }

  async function askForNews(nowMs: number): Promise<void> {
    askedAtMs = nowMs;
    const mine = asking = Symbol();
    const answer = await deps.ask(after === null ? newsPath : `${newsPath}?after=${encodeURIComponent(after)}`);
    const news = answer?.ok ? await readNews(answer) : null;
    // A socket has opened, or the viewer is another one.
    if (asking !== mine) return;
    asking = null;
    if (news !== null) {
      after = news.after;
      reachedAtMs = Math.min(reachedAtMs, deps.now());
      news.events.forEach(deps.onEvent);
      return;
    }
    if (answer !== null) after = null;
    if (reachedAtMs < Infinity) deps.onLost();
    reachedAtMs = Infinity;
  }

  function hear(data: unknown): void {
    try {
      deps.onEvent(JSON.parse(String(data)));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }

  function drop(): void {
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
    socket = null;
    if (after === null) deps.onLost();
  }

  return {
    follow(viewerId) {
      const before = address;
      address = new URL(`api/viewers/${encodeURIComponent(viewerId)}/events`, deps.base).href.replace(/^http/, "ws");
      if (address === before && state.kind !== "resting") return;
      newsPath = `api/viewers/${encodeURIComponent(viewerId)}/news`;
      after = asking = null;
      happen("follow");
    },
    tick,
    returned: () => address !== "" && happen("follow"),
    reachable: () => happen("reachable"),
    leave: () => happen("left"),
  };
}

/** Null where it is not what was asked for: a proxy's own page. */
async function readNews(answer: Response): Promise<NewsAnswer | null> {
  try {
    const news = await answer.json();
    return Array.isArray(news.events) ? news : null;
  } catch {
    return null;
  }
}
