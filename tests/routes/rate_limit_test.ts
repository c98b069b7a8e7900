import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createRateLimit } from "../../routes/rate_limit.ts";
import { openShow, VLC } from "./show.ts";

describe("a rate limit", () => {
  it("allows so many at once, and then so many a second", () => {
    const isAllowed = createRateLimit({ burst: 3, perSecond: 2 });
    const ask = (count: number, nowMs: number) => Array.from({ length: count }, () => isAllowed("10.0.0.1", nowMs)).filter(Boolean).length;
    assert.equal(ask(10, 0), 3);
    assert.equal(ask(10, 499), 0);
    assert.equal(ask(10, 1000), 2);
    assert.equal(ask(10, 60_000), 3);
    assert.equal(isAllowed("10.0.0.2", 60_000), true);
  });
  it("can be asked without taking anything", () => {
    const isAllowed = createRateLimit({ burst: 1, perSecond: 1 });
    for (let at = 0; at < 5; at++) assert.equal(isAllowed("10.0.0.1", 0, 0), true);
    assert.equal(isAllowed("10.0.0.1", 0), true);
    assert.equal(isAllowed("10.0.0.1", 0, 0), false);
    assert.equal(isAllowed("10.0.0.1", 1000, 0), true);
  });
  it("takes a household's IPv6 addresses for one", () => {
    const isAllowed = createRateLimit({ burst: 1, perSecond: 1 });
    assert.equal(isAllowed("2001:db8:0:7::1", 0), true);
    assert.equal(isAllowed("2001:db8::7:a:b:c:d", 0), false);
    assert.equal(isAllowed("2001:db8:0:8::1", 0), true);
    assert.equal(isAllowed("::1", 0), true);
    assert.equal(isAllowed("::ffff:10.0.0.1", 0), true);
    assert.equal(isAllowed("::ffff:10.0.0.2", 0), true);
  });
});

describe("new viewers from one address", () => {
  const from = (hostname: string) => ({ remoteAddr: { transport: "tcp", hostname, port: 1 } });

  it("are refused at two hundred a second, with a time to come back; others and known viewers are not", async () => {
    const show = openShow();
    show.publishSegments(1);
    const statuses: number[] = [];
    let last = new Response();
    for (let i = 0; i < 200; i++) {
      last = await show.app.request("/api/viewers", { method: "POST" }, from("10.0.0.1"));
      statuses.push(last.status);
      show.advance(5);
    }
    const made = statuses.filter((status) => status === 201).length;
    assert.ok(made >= 100 && made < 120, `${made} were made`);
    assert.equal(last.status, 429);
    assert.equal(last.headers.get("retry-after"), "1");
    assert.equal((await last.json()).kind, "too_many_viewers");
    assert.equal((await show.app.request("/api/viewers", { method: "POST" }, from("10.0.0.2"))).status, 201);
    show.advance(1000);
    assert.equal((await show.app.request("/api/viewers", { method: "POST" }, from("10.0.0.1"))).status, 201);
  });
  it("are let in again after a second also where the clock was set back or ahead meanwhile", async () => {
    let ms = 0;
    const show = openShow({ monotonic: () => ms });
    const ask = async () => (await show.app.request("/api/viewers", { method: "POST" }, from("10.0.0.1"))).status;
    for (const stepMs of [-3_600_000, 7_200_000]) {
      for (let i = 0; i < 110; i++) await ask();
      show.advance(stepMs);
      assert.equal(await ask(), 429);
      ms += 1000;
      assert.equal(await ask(), 201);
    }
  });
  it("are as many as a household's players want", async () => {
    const show = openShow();
    show.publishSegments(1);
    for (let i = 0; i < 100; i++) {
      const answer = await show.app.request("/live.m3u8", { headers: { "user-agent": VLC } }, from("10.0.0.1"));
      const id = /v\/([\w-]{36})\//.exec(await answer.text())![1];
      assert.equal((await show.get(`/v/${id}/mq.m3u8`)).status, 200);
    }
    assert.equal(show.viewers.count().total, 100);
  });
});
