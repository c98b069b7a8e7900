import { donorCode } from "./donor_code.ts";

/** Who has donated lately, by the codes of `donor_code.ts`: a viewer that nobody has seen yet may be among them. */
export interface Donors {
  add(code: string, gift: Gift): void;
  /** Until when a donation lifts this viewer's cap, in ms since 1970; null where none does now. */
  boostedUntilMs(publicId: string): number | null;
  /** Whether this viewer has donated in the last 24 hours. */
  isDonor(publicId: string): boolean;
}

export interface Gift {
  readonly atMs: number;
  readonly boostedUntilMs: number;
}

/** How long a donor is known as one. */
export const DONOR_MS = 24 * 3600 * 1000;

/** `now` in ms. */
export function createDonors({ now }: { readonly now: () => number }): Donors {
  const gifts = new Map<string, Gift>();

  function find(publicId: string): Gift | null {
    // Asked for every viewer at every segment; most shows have no donor.
    return gifts.size === 0 ? null : gifts.get(donorCode(publicId)) ?? null;
  }

  return {
    add(code, gift) {
      for (const [other, { atMs }] of gifts) if (now() - atMs > DONOR_MS) gifts.delete(other);
      const before = gifts.get(code);
      gifts.set(code, { atMs: gift.atMs, boostedUntilMs: Math.max(gift.boostedUntilMs, before?.boostedUntilMs ?? 0) });
    },
    boostedUntilMs(publicId) {
      const untilMs = find(publicId)?.boostedUntilMs ?? 0;
      return untilMs > now() ? untilMs : null;
    },
    isDonor(publicId) {
      const gift = find(publicId);
      return gift !== null && now() - gift.atMs <= DONOR_MS;
    },
  };
}
