import type { Ask } from "../../shared/ask.ts";
import { createOnTheWay, type OnTheWay } from "./on_the_way.ts";

/** Why nothing is sent, and whether that changes by itself. */
export type LinkTrouble =
  /** The server cannot be reached, or has let go: it is tried again. */
  | "unreachable"
  /** Somebody publishes with this key; it is tried again, for a connection of ours that broke looks the same for two seconds. */
  | "in_use"
  /** It is tried again in a minute. */
  | "too_many_keys"
  /** These end it. */
  | "wrong_key"
  | "taken_over"
  | "full";

export type LinkState =
  | { readonly kind: "closed"; readonly trouble: LinkTrouble | null }
  | { readonly kind: "connecting"; readonly trouble: LinkTrouble | null }
  | { readonly kind: "open" };

/** The way to the server: kept up until it is closed. */
export interface Link {
  readonly state: LinkState;
  readonly way: OnTheWay;
  /** Null where there is no connection. */
  readonly bufferedBytes: number | null;
  /** `number`: of a picture or of a piece, which the server answers. Without a connection it is lost. */
  send(message: Uint8Array<ArrayBuffer>, number?: number): void;
  open(): void;
  /** The streamer has stopped. */
  close(): void;
  /** The network may be back. */
  hurry(): void;
}

type Socket = Pick<WebSocket, "onopen" | "onmessage" | "onclose" | "close" | "send" | "bufferedAmount" | "readyState">;

export interface LinkDeps {
  readonly ask: Ask;
  readonly connect: (address: string, protocols: string[]) => Socket;
  /** The page's own address: a proxy may have put a prefix in front. */
  readonly base: string;
  readonly key: () => string | null;
  /** May be sent from now on; the server knows nothing of what was sent before. */
  readonly onOpen: () => void;
  /** A key picture is wanted. */
  readonly onKey: () => void;
  readonly onChange: () => void;
  readonly now: () => number;
  readonly setTimer: (callback: () => void, ms: number) => () => void;
}

const FIRST_DELAY_MS = 250, LONGEST_DELAY_MS = 5000;
const IN_USE_DELAY_MS = 700;
const TOO_MANY_DELAY_MS = 60_000;
/** Behind a Wi-Fi that has died nothing is closed and nothing is heard. */
const DEAD_AFTER_MS = 4000;
const LOOK_EVERY_MS = 500;
const OPENING_LIMIT_MS = 5000;
const NORMAL = 1000;

export function createLink(deps: LinkDeps): Link {
  const way = createOnTheWay();
  let state: LinkState = { kind: "closed", trouble: null };
  let socket: Socket | null = null;
  let failures = 0;
  /** Of the try that counts. */
  let attempt = 0;
  let callOff = () => {};

  function enter(next: LinkState): void {
    state = next;
    deps.onChange();
  }

  function drop(code?: number): void {
    callOff();
    attempt++;
    const was = socket;
    socket = null;
    if (was === null) return;
    was.onopen = was.onmessage = was.onclose = null;
    was.close(code);
  }

  function end(trouble: LinkTrouble | null): void {
    drop();
    enter({ kind: "closed", trouble });
  }

  function again(trouble: LinkTrouble, delayMs: number): void {
    drop();
    failures++;
    enter({ kind: "connecting", trouble });
    callOff = deps.setTimer(() => void begin(), delayMs);
  }

  function lost(): void {
    again("unreachable", Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures));
  }

  async function begin(): Promise<void> {
    const mine = ++attempt;
    const answer = await deps.ask("api/studio/publish/tickets", { method: "POST", headers: { authorization: `Bearer ${deps.key()}` } });
    if (mine !== attempt) return;
    const trouble = answer === null ? "unreachable" : readTrouble(answer.status);
    if (trouble === "too_many_keys") return again(trouble, TOO_MANY_DELAY_MS);
    if (trouble === "unreachable") return lost();
    if (trouble !== null) return end(trouble);
    const ticket = await readTicket(answer!);
    if (mine !== attempt) return;
    if (ticket === null) return lost();
    connect(ticket);
  }

  function connect(ticket: string): void {
    const address = new URL("api/studio/publish", deps.base).href.replace(/^http/, "ws");
    const mine = socket = deps.connect(address, ["tercet-publish", ticket]);
    mine.onmessage = ({ data }) => hear(JSON.parse(String(data)));
    mine.onclose = lost;
    callOff = deps.setTimer(lost, OPENING_LIMIT_MS);
  }

  function hear(word: { type: string; number?: number; isHeld?: boolean; why?: string }): void {
    switch (word.type) {
      case "published":
        callOff();
        failures = 0;
        way.restart();
        enter({ kind: "open" });
        deps.onOpen();
        return watch();
      case "heard":
        return way.heard(word.number ?? 0, word.isHeld ?? false, deps.now());
      case "key":
        return deps.onKey();
      case "ended":
        if (word.why === "in_use") return again("in_use", IN_USE_DELAY_MS);
        if (word.why === "taken_over") return end("taken_over");
        if (word.why === "withdrawn") return end("wrong_key");
        return lost();
    }
  }

  function watch(): void {
    callOff = deps.setTimer(() => way.oldestMs(deps.now()) > DEAD_AFTER_MS ? lost() : watch(), LOOK_EVERY_MS);
  }

  return {
    get state() {
      return state;
    },
    way,
    get bufferedBytes() {
      return state.kind === "open" ? socket!.bufferedAmount : null;
    },
    send(message, number) {
      if (state.kind !== "open" || socket!.readyState !== 1) return;
      socket!.send(message);
      if (number !== undefined) way.sent(number, message.length, deps.now());
    },
    open() {
      if (state.kind !== "closed") return;
      failures = 0;
      enter({ kind: "connecting", trouble: null });
      void begin();
    },
    close() {
      if (state.kind === "closed") return;
      drop(NORMAL);
      enter({ kind: "closed", trouble: null });
    },
    hurry() {
      if (state.kind !== "connecting" || state.trouble !== "unreachable") return;
      drop();
      void begin();
    },
  };
}

function readTrouble(status: number): LinkTrouble | null {
  if (status === 201) return null;
  if (status === 401 || status === 403) return "wrong_key";
  if (status === 429) return "too_many_keys";
  return status === 409 ? "full" : "unreachable";
}

async function readTicket(answer: Response): Promise<string | null> {
  try {
    const { ticket } = await answer.json();
    return typeof ticket === "string" ? ticket : null;
  } catch {
    return null; // a proxy's own page
  }
}
