import { createBackOff } from "../../intake/back_off.ts";
import { lookFirst } from "../../intake/look.ts";
import { type IntakePlan, type PlannedInput, STILL_FETCHED_EVERY_MS } from "../../intake/plan.ts";
import type { RawPicture } from "../../intake/raw_picture.ts";
import type { Found } from "../../intake/streams.ts";
import { hideSecrets } from "../../settings/secrets.ts";
import type { Teller } from "../../teller.ts";
import { pause } from "../../timer.ts";
import type { MixInput } from "../mixer.ts";
import type { Life, LifeEnd, LifeParts, Opened } from "./life.ts";
import { openLiveLife } from "./live_life.ts";
import { createOpener } from "./open_inputs.ts";
import { createPresence, type Readiness, type SourceState } from "./presence.ts";
import { openStoredLife } from "./stored_life.ts";

/** One thing the streamer can show, from when somebody wants it until nobody does: opened, and again whenever it ends. */
export interface Source extends MixInput {
  readonly state: SourceState;
  /** What the newest look found; null before the first. */
  readonly found: Found | null;
  readonly pids: readonly number[];
  /** Opening it twice is harmless. */
  open(): void;
  /** With each tick, shown or not, before the picture is asked for. */
  advance(showMs: number): void;
  /** The picture that stands then, not retained, for who only looks: what waits for its first showing goes on waiting. */
  peekAt(showMs: number): RawPicture | null;
  /** Resolves when its first picture is there, or with why it is not within `limitMs`. */
  ready(limitMs: number): Promise<Readiness>;
  /** Closing twice is harmless; it can be opened again. */
  close(): Promise<void>;
}

/** A plan, and what looks have found in its inputs. */
export interface Looked {
  readonly plan: IntakePlan;
  readonly opened: ReadonlyMap<PlannedInput, Opened>;
}

export interface SourceOptions {
  readonly plan: () => Promise<IntakePlan>;
  readonly parts: LifeParts;
  readonly teller: Teller;
  /** What stands where there is sound and no picture. */
  readonly titleCard: () => RawPicture;
  /** A look that has begun before: the first opening waits for it, since many a source can be looked into only once at a time. */
  readonly looked: Promise<Looked> | null;
  readonly random: () => number;
}

export function createSource(o: SourceOptions): Source {
  const { parts } = o;
  let { looked } = o;
  let aborter: AbortController | null = null;
  let running: Promise<void> = Promise.resolve();
  let microphone: Life | null = null;
  let found: Found | null = null;
  let lastReason: string | null = null;
  let tries = 0;
  const presence = createPresence({ ...o, explain: () => ({ reason: lastReason ?? "nothing comes", tries }) });
  const opener = createOpener(parts, () => presence.isThere() || presence.away("nothing comes", tries));

  /** Opens it, again and again, until it is closed. */
  async function run(signal: AbortSignal): Promise<void> {
    const backOff = createBackOff(o.random);
    let listening: Promise<void> | null = null;
    while (!signal.aborted) {
      const end = await live(signal, (input) => listening ??= listen(input, signal));
      if (signal.aborted) break;
      lastReason = hideSecrets(end.reason);
      const pauseMs = end.isFetched ? STILL_FETCHED_EVERY_MS : backOff.afterEnd(end.deliveredMs);
      tries = backOff.tries;
      if (!presence.isThere()) presence.away(lastReason, tries);
      await pause(pauseMs, signal);
    }
    await listening;
  }

  interface End {
    readonly reason: string;
    readonly deliveredMs: number;
    /** A still picture, fetched well. */
    readonly isFetched: boolean;
  }

  async function live(signal: AbortSignal, onSounds: (input: PlannedInput) => void): Promise<End> {
    const known = await looked;
    looked = null;
    const plan = known?.plan ?? await o.plan();
    if (plan.kind === "problem") return failed(plan.reason);
    const inputs = opener.open(plan.inputs, known?.opened ?? new Map(), signal);
    const first = await inputs.next();
    if (first === null || signal.aborted) return failed(inputs.reason);
    if (first.input.sounds.length > 0) onSounds(first.input);
    const begun = first.way.pace === "stored"
      ? openStoredLife(parts, {
        first,
        next: plan.inputs.length === 1 ? () => Promise.resolve(first) : inputs.next,
        repeatsOne: plan.inputs.length === 1,
      })
      : openLiveLife(parts, first);
    presence.begin(begun);
    found = first.found;
    const end = judgeEnd(first, await lastAsLongAs(begun, signal));
    const reason = opener.relay?.reason ?? end.reason;
    await opener.stopRelay();
    return { ...end, reason };
  }

  async function lastAsLongAs(begun: Life, signal: AbortSignal): Promise<LifeEnd> {
    const callOff = presence.judgeWhenReady(begun);
    const abort = () => {
      callOff();
      void begun.stop();
    };
    signal.addEventListener("abort", abort, { once: true });
    const end = await begun.ended;
    callOff();
    signal.removeEventListener("abort", abort);
    return end;
  }

  /** Sound that comes from elsewhere, for as long as the source is open. */
  async function listen(input: PlannedInput, signal: AbortSignal): Promise<void> {
    const backOff = createBackOff(o.random);
    let isTold = false;
    while (!signal.aborted) {
      const outcome = await lookFirst(input.sounds, "sound", { canvas: parts.canvas, signal });
      let deliveredMs = 0;
      if (outcome.kind === "opened" && !signal.aborted) {
        microphone = openLiveLife(parts, { way: outcome.way, found: { ...outcome.found, video: null } });
        deliveredMs = (await lastAsLongAs(microphone, signal)).aliveMs;
        microphone = null;
      } else if (outcome.kind === "failed" && !isTold && !signal.aborted) {
        isTold = true;
        parts.note(`has no sound: ${hideSecrets(outcome.reason)}`);
      }
      await pause(backOff.afterEnd(deliveredMs), signal);
    }
  }

  function standIn(): RawPicture | null {
    return found?.video === null ? o.titleCard() : null;
  }

  return {
    get state() {
      return presence.state;
    },
    get found() {
      return found;
    },
    get pids() {
      return [...presence.pids, ...microphone?.pids ?? [], ...(opener.relay ? [opener.relay.pid] : [])];
    },
    open() {
      if (aborter) return;
      aborter = new AbortController();
      presence.enter({ kind: "opening" });
      const { signal } = aborter;
      running = running.then(() => run(signal));
    },
    advance: presence.advance,
    pictureAt: (showMs) => presence.pictureAt(showMs, standIn),
    peekAt: (showMs) => presence.peekAt(showMs, standIn),
    readSound(into, fromShowMs) {
      const heard = microphone ?? presence.heard;
      if (heard) heard.readSound(into, fromShowMs);
      else into.fill(0);
    },
    get soundLatenessMs() {
      return (microphone ?? presence.life)?.soundLatenessMs ?? null;
    },
    get shape() {
      return found?.video ?? null;
    },
    ready: presence.ready,
    close() {
      aborter?.abort();
      aborter = null;
      // Whoever opens it again waits for that: a camera can be had once.
      running = Promise.all([running, presence.close()]).then(() => {});
      return running;
    },
  };
}

function failed(reason: string) {
  return { reason, deliveredMs: 0, isFetched: false };
}

/** What came to its end, whole, is no failure: it begins again at once. */
function judgeEnd({ way }: Opened, { reason, isWhole, hasDelivered, aliveMs }: LifeEnd) {
  const isGood = isWhole && hasDelivered;
  return { reason, deliveredMs: isGood ? Infinity : hasDelivered ? aliveMs : 0, isFetched: isGood && way.atEnd === "fetch" };
}
