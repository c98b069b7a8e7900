import type { SetTimer } from "../../timer.ts";
import type { Address } from "../addresses.ts";
import type { PublisherDesk, PublisherLine } from "../desk.ts";
import type { PublisherKeys } from "../publishers_file.ts";
import type { WrongKeys } from "../wrong_keys.ts";
import { readProxyHeader } from "./proxy_header.ts";
import { createSession, type Session, type SessionOutcome, type Stage, type Verdict } from "./session.ts";
import type { Stranger } from "./strangers.ts";

/** What all connections share. */
export interface House {
  readonly allowPublic: boolean;
  readonly keys: Pick<PublisherKeys, "find">;
  readonly desk: Pick<PublisherDesk, "admit">;
  readonly now: () => number;
  readonly setTimer: SetTimer;
  readonly log: (line: string) => void;
  readonly sayFault: (line: string) => void;
  readonly wrongKeys: WrongKeys;
  isTrusted(address: string): boolean;
  describeAddress(address: string): Address;
  isStranger(connection: RtmpConnection): void;
  isNoStranger(connection: RtmpConnection): void;
}

export interface RtmpConnection extends Stranger {
  readonly ended: Promise<void>;
  /** Closes it at once. */
  drop(): void;
}

/** ingest.md, section 2 */
const PUBLISH_WITHIN_MS = 5000;
const SILENT_AT_MOST_MS = 10_000;
/** What is on its way out to a peer that does not read. */
const MOST_UNSENT_BYTES = 64 * 1024;
/** For the last words to arrive: closing while something is unread would take them back. */
const LINGER_MS = 500;
const STRANGER_BUFFER_BYTES = 4 * 1024;
const PUBLISHER_BUFFER_BYTES = 64 * 1024;
const PUBLIC_REFUSAL =
  "This server takes publishers from its own network only. Start it with --rtmp 0.0.0.0:1935 to take them from anywhere.";

