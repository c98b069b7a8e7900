import process from "node:process";
import { gunzipSync } from "node:zlib";
import { hintedPosition, readPlaylist } from "../rules/read_playlist.ts";
import { type HttpConnection, openHttpConnection } from "./http_connection.ts";
import { quantile } from "./table.ts";

/**
 * Many simulated players in a process of their own. Its one argument is a SwarmOrder as JSON. It prints the line "steady" when
 * all have arrived and the measured time begins, then a SwarmReport as JSON when it ends.
 */
export interface SwarmOrder {
  readonly url: string;
  readonly players: number;
  readonly rampSeconds: number;
  readonly seconds: number;
  /** They are behind these addresses in turn, as a proxy on this machine tells it; left out: they are on this machine. */
  readonly addresses?: readonly string[];
  readonly behaviour:
    /** Blocking reload and every part of one slot, counted from the best. */
    | { readonly kind: "ll"; readonly slot: number }
    /** The same, each player with a media playlist of its own: paths, one for each. */
    | { readonly kind: "listed"; readonly playlists: readonly string[] }
    /** The same requests, for files: each tick all fetch `playlist` and the next of `parts`. */
    | { readonly kind: "files"; readonly everyMs: number; readonly playlist: string; readonly parts: readonly string[] };
}

export interface SwarmReport {
  /** In the measured time. */
  readonly bytes: number;
  readonly requests: number;
  readonly seconds: number;
  /** From the first player's receipt of a playlist to each other player's. */
  readonly playlistLagMs: Lag | null;
  /** From the first player's receipt of the playlist that names a part to each player's receipt of the whole part. */
  readonly partLagMs: Lag | null;
  /** Times at which a player that begins where playlists tell it to has nothing left to play. */
  readonly stalls: number;
  readonly errors: Readonly<Record<string, number>>;
  /** Of this process, in cores: above 0.9 the figures are its own and not the server's. */
  readonly ownCpu: number;
}

