/** What tabs of one browser say to each other about who they are. `nonce` names the tab that asks. */
type Said = { readonly kind: "claim" | "taken"; readonly viewer: string; readonly nonce: string };

/** The way to the other tabs; a BroadcastChannel is one. */
export interface TabChannel {
  postMessage(said: unknown): void;
  onmessage: ((event: MessageEvent) => unknown) | null;
  close(): void;
}

/** Tells the other tabs who this one is. */
export interface TabClaim {
  /** Says that this tab is that viewer now. Where another one already is, `onTaken` is called a moment later. */
  claim(viewer: string): void;
  /** The page goes, perhaps to come back: with an open channel some browsers would not keep it. */
  release(): void;
}

/**
 * No two tabs are the same viewer: who has been it for longer stays. Usually none is kept to be copied (`viewer.ts`); a tab that is duplicated, or opened
 * again, while the page it was made of waits in the back/forward cache gets the same one. Two that claim it at the same moment both let it go.
 */
export function createTabClaim(deps: {
  /** Null where the browser has none. */
  readonly open: () => TabChannel | null;
  readonly nonce: string;
  readonly onTaken: () => void;
}): TabClaim {
  let channel: TabChannel | null = null;
  let mine: string | null = null;

  function hear({ data }: MessageEvent): void {
    const { kind, viewer, nonce } = data as Said;
    if (mine === null || viewer !== mine) return;
    if (kind === "claim" && nonce !== deps.nonce) channel?.postMessage({ kind: "taken", viewer, nonce } satisfies Said);
    if (kind !== "taken" || nonce !== deps.nonce) return;
    mine = null;
    deps.onTaken();
  }

  return {
    claim(viewer) {
      if (viewer === mine && channel !== null) return;
      mine = viewer;
      channel ??= deps.open();
      if (channel === null) return;
      channel.onmessage = hear;
      channel.postMessage({ kind: "claim", viewer, nonce: deps.nonce } satisfies Said);
    },
    release() {
      channel?.close();
      channel = null;
    },
  };
}
