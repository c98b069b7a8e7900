import type { ServerEvent } from "../shared/server_event.ts";

/** What the page gives to its parts: chat, donations, share. */
export interface PageDeps {
  /** The page's own address: a proxy may have put a prefix in front, so every address of the server is made with `new URL(path, base)`. */
  readonly base: string;
  /** The id of this page's viewer; null before the server has answered. Ask each time: a server that has forgotten it gives another. */
  viewerId(): string | null;
  /** Calls the listener with every event of the viewer's socket. A `state` comes with each new connection, the first and the later ones. */
  onEvent(listener: (event: ServerEvent) => void): void;
  /** Calls the listener when the server answers again after the picture was lost. The socket may come later: Firefox holds back one that has failed often. */
  onReachable(listener: () => void): void;
  /** Shows a line over the picture for 5 s. */
  say(text: string): void;
}