interface Lag {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

async function main(order: SwarmOrder): Promise<void> {
  const { hostname, port, pathname, search } = new URL(order.url);
  const state: State = {
    isSteady: false,
    bytes: 0,
    requests: 0,
    errors: {},
    first: new Map(),
    playlistLags: [],
    partLags: [],
    stalls: 0,
    readings: new Map(),
  };
  const { addresses = [] } = order;
  const { behaviour } = order;
  const ticks = behaviour.kind === "files" ? startTicks(behaviour.everyMs) : null;
  for (let player = 0; player < order.players; player++) {
    const address = addresses[player % addresses.length];
    const connect = () => openHttpConnection(hostname, Number(port), address === undefined ? "" : `X-Forwarded-For: ${address}\r\n`);
    if (behaviour.kind === "ll") {
      playLowLatency(state, connect, (connection) => openVariant(state, connection, pathname + search, behaviour.slot));
    } else if (behaviour.kind === "listed") playLowLatency(state, connect, () => Promise.resolve(behaviour.playlists[player] ?? ""));
    else playFiles(state, connect, ticks!, behaviour.playlist, behaviour.parts);
    await pause(order.rampSeconds * 1000 / order.players);
  }
  await pause(2000);
  console.log("steady");
  state.isSteady = true;
  const cpuBefore = cpuSeconds();
  const beganMs = performance.now();
  await pause(order.seconds * 1000);
  const seconds = (performance.now() - beganMs) / 1000;
  const report: SwarmReport = {
    bytes: state.bytes,
    requests: state.requests,
    seconds,
    playlistLagMs: describe(state.playlistLags),
    partLagMs: describe(state.partLags),
    stalls: state.stalls,
    errors: state.errors,
    ownCpu: (cpuSeconds() - cpuBefore) / seconds,
  };
  console.log(JSON.stringify(report));
  Deno.exit(0);
}

/** PART-HOLD-BACK: a player stands so far behind the end. */
const HOLD_BACK_PARTS = 3;

interface State {
  isSteady: boolean;
  bytes: number;
  requests: number;
  readonly errors: Record<string, number>;
  /** When the first player had a position's playlist. */
  readonly first: Map<string, number>;
  readonly playlistLags: number[];
  readonly partLags: number[];
  stalls: number;
  /** By the text. */
  readonly readings: Map<number, Reading>;
}

/** Fetches a multivariant playlist and gives the path of one of its variants. */
async function openVariant(state: State, connection: HttpConnection, entry: string, slot: number): Promise<string> {
  const text = new TextDecoder().decode(unpack((await get(state, connection, entry)).body));
  const variants = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return resolve(entry, variants[Math.min(slot, variants.length - 1)] ?? "");
}

async function playLowLatency(
  state: State,
  connect: () => Promise<HttpConnection>,
  findPlaylist: (connection: HttpConnection) => Promise<string>,
): Promise<void> {
  const [forPlaylists, forMedia] = await Promise.all([connect(), connect()]);
  const path = await findPlaylist(forPlaylists);
  let asked = "";
  let newest = "";
  let fetching: Promise<void> = Promise.resolve();
  let playedOutAtMs = -Infinity;
  for (;;) {
    const answer = await get(state, forPlaylists, path + asked);
    if (answer.status !== 200) {
      asked = "";
      await pause(500);
      continue;
    }
    const { parts, partMs, next } = read(state, answer.body, path);
    const last = parts.at(-1) ?? "";
    if (asked !== "" && last !== newest) note(state, state.playlistLags, fileOf(last), answer.atMs);
    const fresh = newest === "" ? parts.slice(-1) : parts.slice(parts.lastIndexOf(newest) + 1);
    newest = last;
    fetching = fetching.then(async () => {
      for (const uri of fresh) {
        const part = await get(state, forMedia, uri);
        const since = state.first.get(fileOf(uri));
        if (state.isSteady && since !== undefined) state.partLags.push(part.atMs - since);
        if (state.isSteady && playedOutAtMs > 0 && part.atMs > playedOutAtMs) state.stalls++;
        playedOutAtMs = part.atMs > playedOutAtMs ? part.atMs + HOLD_BACK_PARTS * partMs : playedOutAtMs + partMs;
      }
    });
    asked = next;
  }
}

async function playFiles(
  state: State,
  connect: () => Promise<HttpConnection>,
  ticks: Ticks,
  playlist: string,
  parts: readonly string[],
): Promise<void> {
  const [forPlaylists, forMedia] = await Promise.all([connect(), connect()]);
  for (;;) {
    const tick = await ticks.next();
    const answer = await get(state, forPlaylists, playlist);
    note(state, state.playlistLags, `tick ${tick}`, answer.atMs);
    const part = await get(state, forMedia, parts[tick % parts.length] ?? "");
    if (state.isSteady) state.partLags.push(part.atMs - (state.first.get(`tick ${tick}`) ?? part.atMs));
  }
}

interface Ticks {
  next(): Promise<number>;
}

function startTicks(everyMs: number): Ticks {
  let tick = 0;
  let coming = Promise.withResolvers<number>();
  setInterval(() => {
    const now = coming;
    coming = Promise.withResolvers();
    now.resolve(tick++);
  }, everyMs);
  return { next: () => coming.promise };
}

async function get(state: State, connection: HttpConnection, path: string) {
  try {
    const answer = await connection.get(path);
    if (state.isSteady) {
      state.bytes += answer.bytes;
      state.requests++;
    }
    if (answer.status !== 200) state.errors[answer.status] = (state.errors[answer.status] ?? 0) + 1;
    return answer;
  } catch (problem) {
    const kind = problem instanceof Error ? problem.message.replace(/\/\S+/, "…") : "unknown";
    state.errors[kind] = (state.errors[kind] ?? 0) + 1;
    return await new Promise<never>(() => {}); // this player is out, and counted
  }
}

function note(state: State, lags: number[], key: string, atMs: number): void {
  const first = state.first.get(key);
  if (first === undefined) state.first.set(key, atMs);
  if (state.isSteady) lags.push(first === undefined ? 0 : atMs - first);
}

/** What a player does next, by the playlist it got. */
interface Reading {
  /** Paths of the listed parts. */
  readonly parts: readonly string[];
  readonly partMs: number;
  /** The query to ask for the playlist with the part after them. */
  readonly next: string;
}

/** Once for all who get the same text: this process is to measure the server, not itself. */
function read(state: State, body: Uint8Array, path: string): Reading {
  const key = identify(body);
  let reading = state.readings.get(key);
  if (!reading) {
    const playlist = readPlaylist(new TextDecoder().decode(unpack(body)));
    const parts = playlist.segments.flatMap((segment) => segment.parts.map((part) => resolve(path, part.uri ?? "")));
    const { msn, part } = hintedPosition(playlist);
    state.readings.set(
      key,
      reading = { parts, partMs: 1000 * (playlist.partTargetSeconds ?? 0), next: `?_HLS_msn=${msn}&_HLS_part=${part}` },
    );
    if (state.readings.size > 60) state.readings.delete(state.readings.keys().next().value ?? 0);
  }
  return reading;
}

/** Tells texts apart by what gzip writes at its end (RFC 1952): the CRC-32 of the text and its length. */
function identify(body: Uint8Array): number {
  if (!isPacked(body)) throw new TypeError("Cannot tell playlists apart: this one is not packed by gzip");
  const trailer = new DataView(body.buffer, body.byteOffset + body.length - 8, 8);
  return trailer.getUint32(4, true) * 2 ** 32 + trailer.getUint32(0, true);
}

function unpack(body: Uint8Array): Uint8Array {
  return isPacked(body) ? gunzipSync(body) : body;
}

function isPacked(body: Uint8Array): boolean {
  return body[0] === 0x1f && body[1] === 0x8b;
}

/** The name of a part without its folder: the same in all renditions. */
function fileOf(uri: string): string {
  return uri.slice(uri.lastIndexOf("/") + 1);
}

function resolve(base: string, uri: string): string {
  const { pathname, search } = new URL(uri, `http://any${base}`);
  return pathname + search;
}

function describe(lags: readonly number[]): Lag | null {
  if (lags.length === 0) return null;
  return { p50: quantile(lags, 0.5) ?? 0, p99: quantile(lags, 0.99) ?? 0, max: Math.max(...lags.slice(0, 100_000)) };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function pause(forMs: number): Promise<void> {
  return new Promise((done) => setTimeout(done, forMs));
}

if (import.meta.main) await main(JSON.parse(Deno.args[0] ?? "{}"));
