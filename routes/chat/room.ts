import type { EventMessage, Subscribe } from "../event_hub.ts";
import { EACH_TALKER, type Limits } from "../limits.ts";
import { createRateLimit, networkOf } from "../rate_limit.ts";
import { createBans, describeBan } from "./bans.ts";
import { createHeldLines } from "./held.ts";
import { createWordFinder } from "./held_words.ts";
import type { Badge, BanAnswer, ChatAnswer, ChatMessage, ChatRules, HeldAnswer } from "./schemas.ts";
import type { Said } from "./said.ts";
import type { ChatWire, SharedChange } from "./shared.ts";
import type { ChatStore, StoredMessage } from "./store.ts";
import { LONGEST_MESSAGE, LONGEST_NAME, readText, type TextProblem } from "./text.ts";

export type SayOutcome =
  /** `isNew` is false for a message that was said under this key already. */
  | { readonly kind: "said"; readonly message: ChatMessage; readonly isNew: boolean }
  | { readonly kind: "refused"; readonly problems: readonly { readonly field: "name" | "text"; readonly reason: TextProblem }[] }
  /** `isSlowMode`: it is the streamer's slow mode that makes wait, not our own limit. */
  | { readonly kind: "too_fast"; readonly retryAfterSeconds: number; readonly isSlowMode: boolean }
  | { readonly kind: "banned"; readonly untilMs: number | null }
  /** It waits for a look. */
  | { readonly kind: "held" }
  /** It was said under this key, and was deleted since; or it was held, and refused. */
  | { readonly kind: "deleted" }
  /** The other boxes cannot be told now: it is said nowhere, and may be said again under the same key. */
  | { readonly kind: "away" };

/** The chat without HTTP: what was said, by which rules, and who may not. */
export interface ChatRoom {
  readonly rules: ChatRules;
  /** The message is told to all listeners at once; the promise waits until it is on disk. */
  say(said: Said): Promise<SayOutcome>;
  /** The last 200 messages, or up to 200 of those after that number and what was deleted since. */
  read(after: number | null): ChatAnswer;
  /** Another one whenever `read` may answer something else. */
  revision(): number;
  /** The numbers deleted; none where it is gone already. */
  delete(number: number): readonly number[];
  clear(): void;
  /** Shuts somebody out, for good or for so many seconds, and deletes what that viewer said. With `withAddress` also others from the same network. */
  ban(o: { publicId: string; seconds: number | null; withAddress: boolean }): BanAnswer;
  /** False where there was no ban. */
  unban(publicId: string): boolean;
  bans(): readonly BanAnswer[];
  setRules(change: { readonly [name in keyof ChatRules]?: ChatRules[name] | undefined }): void;
  /** Lines with one of these words wait for a look, but the streamer's and moderators'. */
  readonly words: readonly string[];
  setWords(words: readonly string[]): void;
  /** Lines that wait for a look. They live as long as the process. */
  held(): readonly HeldAnswer[];
  /** Says what was held; null where there is no such line. */
  allow(id: string): Promise<ChatMessage | null>;
  /** False where there is no such line. */
  refuse(id: string): boolean;
  /** Lets a message stand above all others, as long as it stands at all; null for none. The message, or null where there is none of that number. */
  pin(number: number | null): ChatMessage | null;
  readonly subscribe: Subscribe;
  /** All that another box must hear to know what this one knows, in order. */
  recall(): readonly { readonly number: number; readonly change: SharedChange }[];
  close(): void;
}

const ON_ENTRY = 200;
const KEEP_MS = 7 * 24 * 3600 * 1000;
const MOST_KEPT = 5000;
/** Who has spoken lately, for slow mode. */
const MOST_REMEMBERED = 10_000;

/**
 * Numbers are the milliseconds since 1970 at which something was said, or one more than the last: so they rise and never repeat, also in a later life of
 * the server whose file is lost. `isDonor` gives the badge. `now` is the wall clock, `monotonic` one that nobody sets
 * (`performance.now` unless given); in ms.
 */
