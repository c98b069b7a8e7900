import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { waitFor } from "../fixtures/condition.ts";
import { type Engine, hasRedis, startEngine } from "../fixtures/redis.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";

const SMALL = ["--source", "test", "--ladder", "426x240@300k,320x180@200k,256x144@120k"];
const PUBLIC = "https://edge-b.example";

async function get(server: Tercet, path: string): Promise<{ status: number; text: string; headers: Headers }> {
  const answer = await fetch(`${server.baseUrl}${path}`, { signal: AbortSignal.timeout(5000) });
  return { status: answer.status, text: await answer.text(), headers: answer.headers };
}

async function join(server: Tercet): Promise<string> {
  const answer = await fetch(`${server.baseUrl}/api/viewers`, { method: "POST", body: JSON.stringify({ player: "hls.js" }) });
  assert.equal(answer.status, 201);
  return (await answer.json()).id;
}

async function pin(server: Tercet, viewer: string, quality: string): Promise<void> {
  const answer = await fetch(`${server.baseUrl}/api/viewers/${viewer}`, { method: "PATCH", body: JSON.stringify({ quality }) });
  assert.equal(answer.status, 200, await answer.text());
}

/** The newest MSN of a viewer's playlist there. */
async function newestOf(server: Tercet, viewer: string): Promise<number> {
  const { status, text } = await get(server, `/v/${viewer}/hq.m3u8`);
  assert.equal(status, 200, text);
  return Math.max(...[...text.matchAll(/\/(\d+)\.m4s$/gm)].map(([, msn]) => Number(msn)));
}

/** Which rendition a viewer is shown in segment `msn`; null where the playlist has it not, or not whole. */
async function shownOf(server: Tercet, viewer: string, msn: number): Promise<string | null> {
  const { text } = await get(server, `/v/${viewer}/hq.m3u8`);
  return new RegExp(`/(hq|mq|lq)/${msn}\\.m4s$`, "m").exec(text)?.[1] ?? null;
}

const isReady = async (server: Tercet) => (await get(server, "/readyz")).status === 200;

