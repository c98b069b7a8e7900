import { gunzipSync } from "node:zlib";
import { hintedPosition, readAttributes, type ReadPlaylist, readPlaylist } from "../rules/read_playlist.ts";
import { pause } from "../fixtures/condition.ts";
import { type HttpConnection, openHttpConnection } from "./http_connection.ts";
import { type Playback, startPlayback } from "./playback.ts";

/**
 * Low-latency players that come and go, in a process of their own, which may stand in a network namespace. Its one argument is a SqueezeOrder as
 * JSON; it prints a SqueezeReport as JSON at the end. Nothing is decoded: `playback.ts` tells what would have been shown.
 */
export interface SqueezeOrder {
  readonly hostname: string;
  readonly port: number;
  /** Of the multivariant playlist; the first variant is played. */
  readonly path: string;
  readonly seconds: number;
  readonly groups: readonly PlayerGroup[];
}

export interface PlayerGroup {
  readonly players: number;
  readonly fromSeconds: number;
  /** When they leave; null: they stay to the end. */
  readonly toSeconds: number | null;
}

export interface SqueezeReport {
  readonly players: readonly PlayerReport[];
  readonly errors: Readonly<Record<string, number>>;
}

export interface PlayerReport {
  /** Its place in the order's groups. */
  readonly group: number;
  readonly startupSeconds: number | null;
  readonly stalls: readonly { readonly atSeconds: number; readonly seconds: number }[];
  /** `atSeconds` on the clock of the run, the others on the time line of the show. */
  readonly runs: readonly { rendition: string; atSeconds: number; fromSeconds: number; toSeconds: number }[];
}

/** What a player needs between its first playlist and its first picture, as measured of hls.js in Chromium. */
const SET_UP_MS = 500;
const decoder = new TextDecoder();

if (import.meta.main) await main(JSON.parse(Deno.args[0] ?? ""));

async function main(order: SqueezeOrder): Promise<void> {
  const beganMs = performance.now();
  const errors: Record<string, number> = {};
  const playing = order.groups.flatMap((group, place) =>
    Array.from({ length: group.players }, async () => {
      await pause(group.fromSeconds * 1000);
      const player = startPlayer(order, (what) => errors[what] = (errors[what] ?? 0) + 1);
      const cameMs = performance.now();
      await pause(beganMs + (group.toSeconds ?? order.seconds) * 1000 - cameMs);
      return describe(player.leave(), { group: place, cameMs, beganMs, leftMs: performance.now() });
    })
  );
  const report: SqueezeReport = { players: await Promise.all(playing), errors };
  console.log(JSON.stringify(report));
  Deno.exit(0);
}

function describe(playback: Playback | null, o: { group: number; cameMs: number; beganMs: number; leftMs: number }): PlayerReport {
  const played = playback?.look(o.leftMs);
  const startedMs = played?.startedMs ?? null;
  return {
    group: o.group,
    startupSeconds: startedMs === null ? null : (startedMs - o.cameMs) / 1000,
    stalls: (played?.stalls ?? []).map(({ atMs, seconds }) => ({ atSeconds: (atMs - o.beganMs) / 1000, seconds })),
    runs: (played?.runs ?? []).map(({ atMs, ...run }) => ({ ...run, atSeconds: (atMs - o.beganMs) / 1000 })),
  };
}

/** Plays until it leaves. `leave` returns what it played, null where it never had a playlist. */
function startPlayer({ hostname, port, path }: SqueezeOrder, count: (what: string) => void): { leave(): Playback | null } {
  let playback: Playback | null = null;
  let isOver = false;
  const open: HttpConnection[] = [];

  function end(problem: unknown = null): void {
    if (isOver) return;
    isOver = true;
    if (problem !== null) count(problem instanceof Error ? problem.message.replace(/\/\S+/, "…") : "unknown");
    for (const connection of open) connection.close();
  }

  async function connect(): Promise<HttpConnection> {
    const connection = await openHttpConnection(hostname, port);
    open.push(connection);
    return connection;
  }

  async function get(connection: HttpConnection, from: string): Promise<Uint8Array> {
    const { status, body } = await connection.get(from);
    if (status !== 200) throw new Error(`status ${status}`);
    return body;
  }

  async function play(): Promise<void> {
    const [forPlaylists, forMedia] = await Promise.all([connect(), connect()]);
    const entry = decode(await get(forPlaylists, path)).split("\n");
    const list = resolve(path, entry.find((line) => line !== "" && !line.startsWith("#")) ?? "");
    const first = readPlaylist(decode(await get(forPlaylists, list)));
    const start = findStart(first);
    const show = playback = startPlayback({ fromSeconds: start.playFrom, setUpMs: performance.now() + SET_UP_MS });
    let loading: Promise<void> = Promise.resolve();
    let loadedTo = start.loadFrom;
    let mapUri = "";

    function load(playlist: ReadPlaylist): void {
      for (const part of listParts(playlist)) {
        if (part.toSeconds <= loadedTo + 0.001) continue;
        loadedTo = part.toSeconds;
        loading = loading.then(async () => {
          if (part.mapUri !== mapUri) await get(forMedia, resolve(list, mapUri = part.mapUri));
          await get(forMedia, resolve(list, part.uri));
          show.add({ ...part, rendition: part.uri.split("/").at(-2) ?? "" }, performance.now());
        });
        loading.catch(end);
      }
    }

    for (let playlist = first;;) {
      load(playlist);
      const { msn, part } = hintedPosition(playlist);
      playlist = readPlaylist(decode(await get(forPlaylists, `${list}?_HLS_msn=${msn}&_HLS_part=${part}`)));
    }
  }

  play().catch(end);
  return {
    leave() {
      end();
      return playback;
    },
  };
}

interface ListedPart {
  readonly uri: string;
  readonly mapUri: string;
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly isIndependent: boolean;
}

function listParts(playlist: ReadPlaylist): ListedPart[] {
  return playlist.segments.flatMap(({ dateMs, parts, mapUri }) => {
    let at = dateMs / 1000;
    return parts.map(({ uri, durationSeconds, isIndependent }) => ({
      uri: uri ?? "",
      mapUri: mapUri ?? "",
      isIndependent,
      fromSeconds: at,
      toSeconds: at += durationSeconds,
    }));
  });
}

/** PART-HOLD-BACK behind the edge; what must be loaded begins at the last key picture before. */
function findStart(playlist: ReadPlaylist): { playFrom: number; loadFrom: number } {
  const parts = listParts(playlist);
  const edge = parts.at(-1)?.toSeconds;
  if (edge === undefined) throw new Error("no part is listed");
  const playFrom = edge - Number(readAttributes(playlist.serverControl ?? "").get("PART-HOLD-BACK") ?? 0.6);
  const first = parts.findLast((part) => part.isIndependent && part.fromSeconds <= playFrom + 0.01) ?? parts[0]!;
  return { playFrom: Math.max(playFrom, first.fromSeconds), loadFrom: first.fromSeconds };
}

function decode(body: Uint8Array): string {
  return decoder.decode(body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : body);
}

function resolve(base: string, uri: string): string {
  const { pathname, search } = new URL(uri, `http://any${base}`);
  return pathname + search;
}
