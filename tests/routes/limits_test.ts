import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createForwarded } from "../../routes/forwarded.ts";
import { createLimits, type Limited } from "../../routes/limits.ts";
import { aChat } from "./chat/a_chat.ts";
import { BROWSER, openShow, STREAMER_KEY, VLC, watch } from "./show.ts";

/** Limits on a clock of their own. */
function begin() {
  const clock = { ms: 0 };
  const lines: string[] = [];
  const timers = new Set<{ atMs: number; callback: () => void }>();
  const limits = createLimits({
    monotonic: () => clock.ms,
    log: (line) => lines.push(line),
    setTimer(callback, delayMs) {
      const timer = { atMs: clock.ms + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  function advance(ms: number): void {
    clock.ms += ms;
    for (const timer of [...timers].filter(({ atMs }) => atMs <= clock.ms)) {
      timers.delete(timer);
      timer.callback();
    }
  }
  const ask = (count: number, what: Limited, addressOf: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => limits.may(what, addressOf(at))).filter(Boolean).length;
  return { limits, lines, clock, advance, ask };
}

const one = () => "203.0.113.9";
const thousand = (at: number) => `198.51.${Math.floor(at / 250) % 4}.${at % 250}`;
const from = (hostname: string) => ({ remoteAddr: { transport: "tcp", hostname, port: 1 } });

describe("limits", () => {
  it("let a household through: twenty pages that open at once, play, talk and give", () => {
    const { ask, advance, lines } = begin();
    assert.equal(ask(20, "viewer", one), 20);
    assert.equal(ask(20, "message", one), 20);
    assert.equal(ask(5, "donation", one), 5);
    // Each 5 playlists and 5 parts a second, for a minute.
    for (let tick = 0; tick < 60 * 5; tick++) {
      assert.equal(ask(20 * 2, "request", one), 40);
      advance(200);
    }
    assert.deepEqual(lines, []);
  });

  const BOUNDS: readonly { what: Limited; ofOne: number; ofThousand: number }[] = [
    { what: "request", ofOne: 2000, ofThousand: 60_000 },
    { what: "api", ofOne: 1000, ofThousand: 2000 + 10 * 1000 },
    { what: "viewer", ofOne: 100, ofThousand: 2000 + 4 * 1000 },
    { what: "message", ofOne: 20, ofThousand: 60 },
    { what: "donation", ofOne: 10, ofThousand: 30 },
    { what: "socket", ofOne: 200, ofThousand: 2000 + 4 * 1000 },
  ];
  for (const { what, ofOne, ofThousand } of BOUNDS) {
    it(`bound ${what}s of one address, without taking any from others`, () => {
      const { ask } = begin();
      assert.equal(ask(50_000, what, one), ofOne);
      assert.ok(ask(1, what, () => "192.0.2.1") === 1);
    });
    it(`bound ${what}s of a thousand addresses`, () => {
      assert.equal(begin().ask(60_000, what, thousand), ofThousand);
    });
  }

  it("are not used up for a family by a thousand others", () => {
    const { ask } = begin();
    for (const what of ["api", "viewer", "socket"] as const) {
      ask(100_000, what, thousand);
      assert.deepEqual([ask(4, what, one), ask(1, what, () => "")], [4, 0]);
    }
  });

  it("hold for all together where nobody can be told from another", () => {
    const { ask } = begin();
    assert.equal(ask(50_000, "request", () => ""), 50_000);
    assert.equal(ask(5000, "viewer", () => ""), 2000);
  });

  it("hold for event sockets that are open, of an address and of all", () => {
    const { limits } = begin();
    const leave = Array.from({ length: 200 }, () => limits.connected("203.0.113.9"));
    assert.equal(limits.mayConnect("203.0.113.9"), false);
    assert.equal(limits.mayConnect("192.0.2.1"), true);
    leave[0]!();
    leave[0]!();
    assert.equal(limits.mayConnect("203.0.113.9"), true);
    limits.connected("203.0.113.9");
    assert.equal(limits.mayConnect("203.0.113.9"), false, "who leaves twice has left once");
    for (let at = 0; at < 10_000; at++) limits.connected(thousand(at));
    assert.equal(limits.mayConnect("192.0.2.1"), false);
  });

  it("say in one line who asks too much and how a proxy is named, again with a count after 1, 10 and 60 minutes, and when it is over", () => {
    const { ask, advance, lines, clock } = begin();
    for (const end = 75 * 60_000; clock.ms < end; advance(1000)) ask(4000, "request", one);
    assert.equal(lines.length, 4, lines.join("\n"));
    assert.match(lines[0]!, /^Too many requests from 203\.0\.113\.9: .*those who watch go on.*--trusted-proxy 203\.0\.113\.9$/);
    assert.match(lines[1]!, /^Still too much is asked from 203\.0\.113\.9: 17\d,\d{3} refused in 60 s\.$/);
    assert.match(lines[2]!, / refused in 11 min\.$/);
    assert.match(lines[3]!, / refused in 71 min\.$/);
    for (let i = 0; i < 8; i++) advance(10_000);
    assert.equal(lines.length, 5);
    assert.equal(lines[4], "Nobody asks for too much any more; it has taken 75 min.");
    ask(5000, "request", one);
    assert.equal(lines.length, 6, "another one is told again");
  });
  it("count the addresses of a flood from many", () => {
    const { ask, advance, lines } = begin();
    for (let i = 0; i < 70; i++) {
      ask(8000, "viewer", thousand);
      advance(1000);
    }
    assert.match(lines[1]!, /^Still too much is asked from more than 1000 addresses: [\d,]+ refused/);
  });

  it("answer late, and at once where a thousand wait for that already", async () => {
    const { limits, advance } = begin();
    const late = watch(Promise.resolve(limits.late(new Response("late"))));
    for (let at = 1; at < 1000; at++) void limits.late(new Response());
    assert.equal(await late.isPending(), true);
    assert.ok(limits.late(new Response()) instanceof Response);
    advance(2999);
    assert.equal(await late.isPending(), true);
    advance(1);
    assert.equal(await (await late.promise).text(), "late");
    assert.ok(limits.late(new Response()) instanceof Promise);
  });
});

describe("what one address asks for in a second", () => {
  it("is bounded before any door looks at it; others, and who is this machine itself, ask on", async () => {
    const show = openShow();
    show.publishSegments(1);
    const ask = async (hostname: string, headers = {}) => (await show.app.request("/healthz", { headers }, from(hostname))).status;
    for (let i = 0; i < 2000; i++) assert.equal(await ask("203.0.113.9"), 200);
    const refused = await show.app.request("/live.m3u8", {}, from("203.0.113.9"));
    assert.deepEqual([refused.status, (await refused.json()).kind, refused.headers.get("retry-after")], [429, "too_many_requests", "1"]);
    assert.equal(refused.headers.get("access-control-allow-origin"), "*");
    assert.deepEqual([await ask("203.0.113.10"), await ask("127.0.0.1")], [200, 200]);
    assert.equal(await ask("127.0.0.1", { "x-forwarded-for": "203.0.113.9" }), 429, "by whatever way it comes");
    assert.equal(await show.metric("tercet_requests_total", { kind: "other", status: "429" }), 2);
    show.advance(1000);
    assert.equal(await ask("203.0.113.9"), 200);
  });
  it("of the API is bounded more tightly, except for the streamer", async () => {
    const show = openShow();
    const ask = async (hostname: string, headers = {}) => (await show.app.request("/api/stream", { headers }, from(hostname))).status;
    for (let i = 0; i < 1000; i++) assert.equal(await ask("203.0.113.9"), 200);
    assert.deepEqual([await ask("203.0.113.9"), await ask("203.0.113.10")], [429, 200]);
    assert.equal(await ask("203.0.113.9", { authorization: `Bearer ${"x".repeat(43)}` }), 429);
    assert.equal(await ask("203.0.113.9", { authorization: `Bearer ${STREAMER_KEY}` }), 200);
    assert.equal((await show.app.request("/healthz", {}, from("203.0.113.9"))).status, 200);
  });
  it("of new viewers by the stable address is bounded, and players that are known already are let in", async () => {
    const show = openShow();
    show.publishSegments(1);
    const open = (userAgent: string, hostname: string) =>
      show.app.request("/live.m3u8", { headers: { "user-agent": userAgent } }, from(hostname));
    assert.equal((await open(VLC, "203.0.113.9")).status, 200);
    let refused = 0;
    for (let i = 0; i < 200; i++) if ((await open(BROWSER, "203.0.113.9")).status === 429) refused++;
    assert.equal(refused, 101);
    assert.equal((await open(VLC, "203.0.113.9")).status, 200, "it has not played yet: it is the same");
    assert.equal((await open(BROWSER, "203.0.113.10")).status, 200);
  });
  it("of playlists that are there is bounded for each viewer: from then on each waits for the next part, as a player does", async () => {
    const show = openShow();
    show.publishSegments(2);
    const [id, other] = [await show.join(), await show.join()];
    for (const path of [`/v/${id}/live.m3u8`, `/v/${id}/hq.m3u8`, `/v/${id}/hq.m3u8?_HLS_msn=1000`, `/v/${id}/dvr.m3u8`]) {
      for (let i = 0; i < 15; i++) assert.equal((await show.get(path)).status, 200);
    }
    const held = [`live.m3u8`, `hq.m3u8`, `hq.m3u8?_HLS_msn=1000`, `dvr.m3u8`].map((file) => watch(show.get(`/v/${id}/${file}`)));
    for (const each of held) assert.equal(await each.isPending(), true);
    assert.equal((await show.get(`/v/${other}/hq.m3u8`)).status, 200, "nobody else waits");
    show.publishPart();
    for (const each of held) assert.equal((await each.promise).status, 200);
    show.advance(1000);
    assert.equal((await show.get(`/v/${id}/hq.m3u8`)).status, 200);
  });
  it("of playlists never bounds a player, whatever it asks for", async () => {
    const show = openShow();
    show.publishSegments(2);
    const id = await show.join();
    for (let part = 0; part < 300; part++) {
      const { msn, part: next } = show.window.upcoming!;
      const blocking = show.get(`/v/${id}/hq.m3u8?_HLS_msn=${msn}&_HLS_part=${next}`);
      show.publishPart();
      assert.equal((await blocking).status, 200);
      // And a plain player beside it.
      if (part % 5 === 0) assert.equal((await show.get(`/v/${id}/hq.m3u8`)).status, 200);
      show.advance(200);
    }
  });
  it("of chat is bounded for a thousand addresses together, and the streamer is never kept from talking", async () => {
    const show = openShow({ chat: aChat(), forwarded: createForwarded({ trusted: [], base: "/" }) });
    const say = async (viewer: string, address: string, headers = {}) =>
      (await show.app.request("/api/chat", {
        method: "POST",
        body: JSON.stringify({ viewer, name: "x", text: "hi" }),
        headers: { "x-forwarded-for": address, ...headers },
      }, from("127.0.0.1"))).status;
    const viewers = await Promise.all(Array.from({ length: 100 }, () => show.join()));
    const statuses = [];
    for (const [at, viewer] of viewers.entries()) statuses.push(await say(viewer, thousand(at)));
    assert.deepEqual(statuses, [...Array(60).fill(201), ...Array(40).fill(429)]);
    assert.equal(await say(viewers[0]!, thousand(0), { authorization: `Bearer ${STREAMER_KEY}` }), 201);
  });
});
