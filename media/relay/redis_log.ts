import { Buffer } from "node:buffer";
import { Redis } from "ioredis";
import type { Position } from "../hls/segment.ts";
import type { RelayAddress } from "../settings/relay.ts";
import { AT_ONCE, type Cursor, type Log, LogAway, type Note, NOTE_KINDS, type NoteKind, type Row } from "./log.ts";

/** A connection that carries nothing, and is not closed, is given up after so long; an engine that is asked to wait answers within less. */
const SOCKET_TIMEOUT_MS = 1500;
const WAIT_MS = 1000;
const LONGEST_RETRY_MS = 500;
/** An origin that has written nothing for so long has lost its show to whoever writes next. */
const LEASE_MS = 1500;
const ROSTER_MS = 5000;
const MOST_NOTES = 10_000;

/**
 * Redis (from 6.2 on) and Valkey: streams with ids of our own, which the engine itself refuses where they do not rise. All keys of a show share a hash tag. One
 * connection reads, one writes. What fails is never sent again by the client: whoever asked knows best what is still worth sending.
 */
export function openRedisLog(address: RelayAddress, show: string): Log {
  const key = (name: string) => `{tercet:${show}}${name}`;
  const [rows, lease, edges] = [key("rows"), key("lease"), key("edges")];
  const streams = NOTE_KINDS.map(key);
  const writing = connect(address);
  const reading = connect(address);
  let isStopped = false;
  const stopped = Promise.withResolvers<void>();

  function run(connection: Connection, command: string, ...args: readonly (string | number | Buffer)[]): Promise<unknown> {
    if (isStopped) return Promise.reject(new LogAway("it is let go of"));
    if (!connection.isReady) return Promise.reject(new LogAway(connection.problem));
    return connection.client.callBuffer(command, ...args).catch((problem) => {
      throw explain(problem, connection.problem);
    });
  }

  async function waitUntilReady(connection: Connection): Promise<void> {
    if (!connection.isReady && !isStopped) await waitAtMost(WAIT_MS, Promise.race([connection.ready(), stopped.promise]));
  }

  async function script(text: string, keys: readonly string[], ...args: readonly (string | number | Buffer)[]): Promise<string | null> {
    const answer = await run(writing, "EVAL", text, keys.length, ...keys, ...args);
    return answer === null ? null : String(answer);
  }

  return {
    name: `${address.isTls ? "rediss" : "redis"}://${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`,
    get lives() {
      return writing.lives;
    },
    async ready() {
      await waitUntilReady(writing);
      if (!writing.isReady) throw new LogAway(writing.problem);
    },
    async append({ position, bytes }, { term, keepFromMsn }) {
      const answer = await script(APPEND, [rows, lease], idOf(position), term, LEASE_MS, `${Math.max(0, keepFromMsn)}-0`, asBuffer(bytes));
      return answer === "kept" || answer === "known" ? answer : "fenced";
    },
    async trim(keepFromMsn) {
      await run(writing, "XTRIM", rows, "MINID", `${Math.max(0, keepFromMsn)}-0`);
    },
    async top() {
      const [newest] = await run(writing, "XREVRANGE", rows, "+", "-", "COUNT", 1) as RawEntry[];
      return newest === undefined ? null : readRow(newest);
    },
    async release(term) {
      await script(RELEASE, [lease], term);
    },
    async clear() {
      await run(writing, "DEL", rows);
    },
    async after({ row, notes }: Cursor) {
      await waitUntilReady(reading);
      const wanted = NOTE_KINDS.map((kind, at) => ({ stream: streams[at]!, id: `${notes[kind]}-0` }));
      if (row !== "no_rows") wanted.unshift({ stream: rows, id: row === null ? "0-0" : idOf(row) });
      const places = [...wanted.map(({ stream }) => stream), ...wanted.map(({ id }) => id)];
      const answer = await run(reading, "XREAD", "COUNT", AT_ONCE, "BLOCK", WAIT_MS, "STREAMS", ...places);
      const found: { rows: Row[]; notes: Note[] } = { rows: [], notes: [] };
      for (const [name, entries] of (answer ?? []) as [Buffer, RawEntry[]][]) {
        const kind = NOTE_KINDS[streams.indexOf(String(name))];
        if (kind === undefined) found.rows.push(...entries.map(readRow));
        else found.notes.push(...entries.map((entry) => readNote(kind, entry)));
      }
      return found;
    },
    async note(kind: NoteKind, text, { floor = 0, once = "" } = {}) {
      const number = await script(NOTE, [key(kind), key(`${kind}:once`)], text, floor, once, MOST_NOTES);
      return number === null ? null : Number(number);
    },
    async refill(kind, notes) {
      if (Number(await run(writing, "XLEN", key(kind))) > 0) return;
      await script(REFILL, [key(kind)], ...notes.slice(-MOST_NOTES).flatMap(({ number, text }) => [`${number}-0`, text]));
    },
    async tellShow(text, term) {
      return await script(TELL, [key("show"), lease], text, term, LEASE_MS) === "kept" ? "kept" : "fenced";
    },
    async askShow() {
      const text = await run(writing, "GET", key("show"));
      return text === null ? null : String(text);
    },
    async enrol(id, text) {
      await script(ENROL, [key(`edge:${id}`), edges], text, ROSTER_MS, id);
    },
    async roster() {
      const ids = await run(writing, "SMEMBERS", edges) as Buffer[];
      if (ids.length === 0) return [];
      const texts = await run(writing, "MGET", ...ids.map((id) => key(`edge:${id}`))) as (Buffer | null)[];
      const gone = ids.filter((_, at) => texts[at] === null);
      if (gone.length > 0) await run(writing, "SREM", edges, ...gone);
      return texts.filter((text) => text !== null).map(String);
    },
    stop() {
      if (isStopped) return;
      isStopped = true;
      stopped.resolve();
      writing.client.disconnect();
      reading.client.disconnect();
    },
  };
}

