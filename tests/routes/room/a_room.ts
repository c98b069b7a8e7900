import { createDonors } from "../../../media/audience/donors.ts";
import { openRoom, type Room } from "../../../media/room/room.ts";
import { createMemoryStore } from "../../../routes/donations/store.ts";
import { loadPages } from "../../../routes/pages.ts";
import { aChat } from "../chat/a_chat.ts";
import { aBook } from "../donations/open_donations.ts";
import { openShow, type Show } from "../show.ts";

export const ROOM_KEY = "open sesame";
export const PORT = 8080;
export const COOKIE = `tercet-room-${PORT}`;
export const HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const DAY_SECONDS = 86_400;

const OG = '<meta property="og:title" content="{title}"><meta property="og:image" content="{origin}/thumbnail.jpg">';
const FILES: Readonly<Record<string, string>> = {
  "index.html":
    `<!doctype html><html><meta name="description" content="Live now.">${OG}<meta name="twitter:card" content="x"><title>page</title>`,
  "embed.html": "<!doctype html><html><title>{title}</title>",
  "room.en.html": '<!doctype html><html lang="en" data-problem="{problem}"><form action="room">',
  "room.zh-TW.html": '<!doctype html><html lang="zh-TW" data-problem="{problem}"><form action="room">',
  "app-0123456789ab.js": "export {};",
};

export interface House {
  readonly show: Show;
  readonly room: Room;
  /** From an address that is not this machine's, unless another is given; `cookie`, `key` (as a password) and `invite` (in the query) are put where they belong. */
  ask(path: string, o?: Asked): Promise<Response>;
  /** The token of a new invite. */
  invite(seconds?: number): Promise<{ readonly id: string; readonly token: string }>;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly cookie?: string;
  readonly password?: string;
  readonly from?: string;
}

/** A show with a chat, donations, pages and a room key, on one clock that stands at 22:13:20 UTC. */
export async function withRoom(test: (house: House) => Promise<void>, o: Parameters<typeof openShow>[0] = {}): Promise<void> {
  const dataDir = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(FILES)) await Deno.writeTextFile(`${dataDir}/${name}`, text);
    const pages = await loadPages(dataDir);
    let show: Show | null = null;
    const { room } = await openRoom({
      roomKey: ROOM_KEY,
      signingKey: new Uint8Array(32).fill(9),
      dataDir,
      nowMs: () => show?.clock.ms ?? 1_700_000_000_000,
    });
    const settings = { currency: "USD", link: null, kofiToken: null, stripeSecret: null };
    const store = createMemoryStore();
    const opened = show = openShow({
      room,
      port: PORT,
      pages,
      chat: aChat(),
      donations: (now) => ({ settings, store, donors: createDonors({ now }), book: aBook({ settings, store, now }) }),
      takeThumbnail: () => Promise.resolve(new TextEncoder().encode("jpeg")),
      ...o,
    });
    await test({
      show: opened,
      room,
      ask: async (path, { method = "GET", headers = {}, body, cookie, password, from = "192.0.2.7" } = {}) =>
        await opened.app.request(path, {
          method,
          headers: {
            ...(cookie === undefined ? {} : { cookie: `${COOKIE}=${cookie}` }),
            ...(password === undefined ? {} : { authorization: basic(password) }),
            ...headers,
          },
          ...(body === undefined ? {} : { body }),
        }, { remoteAddr: { transport: "tcp", hostname: from, port: 1 } }),
      async invite(seconds = DAY_SECONDS) {
        const made = await room.invites.make({ name: "Anna", seconds });
        if (made === "too_many") throw new Error("too many invites");
        return { id: made.id, token: room.invites.tokenOf(made) };
      },
    });
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

export function basic(password: string, name = "viewer"): string {
  return `Basic ${new TextEncoder().encode(`${name}:${password}`).toBase64()}`;
}

/** The addresses below a playlist's own that it names. */
export function addressesIn(text: string): string[] {
  return [...text.matchAll(/URI="([^"]+)"|^([^#\s]\S*)$/gm)].map(([, quoted, line]) => (quoted ?? line)!);
}

/** The first media playlist of a multivariant one, as a path. */
export function childOf(multivariant: string, from = "/live.m3u8"): string {
  const [first = ""] = addressesIn(multivariant);
  return new URL(first, `http://x${from}`).pathname;
}
