/// <reference lib="dom" />
import { reconnect, RESTING, type SocketEvent, type SocketState } from "./reconnect.ts";
import type { ServerEvent } from "./told.ts";

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

/** The viewer's event socket, opened again whenever it closes (`reconnect.ts` says when). `onLost`: what was told may be out of date. */
export function createEvents(deps: {
  readonly open: (address: string) => Pick<WebSocket, "onopen" | "onmessage" | "onclose" | "close">;
  /** The page's own address: a proxy may have put a prefix in front. */
  readonly base: string;
  readonly onEvent: (event: ServerEvent) => void;
  readonly onLost: () => void;
  readonly now: () => number;
  readonly random: () => number;
}): Events {
  let state: SocketState = RESTING;
  let socket: ReturnType<typeof deps.open> | null = null;
  let address = "";

  function happen(event: SocketEvent): void {
    const step = reconnect(state, event, deps.now(), deps.random());
    state = step.state;
    if (step.action !== "none") drop();
    if (step.action === "open") connect();
  }

  function connect(): void {
    try {
      const mine = socket = deps.open(address);
      mine.onopen = () => happen("opened");
      mine.onmessage = ({ data }) => {
        happen("heard");
        hear(data);
      };
      mine.onclose = () => {
        drop();
        happen("closed");
      };
    } catch {
      happen("closed");
    }
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
    deps.onLost();
  }

  return {
    follow(viewerId) {
      const before = address;
      address = new URL(`api/viewers/${encodeURIComponent(viewerId)}/events`, deps.base).href.replace(/^http/, "ws");
      if (address !== before || state.kind === "resting") happen("follow");
    },
    tick: () => happen("tick"),
    returned: () => address !== "" && happen("follow"),
    reachable: () => happen("reachable"),
    leave: () => happen("left"),
  };
}
