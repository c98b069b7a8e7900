import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Wish } from "../../../../media/audience/viewer.ts";
import { createViewerHolder } from "../../../../static/watch/playing/viewer.ts";

/** A server that knows some viewers, a session's storage, and what was asked. */
function fake(o: { known?: string[]; isDown?: boolean; base?: string; wish?: Wish; patch?: () => Response } = {}) {
  const kept = new Map<string, string>(),
    asked: string[] = [],
    server = {
      isRoom: false,
      isPutOut: false,
      shutOut: 0,
      known: new Set(o.known ?? []),
      isDown: o.isDown ?? false,
      isSilent: false,
      hangUp: () => {},
      givenUp: 0,
    };
  const wish: Wish = o.wish ?? { mode: "home", quality: "auto" };
  const fetch = (address: string, init?: RequestInit): Promise<Response> => {
    asked.push(`${init?.method ?? "GET"} ${address}${init?.method === "PATCH" ? ` ${init.body}` : ""}`);
    if (server.isDown) return Promise.reject(new TypeError("network"));
    if (server.isSilent) {
      return new Promise((_, reject) => {
        server.hangUp = () => reject(new TypeError("network"));
        init?.signal?.addEventListener("abort", () => reject(server.givenUp++));
      });
    }
    if (server.isPutOut) return Promise.resolve(Response.json({ kind: "put_out" }, { status: 403 }));
    if (server.isRoom) return Promise.resolve(Response.json({ kind: "invite_ended" }, { status: 401 }));
    const id = address.match(/api\/viewers\/(.+)$/)?.[1] ?? `new${asked.length}`;
    if (init?.method !== "POST" && !server.known.has(id)) return Promise.resolve(new Response("{}", { status: 404 }));
    server.known.add(id);
    if (init?.method === "PATCH" && o.patch) return Promise.resolve(o.patch());
    return Promise.resolve(Response.json({ id, playlist: `/v/${id}/live.m3u8` }));
  };
  const storage = {
    getItem: (k: string) => kept.get(k) ?? null,
    setItem: (k: string, v: string) => void kept.set(k, v),
    removeItem: (k: string) => void kept.delete(k),
  };
  const timers = new Set<() => void>();
  const every = (callback: () => void) => {
    timers.add(callback);
    return () => void timers.delete(callback);
  };
  const base = o.base ?? "http://tv.example/";
  const open = (early: Promise<Response | null> | null = null) =>
    createViewerHolder({ fetch, storage, base, player: "hls.js", early, wish: () => wish, onShutOut: () => server.shutOut++, every });
  return { open, asked, kept, server, timers, ring: () => timers.forEach((callback) => callback()) };
}

