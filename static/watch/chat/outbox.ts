import type { ChatMessage } from "../../../routes/chat/schemas.ts";

/** A message that is on its way. Its key makes it one message however often it is sent. */
export interface Unsent {
  readonly key: string;
  readonly name: string;
  readonly text: string;
}

/** What the server made of it. */
export type SendAnswer =
  | { readonly kind: "said"; readonly message: ChatMessage }
  /** It waits until the streamer or a moderator has looked at it. */
  | { readonly kind: "held" }
  /** It was said, and deleted before we heard of it. */
  | { readonly kind: "deleted" }
  | { readonly kind: "refused"; readonly problem: string | null; readonly retryAfterSeconds: number | null }
  /** Nobody knows whether it arrived: it is sent again. */
  | { readonly kind: "unanswered" };

export interface Outbox {
  readonly unsent: readonly Unsent[];
  /** Whether the server has left the first of them without an answer. */
  readonly isStuck: boolean;
  /** False when too many wait already. */
  add(message: Unsent): boolean;
  /** The server may be there again: what is on its way may be on a connection that is dead, and is sent once more. */
  hurry(): void;
}

const MOST_UNSENT = 5;
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 5000;

/** Sends messages one after the other, each until it is answered. `onChange` after every change of what waits. */
export function createOutbox(deps: {
  readonly unsent: readonly Unsent[];
  /** Leaves a message unanswered that is given up. */
  readonly send: (message: Unsent, giveUp: AbortSignal) => Promise<SendAnswer>;
  readonly onSaid: (message: ChatMessage) => void;
  readonly onHeld?: () => void;
  readonly onRefused: (message: Unsent, refusal: SendAnswer & { kind: "refused" }) => void;
  readonly onChange: () => void;
  /** Calls back after so many ms, and returns how to stop that. */
  readonly wait: (callback: () => void, delayMs: number) => () => void;
}): Outbox {
  let unsent = [...deps.unsent];
  let failures = 0;
  let isSending = false;
  let stopWaiting: (() => void) | null = null;
  let giveUp = new AbortController();

  async function sendAll(): Promise<void> {
    if (isSending) return;
    isSending = true;
    stopWaiting?.();
    stopWaiting = null;
    try {
      while (unsent.length > 0) {
        const message = unsent[0]!;
        giveUp = new AbortController();
        const { signal } = giveUp;
        const answer = await deps.send(message, signal);
        if (answer.kind === "unanswered" && signal.aborted) continue;
        if (answer.kind === "unanswered") {
          stopWaiting = deps.wait(() => void sendAll(), Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures++));
          return deps.onChange();
        }
        failures = 0;
        unsent = unsent.slice(1);
        if (answer.kind === "said") deps.onSaid(answer.message);
        if (answer.kind === "held") deps.onHeld?.();
        if (answer.kind === "refused") deps.onRefused(message, answer);
        deps.onChange();
      }
    } finally {
      isSending = false;
    }
  }

  if (unsent.length > 0) void sendAll();
  return {
    get unsent() {
      return unsent;
    },
    get isStuck() {
      return failures > 0;
    },
    add(message) {
      if (unsent.length >= MOST_UNSENT) return false;
      unsent = [...unsent, message];
      deps.onChange();
      void sendAll();
      return true;
    },
    hurry() {
      giveUp.abort();
      void sendAll();
    },
  };
}