/** Serves one connection until it ends: reads, hands bytes to the session, does what comes of them. */
export function serveConnection(conn: Deno.TcpConn, house: House): RtmpConnection {
  const peer = conn.remoteAddr.hostname;
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<void>();
  const sinceMs = house.now();
  let address = peer;
  let network = networkOf(peer);
  let header: Uint8Array | null = house.isTrusted(peer) ? new Uint8Array(0) : null; // of the PROXY protocol, as far as it has come
  let session: Session | null = null;
  let line: PublisherLine | null = null;
  let heardAtMs = sinceMs;
  let isHeldBack = false;
  let isOpen = true;
  let hasSpoken = false;
  let unsentBytes = 0;
  let sent: Promise<void> = Promise.resolve();
  let callOffTimer = house.setTimer(() => fail("it has not published within 5 s"), PUBLISH_WITHIN_MS);

  const connection: RtmpConnection = {
    ended,
    get network() {
      return network;
    },
    get stage(): Stage {
      return isOpen ? session?.stage ?? "silent" : "closed";
    },
    sinceMs,
    drop,
  };

  /** Null where all connections that come through a proxy have the same. */
  function networkOf(of: string): string | null {
    const described = house.describeAddress(of);
    return described.isLoopback ? null : described.network;
  }

  function drop(): void {
    isOpen = false;
    try {
      conn.close();
    } catch {
      // it was closed before
    }
  }

  function fail(reason: string): void {
    if (isOpen) house.sayFault(`RTMP: a connection from ${address} is closed: ${reason}`);
    drop();
  }

  function open(): Session {
    const isRefused = !house.allowPublic && !house.describeAddress(address).isPrivate;
    return createSession({
      judge,
      random: (bytes) => void crypto.getRandomValues(bytes),
      refusal: isRefused ? PUBLIC_REFUSAL : null,
    });
  }

  function judge(texts: readonly string[]): Verdict {
    const nowMs = house.now();
    if (texts.length === 0) return { kind: "refused", description: "The stream key is missing." };
    if (network !== null && house.wrongKeys.isBarred(network, nowMs)) {
      return { kind: "refused", description: "Too many wrong stream keys came from here: try again in a minute." };
    }
    const key = house.keys.find(texts);
    if (key === null) {
      if (network !== null) house.wrongKeys.note(network, nowMs);
      return { kind: "refused", description: "The stream key is not right." };
    }
    const admission = house.desk.admit(key, {
      address,
      heardAtMs: () => isHeldBack ? house.now() : heardAtMs,
      close(reason) {
        house.log(`${key.name} at ${address} is let go: ${reason}`);
        drop();
      },
    });
    if (admission.kind === "refused") return admission;
    ({ line } = admission);
    house.log(`${key.name} publishes from ${address}`);
    return { kind: "accepted" };
  }

  function obey(outcome: SessionOutcome): void {
    switch (outcome.kind) {
      case "send":
        return send(outcome.bytes);
      case "published":
        house.isNoStranger(connection);
        return watchSilence();
      case "item":
        return line?.take(outcome.item);
      case "metadata":
        return line?.describe(outcome.metadata);
      case "unknown_sound":
        return house.log(`The sound that comes from ${address} is ${outcome.codec}: send AAC, Opus or MP3`);
      case "stopped":
        line?.leave("stopped");
        line = null;
        callOffTimer();
        callOffTimer = house.setTimer(drop, PUBLISH_WITHIN_MS);
        return house.isStranger(connection);
      case "close":
        return (line === null ? house.sayFault : house.log)(`RTMP: a connection from ${address} is closed: ${outcome.reason}`);
    }
  }

  /** One timer a publisher, which looks again when the silence would be over at the earliest. */
  function watchSilence(): void {
    callOffTimer();
    const silentMs = isHeldBack ? 0 : house.now() - heardAtMs;
    if (silentMs >= SILENT_AT_MOST_MS) return drop();
    callOffTimer = house.setTimer(watchSilence, SILENT_AT_MOST_MS - silentMs);
  }

  function send(bytes: Uint8Array): void {
    hasSpoken = true;
    unsentBytes += bytes.length;
    if (unsentBytes > MOST_UNSENT_BYTES) return fail("it does not read what it is told");
    sent = sent.then(async () => {
      for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
      unsentBytes -= bytes.length;
    }).catch(() => {}); // the reading side hears of it
  }

  /** The bytes that are RTMP, once the PROXY protocol's header is read. */
  function passHeader(bytes: Uint8Array): Uint8Array | null {
    if (header === null) return bytes;
    const all = Uint8Array.of(...header, ...bytes);
    const read = readProxyHeader(all);
    if (read.kind === "more") {
      header = all;
      return null;
    }
    header = null;
    if (read.kind === "none") return all;
    if (read.kind === "broken") {
      fail("its PROXY header cannot be read");
      return null;
    }
    if (read.address !== null) {
      address = read.address;
      network = networkOf(address);
      house.isStranger(connection);
    }
    return all.subarray(read.length);
  }

  function take(bytes: Uint8Array): void {
    const rtmp = passHeader(bytes);
    if (rtmp === null || !isOpen) return;
    session ??= open();
    for (const outcome of session.push(rtmp)) obey(outcome);
  }

  async function read(): Promise<void> {
    let buffer = new Uint8Array(STRANGER_BUFFER_BYTES);
    while (isOpen && session?.stage !== "closed") {
      const room = line?.roomToRead() ?? null;
      if (room !== null) {
        isHeldBack = true;
        await room;
        isHeldBack = false;
        heardAtMs = house.now();
        continue;
      }
      const count = await conn.read(buffer);
      if (count === null) return;
      heardAtMs = house.now();
      take(buffer.subarray(0, count));
      if (line !== null && buffer.length < PUBLISHER_BUFFER_BYTES) buffer = new Uint8Array(PUBLISHER_BUFFER_BYTES);
    }
  }

  /** Lets the last words arrive. */
  async function linger(): Promise<void> {
    const callOff = house.setTimer(drop, LINGER_MS);
    try {
      await sent;
      await conn.closeWrite();
      const rest = new Uint8Array(STRANGER_BUFFER_BYTES);
      while (isOpen && await conn.read(rest) !== null);
    } finally {
      callOff();
    }
  }

  async function serve(): Promise<void> {
    try {
      conn.setNoDelay(true);
      await read();
      if (isOpen && hasSpoken && session?.stage === "closed") await linger();
    } catch {
      // it broke, or we have closed it
    } finally {
      callOffTimer();
      line?.leave("lost");
      drop();
      house.isNoStranger(connection);
      resolveEnded();
    }
  }

  house.isStranger(connection);
  serve();
  return connection;
}
