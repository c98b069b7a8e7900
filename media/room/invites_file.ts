import { join } from "node:path";
import { createTurns, readOrPutAside, writeWhole } from "../whole_file.ts";
import { createInviteTokens, type Invite, readInvites, writeInvites } from "./invites.ts";

/** The invites of this server. What is changed holds when the promise does: it is on the disk by then. */
export interface Invites {
  /** Those that have not ended. */
  readonly list: readonly Invite[];
  /** What an invite's link carries. */
  tokenOf(invite: Invite): string;
  /** The invite that a token is of; `ended` where it was one of ours, null for anything else. */
  find(token: string): Invite | "ended" | null;
  /** Whether the invite of this id has ended, was withdrawn, or never was. */
  isOver(id: string): boolean;
  make(o: { readonly name: string; readonly seconds: number }): Promise<Invite | "too_many">;
  /** False where there is no such invite. */
  withdraw(id: string): Promise<boolean>;
}

const MOST_INVITES = 200;

/**
 * Opens `invites.json` of the data folder, or another `file` there, for its owner's eyes. A damaged one is put aside, and its invites have ended: `consequence`
 * says what that means. `secret` signs the links; `nowMs` is the wall clock. Throws an Error where the file cannot be read.
 */
export async function openInvites(o: {
  dataDir: string;
  secret: Uint8Array;
  nowMs: () => number;
  file?: string;
  consequence?: string;
}): Promise<{ readonly invites: Invites; readonly problem: string | null }> {
  const { nowMs } = o;
  const path = join(o.dataDir, o.file ?? "invites.json");
  const tokens = createInviteTokens(o.secret);
  const { consequence = "Guests need new invites." } = o;
  const { found, problem } = await readOrPutAside(path, { read: readInvites, nowMs: nowMs(), consequence });
  let byId = new Map((found ?? []).map((invite) => [invite.id, invite]));
  const inTurn = createTurns();

  function isOn(invite: Invite | undefined): invite is Invite {
    return invite !== undefined && invite.endsAtMs > nowMs();
  }

  function list(): Invite[] {
    return [...byId.values()].filter(isOn);
  }

  async function keep(invites: readonly Invite[]): Promise<void> {
    await writeWhole(path, writeInvites(invites));
    byId = new Map(invites.map((invite) => [invite.id, invite]));
  }

  const invites: Invites = {
    get list() {
      return list();
    },
    tokenOf: tokens.write,
    find(token) {
      const told = tokens.read(token);
      if (told === null) return null;
      const invite = byId.get(told.id);
      return isOn(invite) ? invite : "ended";
    },
    isOver: (id) => !isOn(byId.get(id)),
    make: ({ name, seconds }) =>
      inTurn(async () => {
        const others = list();
        if (others.length >= MOST_INVITES) return "too_many";
        const madeAtMs = nowMs();
        const endsAtMs = 1000 * (Math.floor(madeAtMs / 1000) + seconds);
        const invite = { id: crypto.getRandomValues(new Uint8Array(6)).toHex(), name, madeAtMs, endsAtMs };
        await keep([...others, invite]);
        return invite;
      }),
    withdraw: (id) =>
      inTurn(async () => {
        const invites = list();
        if (!invites.some((invite) => invite.id === id)) return false;
        await keep(invites.filter((invite) => invite.id !== id));
        return true;
      }),
  };
  return { invites, problem };
}