export function createChatRoom(
  o: {
    store: ChatStore;
    rules: ChatRules;
    words?: readonly string[];
    /** Hears of what is to outlive the process. */
    keep?: (change: Partial<ChatRules> & { heldWords?: string[] }) => void;
    isDonor: (publicId: string) => boolean;
    limits: Pick<Limits, "may">;
    now: () => number;
    monotonic?: () => number;
    /** The same chat on other boxes: whatever happens counts in the order in which it was told there. Left out: there is one box. */
    wire?: ChatWire;
  },
): ChatRoom {
  const { store, limits, now, monotonic = () => performance.now(), wire } = o;
  const bans = createBans(store.stored.bans, now);
  const messages: StoredMessage[] = [...store.stored.messages];
  const byKey = new Map(messages.map((message) => [keyOf(message), message.number]));
  const listeners = new Set<(message: EventMessage) => void>();
  const mayViewer = createRateLimit(EACH_TALKER);
  /** When each has last said something in this life of the server; who has been silent for longest stands first. */
  const saidAtMs = new Map<string, number>();
  let { clearedThrough } = store.stored;
  let last = messages.reduce((most, { number, deletedBy }) => Math.max(most, number, deletedBy ?? 0), clearedThrough);
  const held = createHeldLines();
  let { rules, words = [] } = o;
  let isHeld = createWordFinder(words);
  let { pinned } = store.stored;
  let revision = 0;
  forgetOld();

  function nextNumber(): number {
    return last = Math.max(last + 1, now());
  }

  function tell(message: EventMessage): void {
    revision++;
    for (const listener of listeners) listener(message);
  }

  function forgetOld(): void {
    const oldestMs = now() - KEEP_MS;
    let count = Math.max(0, messages.length - MOST_KEPT);
    while (count < messages.length && messages[count]!.atMs < oldestMs) count++;
    if (count === 0) return;
    revision++;
    const before = messages[count - 1]!.number + 1;
    for (const gone of messages.splice(0, count)) byKey.delete(keyOf(gone));
    void store.save({ kind: "forgotten", before });
  }

  function find(number: number): StoredMessage | null {
    return messages.find((message) => message.number === number) ?? null;
  }

  function waitSeconds({ publicId, address }: Said): { retryAfterSeconds: number; isSlowMode: boolean } | null {
    const nowMs = monotonic();
    const slowMs = rules.slowSeconds === 0 ? 0 : (saidAtMs.get(publicId) ?? -Infinity) + rules.slowSeconds * 1000 - nowMs;
    if (slowMs > 0) return { retryAfterSeconds: Math.ceil(slowMs / 1000), isSlowMode: true };
    return mayViewer(publicId, nowMs) && limits.may("message", address) ? null : { retryAfterSeconds: 1, isSlowMode: false };
  }

  function noteSaid(publicId: string): void {
    saidAtMs.delete(publicId);
    saidAtMs.set(publicId, monotonic());
    if (saidAtMs.size > MOST_REMEMBERED) saidAtMs.delete(saidAtMs.keys().next().value!);
  }

  function findPinned(): ChatMessage | null {
    const message = pinned === null ? null : find(pinned);
    return message?.deletedBy === null ? describe(message) : null;
  }

  function deleteAll(wanted: (message: StoredMessage) => boolean): readonly number[] {
    const numbers = messages.filter((message) => message.deletedBy === null && wanted(message)).map(({ number }) => number);
    if (numbers.length > 0) enact({ kind: "deleted", numbers });
    return numbers;
  }

  /** On one box at once; on several as soon as all are told, or where they cannot be, here and then there. */
  function enact(change: SharedChange): void {
    if (wire === undefined) return void apply(change, nextNumber());
    wire.share(change, last).catch(() => {
      void apply(change, nextNumber());
      wire.tell(change);
    });
  }

  /** What needs no number acts here at once. */
  function enactNow(change: SharedChange): void {
    void apply(change, last);
    wire?.tell(change);
  }

  /** Resolves when it is on disk. What is known already changes nothing. */
  function apply(change: SharedChange, number: number): Promise<void> {
    switch (change.kind) {
      case "said":
        return add(change, number);
      case "deleted":
        return Promise.all(markDeleted(change.numbers, number)).then(() => {});
      case "cleared":
        if (number <= clearedThrough) break;
        clearedThrough = number;
        last = Math.max(last, number);
        messages.splice(0).forEach((message) => byKey.delete(keyOf(message)));
        tell({ type: "chat_cleared", number });
        return store.save({ kind: "cleared", through: number });
      case "banned":
        bans.add(change.ban);
        held.refuseOf(change.ban.publicId);
        return store.save({ kind: "banned", ban: change.ban });
      case "unbanned":
        bans.remove(change.publicId);
        return store.save({ kind: "unbanned", publicId: change.publicId });
      case "rules":
        rules = change.rules;
        tell({ type: "chat_rules", ...rules });
        break;
      case "words":
        words = change.words;
        isHeld = createWordFinder(words);
        break;
      case "held": {
        const { kind: _, ...line } = change;
        if (!byKey.has(keyOf(line))) held.hold(line);
        break;
      }
      case "refused":
        held.refuse(change.id);
        break;
      case "pinned":
        if (change.number === pinned) break;
        pinned = change.number;
        last = Math.max(last, number);
        tell({ type: "chat_pinned", number, pinned: findPinned() });
        return store.save({ kind: "pinned", number: pinned });
    }
    return Promise.resolve();
  }

  function add({ kind: _, ...said }: Extract<SharedChange, { kind: "said" }>, number: number): Promise<void> {
    held.forget(said);
    if (number <= clearedThrough || byKey.has(keyOf(said))) return Promise.resolve();
    const message: StoredMessage = { ...said, number, deletedBy: null };
    last = Math.max(last, number);
    messages.splice(messages.findLastIndex((other) => other.number < number) + 1, 0, message);
    noteSaid(said.publicId);
    byKey.set(keyOf(message), number);
    tell({ type: "chat", ...describe(message) });
    const saved = store.save({ kind: "message", message });
    forgetOld();
    return saved;
  }

  function markDeleted(numbers: readonly number[], deletedBy: number): Promise<void>[] {
    const places = messages.flatMap((message, at) => message.deletedBy === null && numbers.includes(message.number) ? [at] : []);
    if (places.length === 0) return [];
    last = Math.max(last, deletedBy);
    const saved = places.map((at) => {
      const message = messages[at] = { ...messages[at]!, text: "", deletedBy };
      return store.save({ kind: "message", message });
    });
    tell({ type: "chat_deleted", number: deletedBy, deleted: places.map((at) => messages[at]!.number) });
    return saved;
  }

  /** Said everywhere, under the number that it has there; null where nobody can be told. */
  async function sayEverywhere(change: Extract<SharedChange, { kind: "said" }>): Promise<StoredMessage | null> {
    if (wire === undefined) {
      await apply(change, nextNumber());
    } else {
      try {
        noteSaid(change.publicId);
        const number = await wire.share(change, last);
        await wire.heard(number);
        // It was heard, if all is well; then this changes nothing.
        await apply(change, number);
      } catch {
        return null;
      }
    }
    return find(byKey.get(keyOf(change)) ?? -1);
  }

  wire?.hear((change, number) => void apply(change, number));

  return {
    get rules() {
      return rules;
    },
    async say(said) {
      const { publicId, isStreamer, isModerator = false } = said;
      const key = said.key ?? crypto.randomUUID();
      const known = find(byKey.get(keyOf({ publicId, key })) ?? -1);
      if (known?.deletedBy === null) return { kind: "said", message: describe(known), isNew: false };
      if (known !== null) return { kind: "deleted" };
      const waiting = held.stateOf(publicId, key);
      if (waiting !== null) return waiting === "held" ? { kind: "held" } : { kind: "deleted" };

      const name = readText(said.name, LONGEST_NAME);
      const text = readText(said.text, LONGEST_MESSAGE);
      if (name.kind === "refused" || text.kind === "refused") {
        const problems = [{ field: "name", read: name } as const, { field: "text", read: text } as const]
          .flatMap(({ field, read }) => read.kind === "refused" ? [{ field, reason: read.reason }] : []);
        return { kind: "refused", problems };
      }
      const address = networkOf(said.address);
      if (!isStreamer && !isModerator) {
        const ban = bans.find(publicId, address);
        if (ban !== null) return { kind: "banned", untilMs: ban.untilMs };
        const wait = waitSeconds(said);
        if (wait !== null) return { kind: "too_fast", ...wait };
      }
      const badge: Badge | null = isStreamer ? "streamer" : isModerator ? "moderator" : o.isDonor(publicId) ? "donor" : null;
      const line = { atMs: now(), publicId, name: name.text, badge, text: text.text, key, address };
      if (!isStreamer && !isModerator && isHeld(`${name.text}\n${text.text}`)) {
        noteSaid(publicId);
        enactNow({ kind: "held", id: crypto.randomUUID(), ...line });
        return { kind: "held" };
      }
      const message = await sayEverywhere({ kind: "said", ...line });
      return message === null ? { kind: "away" } : { kind: "said", message: describe(message), isNew: true };
    },
    read(after) {
      forgetOld();
      const standing = messages.filter(({ number, deletedBy }) => deletedBy === null && number > (after ?? 0));
      const shown = after === null ? standing.slice(-ON_ENTRY) : standing.slice(0, ON_ENTRY);
      const hasMore = after !== null && standing.length > shown.length;
      return {
        messages: shown.map(describe),
        deleted: after === null
          ? []
          : messages.flatMap(({ number, deletedBy }) => number <= after && (deletedBy ?? 0) > after ? [number] : []),
        clearedThrough,
        last: hasMore ? shown.at(-1)!.number : last,
        pinned: findPinned(),
        hasMore,
        rules,
      };
    },
    revision() {
      forgetOld();
      return revision;
    },
    delete: (number) => deleteAll((message) => message.number === number),
    clear: () => enact({ kind: "cleared" }),
    ban({ publicId, seconds, withAddress }) {
      const known = messages.findLast((message) => message.publicId === publicId);
      const ban = {
        publicId,
        name: known?.name ?? null,
        address: withAddress && known !== undefined && known.address !== "" ? known.address : null,
        untilMs: seconds === null ? null : now() + seconds * 1000,
      };
      enactNow({ kind: "banned", ban });
      deleteAll((message) => message.publicId === publicId);
      return describeBan(ban);
    },
    unban(publicId) {
      const was = bans.list().some((ban) => ban.publicId === publicId);
      enactNow({ kind: "unbanned", publicId });
      return was;
    },
    bans: () => bans.list(),
    setRules(change) {
      o.keep?.({
        ...(change.slowSeconds === undefined ? {} : { slowSeconds: change.slowSeconds }),
        ...(change.links === undefined ? {} : { links: change.links }),
      });
      enactNow({ kind: "rules", rules: { slowSeconds: change.slowSeconds ?? rules.slowSeconds, links: change.links ?? rules.links } });
    },
    get words() {
      return words;
    },
    setWords(next) {
      const words = [...new Set(next)];
      o.keep?.({ heldWords: words });
      enactNow({ kind: "words", words });
    },
    held: held.list,
    async allow(id) {
      const line = held.find(id);
      if (line === null) return null;
      const { id: _, ...said } = line;
      const message = await sayEverywhere({ kind: "said", ...said, atMs: now() });
      return message && describe(message);
    },
    refuse(id) {
      const isThere = held.find(id) !== null;
      if (isThere) enactNow({ kind: "refused", id });
      return isThere;
    },
    pin(number) {
      const message = number === null ? null : find(number);
      if (number !== null && message?.deletedBy !== null) return null;
      enact({ kind: "pinned", number });
      return message && describe(message);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    recall() {
      const rest: SharedChange[] = [
        { kind: "rules", rules },
        { kind: "words", words: [...words] },
        ...bans.stored().map((ban) => ({ kind: "banned" as const, ban })),
      ];
      const first = (messages[0]?.number ?? now()) - rest.length;
      return [
        ...rest.map((change, at) => ({ number: first + at, change })),
        ...messages.flatMap(({ number, deletedBy, ...said }) =>
          deletedBy === null ? [{ number, change: { kind: "said" as const, ...said } }] : []
        ),
        ...(pinned === null ? [] : [{ number: Math.max(last, pinned) + 1, change: { kind: "pinned" as const, number: pinned } }]),
      ];
    },
    close: () => store.close(),
  };
}

function keyOf({ publicId, key }: Pick<StoredMessage, "publicId" | "key">): string {
  return `${publicId} ${key}`;
}

function describe({ number, atMs, publicId, name, badge, text, key }: StoredMessage): ChatMessage {
  return { number, at: new Date(atMs).toISOString(), publicId, name, hue: hueOf(publicId), badge, text, key };
}

/** Degrees 0 to 359, spread evenly over public ids (FNV-1a). */
function hueOf(publicId: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < publicId.length; at++) hash = Math.imul(hash ^ publicId.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % 360;
}
