/** Where a show stands in its life; a value. Times are of the wall clock, in ms since 1970. */
export type ShowLife =
  | {
    readonly kind: "waiting";
    /** Null where no time was announced. */
    readonly startsAtMs: number | null;
    /** At that time it goes on air without a press. */
    readonly startsByItself: boolean;
  }
  | { readonly kind: "on_air" }
  | {
    /** The card stands, the show goes on. */
    readonly kind: "paused";
    /** What the countdown on the card counts to; null for none. */
    readonly backAtMs: number | null;
  }
  /** The closing card stands; then every playlist ends. */
  | { readonly kind: "ending" }
  | { readonly kind: "ended" };

/** What was shown can be fetched for so long after its end. */
export const KEPT_AFTER_END_MS = 60_000;

/** What the streamer wants to be. */
export type LifeWish =
  | { readonly state: "waiting"; readonly startsAtMs: number | null; readonly startsByItself: boolean }
  | { readonly state: "on_air" }
  | { readonly state: "paused"; readonly backAtMs: number | null }
  | { readonly state: "ended" };

export type LifeOutcome =
  /** The very same life where all was so already. */
  | { readonly kind: "moved"; readonly life: ShowLife }
  | { readonly kind: "refused"; readonly reason: LifeRefusal };

/** `off_air`: there is nothing to pause or to end. `on_air`: nothing can be announced before the show has ended. */
export type LifeRefusal = "off_air" | "on_air";

/** What a life of the server leaves to the next one. */
export interface LifeMemory {
  readonly life: ShowLife;
  /** The server was stopped in order: whoever starts it again means to begin anew. */
  readonly isStopped: boolean;
}

/** How long the closing card stands. */
export const CLOSING_MS = 10_000;
/** A start that was missed by more, as nothing ran, is for the streamer to press. */
export const MOST_MISSED_MS = 600_000;

export const WAITING: ShowLife = { kind: "waiting", startsAtMs: null, startsByItself: false };
const ON_AIR: ShowLife = { kind: "on_air" };
const ENDING: ShowLife = { kind: "ending" };
const ENDED: ShowLife = { kind: "ended" };

/** Whether an encoder runs. */
export function isOnAir({ kind }: ShowLife): boolean {
  return kind === "on_air" || kind === "paused" || kind === "ending";
}

/**
 * How a server begins. One that comes up on air does so whatever was before, but where the last life ended without an order: what was off the air then stays
 * off it. One that comes up off the air goes on as it was left.
 */
export function resumeLife(memory: LifeMemory | null, o: { readonly isOffAir: boolean }): ShowLife {
  if (memory === null) return o.isOffAir ? WAITING : ON_AIR;
  if (!o.isOffAir && memory.isStopped) return ON_AIR;
  return memory.life.kind === "ending" ? ENDED : memory.life;
}

/** One press. Wishing for what is so already is no mistake; whoever starts while the closing card stands has thought better of the end. */
export function press(life: ShowLife, wish: LifeWish): LifeOutcome {
  switch (wish.state) {
    case "on_air":
      return moved(life, ON_AIR);
    case "paused":
      if (life.kind !== "on_air" && life.kind !== "paused") return OFF_AIR;
      return moved(life, { kind: "paused", backAtMs: wish.backAtMs });
    case "ended":
      if (life.kind === "waiting") return OFF_AIR;
      return moved(life, life.kind === "ended" ? ENDED : ENDING);
    case "waiting":
      if (isOnAir(life)) return { kind: "refused", reason: "on_air" };
      return moved(life, {
        kind: "waiting",
        startsAtMs: wish.startsAtMs,
        startsByItself: wish.startsByItself && wish.startsAtMs !== null,
      });
  }
}

/** The closing card has stood for its time. */
export function close(life: ShowLife): ShowLife {
  return life.kind === "ending" ? ENDED : life;
}

/** To be asked now and then: what begins by itself begins. */
export function letTimePass(life: ShowLife, nowMs: number): ShowLife {
  if (life.kind !== "waiting" || !life.startsByItself || life.startsAtMs === null || nowMs < life.startsAtMs) return life;
  return nowMs - life.startsAtMs > MOST_MISSED_MS ? { ...life, startsByItself: false } : ON_AIR;
}

const OFF_AIR: LifeOutcome = { kind: "refused", reason: "off_air" };

function moved(from: ShowLife, to: ShowLife): LifeOutcome {
  return { kind: "moved", life: JSON.stringify(from) === JSON.stringify(to) ? from : to };
}
