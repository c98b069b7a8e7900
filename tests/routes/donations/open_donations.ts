import { createDonors } from "../../../media/audience/donors.ts";
import type { DonationSettings } from "../../../media/settings/settings.ts";
import type { ChatRoom } from "../../../routes/chat/room.ts";
import type { EventSocket } from "../../../routes/event_hub.ts";
import { createMemoryStore, type DonationStore } from "../../../routes/donations/store.ts";
import { openShow, type Show } from "../show.ts";

export const KOFI_TOKEN = "d8546b84-c698-4df5-9811-39d35813e2ed";
export const STRIPE_SECRET = "whsec_of_the_test";

/** A show that takes donations, and everything that a page of it hears. */
export function openDonations(
  o: { settings?: Partial<DonationSettings>; store?: DonationStore; chat?: (now: () => number) => ChatRoom } = {},
) {
  const settings = { currency: "USD", link: null, kofiToken: KOFI_TOKEN, stripeSecret: STRIPE_SECRET, ...o.settings };
  const store = o.store ?? createMemoryStore();
  const show = openShow({ ...(o.chat ? { chat: o.chat } : {}), donations: (now) => ({ settings, store, donors: createDonors({ now }) }) });
  return { show, store, heard: listen(show, "somebody") };
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
