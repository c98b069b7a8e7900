/** What opens a WebSocket once, in place of the key that a browser cannot send with it. */
export interface Tickets {
  /** For whoever has shown that key just now. */
  make(keyId: string): string;
  /** The key's id; null for a ticket that was used, is too old or never was. */
  use(ticket: string): string | null;
}

const GOOD_FOR_MS = 30_000;
/** Whoever asks for more loses the oldest. */
const MOST_TICKETS = 64;

/** `now` in milliseconds; `random` fills the bytes it is handed. */
export function createTickets(
  { now, random = (bytes) => void crypto.getRandomValues(bytes) }: { now: () => number; random?: (bytes: Uint8Array<ArrayBuffer>) => void },
): Tickets {
  const open = new Map<string, { readonly keyId: string; readonly madeAtMs: number }>();
  return {
    make(keyId) {
      const bytes = new Uint8Array(32);
      random(bytes);
      const ticket = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
      open.set(ticket, { keyId, madeAtMs: now() });
      if (open.size > MOST_TICKETS) open.delete(open.keys().next().value!);
      return ticket;
    },
    use(ticket) {
      const found = open.get(ticket);
      open.delete(ticket);
      return found !== undefined && now() - found.madeAtMs < GOOD_FOR_MS ? found.keyId : null;
    },
  };
}
