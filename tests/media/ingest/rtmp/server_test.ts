import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createPublisherDesk, type PublisherDesk } from "../../../../media/ingest/desk.ts";
import type { Publisher } from "../../../../media/ingest/publisher.ts";
import { findKey, hashKey, type PublisherKey } from "../../../../media/ingest/publishers.ts";
import { type RtmpOptions, type RtmpServer, startRtmp } from "../../../../media/ingest/rtmp/server.ts";
import { writeAmf } from "../../../../media/ingest/rtmp/amf0.ts";
import { waitFor } from "../../../fixtures/condition.ts";
import { AVCC, joined } from "../../flv/flv_bytes.ts";
import { createFakeTime, type FakeTime } from "../fake_timer.ts";
import { basicHeader, command, CONNECT, GREETING, message, publishing, u24, u32 } from "./rtmp_bytes.ts";

const KEYS: PublisherKey[] = ["OBS", "phone"].map((name) => ({
  id: name,
  name,
  madeAtMs: 0,
  hash: hashKey(`key-of-${name}`),
  isUnseen: false,
}));
const OBS = "key-of-OBS", PHONE = "key-of-phone";

interface Scene {
  readonly server: RtmpServer;
  readonly desk: PublisherDesk;
  readonly time: FakeTime;
  readonly logged: string[];
  readonly arrived: Publisher[];
  connect(): Promise<Client>;
}

/** A server on a free port by a clock of the test's own, until the test is over. */
async function withServer(test: (scene: Scene) => Promise<void>, o: Partial<RtmpOptions> = {}): Promise<void> {
  const time = createFakeTime();
  const logged: string[] = [];
  const arrived: Publisher[] = [];
  const log = (line: string) => void logged.push(line);
  const desk = createPublisherDesk({ ...time, log, onPublisher: (publisher) => arrived.push(publisher) });
  const keys = { find: (texts: readonly string[]) => findKey(KEYS, texts) };
  const server = startRtmp({ host: "127.0.0.1", port: 0, allowPublic: false, keys, desk, ...time, log, ...o });
  assert.ok(server.kind === "listening");
  const clients: Client[] = [];
  try {
    await test({
      server,
      desk,
      time,
      logged,
      arrived,
      async connect() {
        const client = openClient(await Deno.connect({ hostname: "127.0.0.1", port: server.port }));
        clients.push(client);
        return client;
      },
    });
  } finally {
    desk.close();
    await server.close();
    for (const client of clients) await client.close();
    assert.ok(logged.every((line) => !line.includes("key-of")), `a key was logged: ${logged}`);
    assert.equal(time.waiting, 0);
  }
}

interface Client {
  send(...pieces: readonly Uint8Array[]): Promise<void>;
  /** All that was received, as text: status codes and descriptions stand in it as they are. */
  received(): string;
  /** Resolves when the server has closed it. */
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  hears(text: string): Promise<void>;
  close(): Promise<void>;
}

function openClient(conn: Deno.TcpConn): Client {
  let received = "";
  let isClosed = false;
  let wake = () => {};
  const closed = (async () => {
    const buffer = new Uint8Array(16 * 1024);
    try {
      for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
        received += new TextDecoder("latin1").decode(buffer.subarray(0, count));
        wake();
      }
    } catch {
      // reset, or closed by us
    }
    isClosed = true;
    wake();
  })();
  return {
    async send(...pieces) {
      for (const piece of pieces) for (let at = 0; at < piece.length;) at += await conn.write(piece.subarray(at));
    },
    received: () => received,
    closed,
    get isClosed() {
      return isClosed;
    },
    async hears(text) {
      while (!received.includes(text)) {
        assert.ok(!isClosed, `closed without "${text}"`);
        await new Promise<void>((resolve) => wake = resolve);
      }
    },
    async close() {
      try {
        conn.close();
      } catch {
        // it was closed before
      }
      await closed;
    },
  };
}

function until(condition: () => boolean): Promise<true> {
  return waitFor(`${condition}`, 10_000, condition, 5);
}

