import type { ChatAnswer, ChatMessage } from "../../../routes/chat/schemas.ts";
import type { ServerEvent } from "../../shared/server_event.ts";

/** What this page knows of the chat. */
export interface ChatLog {
  /** In the order of their numbers. */
  readonly messages: readonly ChatMessage[];
  /** Everything up to this number is known; null before the first answer. */
  readonly known: number | null;
  /** Whether nothing can have been missed: events then move `known` on. */
  readonly isCaughtUp: boolean;
  readonly clearedThrough: number;
  /** Deleted while an older answer may still be on its way. */
  readonly deleted: ReadonlySet<number>;
  readonly rules: ChatAnswer["rules"];
  /** What stands above all others. */
  readonly pinned: ChatMessage | null;
  /** The number of the change by which it does: an answer that is older knows nothing of it. */
  readonly pinnedAt: number;
}

export const EMPTY_LOG: ChatLog = {
  messages: [],
  known: null,
  isCaughtUp: false,
  clearedThrough: 0,
  deleted: new Set(),
  rules: { slowSeconds: 0, links: false },
  pinned: null,
  pinnedAt: 0,
};

/** What a page shows at most: nobody scrolls further up. */
const MOST_SHOWN = 500;

/** The log after an event. A `state` begins every connection: what came between two of them has to be asked for. */
export function hearChat(log: ChatLog, event: ServerEvent): ChatLog {
  switch (event.type) {
    case "state":
      return event.viewer === undefined ? log : doubt(log);
    case "chat": {
      const { type: _, ...message } = event;
      return pass(add(log, [message]), message.number);
    }
    case "chat_deleted":
      return pass(remove(log, event.deleted), event.number);
    case "chat_cleared":
      return pass(clear(log, event.number), event.number);
    case "chat_pinned":
      return pass({ ...log, pinned: event.pinned, pinnedAt: event.number }, event.number);
    case "chat_rules":
      return { ...log, rules: { slowSeconds: event.slowSeconds, links: event.links } };
    default:
      return log;
  }
}

/** The log when something may have been said that has not come here: it has to be asked for. */
export function doubt(log: ChatLog): ChatLog {
  return { ...log, isCaughtUp: false };
}

/** The log after an answer to the question for what follows `known`. */
export function catchUp(log: ChatLog, answer: ChatAnswer): ChatLog {
  const { messages, deleted, clearedThrough, pinned, last, hasMore, rules } = answer;
  const filled = { ...clear(remove(add(log, messages), deleted), clearedThrough), ...(log.pinnedAt > last ? {} : { pinned }) };
  if (hasMore) return { ...filled, known: last, rules };
  const heard = filled.messages[filled.messages.length - 1]?.number ?? 0;
  return { ...filled, known: Math.max(last, heard), isCaughtUp: true, rules };
}

/** A message of our own that was answered: it may come before its event or after. */
export function addOwn(log: ChatLog, message: ChatMessage): ChatLog {
  return add(log, [message]);
}

function add(log: ChatLog, added: readonly ChatMessage[]): ChatLog {
  const fresh = added.filter(({ number }) =>
    number > log.clearedThrough && !log.deleted.has(number) && !log.messages.some((message) => message.number === number)
  );
  if (fresh.length === 0) return log;
  // A server that was killed before it wrote a message down gives its sender's second try another number.
  const again = new Set(fresh.map(nameOf));
  const messages = [...log.messages.filter((message) => !again.has(nameOf(message))), ...fresh].sort((a, b) => a.number - b.number);
  return { ...log, messages: messages.slice(-MOST_SHOWN) };
}

function remove(log: ChatLog, numbers: readonly number[]): ChatLog {
  if (numbers.length === 0) return log;
  const deleted = new Set([...log.deleted, ...numbers]);
  const pinned = log.pinned !== null && deleted.has(log.pinned.number) ? null : log.pinned;
  return { ...log, deleted, pinned, messages: log.messages.filter(({ number }) => !deleted.has(number)) };
}

function clear(log: ChatLog, through: number): ChatLog {
  if (through <= log.clearedThrough) return log;
  const pinned = log.pinned !== null && log.pinned.number <= through ? null : log.pinned;
  return { ...log, clearedThrough: through, pinned, messages: log.messages.filter(({ number }) => number > through) };
}

function pass(log: ChatLog, number: number): ChatLog {
  return log.isCaughtUp ? { ...log, known: Math.max(log.known ?? 0, number) } : log;
}

function nameOf({ publicId, key }: ChatMessage): string {
  return `${publicId} ${key}`;
}
