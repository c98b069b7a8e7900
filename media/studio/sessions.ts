import { createHmac } from "node:crypto";
import { join } from "node:path";
import { isSame } from "../same_secret.ts";
import { createTurns, readOrPutAside, writeWhole } from "../whole_file.ts";
import { makeCode, readCode } from "./codes.ts";

/** The browsers in which the streamer is signed in. Each holds a token; kept of it is a hash that only the streamer's key makes: another key ends them all. */
export interface Sessions {
  /** A code that opens the studio once. */
  makeCode(): string;
  /** The token of a new session, or what is wrong with the code. A code is used up before anything else happens. */
  beginByCode(code: string): Promise<BeginOutcome | { readonly kind: "old" | "used" }>;
  beginByKey(key: string): Promise<BeginOutcome>;
  /** Whether a token is that of a session which lasts. */
  has(token: string): boolean;
  end(token: string): Promise<void>;
  /** Rejects where that could not be written: then it holds for this life of the server only. */
  endAll(): Promise<void>;
}

export type BeginOutcome = { readonly kind: "begun"; readonly token: string } | { readonly kind: "wrong" };

interface Session {
  readonly digest: string;
  readonly endsAtMs: number;
}

interface Kept {
  readonly sessions: readonly Session[];
  /** The ids of codes that were used and would be good still. */
  readonly used: readonly { readonly id: string; readonly endsAtMs: number }[];
}

/** So long a browser stays signed in. */
export const SESSION_SECONDS = 30 * 24 * 3600;
/** The oldest goes. */
const MOST_SESSIONS = 50;
const NOTHING: Kept = { sessions: [], used: [] };

/** Opens `studio_sessions.json` of the data folder. `nowMs` is the wall clock; `log` takes lines for the streamer. Throws an Error where the file cannot be read. */
export async function openSessions(o: {
  readonly dataDir: string;
  readonly streamerKey: string;
  readonly nowMs: () => number;
  readonly log: (line: string) => void;
}): Promise<Sessions> {
  const { streamerKey, nowMs, log } = o;
  const path = join(o.dataDir, "studio_sessions.json");
  const { found, problem } = await readOrPutAside(path, {
    read: readKept,
    nowMs: nowMs(),
    consequence: "The studio asks for a link again.",
  });
  if (problem !== null) log(problem);
  let kept = found ?? NOTHING;
  const inTurn = createTurns();

  function change(next: Kept): void {
    const lasts = ({ endsAtMs }: { readonly endsAtMs: number }) => endsAtMs > nowMs();
    kept = { sessions: next.sessions.filter(lasts).slice(-MOST_SESSIONS), used: next.used.filter(lasts) };
  }

  function write(): Promise<void> {
    return inTurn(() => writeWhole(path, `${JSON.stringify({ version: 1, ...kept }, null, 2)}\n`));
  }

  /** A full disk keeps nobody out. */
  async function begin(): Promise<BeginOutcome> {
    const token = crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url", omitPadding: true });
    const session = { digest: digestOf(token), endsAtMs: nowMs() + SESSION_SECONDS * 1000 };
    change({ ...kept, sessions: [...kept.sessions, session] });
    await write().catch((error: Error) => log(`${error.message}. The studio asks for a link again after a restart.`));
    return { kind: "begun", token };
  }

  function digestOf(token: string): string {
    return createHmac("sha256", streamerKey).update(`tercet studio session ${token}`).digest("base64url");
  }

  return {
    makeCode: () => makeCode(streamerKey, nowMs()),
    async beginByCode(text) {
      const read = readCode(streamerKey, text, nowMs());
      if (read.kind !== "code") return read;
      const { code } = read;
      if (kept.used.some(({ id }) => id === code.id)) return { kind: "used" };
      change({ ...kept, used: [...kept.used, code] });
      return await begin();
    },
    beginByKey: async (key) => isSame(key, streamerKey) ? await begin() : { kind: "wrong" },
    has(token) {
      if (kept.sessions.length === 0) return false;
      const digest = digestOf(token);
      return kept.sessions.some((session) => session.digest === digest && session.endsAtMs > nowMs());
    },
    async end(token) {
      const digest = digestOf(token);
      change({ ...kept, sessions: kept.sessions.filter((session) => session.digest !== digest) });
      await write();
    },
    async endAll() {
      change({ ...kept, sessions: [] });
      await write();
    },
  };
}

function readKept(text: string): Kept {
  const found = JSON.parse(text);
  const isList = (list: unknown, name: string) =>
    Array.isArray(list) && list.every((each) => typeof each?.[name] === "string" && Number.isSafeInteger(each.endsAtMs));
  if (found?.version !== 1 || !isList(found.sessions, "digest") || !isList(found.used, "id")) {
    throw new SyntaxError("it is no list of the studio's sessions");
  }
  return { sessions: found.sessions, used: found.used };
}