const forwarded = (address: string) => new TextEncoder().encode(`PROXY TCP4 ${address} 10.0.0.1 5000 1935\r\n`);
const picture = (timeMs: number, bytes = 10, isKey = true) =>
  message({ type: 9, body: [isKey ? 0x17 : 0x27, 1, 0, 0, 0, ...new Array(bytes).fill(1)], timeMs, streamId: 1, chunkStreamId: 6 }, 4096);
const HEADER = message({ type: 9, body: [0x17, 0, 0, 0, 0, ...AVCC], streamId: 1, chunkStreamId: 6 }, 4096);
const START = "NetStream.Publish.Start";

describe("the RTMP server", () => {
  it("takes a publisher with the right key", () =>
    withServer(async ({ connect, arrived, logged }) => {
      const client = await connect();
      await client.send(publishing(OBS), HEADER, picture(0));
      await client.hears(START);
      await until(() => arrived.length === 1);
      assert.deepEqual([arrived[0]!.name, arrived[0]!.state.kind], ["OBS", "sending"]);
      assert.deepEqual(logged, ["OBS publishes from 127.0.0.1"]);
    }));

  it("refuses a wrong key and a missing one in words that arrive, and closes", () =>
    withServer(async ({ connect }) => {
      for (const [key, words] of [["wrong", "The stream key is not right."], ["", "The stream key is not right."]] as const) {
        const client = await connect();
        await client.send(publishing(key));
        await client.closed;
        assert.ok(client.received().includes("NetStream.Publish.BadName") && client.received().includes(words), client.received());
      }
    }));

  it("says that a port is in use, and what to do", () =>
    withServer(async ({ server, desk }) => {
      const second = startRtmp({
        host: "127.0.0.1",
        port: server.port,
        allowPublic: false,
        keys: { find: () => null },
        desk,
        now: () => 0,
        log() {},
      });
      assert.deepEqual(second, {
        kind: "cannot_listen",
        reason: `Port ${server.port} is in use, so nobody can publish by RTMP: name another one, as in --rtmp ${
          server.port + 1
        }, or --rtmp off`,
      });
      await Promise.resolve();
    }));

  it("runs no timer while nobody is connected, and none for who has left", () =>
    withServer(async ({ connect, time }) => {
      assert.equal(time.waiting, 0);
      const client = await connect();
      await client.send(GREETING);
      await until(() => client.received().length >= 3073);
      assert.equal(time.waiting, 1);
      await client.close();
      await until(() => time.waiting === 0);
    }));

  it("ends the stay when the publisher stops, and waits for who is only lost", () =>
    withServer(async ({ connect, arrived, desk, time }) => {
      const [obs, phone] = [await connect(), await connect()];
      await obs.send(publishing(OBS), HEADER, picture(0), command("FCUnpublish", 6, null, OBS), command("deleteStream", 7, null, 1));
      await phone.send(publishing(PHONE), HEADER, picture(0));
      await until(() => arrived.length === 2);
      await phone.close();
      const stays = new Map(arrived.map((publisher) => [publisher.name, publisher]));
      assert.equal(await stays.get("OBS")!.ended, "stopped");
      await until(() => stays.get("phone")!.state.kind === "lost");
      assert.deepEqual(desk.publishers, [stays.get("phone")]);
      time.pass(10_000);
      assert.equal(await stays.get("phone")!.ended, "gone");
    }));

  it("closes a publisher that was silent for ten seconds", () =>
    withServer(async ({ connect, arrived, time }) => {
      const client = await connect();
      await client.send(publishing(OBS), HEADER, picture(0));
      await until(() => arrived.length === 1);
      time.pass(9000);
      await client.send(picture(4000));
      await until(() => arrived[0]!.stats.bitsPerSecond !== null);
      time.pass(9999);
      assert.equal(client.isClosed, false);
      time.pass(1);
      await client.closed;
      await until(() => arrived[0]!.state.kind === "lost");
    }));

  it("lets another connection with the same key take over from the same address, and refuses one from elsewhere", () =>
    withServer(async ({ connect, arrived }) => {
      const [first, elsewhere, same] = [await connect(), await connect(), await connect()];
      await first.send(forwarded("192.168.1.7"), publishing(OBS), HEADER, picture(0));
      await until(() => arrived.length === 1);
      await elsewhere.send(forwarded("192.168.1.8"), publishing(OBS));
      await elsewhere.closed;
      assert.ok(elsewhere.received().includes("Somebody publishes with this key already."));
      await same.send(forwarded("192.168.1.7"), publishing(OBS), HEADER, picture(0));
      await same.hears(START);
      await first.closed;
      assert.equal(arrived.length, 1);
    }));

  it("refuses a public address in words before the key is named, unless it is allowed", async () => {
    await withServer(async ({ connect }) => {
      const client = await connect();
      await client.send(forwarded("8.8.8.8"), GREETING, CONNECT);
      await client.closed;
      assert.ok(client.received().includes("NetConnection.Connect.Rejected"));
      assert.ok(client.received().includes("Start it with --rtmp 0.0.0.0:1935"), client.received());
    });
    await withServer(async ({ connect }) => {
      const client = await connect();
      await client.send(forwarded("8.8.8.8"), publishing(OBS));
      await client.hears(START);
    }, { allowPublic: true });
  });

  it("believes a PROXY header in any pieces, and closes at one that is broken", () =>
    withServer(async ({ connect, logged }) => {
      const client = await connect();
      for (const byte of forwarded("192.168.1.7")) await client.send(Uint8Array.of(byte));
      await client.send(publishing(OBS));
      await client.hears(START);
      assert.deepEqual(logged, ["OBS publishes from 192.168.1.7"]);
      const broken = await connect();
      await broken.send(new TextEncoder().encode("PROXY TCP4 x\r\n"));
      await broken.closed;
    }));

  it("bars an address for a minute after five wrong keys, even with the right one; others and this machine go on", () =>
    withServer(async ({ connect, time }) => {
      const tryKey = async (key: string, address: string | null) => {
        const client = await connect();
        await client.send(...(address === null ? [] : [forwarded(address)]), publishing(key));
        while (!client.isClosed && !client.received().includes(START)) await new Promise((resolve) => setTimeout(resolve, 2));
        const answer = client.received();
        await client.close();
        return answer.includes(START)
          ? "in"
          : answer.includes("Too many wrong")
          ? "barred"
          : answer.includes("not right")
          ? "wrong"
          : answer;
      };
      for (let i = 0; i < 5; i++) assert.equal(await tryKey("wrong", "192.168.1.7"), "wrong");
      assert.equal(await tryKey(OBS, "192.168.1.7"), "barred");
      assert.equal(await tryKey(OBS, "192.168.1.8"), "in");
      time.pass(60_000);
      assert.equal(await tryKey(PHONE, "192.168.1.7"), "in");
      for (let i = 0; i < 6; i++) assert.equal(await tryKey("wrong", null), "wrong");
    }));

  it("is not held up by a reader that does not read for more than three seconds, and does not throw the publisher out for it", () =>
    withServer(async ({ connect, arrived, time }) => {
      const client = await connect();
      await client.send(publishing(OBS), HEADER, picture(0));
      await until(() => arrived.length === 1);
      const envelope = arrived[0]!.openEnvelope();
      await client.send(picture(33, 10, false), picture(600, 10, false), picture(633, 10, false));
      const sending = client.send(...Array.from({ length: 400 }, (_, at) => picture(666 + at, 16_000, false)));
      await until(() => time.waiting === 2); // the silence and the hold
      time.pass(2999);
      assert.equal(client.isClosed, false);
      time.pass(1);
      assert.equal(await envelope.ended, "too_slow");
      await sending;
      time.pass(9000);
      assert.equal(arrived[0]!.state.kind, "sending");
    }));

  it("closes a peer that asks and does not read", () =>
    withServer(async ({ server }) => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
      const pings = joined(Array.from({ length: 4000 }, () => message({ type: 4, body: [0, 6, 1, 2, 3, 4], chunkStreamId: 2 })));
      await assert.rejects(async () => {
        await conn.write(publishing(OBS));
        for (let i = 0; i < 1000; i++) for (let at = 0; at < pings.length;) at += await conn.write(pings.subarray(at));
      });
      conn.close();
    }));
});

