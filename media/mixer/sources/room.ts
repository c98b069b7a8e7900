/** Lets a reader wait for room. */
export interface Room {
  /** Null where there is room now, else what resolves when there is. */
  wait(): Promise<void> | null;
  /** Something was taken: whoever waits looks again. */
  look(): void;
}

export function createRoom(hasRoom: () => boolean): Room {
  let waiting: (() => void)[] = [];
  return {
    wait: () => hasRoom() ? null : new Promise((resolve) => waiting.push(resolve)),
    look() {
      if (waiting.length === 0 || !hasRoom()) return;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
  };
}

/** So many pictures may be read and not yet shown: 8, or 24 MB worth, but never fewer than 2. */
export function pictureCeiling(bytesPerPicture: number): number {
  return Math.max(2, Math.min(8, Math.floor(24e6 / bytesPerPicture)));
}
