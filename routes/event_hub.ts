/** One event. `type` says what the rest is. */
export interface EventMessage {
  readonly type: string;
  readonly [detail: string]: unknown;
}

/** A source of events: calls `listener` with each until the returned function is called. */
export type Subscribe = (listener: (message: EventMessage) => void) => () => void;

/** What the hub needs of a WebSocket. */
export type EventSocket = Pick<WebSocket, "readyState" | "bufferedAmount" | "send" | "close">;

/** Everybody's event sockets: the viewers' (by viewer id) and the studio's (null). */
export interface EventHub {
  readonly size: number;
  has(viewerId: string): boolean;
  /** Adds an open socket. Returns how to take it out again. */
  join(socket: EventSocket, viewerId: string | null): () => void;
  /** Sends to all, or to those that `wants`. */
  broadcast(message: EventMessage, wants?: (viewerId: string | null) => boolean): void;
  /** Sends a text that is a message already to all sockets of one viewer. */
  sendTo(viewerId: string, text: string): void;
  /** Sends away the sockets of viewers that may not hear any more. */
  dismiss(mayNot: (viewerId: string) => boolean): void;
  /** Calls `subscribe` when there is somebody to tell it to, and lets go when the last one is gone. */
  follow(subscribe: () => () => void): void;
  /** Sends everybody away for good: the server stops. */
  close(): void;
}

/** Unsent bytes at which a reader is given up: what it would read then is long past. */
const MOST_UNSENT_BYTES = 256 * 1024;
/** Of one viewer: a page needs one, a page that reconnects two. */
const MOST_SOCKETS = 8;
const OPEN = 1;
const TOO_SLOW = 1013;
const TOO_MANY = 1008;
const NOT_ALLOWED = 1008;
const STOPPING = 1012;

export function createEventHub(): EventHub {
  const sockets = new Map<EventSocket, string | null>();
  const byViewer = new Map<string, Set<EventSocket>>();
  const sources = new Map<() => () => void, (() => void) | null>();
  let isClosed = false;

  function send(socket: EventSocket, text: string): void {
    if (socket.readyState !== OPEN) return;
    if (socket.bufferedAmount > MOST_UNSENT_BYTES) return drop(socket, TOO_SLOW, "too slow");
    socket.send(text);
  }

  function drop(socket: EventSocket, code: number, reason: string): void {
    leave(socket);
    socket.close(code, reason);
  }

  function leave(socket: EventSocket): void {
    const viewerId = sockets.get(socket);
    if (viewerId === undefined) return;
    sockets.delete(socket);
    if (viewerId !== null) {
      const own = byViewer.get(viewerId);
      own?.delete(socket);
      if (own?.size === 0) byViewer.delete(viewerId);
    }
    if (sockets.size > 0) return;
    for (const [source, stop] of sources) {
      stop?.();
      sources.set(source, null);
    }
  }

  function start(): void {
    for (const [source, stop] of sources) sources.set(source, stop ?? source());
  }

  return {
    get size() {
      return sockets.size;
    },
    has: (viewerId) => byViewer.has(viewerId),
    join(socket, viewerId) {
      if (isClosed) {
        socket.close(STOPPING, "the server stops");
        return () => {};
      }
      sockets.set(socket, viewerId);
      if (viewerId !== null) {
        const own = byViewer.get(viewerId) ?? new Set();
        byViewer.set(viewerId, own.add(socket));
        const [oldest] = own;
        if (own.size > MOST_SOCKETS && oldest !== undefined) drop(oldest, TOO_MANY, "too many sockets of one viewer");
      }
      start();
      return () => leave(socket);
    },
    broadcast(message, wants) {
      if (sockets.size === 0) return;
      const text = JSON.stringify(message);
      for (const [socket, viewerId] of sockets) if (wants === undefined || wants(viewerId)) send(socket, text);
    },
    sendTo(viewerId, text) {
      for (const socket of byViewer.get(viewerId) ?? []) send(socket, text);
    },
    dismiss(mayNot) {
      for (const [socket, viewerId] of sockets) {
        if (viewerId !== null && mayNot(viewerId)) drop(socket, NOT_ALLOWED, "this viewer may not hear any more");
      }
    },
    follow(subscribe) {
      sources.set(subscribe, sockets.size > 0 ? subscribe() : null);
    },
    close() {
      isClosed = true;
      for (const socket of [...sockets.keys()]) drop(socket, STOPPING, "the server stops");
    },
  };
}
