import type { BanAnswer } from "./schemas.ts";
import type { StoredBan } from "./store.ts";

/** Who may not speak. */
export interface Bans {
  /** The ban that holds now for this viewer, or for everybody at this address; null for none. */
  find(publicId: string, address: string): StoredBan | null;
  /** In place of what there is for the same viewer. */
  add(ban: StoredBan): BanAnswer;
  remove(publicId: string): boolean;
  /** Those that hold now. */
  list(): readonly BanAnswer[];
  stored(): readonly StoredBan[];
}

/** `now` in ms. */
export function createBans(stored: readonly StoredBan[], now: () => number): Bans {
  const byId = new Map(stored.map((ban) => [ban.publicId, ban]));

  function holding(): StoredBan[] {
    const nowMs = now();
    for (const { publicId, untilMs } of byId.values()) if (untilMs !== null && untilMs <= nowMs) byId.delete(publicId);
    return [...byId.values()];
  }

  return {
    find(publicId, address) {
      if (byId.size === 0) return null;
      const all = holding();
      return byId.get(publicId) ?? all.find((ban) => ban.address !== null && ban.address === address) ?? null;
    },
    add(ban) {
      byId.set(ban.publicId, ban);
      return describeBan(ban);
    },
    remove: (publicId) => byId.delete(publicId),
    list: () => holding().map(describeBan),
    stored: holding,
  };
}

export function describeBan({ publicId, name, address, untilMs }: StoredBan): BanAnswer {
  return { publicId, name, address, until: untilMs === null ? null : new Date(untilMs).toISOString() };
}
