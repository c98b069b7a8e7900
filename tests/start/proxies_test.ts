import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { waitFor } from "../fixtures/condition.ts";
import {
  ask,
  connect,
  hasCaddy,
  hasNginx,
  hasOpenssl,
  makeCertificate,
  type Proxy,
  startCaddy,
  startNginx,
  type Target,
} from "../fixtures/proxy.ts";
import { freePort, startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";

const root = new URL("../../", import.meta.url);
const NAME = "tv.example";
const SOCKET = {
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};
const SHOW = ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER];
const withNginx = hasNginx && hasOpenssl ? describe : describe.skip;
const withCaddy = hasCaddy ? describe : describe.skip;

/** What every proxy must let through: playlists and media. */
async function play(target: Target, folder = "/"): Promise<void> {
  const list = await ask(target, `${folder}live.m3u8`);
  assert.equal(list.status, 200, list.text);
  const [own] = /^v\/\S+$/m.exec(list.text) ?? [];
  assert.ok(own, list.text);
  const playlist = await ask(target, folder + own);
  const [part] = /\/media\/[^"\s]+\.m4s/.exec(playlist.text) ?? /media\/[^"\s]+\.m4s/.exec(playlist.text) ?? [];
  assert.ok(part, playlist.text);
  assert.equal((await ask(target, folder + part.replace(/^\//, ""))).status, 200, part);
}

async function join(target: Target, folder = "/"): Promise<{ id: string; publicId: string }> {
  const { status, text } = await ask(target, `${folder}api/viewers`, { method: "POST", body: "{}" });
  assert.equal(status, 201, text);
  return JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
}

function say(target: Target, viewer: string, text: string, headers: Record<string, string> = {}, folder = "/") {
  return ask(target, `${folder}api/chat`, { method: "POST", body: JSON.stringify({ viewer, name: "Anna", text }), headers });
}

/** The address under which the server has come to know a viewer: what a ban shuts out. */
async function addressOf(server: Tercet, target: Target, headers: Record<string, string> = {}): Promise<string | null> {
  const { id, publicId } = await join(target);
  assert.equal((await say(target, id, "hello", headers)).status, 201);
  const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
  const authorization = { authorization: `Bearer ${key}` };
  const ban = await fetch(`${server.baseUrl}/api/chat/bans`, {
    method: "POST",
    body: JSON.stringify({ publicId }),
    headers: authorization,
  });
  const { address } = await ban.json();
  await (await fetch(`${server.baseUrl}/api/chat/bans/${publicId}`, { method: "DELETE", headers: authorization })).body?.cancel();
  return address;
}

/** An address of this machine that is not the loopback's; null where it has none. */
function ownAddress(): string | null {
  return Deno.networkInterfaces().find(({ family, address }) => family === "IPv4" && !address.startsWith("127."))?.address ?? null;
}

withNginx("nginx with proxy_pass alone", () => {
  let server: Tercet, nginx: Proxy, target: Target;

  beforeAll(async () => {
    server = await startTercet({ args: SHOW });
    target = { port: freePort() };
    nginx = await startNginx(`server { listen ${target.port}; location / { proxy_pass http://127.0.0.1:${server.port}; } }`, target.port);
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  it("plays", () => play(target));
  it("refuses the socket, and what one says is in another's news within a second", async () => {
    const [one, other] = [await join(target), await join(target)];
    assert.equal((await ask(target, `/api/viewers/${one.id}/events`, { headers: SOCKET })).status, 426);
    const news = async (after = "") => {
      const { text } = await ask(target, `/api/viewers/${other.id}/news${after && `?after=${after}`}`);
      return JSON.parse(text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1));
    };
    const { after, events } = await news();
    assert.equal(events[0].type, "state");
    assert.equal((await say(target, one.id, "can you hear me")).status, 201);
    const later = await news(after);
    assert.ok(
      later.events.some((event: { text?: string }) => event.text === "can you hear me"),
      JSON.stringify(later),
    );
  });
});

withNginx("nginx in a folder", () => {
  let server: Tercet, nginx: Proxy;
  const [whole, rewritten] = [freePort(), freePort()];

  beforeAll(async () => {
    server = await startTercet({ args: [...SHOW, "--base", "/live/"] });
    const headers = "proxy_set_header Host $http_host;";
    nginx = await startNginx(
      `server { listen ${whole}; ${headers} location /live { proxy_pass http://127.0.0.1:${server.port}; } }
       server { listen ${rewritten}; location /live/ { ${headers} proxy_set_header X-Forwarded-Prefix /live; proxy_pass http://127.0.0.1:${server.port}/; } }`,
      whole,
    );
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  for (const [name, port] of [["that it does not take off (--base)", whole], ["that it takes off", rewritten]] as const) {
    it(`${name}: the page, its files, the picture and the chat`, async () => {
      const target = { port };
      const page = await ask(target, "/live/");
      assert.equal(page.status, 200);
      assert.match(page.text, new RegExp(`og:image" content="http://127\\.0\\.0\\.1:${port}/live/thumbnail\\.jpg"`));
      const [, script] = /src="(assets\/app[^"]+)"/.exec(page.text)!;
      assert.equal((await ask(target, `/live/${script}`)).status, 200);
      await play(target, "/live/");
      const { id } = await join(target, "/live/");
      assert.equal((await say(target, id, "hi", {}, "/live/")).status, 201);
    });
  }
  it("without its slash leads into it", async () => {
    const answer = await ask({ port: whole }, "/live");
    assert.deepEqual([answer.status, answer.headers.get("location")?.replace(/^http:\/\/[^/]*/, "")], [308, "live/"]);
  });
});

/** A proxy file of deploy/ with this machine's ports in it. */
interface Deployed {
  readonly server: Tercet;
  readonly target: Target & { readonly tls: { readonly name: string; readonly authority: string } };
  readonly boundsSeconds: number;
  [Symbol.asyncDispose](): Promise<void>;
}

function checkDeployed(deploy: () => Promise<Deployed>): void {
  let deployed: Deployed;
  beforeAll(async () => void (deployed = await deploy()));
  afterAll(() => deployed?.[Symbol.asyncDispose]());

  it("speaks HTTP/2 and plays", async () => {
    const { target } = deployed;
    const conn = await connect(target, ["h2", "http/1.1"]) as Deno.TlsConn;
    assert.equal((await conn.handshake()).alpnProtocol, "h2");
    conn.close();
    await play(target);
  });
  it("lets the server know its own name and that it is asked by TLS, whatever a viewer claims", async () => {
    const { target } = deployed;
    const claims = {
      "x-forwarded-prefix": "/evil",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "evil.example",
      forwarded: "host=evil.example",
    };
    for (const headers of [{}, claims]) {
      const { text } = await ask(target, "/", { headers });
      assert.match(text, /og:image" content="https:\/\/tv\.example(?::\d+)?\/thumbnail\.jpg"/);
    }
  });
  it("passes WebSockets on, from its own pages only", async () => {
    const { target } = deployed;
    const { id } = await join(target);
    const open = (origin: string) => ask(target, `/api/viewers/${id}/events`, { headers: { ...SOCKET, origin } });
    const answer = await open(`https://${NAME}`);
    assert.equal(answer.status, 101);
    assert.match(answer.text, /"type":"state"/);
    assert.equal((await open("https://evil.example")).status, 403);
  });
  it("tells for whom it asks, and believes nobody about that", async () => {
    const { server, target } = deployed;
    const spoofed = { "x-forwarded-for": "203.0.113.9", forwarded: "for=203.0.113.9" };
    assert.equal(await addressOf(server, target, spoofed), null, "an address of this machine is never shut out");
    const hostname = ownAddress();
    if (hostname !== null) assert.equal(await addressOf(server, { ...target, hostname }, spoofed), hostname);
  });
  it("lets go of a request that comes too slowly, and takes no body that is too large", async () => {
    const { target, boundsSeconds } = deployed;
    const large = await ask(target, "/api/chat", { method: "POST", body: "x".repeat(70_000) });
    assert.equal(large.status, 413);
    const [head, body] = await Promise.all([connect(target), connect(target)]);
    await head.write(new TextEncoder().encode(`GET / HTTP/1.1\r\nHost: ${NAME}\r\nX-Slow: `));
    await body.write(new TextEncoder().encode(`POST /api/viewers HTTP/1.1\r\nHost: ${NAME}\r\nContent-Length: 100\r\n\r\n{`));
    await waitUntilClosed([head, body], boundsSeconds + 8);
  });
  it("lets go of who connects and says nothing, with and without TLS", async () => {
    const { target, boundsSeconds } = deployed;
    const { tls: _, ...plain } = target;
    const conns = await Promise.all(Array.from({ length: 50 }, (_, at) => connect(at % 2 === 0 ? target : plain)));
    await waitUntilClosed(conns, boundsSeconds + 8);
  });
  it("lets go of who never reads", async () => {
    const { target, boundsSeconds } = deployed;
    const page = await ask(target, "/");
    const [, script] = /src="(assets\/app[^"]+)"/.exec(page.text)!;
    const conn = await connect(target);
    // More than the buffers of the system take.
    const bytes = (await ask(target, `/${script}`)).text.length;
    const request = `GET /${script} HTTP/1.1\r\nHost: ${NAME}\r\n\r\n`;
    await conn.write(new TextEncoder().encode(request.repeat(Math.ceil(20e6 / bytes))));
    await waitFor(
      "it to be closed",
      (boundsSeconds + 8) * 1000,
      () => conn.write(new Uint8Array([13, 10])).then(() => false, () => true),
      500,
    );
    conn.close();
  });
}

/** Waits until the other side has closed all of them; throws after the time. */
async function waitUntilClosed(conns: readonly Deno.Conn[], withinSeconds: number): Promise<void> {
  const timer = setTimeout(() => conns.forEach((conn) => conn.close()), withinSeconds * 1000);
  const began = performance.now();
  await Promise.all(conns.map(async (conn) => {
    const buffer = new Uint8Array(1024);
    while (await conn.read(buffer).catch(() => null) !== null) { /* until it is closed */ }
  }));
  clearTimeout(timer);
  const tookSeconds = (performance.now() - began) / 1000;
  assert.ok(tookSeconds < withinSeconds - 1, `${tookSeconds} s`);
}

withNginx("deploy/nginx.conf", () => {
  let target: Target;
  it("bounds how many requests of one address are open at once", async () => {
    const half = new TextEncoder().encode(`POST /api/viewers HTTP/1.1\r\nHost: ${NAME}\r\nContent-Length: 100\r\n\r\n{`);
    const conns = await Promise.all(Array.from({ length: 25 }, () => connect(target)));
    await Promise.all(conns.map((conn) => conn.write(half)));
    const statuses = await Promise.all(conns.map(async (conn) => {
      const buffer = new Uint8Array(1024);
      const length = await conn.read(buffer).catch(() => null);
      return new TextDecoder().decode(buffer.subarray(9, length === null ? 9 : 12));
    }));
    for (const conn of conns) conn.close();
    assert.equal(statuses.filter((status) => status === "429").length, 5, statuses.join());
  });
  checkDeployed(async () => {
    const server = await startTercet({ args: SHOW });
    const folder = await Deno.makeTempDir({ prefix: "tercet-certificate-" });
    const { cert, key, authority } = await makeCertificate(folder, NAME);
    const [port, plain] = [freePort(), freePort()];
    const text = (await Deno.readTextFile(new URL("deploy/nginx.conf", root)))
      .replaceAll("127.0.0.1:8080", `127.0.0.1:${server.port}`)
      .replace(/^ *listen \[::\].*$/gm, "")
      .replace("listen 443 ssl", `listen ${port} ssl`).replace("listen 80;", `listen ${plain};`)
      .replace(/ssl_certificate .*;/, `ssl_certificate ${cert};`).replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${key};`)
      .replace(/(client_\w+_timeout) 10s/g, "$1 2s").replace("send_timeout 30s", "send_timeout 2s")
      .replace("limit_conn tercet_address 300", "limit_conn tercet_address 20");
    const nginx = await startNginx(text, port);
    const redirect = await ask({ port: plain }, "/x?y", { headers: { host: NAME } });
    assert.deepEqual([redirect.status, redirect.headers.get("location")], [308, `https://${NAME}/x?y`]);
    target = { port, tls: { name: NAME, authority } };
    return {
      server,
      target: { port, tls: { name: NAME, authority } },
      boundsSeconds: 2,
      async [Symbol.asyncDispose]() {
        await nginx[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
        await Deno.remove(folder, { recursive: true });
      },
    };
  });
});

withCaddy("deploy/Caddyfile", () => {
  checkDeployed(async () => {
    const server = await startTercet({ args: SHOW });
    const home = await Deno.makeTempDir({ prefix: "tercet-caddy-" });
    const port = freePort();
    const text = (await Deno.readTextFile(new URL("deploy/Caddyfile", root)))
      .replaceAll("127.0.0.1:8080", `127.0.0.1:${server.port}`)
      .replace(/^\{\n/m, `{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n`)
      .replace(/^tv\.example \{\n/m, `https://${NAME}:${port} {\n\ttls internal\n`)
      .replace(/(read_\w+) 10s/g, "$1 2s").replace("write 60s", "write 2s");
    const caddy = await startCaddy(text, port, home);
    const authority = await Deno.readTextFile(`${home}/caddy/pki/authorities/local/root.crt`);
    const target = { port, tls: { name: NAME, authority } };
    // Its certificate is made a moment after its port is open.
    await waitFor("a certificate", 10_000, () => ask(target, "/healthz").then(({ status }) => status === 200, () => false));
    return {
      server,
      target,
      boundsSeconds: 2,
      async [Symbol.asyncDispose]() {
        await caddy[Symbol.asyncDispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  });
});
