import { setSystemTimer, type SetTimer } from "../timer.ts";
import type { Owed } from "./owed.ts";
import { describeFailedStart, type RunEnd } from "./run_end.ts";
import { type EncoderRun, isRun } from "./run_life.ts";

/** `failures` counts the lives in a row that gave nothing back. */
export type EncoderState =
  | { readonly kind: "idle" }
  | { readonly kind: "starting"; readonly failures: number }
  | { readonly kind: "running" }
  | { readonly kind: "backing_off"; readonly failures: number; readonly delayMs: number; readonly lastEnd: RunEnd }
  | { readonly kind: "stopped" };

export interface Supervisor<Item> {
  readonly state: EncoderState;
  /** Of the process whose turn it is; null where there is none. */
  readonly pid: number | null;
  /** What is owed now. */
  readonly owed: Pick<Owed<Item>, "first" | "count" | "bytes">;
  /** The newest position that was given; null before the first. */
  readonly newest: number | null;
  /** An item for the encoder, in the order of positions. False where there was no room to owe it: it is not encoded. */
  give(position: number, item: Item): boolean;
  /** The place is filled by somebody else: what is owed up to there is forgotten. */
  settle(position: number): void;
  /** From this position on another life encodes; the one before gives back what is its own. To be called before that position is given. */
  replaceAt(position: number): void;
  stop(): Promise<void>;
}

export interface SupervisorDeps<Item, Back extends { readonly position: number }> {
  readonly owed: Owed<Item>;
  /** So many items before the first owed one are given to a new life first; what comes back for them is nobody's business. */
  readonly warmUp: number;
  /** Begins a life with the item of this position. */
  readonly startRun: (firstPosition: number, onBack: (back: Back) => void) => Promise<EncoderRun<Item> | RunEnd>;
  /** In the order of positions, over all lives. `run` names the life. */
  readonly onBack: (back: Back, run: string) => void;
  readonly onState: (state: EncoderState, why: string) => void;
  /** How long nothing may come back from an encoder that has delivered; longer on a machine that is strained. Half a second unless said. */
  readonly patienceMs?: () => number;
  readonly setTimer?: SetTimer;
}

/** Nothing back for so long is a stuck encoder; a fresh one on a busy machine has more time. */
export const STUCK_AFTER_MS = 500;
const START_LIMIT_MS = 3000;
const CHECK_MS = 100;
/** The first new life comes at once, the second after this. */
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;

/** One life, and what came back from it before its turn. */
interface Life<Item, Back> {
  /** What it begins with; what comes back for places before `own` is nobody's business. */
  readonly from: number;
  readonly own: number;
  /** The first position that is not its own any more. */
  until: number;
  run: EncoderRun<Item> | null;
  readonly early: Back[];
  hasGivenBack: boolean;
  isFinishing: boolean;
  given: number;
}

/**
 * Keeps encoding: a life that ends is followed by another, which is given what the one before owed. A life from which nothing comes back is ended. Time is
 * counted in checks of its own, so that a machine that slept is not the encoder's fault.
 */