(hasRedis ? describe : describe.skip)("a show on three boxes", () => {
  let engine: Engine, origin: Tercet, a: Tercet, b: Tercet;

  beforeAll(async () => {
    engine = await startEngine({ password: "geheim" });
    origin = await startTercet({ args: [...SMALL, "--title", "Three boxes"], env: { TERCET_RELAY: engine.address } });
    [a, b] = await Promise.all([
      startTercet({ args: ["--edge"], env: { TERCET_RELAY: engine.address } }),
      startTercet({ args: ["--edge", "--public", PUBLIC], env: { TERCET_RELAY: engine.address } }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([a, b].map((edge) => edge?.[Symbol.asyncDispose]()));
    await origin?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  });

  it("is the same on each: playlists, parts and inits byte for byte", async () => {
    const viewer = await join(a);
    await get(a, `/v/${viewer}/live.m3u8`);
    const { text } = await get(a, `/v/${viewer}/hq.m3u8`);
    assert.match(text, /#EXT-X-PART:.*\n/);
    const addresses = [...text.matchAll(/\.\.\/\.\.(\/media\/[^"\s]+)/g)].map(([, path]) => path!);
    for (const path of [addresses[0]!, addresses.at(-2)!, addresses.find((each) => each.endsWith("init.mp4"))!]) {
      const bodies = await Promise.all([origin, a, b].map(async (server) => {
        const answer = await fetch(server.baseUrl + path);
        assert.equal(answer.status, 200, path);
        return new Uint8Array(await answer.arrayBuffer()).toHex();
      }));
      assert.equal(new Set(bodies).size, 1);
    }
    assert.equal(JSON.parse((await get(b, "/api/stream")).text).title, "Three boxes");
  });

  it("waits for a part and for a segment that another box has listed already, and for nothing beyond", async () => {
    const viewer = await join(a);
    await get(a, `/v/${viewer}/live.m3u8`);
    const { text } = await get(a, `/v/${viewer}/hq.m3u8`);
    const [, folder, msn] = /TYPE=PART,URI="\.\.\/\.\.(\/media\/\w+\/hq)\/(\d+)\./.exec(text)!;
    const ahead = [`${folder}/${Number(msn) + 1}.2.m4s`, `${folder}/${msn}.m4s`];
    for (const { status } of await Promise.all(ahead.map((path) => get(b, path)))) assert.equal(status, 200);
    assert.equal((await get(b, `${folder}/${Number(msn) + 9}.0.m4s`)).status, 404);
  });

  it("lets a viewer go on at any box, which knows its wish without having been asked", async () => {
    const viewer = await join(a);
    await get(a, `/v/${viewer}/live.m3u8`);
    assert.equal((await get(a, `/v/${viewer}/hq.m3u8`)).status, 200);
    await pin(a, viewer, "lq");
    const stillOnA = await newestOf(a, viewer);
    // B has never heard of this viewer: it knows the id by its signature, and the wish by what A has told.
    const msn = await waitFor("a new segment", 5000, async () => {
      const newest = await newestOf(b, viewer);
      return newest > stillOnA + 1 ? newest : null;
    });
    assert.equal(await shownOf(b, viewer, msn), "lq");
    // And back: what is wished on B acts on A, where the viewer has a record already.
    await pin(b, viewer, "mq");
    await waitFor("the pin on A", 5000, async () => await shownOf(a, viewer, await newestOf(a, viewer)) === "mq", 100);
    // An origin serves viewers, too.
    assert.equal((await get(origin, `/v/${viewer}/hq.m3u8`)).status, 200);
  });

  it("has one chat, one till and one set of bans, whichever box is asked", async () => {
    const key = (await Deno.readTextFile(`${origin.dataDir}/streamer.key`)).trim();
    const headers = { authorization: `Bearer ${key}` };
    const viewer = await join(a);
    const say = async (server: Tercet, text: string) => {
      const answer = await fetch(`${server.baseUrl}/api/chat`, { method: "POST", body: JSON.stringify({ viewer, name: "Anna", text }) });
      return { status: answer.status, body: await answer.json() };
    };
    const textsOn = async (server: Tercet) =>
      JSON.parse((await get(server, "/api/chat")).text).messages.map(({ text }: { text: string }) => text) as string[];
    const { status, body } = await say(a, "hello from A");
    assert.equal(status, 201, JSON.stringify(body));
    for (const server of [origin, b]) await waitFor("the message", 2000, async () => (await textsOn(server)).includes("hello from A"));
    const gift = JSON.stringify({ amount: "5", name: "Anna", message: "" });
    const give = (server: Tercet) =>
      fetch(`${server.baseUrl}/api/viewers/${viewer}/donations`, { method: "POST", body: gift, headers: { "idempotency-key": "once" } });
    const [first, second] = await Promise.all([give(a), give(b)]);
    assert.deepEqual([first.status, second.status], [201, 201]);
    assert.equal((await first.json()).id, (await second.json()).id);
    const ban = await fetch(`${origin.baseUrl}/api/chat/bans`, {
      method: "POST",
      body: JSON.stringify({ publicId: body.publicId, address: false }),
      headers,
    });
    assert.equal(ban.status, 201, await ban.text());
    await waitFor("the ban on B", 2000, async () => (await say(b, "may I")).status === 403);
    await waitFor("what was said to be gone", 2000, async () => !(await textsOn(b)).includes("hello from A"));
    const edges = await (await fetch(`${origin.baseUrl}/api/studio/edges`, { headers })).json();
    assert.equal(edges.edges.length, 2);
    assert.ok(
      edges.edges.every(({ ready, lateSeconds }: { ready: boolean; lateSeconds: number }) => ready && lateSeconds < 1),
      JSON.stringify(edges),
    );
  });

  it("names an edge's own address to those whose page may fetch from there, and to nobody else", async () => {
    const early = await join(b);
    await waitFor(
      "A's page to know of B's media",
      8000,
      async () => (await get(a, "/")).headers.get("content-security-policy")?.includes(`connect-src 'self' ${PUBLIC}/media/;`) ?? false,
      200,
    );
    const later = await waitFor("a viewer that has a page which knows it", 10_000, async () => {
      const viewer = await join(b);
      await get(b, `/v/${viewer}/live.m3u8`);
      return (await get(b, `/v/${viewer}/hq.m3u8`)).text.includes(PUBLIC) ? viewer : null;
    }, 500);
    const { text } = await get(b, `/v/${later}/hq.m3u8`);
    assert.match(text, /URI="https:\/\/edge-b\.example\/media\/\w+\/hq\/init\.mp4"/);
    assert.doesNotMatch(text, /\.\.\/media/);
    await get(b, `/v/${early}/live.m3u8`);
    assert.doesNotMatch((await get(b, `/v/${early}/hq.m3u8`)).text, /edge-b/);
    assert.doesNotMatch((await get(a, `/v/${later}/hq.m3u8`)).text, /edge-b/);
  });

  it("keeps its viewers when the engine is killed and comes back empty, and says it in one line a box", async () => {
    const viewer = await join(a);
    await get(a, `/v/${viewer}/live.m3u8`);
    const before = await newestOf(a, viewer);
    await engine.kill();
    await waitFor("A to be stale", 5000, async () => !await isReady(a), 50);
    assert.equal(await isReady(origin), true);
    await engine.start();
    await waitFor("A to be ready again", 5000, () => isReady(a), 50);
    await waitFor("the show to go on", 5000, async () => await newestOf(a, viewer) > before + 2);
    const { text } = await get(a, `/v/${viewer}/hq.m3u8`);
    const listed = [...text.matchAll(/\/(\d+)\.m4s$/gm)].map(([, msn]) => Number(msn));
    for (const [at, msn] of listed.entries()) assert.equal(msn, listed[0]! + at, "no segment is missing");
    for (const server of [origin, a]) assert.equal(server.output().match(/redis:\/\/127\.0\.0\.1:\d+: /g)?.length ?? 0, 1, server.output());
    assert.doesNotMatch(a.output(), /did not come/);
  });

  it("ends on every box, and begins again there by itself", async () => {
    const key = (await Deno.readTextFile(`${origin.dataDir}/streamer.key`)).trim();
    const put = async (state: string) => {
      const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
      const answer = await fetch(`${origin.baseUrl}/api/studio/show`, { method: "PUT", body: JSON.stringify({ state }), headers });
      assert.equal(answer.status, 200, await answer.text());
    };
    const viewer = await join(a);
    await get(a, `/v/${viewer}/live.m3u8`);
    const before = await newestOf(a, viewer);
    const saidBefore = a.output().length;
    const stateOf = async (server: Tercet) => JSON.parse((await get(server, "/api/stream")).text).state as string;
    await put("ended");
    await waitFor("the closing card on A", 5000, async () => await stateOf(a) === "ending", 50);
    await waitFor("the end of A's playlists", 20_000, async () => /#EXT-X-ENDLIST\n/.test((await get(a, `/v/${viewer}/hq.m3u8`)).text), 50);
    assert.equal(await stateOf(a), "ended");
    assert.equal((await get(a, "/live.m3u8")).status, 503);
    assert.equal(await isReady(a), false);
    await put("on_air");
    await waitFor("the next show on A", 15_000, () => isReady(a), 50);
    await waitFor("its segments", 10_000, async () => await newestOf(a, await join(a)) > before);
    assert.doesNotMatch(a.output().slice(saidBefore), /did not come|begin anew|standing picture/);
  });

  it("goes on when its origin is started again", async () => {
    const viewer = await join(a);
    const before = await newestOf(a, viewer);
    await origin.kill("SIGKILL");
    await origin.restart();
    await waitFor("the show on A", 10_000, async () => await isReady(a) && await newestOf(a, viewer) > before);
    assert.match(a.output(), /Some of the show did not come: it goes on at segment \d+\./);
  });

  it("hands its viewers on when an edge is told to end", async () => {
    const viewer = await join(b);
    await get(b, `/v/${viewer}/live.m3u8`);
    await b.kill("SIGTERM");
    await waitFor("B to send players away", 3000, async () => (await get(b, `/v/${viewer}/hq.m3u8`)).status === 503);
    assert.equal(JSON.parse((await get(b, "/readyz")).text).kind, "draining");
    assert.equal((await get(a, `/v/${viewer}/hq.m3u8`)).status, 200);
    assert.equal((await b.stop()).code, 0);
  });

  it("is of another layout after its origin was started with other options, and edges follow without being told", async () => {
    const viewer = await join(a);
    await origin.stop();
    await using other = await startTercet({ args: [...SMALL, "--segment", "2s"], env: { TERCET_RELAY: engine.address } });
    await waitFor("A to serve it", 15_000, async () => (await get(a, `/v/${viewer}/hq.m3u8`)).status === 404);
    await waitFor("A to be ready", 10_000, () => isReady(a));
    const next = await join(a);
    await get(a, `/v/${next}/live.m3u8`);
    assert.match((await get(a, `/v/${next}/hq.m3u8`)).text, /TARGETDURATION:2\n/);
    assert.match(a.output(), /(?:made with other settings now|further back than it was)\. Players that are open now begin anew\./);
    void other;
  });
});

(hasRedis ? describe : describe.skip)("an edge that cannot have its show", () => {
  it("says why in one line, shows no password, and ends at once when it is told to", async () => {
    await using engine = await startEngine({ password: "geheim" });
    await engine.ask("SET", "{tercet:later}show", '{"version":99}');
    const cases: [address: string, line: RegExp][] = [
      [`redis://:falsch@127.0.0.1:${engine.port}`, /it refuses the name or password \(WRONGPASS\)/],
      [`${engine.address}?show=another`, /no such show has been there/],
      [`${engine.address}?show=later`, /the show is in format 99, and this Tercet reads format 1: bring both to one version/],
    ];
    await Promise.all(cases.map(async ([address, line]) => {
      await using edge = await startTercet({ args: ["--edge"], env: { TERCET_RELAY: address }, readyWithinMs: 0 });
      await waitFor(String(line), 10_000, () => line.test(edge.output()));
      assert.equal(edge.output().match(/Waiting for the show/g)!.length, 1);
      assert.doesNotMatch(edge.output(), /geheim|falsch/);
      const { code, tookMs } = await edge.stop();
      assert.equal(code, 0);
      assert.ok(tookMs < 3500);
    }));
  });
});

(hasRedis ? describe : describe.skip)("a private show on two boxes", () => {
  it("asks for the same key at an edge, lets in whom an invite of the origin lets in, and no longer than that", async () => {
    const roomKey = "open sesame";
    await using engine = await startEngine();
    const env = { TERCET_RELAY: engine.address };
    await using origin = await startTercet({ args: SMALL, env: { ...env, TERCET_ROOM_KEY: roomKey } });
    await using edge = await startTercet({ args: ["--edge"], env });
    const streamer = (await Deno.readTextFile(`${origin.dataDir}/streamer.key`)).trim();
    const headers = { authorization: `Bearer ${streamer}` };
    const make = async () => {
      const answer = await fetch(`${origin.baseUrl}/api/studio/invites`, {
        method: "POST",
        body: '{"name":"Anna","seconds":600}',
        headers,
      });
      return await answer.json() as { id: string; link: string };
    };
    assert.equal((await get(edge, "/live.m3u8")).status, 401);
    const basic = (key: string) => ({ authorization: `Basic ${btoa(`viewer:${key}`)}` });
    assert.equal((await fetch(`${edge.baseUrl}/live.m3u8`, { headers: basic("wrong sesame") })).status, 401);
    const list = await (await fetch(`${edge.baseUrl}/live.m3u8`, { headers: basic(roomKey) })).text();
    const [own] = /^v\/\S+$/m.exec(list)!;
    // Who was let in at the edge is known at the origin, and its media are the same there.
    const [path] = /\/media\/[^"\s]+\.m4s/.exec((await get(edge, `/${own}`)).text)!;
    for (const server of [origin, edge]) assert.equal((await get(server, path)).status, 200, path);

    const { id, link } = await make();
    const { search } = new URL(link);
    await waitFor("the edge to know the invite", 5000, async () => (await get(edge, `/${search}`)).status === 200, 100);
    await fetch(`${origin.baseUrl}/api/studio/invites/${id}`, { method: "DELETE", headers });
    await waitFor("the invite to have ended at the edge", 5000, async () => (await get(edge, `/${search}`)).status === 401, 100);
    // The streamer is known at the origin alone.
    assert.equal((await fetch(`${edge.baseUrl}/api/studio/invites`, { headers })).status, 403);
    for (const box of [origin, edge]) assert.doesNotMatch(box.output(), /sesame/);
  });
});
