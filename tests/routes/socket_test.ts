import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { waitFor } from "../fixtures/condition.ts";
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
  it("a playlist comes in one piece, and tells its length to whoever does not know chunks", async () => {
    await using served = serve(openShow());
    const { show, connect } = served;
    show.publishSegments(12);
    const id = await show.join();
    const client = await connect();
    await client.write(`GET /v/${id}/hq.m3u8 HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\n\r\n`);
    assert.match(await client.readOnce(), /^HTTP\/1\.1 200 [\s\S]*\r\ntransfer-encoding: chunked\r\n[\s\S]*\r\n0\r\n\r\n$/);
    const head = await client.ask(`HEAD /v/${id}/hq.m3u8 HTTP/1.1\r\nhost: x`, true);
    assert.match(head.head, /\r\ncontent-length: \d{3,}\r\n/);
    const whole = await client.ask(`GET /v/${id}/hq.m3u8 HTTP/1.1\r\nhost: x`);
    client.close();
    const old = await connect();
    const { head: oldHead, body } = await old.ask(`GET /v/${id}/hq.m3u8 HTTP/1.0\r\nhost: x`);
    assert.doesNotMatch(oldHead, /transfer-encoding/);
    assert.match(oldHead, new RegExp(`\r\ncontent-length: ${whole.body.length}\r\n`));
    assert.deepEqual(body, whole.body);
    old.close();
  });
  it("what is counted as sent beside the media is a playlist as it goes over the wire, and the head of a part", async () => {
    const sent: number[] = [];
    await using served = serve(openShow({ sentBeside: (bytes) => sent.push(bytes) }));
    const { show, connect } = served;
    show.publishSegments(2);
    const id = await show.join();
    const client = await connect();
    for (const file of ["hq.m3u8", "dvr.m3u8"]) {
      for (const header of ["", "\r\naccept-encoding: gzip"]) {
        const { wireBytes } = await client.ask(`GET /v/${id}/${file} HTTP/1.1\r\nhost: x${header}`);
        assert.deepEqual(sent.splice(0), [wireBytes], file + header);
      }
    }
    const part = await client.ask(`GET /media/runa/hq/${FIRST_MSN}.0.m4s HTTP/1.1\r\nhost: x`);
    assert.deepEqual(sent, [part.head.length]);
    client.close();
  });
  it("a body that breaks off is nobody's error: nothing is reported, and it is counted once, as the client's end", async () => {
    await using served = serve(openShow());
    const { show, connect } = served;
    const id = await show.join();
    for (const head of ["content-length: 500", "transfer-encoding: chunked"]) {
      for (const door of ["POST /api/viewers", `PATCH /api/viewers/${id}`]) {
        const client = await connect();
        await client.write(`${door} HTTP/1.1\r\nhost: x\r\n${head}\r\n\r\n${head.includes("chunked") ? "100\r\n{" : "{"}`);
        await new Promise((done) => setTimeout(done, 20));
        client.close();
      }
    }
    await waitFor("the count", 3000, async () => await show.metric("tercet_requests_total", { kind: "api", status: "499" }) === 4);
    assert.equal(await show.metric("tercet_requests_total", { status: "500" }), 0);
    assert.deepEqual(show.errors, []);
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
  let taken = 0;

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
  async function readUpTo(mark: string): Promise<string> {
    while (true) {
      const text = new TextDecoder("latin1").decode(pending);
      const end = text.indexOf(mark);
      if (end >= 0) {
        pending = pending.subarray(end + mark.length);
        taken += end + mark.length;
        return text.slice(0, end + mark.length);
      }
      if (!await readMore()) throw new Error(`Cannot read an answer: the connection ended after ${JSON.stringify(text)}`);
    }
  }
  async function readBytes(length: number): Promise<Uint8Array> {
    while (pending.length < length && await readMore());
    const bytes = pending.slice(0, length);
    pending = pending.subarray(length);
    taken += bytes.length;
    return bytes;
  }
  async function write(text: string): Promise<void> {
    const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
    for (let sent = 0; sent < bytes.length;) sent += await socket.write(bytes.subarray(sent));
  }
  return {
    write,
    close: () => socket.close(),
    /** Null where the server just closes. */
    readStatus: async () => await readUpTo("\r\n\r\n").then((head) => Number(head.split(" ")[1]), () => null),
    /** What is there as soon as anything is. */
    async readOnce(): Promise<string> {
      await readMore();
      const text = new TextDecoder("latin1").decode(pending);
      pending = new Uint8Array(0);
      return text;
    },
    async ask(request: string, isHead = false): Promise<{ head: string; body: Uint8Array; wireBytes: number }> {
      taken = 0;
      await write(`${request}\r\n\r\n`);
      const head = await readUpTo("\r\n\r\n");
      if (isHead) return { head, body: new Uint8Array(0), wireBytes: taken };
      if (!/\r\ntransfer-encoding: chunked\r\n/i.test(head)) {
        const body = await readBytes(Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? 0));
        return { head, body, wireBytes: taken };
      }
      const chunks: Uint8Array[] = [];
      for (;;) {
        const length = Number.parseInt(await readUpTo("\r\n"), 16);
        chunks.push(await readBytes(length));
        await readUpTo("\r\n");
        if (length > 0) continue;
        return { head, body: new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer()), wireBytes: taken };
      }
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
