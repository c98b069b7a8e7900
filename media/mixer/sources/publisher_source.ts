import type { Publisher, PublisherEnd } from "../../ingest/publisher.ts";
import { createBackOff } from "../../intake/back_off.ts";
import { openPublisherInput, type PublisherInput } from "../../intake/publisher_input.ts";
import type { Found } from "../../intake/streams.ts";
import { pause } from "../../timer.ts";
import { type LiveLife, openLiveLife } from "./live_life.ts";
import type { OpenIntake } from "./open_intake.ts";
import { createPresence } from "./presence.ts";
import type { Source, SourceOptions } from "./source.ts";

/** What is published with one key, over all the stays of its publisher. */
export interface PublisherSource extends Source {
  /** A stay has begun: from its first picture on it can be shown. */
  take(publisher: Publisher): void;
}

/** An intake that ends so soon after its first picture may do so again and again. */
const SHORT_LIFE_MS = 2000;
const MOST_SHORT_LIVES = 3;

/**
 * Opened: an intake reads what the publisher sends; where it ends the next one begins at once, with the pictures that are kept, while the last picture is held.
 * A publisher that is lost is waited for in the same life, and the next stay of the same key goes on where the one before ended.
 */
export function createPublisherSource(
  { parts, teller, random, waitsFor }: Pick<SourceOptions, "parts" | "teller" | "random"> & {
    /** Why nothing is there before the first has come. */
    readonly waitsFor: string;
  },
): PublisherSource {
  let publisher: Publisher | null = null;
  let lastEnd: PublisherEnd | null = null;
  let aborter: AbortController | null = null;
  let running: Promise<void> = Promise.resolve();
  /** Sound that the publisher sends only since after its picture: an intake of its own, so that the picture's goes on. */
  let laterSound: { readonly intake: OpenIntake; readonly found: Found } | null = null;
  let found: Found | null = null;
  let trouble: string | null = null;
  let tries = 0;
  const presence = createPresence({
    parts,
    teller,
    explain: () => ({ reason: explainAbsence(), tries }),
    onThere: () => void (trouble = null),
  });

  function away(): void {
    presence.away(explainAbsence(), tries);
  }

  function explainAbsence(): string {
    if (publisher === null) return lastEnd === null ? waitsFor : ENDS[lastEnd];
    return publisher.state.kind === "lost" ? "its connection is lost" : trouble ?? "nothing comes from it";
  }

  /** Reads whoever publishes, again and again, until it is closed. */
  async function run(signal: AbortSignal): Promise<void> {
    const backOff = createBackOff(random);
    let shortLives = 0;
    while (!signal.aborted) {
      // A lost publisher's last picture must not come for new.
      if (publisher === null || publisher.state.kind === "lost") {
        await presence.change(signal);
        continue;
      }
      const end = await live(publisher, signal);
      if (signal.aborted) break;
      shortLives = end.isGood ? 0 : shortLives + 1;
      tries = shortLives;
      if (end.isGood || end.hasDelivered && shortLives <= MOST_SHORT_LIVES) continue;
      trouble = end.reason;
      if (!presence.isThere()) away();
      await pause(backOff.afterEnd(0), signal);
    }
  }

  /** One intake. `isGood`: the next one begins at once. */
  async function live(from: Publisher, signal: AbortSignal): Promise<{ isGood: boolean; hasDelivered: boolean; reason: string }> {
    const input = await open(from, "both");
    if (typeof input === "string") return { isGood: false, hasDelivered: false, reason: input };
    if (signal.aborted) {
      await input.close();
      return { isGood: true, hasDelivered: false, reason: "" };
    }
    const begun = begin(input);
    const over = new AbortController();
    signal.addEventListener("abort", () => over.abort(), { signal: over.signal });
    over.signal.addEventListener("abort", from.subscribe(() => void hearLater(from, begun, input.found, over.signal)));
    over.signal.addEventListener("abort", presence.judgeWhenReady(begun));
    void hearLater(from, begun, input.found, over.signal);
    const why = await Promise.race([input.ended, begun.ended.then(() => null), aborted(over.signal)]);
    over.abort();
    await input.close();
    // What was handed over is decoded to its end, and the last picture of it held.
    if (why !== null && why !== "reader_gone") return { isGood: true, hasDelivered: begun.isReady, reason: "" };
    const { reason, hasDelivered, aliveMs } = await begun.ended;
    return { isGood: hasDelivered && aliveMs >= SHORT_LIFE_MS, hasDelivered, reason };
  }

  function begin(input: PublisherInput): LiveLife {
    const begun = openLiveLife(parts, input, input.lagMs);
    presence.begin(begun);
    found = input.found;
    return begun;
  }

  async function hearLater(from: Publisher, beside: LiveLife, { sound }: Found, signal: AbortSignal): Promise<void> {
    if (sound !== null || from.stats.sound === null || laterSound !== null || signal.aborted) return;
    const input = await open(from, "sound");
    if (typeof input === "string") return;
    if (signal.aborted || laterSound !== null) return await input.close();
    const intake = beside.hear(input);
    laterSound = { intake, found: input.found };
    await Promise.race([input.ended, intake.ended, aborted(signal)]);
    await input.close();
    await intake.stop();
    laterSound = null;
    if (!signal.aborted) await pause(AGAIN_AFTER_MS, signal);
    await hearLater(from, beside, { ...input.found, sound: null }, signal);
  }

  async function open(from: Publisher, wanted: "both" | "sound"): Promise<PublisherInput | string> {
    try {
      return await openPublisherInput({ publisher: from, folder: parts.folder, canvas: parts.canvas, wanted });
    } catch (problem) {
      return problem instanceof Error ? problem.message : String(problem);
    }
  }

  return {
    get state() {
      return presence.state;
    },
    get found() {
      return found && laterSound ? { ...found, sound: laterSound.found.sound } : found;
    },
    get pids() {
      const later = laterSound?.intake.pid ?? null;
      return [...presence.pids, ...(later === null ? [] : [later])];
    },
    take(next) {
      publisher = next;
      const deaf = next.subscribe(presence.changed);
      next.ended.then((why) => {
        deaf();
        if (publisher !== next) return;
        publisher = null;
        lastEnd = why;
        if (presence.state.kind === "away" || presence.state.kind === "opening") away();
        presence.changed();
      });
      if (presence.state.kind === "away") presence.enter({ kind: "opening" });
      presence.changed();
    },
    open() {
      if (aborter) return;
      aborter = new AbortController();
      presence.enter({ kind: "opening" });
      if (publisher === null) away();
      const { signal } = aborter;
      running = running.then(() => run(signal));
    },
    advance: presence.advance,
    pictureAt: (showMs) => presence.pictureAt(showMs),
    peekAt: (showMs) => presence.peekAt(showMs),
    readSound(into, fromShowMs) {
      const { heard } = presence;
      if (heard) heard.readSound(into, fromShowMs);
      else into.fill(0);
    },
    get soundLatenessMs() {
      return presence.life?.soundLatenessMs ?? null;
    },
    get shape() {
      return found?.video ?? null;
    },
    ready: presence.ready,
    close() {
      aborter?.abort();
      aborter = null;
      running = Promise.all([running, presence.close()]).then(() => {});
      return running;
    },
  };
}

const ENDS: Readonly<Record<PublisherEnd, string>> = {
  stopped: "it has stopped",
  gone: "it has not come back",
  withdrawn: "its key is no longer good",
  closed: "the server stops",
};
const AGAIN_AFTER_MS = 500;

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
