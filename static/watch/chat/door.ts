import type { ChatAnswer } from "../../../routes/chat/schemas.ts";
import { createAsk } from "../../shared/ask.ts";
import type { SendAnswer, Unsent } from "./outbox.ts";

/** The server's chat, as this page asks for it. */
export interface ChatDoor {
  send(message: Unsent, giveUp: AbortSignal): Promise<SendAnswer>;
  /** What follows that number, the last 200 for null; null where nobody answers. */
  read(after: number | null): Promise<ChatAnswer | null>;
}

const PATIENCE_MS = 5000;
const HELD_BACK = 202;

export function createChatDoor(
  deps: {
    readonly base: string;
    readonly viewerId: () => string | null;
    readonly fetch: (address: string, init: RequestInit) => Promise<Response>;
  },
): ChatDoor {
  const ask = createAsk({ ...deps, patienceMs: PATIENCE_MS });

  return {
    async send({ key, name, text }, giveUp) {
      const viewer = deps.viewerId();
      if (viewer === null) return { kind: "unanswered" };
      const body = JSON.stringify({ viewer, name, text, key });
      const answer = await ask("api/chat", { method: "POST", headers: { "content-type": "application/json" }, body }, giveUp);
      if (answer === null || answer.status >= 500) return { kind: "unanswered" };
      const json = await readJson(answer);
      if (answer.status === HELD_BACK) return { kind: "held" };
      if (answer.ok) return json === null ? { kind: "unanswered" } : { kind: "said", message: json as never };
      const problem = typeof json?.["kind"] === "string" ? json["kind"] : null;
      if (problem === "message_deleted") return { kind: "deleted" };
      // The page is about to become another viewer.
      if (problem === "unknown_viewer") return { kind: "unanswered" };
      const retryAfter = Number(answer.headers.get("retry-after") ?? NaN);
      return { kind: "refused", problem, retryAfterSeconds: Number.isFinite(retryAfter) ? retryAfter : null };
    },
    async read(after) {
      const answer = await ask(after === null ? "api/chat" : `api/chat?after=${after}`);
      return answer?.ok ? await readJson(answer) as ChatAnswer | null : null;
    },
  };
}

async function readJson(answer: Response): Promise<Record<string, unknown> | null> {
  try {
    return await answer.json();
  } catch {
    return null;
  }
}
