import { z } from "zod";
import type { Donation } from "./store.ts";

/** A donation as boxes tell each other. */
const DONATION: z.ZodType<Donation> = z.strictObject({
  id: z.string(),
  atMs: z.number(),
  key: z.string(),
  fingerprint: z.string(),
  origin: z.string(),
  code: z.string().nullable(),
  publicId: z.string().nullable(),
  name: z.string().max(1000),
  amount: z.string().max(100),
  currency: z.string().max(10),
  message: z.string().max(10_000),
  boostedUntilMs: z.number().nullable(),
});

/** The tills of a show's other boxes. */
export interface GiftWire {
  /** Tells all boxes of a donation; false where one with its key was told already. Rejects where they cannot be told now. */
  share(donation: Donation): Promise<boolean>;
  /** The same as soon as it can be. */
  tell(donation: Donation): void;
  /** Whatever is told, by this box too. */
  hear(listener: (donation: Donation) => void): void;
  /** Asks until there is one, for a second at most. */
  heard(find: () => Donation | null): Promise<Donation | null>;
  /** What is told here is kept on disk. */
  readonly isHome: boolean;
}

/** What carries texts from box to box, each `once`. */
export interface GiftCarrier {
  share(text: string, o: { readonly once: string }): Promise<number | null>;
  tell(text: string, o: { readonly once: string }): void;
  hear(listener: (note: { readonly text: string }) => void): void;
}

const HEARD_WITHIN_MS = 1000;
const ASK_EVERY_MS = 20;

export function createGiftWire(carrier: GiftCarrier, { isHome }: { readonly isHome: boolean }): GiftWire {
  return {
    isHome,
    share: async (donation) => await carrier.share(JSON.stringify(donation), { once: donation.key }) !== null,
    tell: (donation) => carrier.tell(JSON.stringify(donation), { once: donation.key }),
    hear(listener) {
      carrier.hear(({ text }) => {
        const donation = readDonation(text);
        if (donation !== null) listener(donation);
      });
    },
    async heard(find) {
      for (let waitedMs = 0; find() === null && waitedMs < HEARD_WITHIN_MS; waitedMs += ASK_EVERY_MS) {
        await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
      }
      return find();
    },
  };
}

/** Null for what no box of this version has told. */
function readDonation(text: string): Donation | null {
  try {
    return DONATION.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