export function superviseEncoder<Item, Back extends { readonly position: number }>(
  o: SupervisorDeps<Item, Back>,
): Supervisor<Item> {
  const { owed, setTimer = setSystemTimer, patienceMs = () => STUCK_AFTER_MS } = o;
  const lives: Life<Item, Back>[] = [];
  /** Those that still have a process, or will. */
  const living = new Set<Promise<void>>();
  /** Where another life was wished, ascending, as far as a life may still have to begin before it. */
  let wishes: number[] = [];
  let state: EncoderState = { kind: "idle" };
  let failures = 0;
  let silentMs = 0;
  let cancelRetry = () => {};
  let cancelCheck = () => {};
  let newest: number | null = null;

  function enter(next: EncoderState, why: string): void {
    state = next;
    o.onState(next, why);
  }

  function startLife(own: number): void {
    wishes = wishes.filter((position) => position > (owed.first ?? own));
    const [[from] = [own]] = owed.from(own - o.warmUp);
    const until = wishes.find((position) => position > own) ?? Infinity;
    const life: Life<Item, Back> = { from, own, until, run: null, early: [], hasGivenBack: false, isFinishing: false, given: from - 1 };
    lives.push(life);
    if (lives.length === 1) {
      silentMs = 0;
      enter({ kind: "starting", failures }, "A new encoder begins");
    }
    const lived = live(life).finally(() => living.delete(lived));
    living.add(lived);
  }

  async function live(life: Life<Item, Back>): Promise<void> {
    const outcome = await o.startRun(life.from, (back) => takeBack(life, back))
      .catch((problem) => describeFailedStart(problem instanceof Error ? problem.message : String(problem)));
    if (!isRun(outcome)) return endLife(life, outcome);
    // Nobody waits for it any more: the one before it has died meanwhile, or all is over.
    if (!lives.includes(life) || state.kind === "stopped") return await outcome.stop();
    life.run = outcome;
    feed(life);
    endLife(life, await outcome.ended);
  }

  /** All that is this life's own and that it has not been given. */
  function feed(life: Life<Item, Back>): void {
    if (!life.run || life.isFinishing) return;
    for (const [position, item] of owed.from(life.given + 1)) {
      if (position >= life.until) break;
      life.run.give(position, item);
      life.given = position;
    }
    if ((owed.last ?? -1) >= life.until || life.until <= life.given + 1) {
      life.isFinishing = true;
      life.run.finish();
    }
  }

  function takeBack(life: Life<Item, Back>, back: Back): void {
    life.hasGivenBack = true;
    if (lives[0] !== life) return void life.early.push(back);
    silentMs = 0;
    failures = 0;
    if (state.kind === "starting") enter({ kind: "running" }, "The encoder delivers");
    if (back.position < life.own) return;
    owed.settle(back.position);
    o.onBack(back, life.run?.id ?? "");
  }

  function endLife(life: Life<Item, Back>, end: RunEnd): void {
    const at = lives.indexOf(life);
    if (at < 0 || state.kind === "stopped") return;
    lives.splice(at, 1);
    const missing = owed.first;
    const isWhole = life.isFinishing && (missing === null || missing >= life.until);
    if (at === 0 && isWhole) return promote();
    if (!life.hasGivenBack) failures++;
    // What the others have begun is begun again after the owed items, in order.
    const others = lives.splice(0);
    for (const other of others) other.run?.stop();
    const delayMs = failures <= 1 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 2));
    if (owed.first === null && delayMs === 0) return enter({ kind: "idle" }, end.reason);
    enter({ kind: "backing_off", failures, delayMs, lastEnd: end }, end.reason);
    cancelRetry = setTimer(retry, delayMs);
  }

  function promote(): void {
    const next = lives[0];
    silentMs = 0;
    if (!next) return enter({ kind: "idle" }, "The encoder has given back all it had");
    for (const back of next.early.splice(0)) takeBack(next, back);
  }

  function retry(): void {
    if (state.kind !== "backing_off") return;
    if (owed.first === null) return enter({ kind: "idle" }, "Nothing is owed");
    startLife(owed.first);
    openNextLives();
  }

  /** The life that begins where another was wished, once something stands there or behind. */
  function openNextLives(): void {
    for (;;) {
      const [next] = owed.from(lives.at(-1)?.until ?? Infinity);
      if (!next) return;
      startLife(next[0]);
    }
  }

  function check(): void {
    cancelCheck = setTimer(check, CHECK_MS);
    const life = lives[0];
    if (!life?.run || owed.first === null) {
      silentMs = 0;
      return;
    }
    silentMs += CHECK_MS;
    const limitMs = life.hasGivenBack ? patienceMs() : START_LIMIT_MS;
    if (silentMs >= limitMs) life.run.fail("stuck", `Nothing came back from the encoder for ${(limitMs / 1000).toFixed(1)} s`);
  }
  cancelCheck = setTimer(check, CHECK_MS);

  return {
    get state() {
      return state;
    },
    get pid() {
      return lives[0]?.run?.pid ?? null;
    },
    owed,
    get newest() {
      return newest;
    },
    give(position, item) {
      if (state.kind === "stopped" || !owed.add(position, item)) return false;
      newest = position;
      if (state.kind === "backing_off") return true;
      if (lives.length === 0) startLife(owed.first!);
      for (const life of lives) feed(life);
      openNextLives();
      return true;
    },
    settle(position) {
      // A life that is being started was promised what it begins with: that names all its times.
      const starting = lives.find(({ run }) => run === null);
      owed.settle(starting ? Math.min(position, starting.from - 1) : position);
    },
    replaceAt(position) {
      wishes.push(position);
      const last = lives.at(-1);
      if (last) last.until = Math.min(last.until, position);
    },
    async stop() {
      if (state.kind !== "stopped") {
        enter({ kind: "stopped" }, "Stop was asked for");
        cancelRetry();
        cancelCheck();
        owed.settle(Infinity);
        for (const life of lives) life.run?.stop();
      }
      await Promise.all(living);
    },
  };
}
