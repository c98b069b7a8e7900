/** Who this page is to the server. `playlist` is a whole address. */
export interface Viewer {
  readonly id: string;
  readonly playlist: string;
  readonly title: string | null;
}

export type ViewerOutcome = { readonly kind: "viewer"; readonly viewer: Viewer } | { readonly kind: "unreachable" };

const KEPT_AS = "tercet.viewer";
const PATIENCE_MS = 4000;

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
}): { find(): Promise<ViewerOutcome>; confirm(): Promise<ViewerOutcome>; keep(): void; take(): void } {
  let viewer: Viewer | null = null;

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
    const answer = await ask(`api/viewers/${encodeURIComponent(viewer.id)}`);
    if (answer === null || answer.status >= 500 || answer.status === 429) return { kind: "unreachable" };
    return answer.ok ? await accept(answer) : await create();
  }

  async function create(): Promise<ViewerOutcome> {
    const answer = await ask("api/viewers", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ player: deps.player }),
    });
    return answer?.ok ? await accept(answer) : { kind: "unreachable" };
  }

  async function accept(answer: Response): Promise<ViewerOutcome> {
    try {
      viewer = describe(await answer.json());
      return { kind: "viewer", viewer };
    } catch {
      return { kind: "unreachable" };
    }
  }

  async function ask(path: string, init?: RequestInit): Promise<Response | null> {
    try {
      return await deps.fetch(new URL(path, deps.base).href, { ...init, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    } catch {
      return null;
    }
  }

  function describe(answer: { id?: unknown; playlist?: unknown; title?: unknown }): Viewer {
    if (typeof answer.id !== "string" || answer.id === "") throw new TypeError(`Cannot read the viewer's id: ${JSON.stringify(answer.id)}`);
    const path = typeof answer.playlist === "string" ? answer.playlist.replace(/^\/+/, "") : `v/${answer.id}/live.m3u8`;
    const title = typeof answer.title === "string" && answer.title !== "" ? answer.title : null;
    return { id: answer.id, playlist: new URL(path, deps.base).href, title };
  }

  return { find, confirm, take, keep: () => viewer && deps.storage?.setItem(KEPT_AS, viewer.id) };
}
