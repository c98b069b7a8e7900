import type { ChatAnswer } from "../../../routes/chat/schemas.ts";
import { catchUp, type ChatLog } from "./log.ts";

const ASK_AGAIN_MS = 2000;

/**
 * Makes what asks for all that was said since, page by page, until nothing is missing. Of two askings the later one counts: the one before it may hang on a
 * connection that is dead, and what it has been told may be older than the later one's socket. `read` is the chat's door: null where nobody answers.
 */
export function createAsking(deps: {
  readonly read: (after: number | null) => Promise<ChatAnswer | null>;
  readonly log: () => ChatLog;
  readonly onLog: (log: ChatLog) => void;
  readonly wait: (ms: number) => Promise<void>;
}): () => Promise<void> {
  let latest = 0;

  return async () => {
    const mine = ++latest;
    while (!deps.log().isCaughtUp) {
      const answer = await deps.read(deps.log().known);
      if (mine !== latest) return;
      if (answer === null) await deps.wait(ASK_AGAIN_MS);
      else deps.onLog(catchUp(deps.log(), answer));
      if (mine !== latest) return;
    }
  };
}
