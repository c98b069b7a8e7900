import { type ChatRoom, createChatRoom } from "../../../routes/chat/room.ts";
import { createLimits } from "../../../routes/limits.ts";
import type { ChatRules } from "../../../routes/chat/schemas.ts";
import { type ChatStore, createMemoryStore } from "../../../routes/chat/store.ts";

/** A chat in memory, unless a store is given. */
export function aChat(
  o: { store?: ChatStore; rules?: Partial<ChatRules>; isDonor?: (publicId: string) => boolean; monotonic?: () => number } = {},
): (now: () => number) => ChatRoom {
  return (now) =>
    createChatRoom({
      store: o.store ?? createMemoryStore(),
      rules: { slowSeconds: 0, links: false, ...o.rules },
      isDonor: o.isDonor ?? (() => false),
      limits: createLimits({ monotonic: o.monotonic ?? now, log() {} }),
      now,
      monotonic: o.monotonic ?? now,
    });
}
