import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { Hono } from "hono";
import { parseNetworks } from "../../media/settings/networks.ts";
import { createForwarded, type Forwarded, readForwarded } from "../../routes/forwarded.ts";
import { openShow } from "./show.ts";

/** What a reader makes of one request. */
async function read(forwarded: Forwarded, peer: string, headers: Record<string, string> = {}, path = "/") {
  const app = new Hono().get(
    "*",
    (c) =>
      c.json({ address: forwarded.origin(c).address, own: forwarded.ownAddress(c), front: forwarded.front(c), hosts: forwarded.hosts(c) }),
  );
  const answer = await app.request(path, { headers }, { remoteAddr: { transport: "tcp", hostname: peer, port: 1 } });
  return await answer.json() as {
    address: string;
    own: string;
    front: { scheme: string; host: string | null; folder: string };
    hosts: string[];
  };
}

const PLAIN = createForwarded({ trusted: [], base: "/" });
const BEHIND = createForwarded({ trusted: parseNetworks("172.18.0.0/16, 2001:db8:1::/48"), base: "/" });

describe("who asks, behind proxies", () => {
  const cases: [string, Forwarded, string, Record<string, string>, string][] = [
    ["a viewer without a proxy", PLAIN, "192.0.2.7", {}, "192.0.2.7"],
    ["a proxy on this machine", PLAIN, "127.0.0.1", { "x-forwarded-for": "192.0.2.7" }, "192.0.2.7"],
    ["a proxy on this machine, by IPv6", PLAIN, "::1", { "x-forwarded-for": "2001:db8::7" }, "2001:db8::7"],
    [
      "a proxy on this machine, by an IPv4 address in IPv6's clothes",
      PLAIN,
      "::ffff:127.0.0.1",
      { "x-forwarded-for": "192.0.2.7" },
      "192.0.2.7",
    ],
    ["nobody else is believed", PLAIN, "172.18.0.5", { "x-forwarded-for": "192.0.2.7" }, "172.18.0.5"],
    [
      "what the viewer wrote itself stands before what the proxy saw",
      PLAIN,
      "127.0.0.1",
      { "x-forwarded-for": "10.9.9.9, 192.0.2.7" },
      "192.0.2.7",
    ],
    ["a trusted network", BEHIND, "172.18.0.5", { "x-forwarded-for": "192.0.2.7" }, "192.0.2.7"],
    ["a trusted network of IPv6", BEHIND, "2001:db8:1::5", { "x-forwarded-for": "192.0.2.7" }, "192.0.2.7"],
    ["the neighbour of a trusted network", BEHIND, "172.19.0.5", { "x-forwarded-for": "192.0.2.7" }, "172.19.0.5"],
    ["two proxies, both trusted", BEHIND, "127.0.0.1", { "x-forwarded-for": "9.9.9.9, 192.0.2.7, 172.18.0.5" }, "192.0.2.7"],
    ["only proxies", BEHIND, "127.0.0.1", { "x-forwarded-for": "172.18.0.9, 172.18.0.5" }, "172.18.0.9"],
    ["a list in gaps", PLAIN, "127.0.0.1", { "x-forwarded-for": " 10.9.9.9 ,, 192.0.2.7 ," }, "192.0.2.7"],
    ["an address with its port", PLAIN, "127.0.0.1", { "x-forwarded-for": "192.0.2.7:4711" }, "192.0.2.7"],
    ["an IPv6 address with its port", PLAIN, "127.0.0.1", { "x-forwarded-for": "[2001:DB8::7]:4711" }, "2001:db8::7"],
    ["IPv4 in IPv6's clothes", PLAIN, "127.0.0.1", { "x-forwarded-for": "::ffff:192.0.2.7" }, "192.0.2.7"],
    ["what is no address", PLAIN, "127.0.0.1", { "x-forwarded-for": "10.0.0.1, unknown" }, "127.0.0.1"],
    ["the standard's header", PLAIN, "127.0.0.1", { forwarded: 'for=10.9.9.9, For="[2001:db8::7]:4711";proto=https' }, "2001:db8::7"],
    [
      "both headers: the one that proxies write",
      PLAIN,
      "127.0.0.1",
      { forwarded: "for=9.9.9.9", "x-forwarded-for": "192.0.2.7" },
      "192.0.2.7",
    ],
    ["a header without anything in it", PLAIN, "127.0.0.1", { "x-forwarded-for": "" }, "127.0.0.1"],
  ];
  for (const [name, forwarded, peer, headers, wanted] of cases) {
    it(`${name}`, async () => assert.equal((await read(forwarded, peer, headers)).address, wanted));
  }

  it("an address is shut out only where it is surely the viewer's own", async () => {
    assert.equal((await read(PLAIN, "192.0.2.7")).own, "192.0.2.7");
    assert.equal((await read(PLAIN, "127.0.0.1")).own, "");
    assert.equal((await read(BEHIND, "172.18.0.5")).own, "", "this proxy does not tell for whom it asks");
    assert.equal((await read(BEHIND, "172.18.0.5", { "x-forwarded-for": "192.0.2.7" })).own, "192.0.2.7");
  });

  it("whatever stands in the headers, an untrusted peer is its own address, and a trusted one that of something that was named", async () => {
    const word = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.constantFrom("unknown", "_x", '"', "=", ";", ",", "[::1", "::ffff:1.2.3.4:5"),
      fc.string({ maxLength: 8 }),
    );
    const line = fc.array(word, { maxLength: 6 }).map((words) => words.join(", ").replace(/[^\x20-\x7e]/g, ""));
    await fc.assert(
      fc.asyncProperty(line, line, line, async (list, standard, host) => {
        const headers = { "x-forwarded-for": list, forwarded: standard, "x-forwarded-host": host, "x-forwarded-prefix": host };
        assert.equal((await read(PLAIN, "192.0.2.7", headers)).address, "192.0.2.7");
        const { address, front } = await read(PLAIN, "127.0.0.1", headers);
        assert.match(address, /^[\da-f:.]+$/);
        assert.match(front.folder, /^\/(?:[^\s"<>?#]*\/)?$/);
        assert.ok(front.host === null || /^[\w.:[\]-]+$/.test(front.host));
      }),
      { numRuns: 300 },
    );
  });
});

describe("the address a browser has asked for", () => {
  const cases: [string, Record<string, string>, string, { scheme: string; host: string | null; folder: string }][] = [
    ["as it is", { host: "tv.example:8080" }, "/", { scheme: "http", host: "tv.example:8080", folder: "/" }],
    [
      "the first of each list, in any case",
      {
        host: "x",
        "x-forwarded-host": "a.example, b.example",
        "x-forwarded-proto": "HTTPS, http",
        "x-forwarded-prefix": "/live, /x",
      },
      "/",
      { scheme: "https", host: "a.example", folder: "/live/" },
    ],
    ["a prefix that is no path", { host: "x", "x-forwarded-prefix": "//evil.example" }, "/", { scheme: "http", host: "x", folder: "/" }],
    ["a prefix with markup", { host: "x", "x-forwarded-prefix": '/"><script>' }, "/", { scheme: "http", host: "x", folder: "/" }],
    ["the standard's header", { host: "x", forwarded: 'for=1.2.3.4;host="a.example:8443";proto=https' }, "/", {
      scheme: "https",
      host: "a.example:8443",
      folder: "/",
    }],
    ["a host that is no name", { host: "x", "x-forwarded-host": '"><script>' }, "/", { scheme: "http", host: null, folder: "/" }],
  ];
  for (const [name, headers, path, wanted] of cases) {
    it(name, async () => assert.deepEqual((await read(PLAIN, "127.0.0.1", headers, path)).front, wanted));
  }
  it("is told by nobody else", async () => {
    const headers = {
      host: "x",
      "x-forwarded-host": "evil",
      "x-forwarded-proto": "https",
      "x-forwarded-prefix": "/p",
      forwarded: "host=evil",
    };
    const { front, hosts } = await read(PLAIN, "192.0.2.7", headers);
    assert.deepEqual([front, hosts], [{ scheme: "http", host: "x", folder: "/" }, ["x"]]);
  });
  it("names and values of the standard's header come in any case, in quotes and with escapes", () => {
    assert.deepEqual(readForwarded('For="a\\"b" ; PROTO=http,for=c;host=d', "for"), ['a"b', "c"]);
  });
});

describe("a folder in front (--base)", () => {
  it("is taken off before anything looks at the path, and nobody has to use it", async () => {
    const show = openShow({ base: "/live/" });
    show.publishSegments(1);
    for (const path of ["/live.m3u8", "/live/live.m3u8", "/api/stream", "/live/api/stream"]) {
      assert.equal((await show.get(path)).status, 200, path);
    }
    const playlist = await (await show.get("/live/live.m3u8")).text();
    const [viewer] = /^v\/[^\n]*$/m.exec(playlist)!;
    assert.equal((await show.get(`/live/${viewer}`)).status, 200);
    assert.equal((await show.get("/lively/api/stream")).status, 404);
    assert.equal(show.app.router.name, "SmartRouter + RegExpRouter");
  });
  it("without its slash leads to the folder, whatever stands in front of it", async () => {
    const show = openShow({ base: "/my/live/" });
    const answer = await show.get("/my/live");
    assert.deepEqual([answer.status, answer.headers.get("location")], [308, "live/"]);
  });
});
