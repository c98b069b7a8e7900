import type { Outcome } from "../api.ts";

/** A setting as the streamer wishes it: shown at once, and taken back where the server refuses. */
export interface Wish<Value> {
  /** Null before the server was asked. */
  readonly value: Value | null;
  /** `askedAtMs`: when the server was asked for it. */
  learn(value: Value, askedAtMs: number): void;
  /** Resolves when nothing is to be sent any more. */
  set(value: Value): Promise<void>;
}

/** Sends one at a time and then the newest: a slider that is drawn makes a hundred values. `onAnswer`: what became of each that was sent. */
export function createWish<Value>(o: {
  readonly send: (value: Value) => Promise<Outcome<unknown>>;
  readonly onChange: () => void;
  readonly onAnswer: (outcome: Outcome<unknown>) => void;
  readonly now: () => number;
}): Wish<Value> {
  let known: Value | null = null;
  let wished: { readonly value: Value } | null = null;
  let isSending = false;
  /** What was asked before the last wish was answered may be out of date. */
  let settledAtMs = -Infinity;

  async function sendAll(): Promise<void> {
    while (wished !== null) {
      const sent: { readonly value: Value } = wished;
      const outcome = await o.send(sent.value);
      if (outcome.kind === "answer") known = sent.value;
      o.onAnswer(outcome);
      if (wished === sent) wished = null;
    }
    settledAtMs = o.now();
  }

  return {
    get value() {
      return wished === null ? known : wished.value;
    },
    learn(value, askedAtMs) {
      if (!isSending && askedAtMs > settledAtMs) known = value;
    },
    async set(value) {
      wished = { value };
      o.onChange();
      if (isSending) return;
      isSending = true;
      await sendAll();
      isSending = false;
      o.onChange();
    },
  };
}
