import { createAsk } from "../../shared/ask.ts";

/** What came of giving. `field`: which part of it the server did not accept; null where it is about something else. */
export type GiveOutcome =
  | { readonly kind: "given"; readonly id: string; readonly boostedUntil: string }
  | { readonly kind: "refused"; readonly problem: string | null; readonly field: string | null }
  | { readonly kind: "unreachable" };

export interface Gift {
  readonly amount: string;
  readonly name: string;
  readonly message: string;
}

const PATIENCE_MS = 8000;

/** Sends donations. The same gift pressed again before an answer came is the same donation: it goes out under the same key. */
export function createGiver(deps: {
  readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  /** The page's own address: a proxy may have put a prefix in front. */
  readonly base: string;
  readonly makeKey: () => string;
}): (viewerId: string, gift: Gift) => Promise<GiveOutcome> {
  const ask = createAsk({ ...deps, patienceMs: PATIENCE_MS });
  let unanswered: { readonly text: string; readonly key: string } | null = null;

  return async (viewerId, gift) => {
    const body = JSON.stringify(gift);
    const text = viewerId + body;
    const { key } = unanswered = unanswered?.text === text ? unanswered : { text, key: deps.makeKey() };
    const answer = await ask(`api/viewers/${encodeURIComponent(viewerId)}/donations`, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": `"${key}"` },
      body,
    });
    if (answer === null || answer.status >= 500) return { kind: "unreachable" };
    try {
      const told = await answer.json();
      unanswered = null;
      return answer.ok
        ? { kind: "given", id: told.id, boostedUntil: told.boostedUntil }
        : { kind: "refused", problem: told.kind ?? null, field: told.errors?.[0]?.field ?? null };
    } catch {
      return { kind: "unreachable" };
    }
  };
}

/** `crypto.randomUUID` is not there on pages that came by plain HTTP. */
export function makeKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