describe("the RTMP server, hostile peers", () => {
  it("closes what is no RTMP, and what is silent for five seconds", () =>
    withServer(async ({ connect, time, logged }) => {
      for (const text of ["GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x00", "\x06"]) {
        const client = await connect();
        await client.send(Uint8Array.from(text, (it) => it.charCodeAt(0)));
        await client.closed;
      }
      const [silent, half] = [await connect(), await connect()];
      await half.send(GREETING, CONNECT);
      await half.hears("NetConnection.Connect.Success");
      await until(() => time.waiting === 2);
      time.pass(4999);
      assert.deepEqual([silent.isClosed, half.isClosed], [false, false]);
      time.pass(1);
      await Promise.all([silent.closed, half.closed]);
      assert.equal(logged.length, 1, `said once a minute: ${logged}`);
      assert.match(logged[0]!, /^RTMP: a connection from 127\.0\.0\.1 is closed: it does not speak RTMP: its first byte is 71$/);
    }));

  it("lives through the four messages that end node-media-server, and deep AMF", () =>
    withServer(async ({ connect }) => {
      const hostile = [
        joined([GREETING, message({ type: 1, body: [] })]),
        joined([GREETING, command("connect", 1, { app: "live", tcUrl: ":::no url" }), command("publish", 2, null, 7)]),
        joined([GREETING, command("connect", 1, null)]),
        joined([GREETING, CONNECT, command("createStream", 2, null), command("publish", 3, null, 7)]),
        joined([GREETING, message({ type: 20, body: Array.from({ length: 300 }, () => [3, 0, 1, 97]).flat() })]),
      ];
      for (const bytes of hostile) {
        const client = await connect();
        await client.send(bytes);
        await client.closed;
      }
      const client = await connect();
      await client.send(publishing(OBS));
      await client.hears(START);
    }));

  it("lets the right publisher in among a thousand connections, and spends no 40 MB on them", () =>
    withServer(async ({ server, connect, arrived }) => {
      const before = Deno.memoryUsage().rss;
      const lengths = joined(
        Array.from({ length: 60 }, (_, at) => Uint8Array.from([...basicHeader(0, 4 + at), ...u24(0), ...u24(0xffffff), 9, ...u32(1)])),
      );
      const crowd: Deno.TcpConn[] = [];
      for (let i = 0; i < 1000; i++) {
        const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
        crowd.push(conn);
        const bytes = [new Uint8Array(0), GREETING, joined([GREETING, lengths]), joined([GREETING, CONNECT])][i % 4]!;
        await conn.write(bytes).catch(() => {});
      }
      const client = await connect();
      await client.send(publishing(OBS), HEADER, picture(0));
      await client.hears(START);
      await until(() => arrived.length === 1);
      const grown = (Deno.memoryUsage().rss - before) / 1e6;
      assert.ok(grown < 40, `${grown} MB`);
      for (const conn of crowd) conn.close();
    }));

  it("keeps three strangers of one address; the fourth takes the place of the first", () =>
    withServer(async ({ connect }) => {
      const clients: Client[] = [];
      for (let i = 0; i < 3; i++) {
        const client = await connect();
        await client.send(forwarded("192.168.1.7"), GREETING);
        await until(() => client.received().length >= 3073);
        clients.push(client);
      }
      const other = await connect();
      await other.send(forwarded("192.168.1.8"), GREETING);
      await until(() => other.received().length >= 3073);
      const fourth = await connect();
      await fourth.send(forwarded("192.168.1.7"), publishing(OBS));
      await fourth.hears(START);
      await clients[0]!.closed;
      assert.deepEqual([...clients, other].map(({ isClosed }) => isClosed), [true, false, false, false]);
    }));

  it("lives through damage on the way, each time on a connection of its own", () =>
    withServer(async ({ connect }) => {
      const good = joined([
        publishing(OBS),
        message({ type: 18, body: writeAmf("@setDataFrame", "onMetaData", { width: 1280 }) }, 4096),
        HEADER,
        picture(0, 500),
      ]);
      let seed = 1;
      const random = (below: number) => (seed = (seed * 48271) % 0x7fffffff) % below;
      for (let i = 0; i < 200; i++) {
        const bytes = good.slice();
        for (let flips = 0; flips < 6; flips++) bytes[3073 + random(bytes.length - 3073)] = random(256);
        const client = await connect();
        await client.send(bytes).catch(() => {});
        await client.close();
      }
      const client = await connect();
      await client.send(publishing(PHONE));
      await client.hears(START);
    }));
});
