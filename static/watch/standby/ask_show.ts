import type { Ask } from "../../shared/ask.ts";
import { readShow, type ToldShow } from "../choosing/told.ts";

/** Asks how the show stands, for a page without the server's events. Null where there was no answer that tells. */
export type AskShow = () => Promise<ToldShow | null>;

export function createAskShow(ask: Ask): AskShow {
  return async () => {
    const answer = await ask("api/stream");
    return answer?.ok ? await read(answer, readShow) : null;
  };
}

/** For a page that may ask for playlists only: the refusal of one tells why. */
export function createAskPlaylist(ask: Ask, query: string): AskShow {
  return async () => {
    const answer = await ask(`live.m3u8${query}`);
    if (answer === null) return null;
    if (answer.ok) {
      void answer.body?.cancel();
      return ON_AIR;
    }
    return await read(answer, ({ kind, show }) => {
      if (kind !== "show_waiting" && kind !== "show_ended") return null;
      const { description, startsAt } = show;
      return readShow({ state: kind === "show_ended" ? "ended" : "waiting", description, startsAt, backAt: null });
    });
  };
}

const ON_AIR: ToldShow = { state: "live", description: "", startsAtMs: null, backAtMs: null };

// deno-lint-ignore no-explicit-any -- it is what the server says
async function read(answer: Response, pick: (value: any) => ToldShow | null): Promise<ToldShow | null> {
  try {
    return pick(await answer.json());
  } catch {
    return null;
  }
}
