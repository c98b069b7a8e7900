import type { EventMessage, Subscribe } from "../event_hub.ts";
import { EACH_TALKER, type Limits } from "../limits.ts";
import { createRateLimit, networkOf } from "../rate_limit.ts";
import { createBans } from "./bans.ts";
import { createHeldLines } from "./held.ts";
import { createWordFinder } from "./held_words.ts";
import type { Badge, BanAnswer, ChatAnswer, ChatMessage, ChatRules, HeldAnswer } from "./schemas.ts";
import type { Said } from "./said.ts";
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
  | { readonly kind: "deleted" };

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
  },
): ChatRoom {
  const { store, limits, now, monotonic = () => performance.now() } = o;
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

  async function publish({ publicId, address, name, text, key, isStreamer, isModerator = false }: Said & { readonly key: string }) {
    const badge: Badge | null = isStreamer ? "streamer" : isModerator ? "moderator" : o.isDonor(publicId) ? "donor" : null;
    const message: StoredMessage = { number: nextNumber(), atMs: now(), publicId, name, badge, text, key, address, deletedBy: null };
    messages.push(message);
    byKey.set(keyOf(message), message.number);
    const shown = describe(message);
    tell({ type: "chat", ...shown });
    const saved = store.save({ kind: "message", message });
    forgetOld();
    await saved;
    return shown;
  }

  function deleteAll(wanted: (message: StoredMessage) => boolean): readonly number[] {
    const found = messages.flatMap((message, at) => message.deletedBy === null && wanted(message) ? [at] : []);
    if (found.length === 0) return [];
    const deletedBy = nextNumber();
    for (const at of found) {
      const message = messages[at] = { ...messages[at]!, text: "", deletedBy };
      void store.save({ kind: "message", message });
    }
    const deleted = found.map((at) => messages[at]!.number);
    tell({ type: "chat_deleted", number: deletedBy, deleted });
    return deleted;
  }

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
      noteSaid(publicId);
      const line = { ...said, name: name.text, text: text.text, key, address };
      if (!isStreamer && !isModerator && isHeld(`${name.text}\n${text.text}`)) {
        held.hold({ ...line, atMs: now() });
        return { kind: "held" };
      }
      return { kind: "said", message: await publish(line), isNew: true };
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
    clear() {
      clearedThrough = nextNumber();
      messages.length = 0;
      byKey.clear();
      void store.save({ kind: "cleared", through: clearedThrough });
      tell({ type: "chat_cleared", number: clearedThrough });
    },
    ban({ publicId, seconds, withAddress }) {
      const known = messages.findLast((message) => message.publicId === publicId);
      const ban = {
        publicId,
        name: known?.name ?? null,
        address: withAddress && known !== undefined && known.address !== "" ? known.address : null,
        untilMs: seconds === null ? null : now() + seconds * 1000,
      };
      void store.save({ kind: "banned", ban });
      deleteAll((message) => message.publicId === publicId);
      held.refuseOf(publicId);
      return bans.add(ban);
    },
    unban(publicId) {
      void store.save({ kind: "unbanned", publicId });
      return bans.remove(publicId);
    },
    bans: () => bans.list(),
    setRules(change) {
      rules = { slowSeconds: change.slowSeconds ?? rules.slowSeconds, links: change.links ?? rules.links };
      o.keep?.({
        ...(change.slowSeconds === undefined ? {} : { slowSeconds: change.slowSeconds }),
        ...(change.links === undefined ? {} : { links: change.links }),
      });
      tell({ type: "chat_rules", ...rules });
    },
    get words() {
      return words;
    },
    setWords(next) {
      words = [...new Set(next)];
      isHeld = createWordFinder(words);
      o.keep?.({ heldWords: [...words] });
    },
    held: held.list,
    async allow(id) {
      const line = held.take(id);
      return line && await publish(line);
    },
    refuse: held.refuse,
    pin(number) {
      const message = number === null ? null : find(number);
      if (number !== null && message?.deletedBy !== null) return null;
      pinned = number;
      void store.save({ kind: "pinned", number });
      const shown = findPinned();
      tell({ type: "chat_pinned", number: nextNumber(), pinned: shown });
      return shown;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
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
