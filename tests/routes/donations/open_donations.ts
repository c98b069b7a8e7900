import { createDonors } from "../../../media/audience/donors.ts";
import type { DonationSettings } from "../../../media/settings/settings.ts";
import type { ChatRoom } from "../../../routes/chat/room.ts";
import type { EventSocket } from "../../../routes/event_hub.ts";
import { createBook } from "../../../routes/donations/book.ts";
import type { StoredGoal } from "../../../routes/donations/schemas.ts";
import { createMemoryStore, type DonationStore } from "../../../routes/donations/store.ts";
import { keepInMemory } from "../../../routes/studio/kept_file.ts";
import { openShow, type Show } from "../show.ts";

export const KOFI_TOKEN = "d8546b84-c698-4df5-9811-39d35813e2ed";
export const STRIPE_SECRET = "whsec_of_the_test";

/** A show that takes donations, and everything that a page of it hears. */
export function openDonations(
  o: { settings?: Partial<DonationSettings>; store?: DonationStore; goal?: StoredGoal; chat?: (now: () => number) => ChatRoom } = {},
) {
  const settings = { currency: "USD", link: null, kofiToken: KOFI_TOKEN, stripeSecret: STRIPE_SECRET, ...o.settings };
  const store = o.store ?? createMemoryStore();
  const kept = keepInMemory();
  const show = openShow({
    ...(o.chat ? { chat: o.chat } : {}),
    donations: (now) => ({
      settings,
      store,
      donors: createDonors({ now }),
      book: aBook({ settings, store, goal: o.goal ?? null, kept, now }),
    }),
  });
  return { show, store, kept, heard: listen(show, "somebody") };
}

/** A book of these donations. */
export function aBook(o: {
  readonly settings: Pick<DonationSettings, "currency">;
  readonly store: DonationStore;
  readonly goal?: StoredGoal | null;
  readonly kept?: ReturnType<typeof keepInMemory>;
  readonly now: () => number;
}) {
  const { goal = null, kept = keepInMemory(), settings: { currency }, store, now } = o;
  return createBook({ store, currency, goal, keep: (goal) => kept.keep({ goal }), now });
}

/** The events that the socket of a viewer gets. */
export function listen(show: Show, viewerId: string): Heard[] {
  const heard: Heard[] = [];
  const socket = { readyState: 1, bufferedAmount: 0, send: (text: string) => heard.push(JSON.parse(text)), close() {} };
  show.hub.join(socket as unknown as EventSocket, viewerId);
  return heard;
}

// deno-lint-ignore no-explicit-any -- judged by what the tests expect
type Heard = any;
