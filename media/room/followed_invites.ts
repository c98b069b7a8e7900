import type { Invites } from "./invites_file.ts";
import { createInviteTokens, type Invite } from "./invites.ts";

/** The invites of a show that another box makes, as it tells them. Nobody makes or withdraws one here. */
export function followInvites(o: { secret: Uint8Array; nowMs: () => number; told: () => readonly Invite[] }): Invites {
  const tokens = createInviteTokens(o.secret);
  const isOn = (invite: Invite | undefined): invite is Invite => invite !== undefined && invite.endsAtMs > o.nowMs();
  const byId = (id: string) => o.told().find((invite) => invite.id === id);
  const refuse = () => Promise.reject(new Error("Cannot change invites here: they are of the box that makes the show"));
  return {
    get list() {
      return o.told().filter(isOn);
    },
    tokenOf: tokens.write,
    find(token) {
      const read = tokens.read(token);
      if (read === null) return null;
      const invite = byId(read.id);
      return isOn(invite) ? invite : "ended";
    },
    isOver: (id) => !isOn(byId(id)),
    make: refuse,
    withdraw: refuse,
  };
}
