import { openNeverReader } from "../fixtures/never_reader.ts";
import { type HttpConnection, openHttpConnection } from "./http_connection.ts";

/**
 * Hostile and slow clients, in a process of their own. Its one argument is a HostileOrder as JSON. It prints the line "there" when all have come, and a
 * HostileReport as JSON after the time.
 */
export interface HostileOrder {
  readonly port: number;
  readonly kind: HostileKind;
  /** About so many connections. */
  readonly connections: number;
  readonly seconds: number;
}

/**
 * `one address` and `a thousand addresses` make viewers, ask for playlists, talk and open sockets as fast as they are answered; `slow` sends a byte of a head
 * or of a body each second; `never reading` asks for media and events and takes nothing of it; `idle` connects.
 */
export const HOSTILE_KINDS = ["one address", "a thousand addresses", "slow", "never reading", "idle"] as const;
export type HostileKind = typeof HOSTILE_KINDS[number];

export interface HostileReport {
  /** Connections that stood at the end. */
  readonly connected: number;
  /** Answers by status. */
  readonly answers: Readonly<Record<string, number>>;
}

interface State {
  readonly port: number;
  readonly answers: Record<string, number>;
  connected: number;
}

async function main({ port, kind, connections, seconds }: HostileOrder): Promise<void> {
  const state: State = { port, answers: {}, connected: 0 };
  switch (kind) {
    case "one address":
      await flood(state, connections, () => "203.0.113.9");
      break;
    case "a thousand addresses":
      await flood(state, connections, (at) => `198.51.${Math.floor(at / 250) % 4}.${at % 250}`);
      break;
    case "slow":
      await inTurn(connections, (at) => sendSlowly(state, at % 2 === 0 ? SLOW_HEAD : SLOW_BODY));
      break;
    case "never reading":
      await neverRead(state, connections);
      break;
    case "idle":
      await inTurn(connections, () => stay(state, ""));
      break;
  }
  console.log("there");
  await pause(seconds * 1000);
  const report: HostileReport = { connected: state.connected, answers: state.answers };
  console.log(JSON.stringify(report));
  Deno.exit(0);
}

const SLOW_HEAD = "GET / HTTP/1.1\r\nHost: tercet\r\nX-Slow: ";
const SLOW_BODY = 'POST /api/viewers HTTP/1.1\r\nHost: tercet\r\nContent-Length: 60000\r\n\r\n{"mode":"';

/** What each connection asks for again and again. `at` counts all of them. */
async function flood(state: State, connections: number, addressOf: (at: number) => string): Promise<void> {
  let count = 0;
  const { id, playlists } = await takeViewer(state.port);
  const asks: readonly ((address: string) => string)[] = [
    (address) => post("/api/viewers", "{}", address),
    (address) => get("/live.m3u8", address),
    (address) => get(playlists, address),
    (address) => get(`/api/viewers/${id}`, address),
    (address) => post("/api/chat", JSON.stringify({ viewer: id, name: "x", text: `flood ${count}` }), address),
    () => "socket",
  ];
  for (let at = 0; at < connections; at++) {
    const ask = asks[at % asks.length]!;
    void (async () => {
      while (true) {
        const address = addressOf(count++);
        if (ask(address) === "socket") await openSocket(state, id, address);
        else await floodOver(state, () => ask(addressOf(count++)));
      }
    })();
  }
}

async function floodOver(state: State, next: () => string): Promise<void> {
  const connection: HttpConnection | null = await openHttpConnection("127.0.0.1", state.port).catch(() => null);
  if (connection === null) return await pause(100);
  state.connected++;
  try {
    while (true) note(state, (await connection.send(next())).status);
  } catch {
    state.connected--;
    note(state, "broken");
    connection.close();
  }
}

/** An event socket that stands, and is never read. */
async function openSocket(state: State, viewer: string, address: string): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: state.port }).catch(() => null);
  if (conn === null) return await pause(100);
  await conn.write(encode(asksEvents(viewer, address)));
  const buffer = new Uint8Array(64);
  const length = await conn.read(buffer).catch(() => null);
  const status = new TextDecoder().decode(buffer.subarray(9, Math.min(12, length ?? 0)));
  note(state, status === "" ? "broken" : `socket ${status}`);
  if (status === "101") state.connected++;
  else conn.close();
}

/** Two thirds ask for media, one third for events. */
async function neverRead(state: State, connections: number): Promise<void> {
  const { media } = await takeViewer(state.port);
  const viewers = await Promise.all(Array.from({ length: Math.ceil(connections / 30) }, () => takeViewer(state.port)));
  const asksMedia = get(media, "203.0.113.9").repeat(20);
  await inTurn(connections, (at) => {
    const { id } = viewers[at % viewers.length]!;
    openNeverReader(state.port, at % 3 === 0 ? asksEvents(id, `198.51.100.${at % 250}`) : asksMedia);
    state.connected++;
    return Promise.resolve();
  });
}

async function sendSlowly(state: State, begin: string): Promise<void> {
  const conn = await stay(state, begin);
  if (conn === null) return;
  void (async () => {
    try {
      while (true) {
        await pause(1000);
        await conn.write(encode("x"));
      }
    } catch {
      state.connected--;
      note(state, "broken");
    }
  })();
}

async function stay(state: State, text: string): Promise<Deno.TcpConn | null> {
  try {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: state.port });
    state.connected++;
    void (text === "" ? null : conn.write(encode(text)).catch(() => {}));
    return conn;
  } catch {
    note(state, "refused");
    return null;
  }
}

/** Some at a time: more would overflow the queue of those who wait to be accepted. */
async function inTurn(count: number, begin: (at: number) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < count; at += 100) {
    await Promise.all(Array.from({ length: Math.min(100, count - at) }, (_, index) => begin(at + index)));
    await pause(20);
  }
}

/** A viewer of one's own, its best playlist and a segment of it. */
async function takeViewer(port: number): Promise<{ id: string; playlists: string; media: string }> {
  const base = `http://127.0.0.1:${port}/`;
  const list = await (await fetch(`${base}live.m3u8`)).text();
  const [playlists = "", id = ""] = /^v\/([\w-]{36})\/\S+$/m.exec(list) ?? [];
  const playlist = await (await fetch(base + playlists)).text();
  const media = [...playlist.matchAll(/^(\/|(?:\.\.\/)*)(media\/\S+\.m4s)$/gm)].at(-1)?.[2] ?? "";
  if (id === "" || media === "") throw new Error(`There is nothing to ask for in ${list}${playlist}`);
  return { id, playlists: `/${playlists}`, media: `/${media}` };
}

function get(path: string, address: string): string {
  return `GET ${path} HTTP/1.1\r\n${headers(address)}\r\n`;
}

function asksEvents(viewer: string, address: string): string {
  return `GET /api/viewers/${viewer}/events HTTP/1.1\r\n${headers(address)}${UPGRADE}\r\n`;
}

function post(path: string, body: string, address: string): string {
  return `POST ${path} HTTP/1.1\r\n${headers(address)}Content-Length: ${body.length}\r\n\r\n${body}`;
}

function headers(address: string): string {
  return `Host: tercet\r\nX-Forwarded-For: ${address}\r\nAccept-Encoding: gzip\r\nUser-Agent: Mozilla/5.0\r\n`;
}

const UPGRADE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

function note(state: State, what: string | number): void {
  state.answers[what] = (state.answers[what] ?? 0) + 1;
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function pause(forMs: number): Promise<void> {
  return new Promise((done) => setTimeout(done, forMs));
}

if (import.meta.main) await main(JSON.parse(Deno.args[0] ?? "{}"));