describe("viewer", () => {
  it("a first visit makes a viewer", async () => {
    const { open, asked } = fake();
    const found = await open().find();
    assert.deepEqual(found, { kind: "viewer", viewer: { id: "new1", playlist: "http://tv.example/v/new1/live.m3u8", title: null } });
    assert.deepEqual(asked, ["POST http://tv.example/api/viewers"]);
  });

  it("what was asked before the script came is taken, once", async () => {
    const { open, asked } = fake();
    const holder = open(Promise.resolve(Response.json({ id: "early", playlist: "/v/early/live.m3u8" })));
    const found = await holder.find();
    assert.equal(found.kind === "viewer" && found.viewer.playlist, "http://tv.example/v/early/live.m3u8");
    assert.deepEqual(asked, []);
    holder.drop();
    await holder.find();
    assert.deepEqual(asked, ["POST http://tv.example/api/viewers"]);
  });

  for (const [what, early] of [["failed", null], ["was refused", new Response("{}", { status: 429 })]] as const) {
    it(`what was asked before the script came and ${what} is asked again`, async () => {
      const { open, asked } = fake();
      assert.equal((await open(Promise.resolve(early)).find()).kind, "viewer");
      assert.deepEqual(asked, ["POST http://tv.example/api/viewers"]);
    });
  }

  it("a reload plays as the same viewer without asking", async () => {
    const { open, asked } = fake();
    const first = open();
    await first.find();
    first.keep();
    const found = await open().find();
    assert.equal(found.kind === "viewer" && found.viewer.playlist, "http://tv.example/v/new1/live.m3u8");
    assert.equal(asked.length, 1);
  });

  it("who may not watch any more is told so, and nothing else happens", async () => {
    const { open, server } = fake({ known: ["kept"] });
    const holder = open();
    await holder.find();
    server.isRoom = true;
    assert.deepEqual(await holder.confirm(), { kind: "unreachable" });
    assert.equal(server.shutOut, 1);
  });

  it("who was put out for some minutes is told so until the server lets it in again", async () => {
    const { open, server } = fake();
    const holder = open();
    server.isPutOut = true;
    assert.deepEqual([await holder.find(), holder.isPutOut], [{ kind: "unreachable" }, true]);
    server.isDown = true;
    assert.deepEqual([await holder.confirm(), holder.isPutOut], [{ kind: "unreachable" }, true]);
    server.isDown = server.isPutOut = false;
    assert.deepEqual([(await holder.confirm()).kind, holder.isPutOut], ["viewer", false]);
  });

  it("who watches and is put out does not come as somebody else, and is told so no longer than it is so", async () => {
    const { open, server, asked } = fake();
    const holder = open();
    await holder.find();
    server.isPutOut = true;
    assert.deepEqual([await holder.confirm(), holder.isPutOut], [{ kind: "unreachable" }, true]);
    assert.deepEqual(asked.slice(1), ["GET http://tv.example/api/viewers/new1"]);
    server.isPutOut = false;
    assert.deepEqual([idOf(await holder.confirm()), holder.isPutOut], ["new1", false]);
  });

  it("a duplicated tab is another viewer", async () => {
    const { open, kept } = fake();
    await open().find();
    assert.equal(kept.size, 0);
  });

  it("a restarted server that still knows the viewer keeps it, one that does not makes a new one", async () => {
    const { open, server } = fake();
    const page = open();
    await page.find();
    assert.equal(idOf(await page.confirm()), "new1");
    server.known.clear();
    assert.equal(idOf(await page.confirm()), "new4");
  });

  it("a server that is down is told apart from one that forgot", async () => {
    const { open, server } = fake();
    const page = open();
    await page.find();
    server.isDown = true;
    assert.deepEqual(await page.confirm(), { kind: "unreachable" });
    server.isDown = false;
    assert.equal(idOf(await page.confirm()), "new1");
  });

  it("a question that hangs on a dead connection is asked once more beside it, until one is answered", async () => {
    const { open, asked, server, timers, ring } = fake();
    const page = open();
    await page.find();
    server.isSilent = true;
    const confirmed = page.confirm();
    ring();
    server.isSilent = false;
    ring();
    assert.equal(idOf(await confirmed), "new1");
    assert.deepEqual([asked.length, server.givenUp, timers.size], [4, 2, 0]);
  });

  it("a question that is never answered ends with its first asking", async () => {
    const { open, server, timers, ring } = fake();
    const page = open();
    await page.find();
    server.isSilent = true;
    const confirmed = page.confirm();
    const { hangUp } = server;
    ring();
    hangUp();
    assert.deepEqual(await confirmed, { kind: "unreachable" });
    assert.equal(timers.size, 0);
  });

  const wishes: [string, Wish, string][] = [
    ["a pinned quality", { mode: "home", quality: "lq" }, '{"mode":"home","quality":"lq"}'],
    ["gaming, without the quality kept for later", { mode: "gaming", quality: "lq" }, '{"mode":"gaming"}'],
  ];
  for (const [name, wish, body] of wishes) {
    it(`a new viewer gets this tab's wish before it plays: ${name}`, async () => {
      const { open, asked } = fake({ wish });
      assert.equal((await open().find()).kind, "viewer");
      assert.deepEqual(asked, ["POST http://tv.example/api/viewers", `PATCH http://tv.example/api/viewers/new1 ${body}`]);
    });
  }

  it("a server that forgot the viewer is told the wish again", async () => {
    const { open, asked, server } = fake({ wish: { mode: "home", quality: "hq" } });
    const page = open();
    await page.find();
    server.known.clear();
    await page.confirm();
    assert.match(asked.at(-1)!, /^PATCH .*"hq"/);
  });

  const answers: [string, (() => Response) | null, object][] = [
    ["accepted", null, { kind: "accepted" }],
    ["refused, by name", () => Response.json({ kind: "quality_while_gaming" }, { status: 409 }), {
      kind: "refused",
      problem: "quality_while_gaming",
    }],
    ["refused by somebody in between", () => new Response("<html>", { status: 403 }), { kind: "refused", problem: null }],
    ["broken", () => new Response("", { status: 502 }), { kind: "unreachable" }],
  ];
  for (const [name, patch, expected] of answers) {
    it(`a wish can be ${name}`, async () => {
      const { open } = fake(patch ? { patch } : {});
      const page = open();
      await page.find();
      assert.deepEqual(await page.send({ mode: "home", quality: "hq" }), expected);
    });
  }

  it("a wish before there is a viewer, or without a network, is not heard", async () => {
    const { open, server } = fake();
    const page = open();
    assert.deepEqual(await page.send({ mode: "home", quality: "hq" }), { kind: "unreachable" });
    await page.find();
    server.isDown = true;
    assert.deepEqual(await page.send({ mode: "home", quality: "hq" }), { kind: "unreachable" });
  });

  it("works behind a proxy's prefix", async () => {
    const { open } = fake({ base: "http://tv.example/stage/" });
    const found = await open().find();
    assert.equal(found.kind === "viewer" && found.viewer.playlist, "http://tv.example/stage/v/new1/live.m3u8");
  });
});

function idOf(outcome: Awaited<ReturnType<ReturnType<typeof createViewerHolder>["find"]>>): string | null {
  return outcome.kind === "viewer" ? outcome.viewer.id : null;
}
