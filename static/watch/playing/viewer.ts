import type { Wish } from "../../../media/audience/viewer.ts";
import { createAsk } from "../../shared/ask.ts";
import { FIRST_WISH } from "../choosing/wish_memory.ts";
import { isSame, type WishAnswer } from "../choosing/wishes.ts";

/** Who this page is to the server. `playlist` is a whole address. */
export interface Viewer {
  readonly id: string;
  readonly playlist: string;
  readonly title: string | null;
}

export type ViewerOutcome = { readonly kind: "viewer"; readonly viewer: Viewer } | { readonly kind: "unreachable" };

const KEPT_AS = "tercet.viewer";
const PATIENCE_MS = 4000;
const INSIST_EVERY_MS = 1500;
const SHUT_OUT = 401;
const PUT_OUT = 403;

export interface ViewerHolder {
  find(): Promise<ViewerOutcome>;
  confirm(): Promise<ViewerOutcome>;
  /** Asks the server for this mode and quality. */
  send(wish: Wish): Promise<WishAnswer>;
  /** The streamer lets nobody in from here for some minutes. */
  readonly isPutOut: boolean;
  keep(): void;
  take(): void;
  /** Is nobody from now on: `find` asks for a new viewer. */
  drop(): void;
}

/**
 * Holds this page's viewer. `find` gives the one kept from before a reload or asks for a new one; `confirm` asks the server whether
 * it still knows the viewer and takes a new one where it does not. While the page lives nothing is kept, so that a
 * duplicated tab does not become the same viewer: call `keep` when the page goes, `take` when it comes back.
 */
export function createViewerHolder(deps: {
  readonly fetch: (address: string, init?: RequestInit) => Promise<Response>;
  readonly storage: Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;
  /** The page's own address: a proxy may have put a prefix in front. */
  readonly base: string;
  readonly player: "hls.js" | "native";
  /** The page has asked for a viewer already, or thinks so: see `early.js`. */
  readonly early?: Promise<Response | null> | null;
  /** What this tab wishes for now: a new viewer gets it too. */
  readonly wish: () => Wish;
  /** The server asks for a room key, or an invite has ended. */
  readonly onShutOut: () => void;
  /** Calls back every so many ms until the returned function is called. */
  readonly every: (callback: () => void, ms: number) => () => void;
}): ViewerHolder {
  const ask = createAsk({ ...deps, patienceMs: PATIENCE_MS });
  let viewer: Viewer | null = null;
  let early = deps.early ?? null;
  let isPutOut = false;

  function take(): void {
    const id = deps.storage?.getItem(KEPT_AS);
    deps.storage?.removeItem(KEPT_AS);
    if (id && !viewer) viewer = describe({ id });
  }

  async function find(): Promise<ViewerOutcome> {
    take();
    return viewer ? { kind: "viewer", viewer } : await create();
  }

  async function confirm(): Promise<ViewerOutcome> {
    if (!viewer) return await create();
    const answer = await insist(`api/viewers/${encodeURIComponent(viewer.id)}`);
    if (answer === null || answer.status >= 500 || answer.status === 429) return { kind: "unreachable" };
    isPutOut = answer.status === PUT_OUT;
    // Another viewer would be let in where the address is not out as well.
    if (isPutOut) return { kind: "unreachable" };
    return answer.ok ? await accept(answer) : await create();
  }

  async function create(): Promise<ViewerOutcome> {
    const answer = await takeEarly() ?? await ask("api/viewers", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ player: deps.player }),
    });
    if (answer?.status === SHUT_OUT) deps.onShutOut();
    if (answer !== null) isPutOut = answer.status === PUT_OUT;
    const outcome = answer?.ok ? await accept(answer) : { kind: "unreachable" } as const;
    // Not with the request above: a viewer that begins pinned or gaming gets a single variant, and "Auto" would mean that one for ever.
    if (outcome.kind === "viewer" && !isSame(deps.wish(), FIRST_WISH)) await send(deps.wish());
    return outcome;
  }

  /** What was asked early, once; null where nothing good has come of it in time. */
  async function takeEarly(): Promise<Response | null> {
    const asked = early;
    early = null;
    if (asked === null) return null;
    const answer = await Promise.race([asked, new Promise<null>((resolve) => setTimeout(resolve, PATIENCE_MS, null))]);
    return answer?.ok || answer?.status === SHUT_OUT ? answer : null;
  }

  async function send(wish: Wish): Promise<WishAnswer> {
    if (!viewer) return { kind: "unreachable" };
    // In gaming mode the server takes no quality.
    const body = JSON.stringify(wish.mode === "gaming" ? { mode: wish.mode } : wish);
    const path = `api/viewers/${encodeURIComponent(viewer.id)}`;
    const answer = await ask(path, { method: "PATCH", headers: { "content-type": "application/json" }, body });
    if (answer === null || answer.status >= 500) return { kind: "unreachable" };
    return answer.ok ? { kind: "accepted" } : { kind: "refused", problem: await readProblem(answer) };
  }

  async function accept(answer: Response): Promise<ViewerOutcome> {
    try {
      viewer = describe(await answer.json());
      return { kind: "viewer", viewer };
    } catch {
      return { kind: "unreachable" };
    }
  }

  /**
   * Asks the same again now and then, without giving up the question before, until there is an answer or the first one has failed: a request may hang
   * on a connection that has died without a word, when the network itself is back. The browser has six connections for all that the page asks.
   */
  function insist(path: string): Promise<Response | null> {
    return new Promise((resolve) => {
      const attempts: AbortController[] = [];
      const stop = deps.every(askOnce, INSIST_EVERY_MS);
      askOnce();

      function askOnce(): void {
        const mine = new AbortController();
        attempts.push(mine);
        void ask(path, {}, mine.signal).then((answer) => {
          if (answer === null && mine !== attempts[0]) return;
          stop();
          for (const attempt of attempts) if (attempt !== mine) attempt.abort();
          resolve(answer);
        });
      }
    });
  }

  function describe(answer: { id?: unknown; playlist?: unknown; title?: unknown }): Viewer {
    if (typeof answer.id !== "string" || answer.id === "") throw new TypeError(`Cannot read the viewer's id: ${JSON.stringify(answer.id)}`);
    const path = typeof answer.playlist === "string" ? answer.playlist.replace(/^\/+/, "") : `v/${answer.id}/live.m3u8`;
    const title = typeof answer.title === "string" && answer.title !== "" ? answer.title : null;
    return { id: answer.id, playlist: new URL(path, deps.base).href, title };
  }

  return {
    find,
    confirm,
    send,
    get isPutOut() {
      return isPutOut;
    },
    take,
    drop: () => void (viewer = null),
    keep: () => viewer && deps.storage?.setItem(KEPT_AS, viewer.id),
  };
}

/** Who plays without being known: each player is a new viewer, as VLC is. `query` lets it into a room. */
export function createStranger(base: string, query = ""): Pick<ViewerHolder, "find" | "confirm"> {
  const find = () =>
    Promise.resolve({ kind: "viewer", viewer: { id: "", playlist: new URL(`live.m3u8${query}`, base).href, title: null } } as const);
  return { find, confirm: find };
}

/** The server's name for what is wrong. */
async function readProblem(answer: Response): Promise<string | null> {
  try {
    const { kind } = await answer.json();
    return typeof kind === "string" ? kind : null;
  } catch {
    return null;
  }
}