/** Who holds the lease, or finds it free, holds it for a while more with each row. */
const APPEND = `local held = redis.call('GET', KEYS[2])
if held and held ~= ARGV[2] then return 'fenced' end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
local done = redis.pcall('XADD', KEYS[1], 'MINID', ARGV[4], ARGV[1], 'e', ARGV[5])
if type(done) == 'table' and done.err then
  if string.find(done.err, 'equal or smaller') then return 'known' end
  return done
end
return 'kept'`;
const TELL = `local held = redis.call('GET', KEYS[2])
if held and held ~= ARGV[2] then return 'fenced' end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
redis.call('SET', KEYS[1], ARGV[1])
return 'kept'`;
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 'kept'`;
const NOTE = `if ARGV[3] ~= '' and redis.call('HSETNX', KEYS[2], ARGV[3], '1') == 0 then return false end
local time = redis.call('TIME')
local number = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
number = math.max(number, tonumber(ARGV[2]) + 1)
local top = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if top then number = math.max(number, tonumber(string.match(top[1], '^%d+')) + 1) end
local text = string.format('%.0f', number)
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], text .. '-0', 'e', ARGV[1])
return text`;
const REFILL = `if redis.call('XLEN', KEYS[1]) > 0 then return 'kept' end
for at = 1, #ARGV, 2 do redis.call('XADD', KEYS[1], ARGV[at], 'e', ARGV[at + 1]) end
return 'kept'`;
const ENROL = `redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
redis.call('SADD', KEYS[2], ARGV[3])
return 'kept'`;

interface Connection {
  readonly client: Redis;
  readonly isReady: boolean;
  readonly lives: number;
  /** Why it is not ready. */
  readonly problem: string;
  /** Resolves when it next is. */
  ready(): Promise<void>;
}

function connect({ host, port, isTls, username, password, database }: RelayAddress): Connection {
  const client = new Redis({
    host,
    port,
    db: database,
    ...(username === "" ? {} : { username }),
    ...(password === "" ? {} : { password }),
    ...(isTls ? { tls: {} } : {}),
    protocol: 2,
    disableClientInfo: true,
    connectTimeout: SOCKET_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    retryStrategy: (times) => Math.min(LONGEST_RETRY_MS, 50 * times),
  });
  let problem = NOT_YET;
  let lives = 0;
  let next = Promise.withResolvers<void>();
  client.on("error", (error: Error) => problem = sayWhy(error));
  client.on("close", () => problem = problem === WELL ? "it has closed the connection" : problem);
  client.on("ready", () => {
    lives++;
    problem = WELL;
    next.resolve();
    next = Promise.withResolvers();
  });
  return {
    client,
    get isReady() {
      return client.status === "ready";
    },
    get lives() {
      return lives;
    },
    get problem() {
      return problem;
    },
    ready: () => client.status === "ready" ? Promise.resolve() : next.promise,
  };
}

const NOT_YET = "it was not reached yet";
const WELL = "";

function explain(problem: unknown, lately: string): LogAway {
  const error = problem instanceof Error ? problem : new Error(String(problem));
  if (/\bOOM\b/.test(error.message)) return new LogAway("it is full (maxmemory)", true);
  // What the client says of a command whose connection has gone tells less than why it went.
  return new LogAway(
    /^(Connection is closed|Stream isn't writeable|Reached the max retries)/.test(error.message)
      ? lately || "it has closed the connection"
      : sayWhy(error),
  );
}

function sayWhy(error: Error): string {
  const text = error.message || (error as { code?: string }).code || error.name;
  if (/WRONGPASS|NOAUTH|invalid password|NOPERM/.test(text)) return `it refuses the name or password (${text.split(" ")[0]})`;
  if (/ECONNREFUSED/.test(text)) return "nothing listens there";
  if (/Socket timeout|ETIMEDOUT|connect timed out/i.test(text)) return "it does not answer";
  return text.replace(/\s+/g, " ").slice(0, 200);
}

async function waitAtMost(mostMs: number, event: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([event, new Promise((resolve) => timer = setTimeout(resolve, mostMs))]);
  clearTimeout(timer);
}

type RawEntry = readonly [id: Buffer, fields: readonly Buffer[]];

function readRow([id, fields]: RawEntry): Row {
  const [msn, part] = String(id).split("-").map(Number);
  // A copy: the client's buffer holds what came beside it, too.
  return { position: { msn: msn!, part: part! }, bytes: new Uint8Array(fields[1] ?? []) };
}

function readNote(kind: NoteKind, [id, fields]: RawEntry): Note {
  return { kind, number: Number(String(id).split("-")[0]), text: String(fields[1] ?? "") };
}

function idOf({ msn, part }: Position): string {
  return `${msn}-${part}`;
}

/** The client writes any other array as the text of its numbers. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
