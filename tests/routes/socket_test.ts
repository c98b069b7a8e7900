import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { FIRST_MSN, openShow, type Show } from "./show.ts";

describe("the app on a real socket", () => {
  it("keeps a connection, and sends gzip, HEAD and ranges with their true lengths", async () => {
    await using server = serve(openShow());
    const { show, connect } = server;
    show.publishSegments(2);
    const id = await show.join();
    const client = await connect();
    const plain = await client.ask(`GET /v/${id}/hq.m3u8 HTTP/1.1\r\nhost: x`);
    const gzipped = await client.ask(`GET /v/${id}/hq.m3u8 HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip`);
    assert.deepEqual(new Uint8Array(gunzipSync(gzipped.body)), plain.body);
    const head = await client.ask(`HEAD /media/runa/hq/${FIRST_MSN}.m4s HTTP/1.1\r\nhost: x`, true);
    const part = await client.ask(`GET /media/runa/hq/${FIRST_MSN}.0.m4s HTTP/1.1\r\nhost: x\r\nrange: bytes=2-5`);
    assert.match(head.head, /^HTTP\/1\.1 200 /);
    assert.match(head.head, /\r\ncontent-length: \d{2,}\r\n/i);
    assert.match(part.head, /^HTTP\/1\.1 206 [\s\S]*\r\ncontent-range: bytes 2-5\//i);
    assert.equal(part.body.length, 4);
    client.close();
  });
  const garbage = [
    "\0\x01\x02\xff garbage\r\n\r\n",
    "GET\r\n\r\n",
    "GET /live.m3u8 HTTP/9.9\r\n\r\n",
    `GET /${"a".repeat(2_000_000)} HTTP/1.1\r\nhost: x\r\n\r\n`,
    "GET /media/../../../etc/passwd HTTP/1.1\r\nhost: x\r\n\r\n",
    "GET /media/runa/hq/%2e%2e/%2e%2e/key HTTP/1.1\r\nhost: x\r\n\r\n",
    "GET /v/%/%%.m3u8 HTTP/1.1\r\nhost: [[[\r\n\r\n",
    "GET http://[::/media HTTP/1.1\r\nhost: x\r\n\r\n",
    "BREW /live.m3u8 HTTP/1.1\r\nhost: x\r\n\r\n",
    "POST /api/viewers HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n{",
    "POST /api/viewers HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
  ];
  it("outlives garbage", async () => {
    await using server = serve(openShow());
    const { show, connect } = server;
    show.publishSegments(1);
    for (const bytes of garbage) {
      const client = await connect();
      await client.write(bytes).catch(() => {});
      const status = await Promise.race([client.readStatus(), new Promise<null>((resolve) => setTimeout(resolve, 300, null))]);
      assert.ok(status === null || (status >= 400 && status < 500), `${JSON.stringify(bytes.slice(0, 40))} got ${status}`);
      client.close();
    }
    const client = await connect();
    assert.match((await client.ask("GET /readyz HTTP/1.1\r\nhost: x")).head, /^HTTP\/1\.1 200 /);
    client.close();
    assert.deepEqual(show.errors, []);
  });
  it("lets nobody wait for clients that never read", async () => {
    await using server = serve(openShow({ bodyBytes: 400_000 }));
    const { show, connect } = server;
    show.publishSegments(1);
    const stuck = await Promise.all(Array.from({ length: 20 }, connect));
    for (const each of stuck) await each.write(`GET /media/runa/hq/${FIRST_MSN}.m4s HTTP/1.1\r\nhost: x\r\n\r\n`.repeat(5));
    const client = await connect();
    const askedAtMs = performance.now();
    const part = await client.ask(`GET /media/runa/lq/${FIRST_MSN}.1.m4s HTTP/1.1\r\nhost: x`);
    assert.equal(part.body.length, 400_000);
    assert.ok(performance.now() - askedAtMs < 2000);
    for (const each of [client, ...stuck]) each.close();
  });
  it("releases held requests of players that left in the meantime without a fault", async () => {
    await using server = serve(openShow());
    const { show, connect } = server;
    show.publishSegments(1);
    const id = await show.join();
    for (let i = 0; i < 10; i++) {
      const client = await connect();
      await client.write(`GET /v/${id}/hq.m3u8?_HLS_msn=${FIRST_MSN + 1}&_HLS_part=0 HTTP/1.1\r\nhost: x\r\n\r\n`);
      await until(async () => await show.metric("tercet_held_requests") === i + 1);
      client.close();
    }
    show.publishPart();
    await until(async () => await show.metric("tercet_held_requests") === 0);
    const client = await connect();
    assert.match((await client.ask(`GET /v/${id}/hq.m3u8 HTTP/1.1\r\nhost: x`)).head, /^HTTP\/1\.1 200 /);
    client.close();
    assert.deepEqual(show.errors, []);
  });
});

function serve(show: Show) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request, info) => show.app.fetch(request, info));
  return {
    show,
    connect: () => openClient(server.addr.port),
    async [Symbol.asyncDispose]() {
      show.window.end();
      await server.shutdown();
    },
  };
}

/** HTTP/1.1 by hand, on one connection: what a client library would tidy up is what these tests are about. */
async function openClient(port: number) {
  const socket = await Deno.connect({ hostname: "127.0.0.1", port });
  let pending: Uint8Array = new Uint8Array(0);

  async function readMore(): Promise<boolean> {
    const chunk = new Uint8Array(65536);
    const count = await socket.read(chunk).catch(() => null);
    if (count === null) return false;
    const joined = new Uint8Array(pending.length + count);
    joined.set(pending);
    joined.set(chunk.subarray(0, count), pending.length);
    pending = joined;
    return true;
  }
  async function readHead(): Promise<string> {
    while (true) {
      const text = new TextDecoder("latin1").decode(pending);
      const end = text.indexOf("\r\n\r\n");
      if (end >= 0) {
        pending = pending.subarray(end + 4);
        return text.slice(0, end + 4);
      }
      if (!await readMore()) throw new Error(`Cannot read an answer: the connection ended after ${JSON.stringify(text)}`);
    }
  }
  async function write(text: string): Promise<void> {
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
  }
  return {
    write,
    close: () => socket.close(),
    /** Null where the server just closes. */
    readStatus: async () => await readHead().then((head) => Number(head.split(" ")[1]), () => null),
    async ask(request: string, isHead = false): Promise<{ head: string; body: Uint8Array }> {
      await write(`${request}\r\n\r\n`);
      const head = await readHead();
      const length = isHead ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0);
      while (pending.length < length && await readMore());
      const body = pending.slice(0, length);
      pending = pending.subarray(length);
      return { head, body };
    },
  };
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const limitMs = performance.now() + 5000;
  while (!await isTrue()) {
    assert.ok(performance.now() < limitMs, "waited 5 s in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
