import type { SetTimer } from "../timer.ts";

/** Holds a sender back while somebody owes too much. */
export interface Hold {
  /** Null where more may be read, otherwise when to ask again. */
  roomToRead(): Promise<void> | null;
  /** Something was read, or a reader has gone. */
  look(): void;
}

/** `isOwing` says whether to hold; where that lasts for `atMostMs`, `giveUp` is called once and the sender goes on. */
export function createHold(o: { setTimer: SetTimer; atMostMs: number; isOwing: () => boolean; giveUp: () => void }): Hold {
  let held: { readonly promise: Promise<void>; readonly release: () => void } | null = null;

  function hold(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const callOff = o.setTimer(() => {
      o.giveUp();
      release();
    }, o.atMostMs);
    function release(): void {
      callOff();
      held = null;
      resolve();
    }
    held = { promise, release };
    return promise;
  }

  return {
    roomToRead() {
      if (held !== null) return held.promise;
      return o.isOwing() ? hold() : null;
    },
    look() {
      if (held !== null && !o.isOwing()) held.release();
    },
  };
}
