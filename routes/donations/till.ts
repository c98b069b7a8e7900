import { createHash } from "node:crypto";
import { DONOR_MS, type Donors } from "../../media/audience/donors.ts";
import type { GiftWire } from "./shared.ts";
import type { Donation, DonationStore } from "./store.ts";

/** What is to be thanked for. Texts are fit to be shown. */
export interface Gift extends Pick<Donation, "origin" | "code" | "publicId" | "name" | "amount" | "currency" | "message"> {
  /** Names it among those of its origin: told twice, it is one donation. */
  readonly key: string;
}

/** `reused`: the key has named another donation before. */
export type TillOutcome =
  | { readonly kind: "thanked"; readonly donation: Donation }
  | { readonly kind: "known"; readonly donation: Donation }
  | { readonly kind: "reused" }
  /** The other boxes cannot be told now: nothing was taken. */
  | { readonly kind: "away" };

export interface Till {
  /** Thanks for a gift, once. */
  take(gift: Gift): Promise<TillOutcome>;
  knows(gift: Pick<Gift, "origin" | "key">): boolean;
}

/** How long a donation puts its donor's picture before others'. */
const BOOST_MS = 600_000;

/** Takes donations wherever they come from: keeps each, lifts the donor's cap for ten minutes and tells everybody. Brings back the donors of an earlier life. */
export function createTill(o: {
  readonly store: DonationStore;
  readonly donors: Donors;
  readonly tell: (donation: Donation) => void;
  readonly now: () => number;
  /** The tills of other boxes. Left out: there is one box. */
  readonly wire?: GiftWire;
}): Till {
  const { store, donors, wire } = o;
  for (const donation of store.since(o.now() - DONOR_MS)) addDonor(donation);

  function addDonor({ code, atMs, boostedUntilMs }: Donation): void {
    if (code !== null && boostedUntilMs !== null) donors.add(code, { atMs, boostedUntilMs });
  }

  /** Once, wherever it was taken. */
  function keep(donation: Donation): void {
    if (store.find(donation.key) !== null) return;
    store.save(donation);
    addDonor(donation);
    o.tell(donation);
  }

  /** Gives what was taken under that key. */
  async function takeEverywhere(donation: Donation, over: GiftWire): Promise<Donation | null> {
    try {
      if (!await over.share(donation)) return await over.heard(() => store.find(donation.key)) ?? donation;
    } catch {
      if (!over.isHome) return null;
      // What was paid elsewhere is told once: it is kept here, and told on as soon as that can be.
      over.tell(donation);
    }
    keep(donation);
    return donation;
  }

  wire?.hear(keep);
  return {
    async take(gift) {
      const key = hash(gift.origin, gift.key);
      const { code, publicId, name, amount, currency, message, origin } = gift;
      const fingerprint = hash(name, amount, currency, message);
      const known = store.find(key);
      if (known !== null) return known.fingerprint === fingerprint ? { kind: "known", donation: known } : { kind: "reused" };
      const atMs = o.now();
      const boostedUntilMs = code === null ? null : atMs + BOOST_MS;
      const donation = {
        id: crypto.randomUUID(),
        atMs,
        key,
        fingerprint,
        origin,
        code,
        publicId,
        name,
        amount,
        currency,
        message,
        boostedUntilMs,
      };
      if (wire === undefined) keep(donation);
      const taken = wire === undefined ? donation : await takeEverywhere(donation, wire);
      if (taken === null) return { kind: "away" };
      if (taken.id === donation.id) return { kind: "thanked", donation };
      return taken.fingerprint === fingerprint ? { kind: "known", donation: taken } : { kind: "reused" };
    },
    knows: ({ origin, key }) => store.find(hash(origin, key)) !== null,
  };
}

/** Keys hold viewers' ids, which are secrets: the file does not need to know them. */
function hash(...words: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(words)).digest("base64url");
}
