import type { RawPicture } from "../../intake/raw_picture.ts";
import type { Teller } from "../../teller.ts";
import type { Life, LifeParts } from "./life.ts";

/** What a source is doing. */
export type SourceState =
  /** Nobody shows it: nothing of it runs. */
  | { readonly kind: "closed" }
  | { readonly kind: "opening" }
  /** It delivers, or what it delivered last is held for a moment. */
  | { readonly kind: "open" }
  | { readonly kind: "away"; readonly reason: string; readonly sinceMs: number; readonly tries: number };

export type Readiness = { readonly kind: "ready" } | { readonly kind: "not_ready"; readonly reason: string };

/** What a source has to show, and whether it is there: its life, and the one before, whose last picture is held until the new one has its own. */
export interface Presence {
  readonly state: SourceState;
  readonly pids: readonly number[];
  enter(state: SourceState): void;
  /** From now on this is the source's life. */
  begin(life: Life): void;
  isThere(): boolean;
  /** With each tick: is it there, or away? */
  advance(showMs: number): void;
  /** Before the show has begun there are no ticks: judges as soon as the life is ready. Gives the way to call that off. */
  judgeWhenReady(life: Life): () => void;
  /** Says why, once. */
  away(reason: string, tries: number): void;
  /** `standIn` is what stands where the life has no picture of its own. */
  pictureAt(showMs: number, standIn?: () => RawPicture | null): RawPicture | null;
  /** The same for who only looks: what waits for its first showing goes on waiting. */
  peekAt(showMs: number, standIn?: () => RawPicture | null): RawPicture | null;
  readonly heard: Life | null;
  readonly life: Life | null;
  /** Resolves when it is there, or with why it is not within `limitMs`. */
  ready(limitMs: number): Promise<Readiness>;
  /** Resolves when anything has changed, or the signal is aborted. */
  change(signal: AbortSignal): Promise<void>;
  changed(): void;
  /** Ends its lives. */
  close(): Promise<void>;
}

const READY_LOOK_MS = 10;

export function createPresence(o: {
  readonly parts: Pick<LifeParts, "clock">;
  readonly teller: Teller;
  /** Why it is away that was there, and how often it was tried. */
  readonly explain: () => { readonly reason: string; readonly tries: number };
  readonly onThere?: () => void;
}): Presence {
  const { clock } = o.parts;
  let life: Life | null = null;
  let former: Life | null = null;
  let state: SourceState = { kind: "closed" };
  const wakers = new Set<() => void>();

  function changed(): void {
    for (const wake of [...wakers]) wake();
  }

  function change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        wakers.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      wakers.add(wake);
      if (signal.aborted) wake();
      else signal.addEventListener("abort", wake);
    });
  }

  function enter(next: SourceState): void {
    state = next;
    changed();
  }

  function isThere(showMs: number): boolean {
    return [life, former].some((one) => one?.isThere(showMs));
  }

  function away(reason: string, tries: number): void {
    o.teller.trouble(reason);
    enter({ kind: "away", reason, sinceMs: state.kind === "away" ? state.sinceMs : clock.nowMs(), tries });
  }

  function judge(showMs: number): void {
    if (state.kind === "closed") return;
    if (isThere(showMs)) {
      o.onThere?.();
      if (state.kind === "open") return;
      enter({ kind: "open" });
      o.teller.over();
    } else if (state.kind === "open") {
      const { reason, tries } = o.explain();
      away(reason, tries);
    }
  }

  /** `fresh`: what the life has. */
  function choose(fresh: RawPicture | null, showMs: number, standIn?: () => RawPicture | null): RawPicture | null {
    const shown = life?.isThere(showMs) ? fresh ?? standIn?.() : null;
    return shown ?? (former?.isThere(showMs) ? former.pictureAt(showMs) : null);
  }

  return {
    get state() {
      return state;
    },
    get life() {
      return life;
    },
    get heard() {
      return life?.isReady ? life : former ?? life;
    },
    get pids() {
      return [life, former].flatMap((one) => [...one?.pids ?? []]);
    },
    enter,
    begin(begun) {
      if (life?.isThere(clock.nowMs())) {
        void former?.stop();
        former = life;
      } else void life?.stop();
      life = begun;
    },
    isThere: () => isThere(clock.nowMs()),
    advance(showMs) {
      life?.advance(showMs);
      judge(showMs);
    },
    judgeWhenReady(begun) {
      const watch = setInterval(() => {
        if (!begun.isReady) return;
        clearInterval(watch);
        judge(clock.nowMs());
      }, READY_LOOK_MS);
      return () => clearInterval(watch);
    },
    away,
    pictureAt(showMs, standIn) {
      const fresh = life?.pictureAt(showMs) ?? null;
      if (fresh && former) {
        void former.stop();
        former = null;
      }
      return choose(fresh, showMs, standIn);
    },
    peekAt: (showMs, standIn) => choose(life?.peekAt(showMs) ?? null, showMs, standIn),
    async ready(limitMs) {
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), limitMs);
      try {
        for (;;) {
          if (isThere(clock.nowMs())) return { kind: "ready" };
          if (state.kind === "away") return { kind: "not_ready", reason: state.reason };
          if (late.signal.aborted || state.kind === "closed") return { kind: "not_ready", reason: `no picture within ${limitMs / 1000} s` };
          await change(late.signal);
        }
      } finally {
        clearTimeout(timer);
      }
    },
    change,
    changed,
    async close() {
      const lives = [life, former];
      life = former = null;
      enter({ kind: "closed" });
      await Promise.all(lives.map((one) => one?.stop()));
    },
  };
}
