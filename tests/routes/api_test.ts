import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Circumstances } from "../../media/audience/viewers.ts";
import { BROWSER, openShow, SAFARI, VLC } from "./show.ts";

const json = (method: string, body: unknown) => ({
  method,
  body: typeof body === "string" ? body : JSON.stringify(body),
  headers: { "user-agent": BROWSER },
});

describe("the viewers' API", () => {
  it("makes a viewer, and tells what it has", async () => {
    const show = openShow();
    show.publishSegments(1);
    const made = await show.app.request("/api/viewers", json("POST", { player: "hls.js" }));
    const viewer = await made.json();
    assert.equal(made.status, 201);
    assert.equal(made.headers.get("access-control-allow-origin"), null);
    assert.equal(viewer.playlist, `v/${viewer.id}/live.m3u8`);
    assert.deepEqual([viewer.mode, viewer.quality, viewer.title, viewer.rendition], ["home", "auto", "Test show", null]);
    await show.get(`/v/${viewer.id}/mq.m3u8`);
    const told = await (await show.get(`/api/viewers/${viewer.id}`)).json();
    assert.deepEqual([told.rendition, told.reason, told.cap], ["mq", "auto", "hq"]);
  });
  it("says why, in words", async () => {
    let circumstances: Circumstances = { motionPick: "lq", cap: "hq", boost: null, drivenPick: "mq" };
    const show = openShow({ circumstances: () => circumstances, boostedUntilMs: ({ mode }) => mode === "home" ? 1_700_000_600_000 : null });
    show.publishSegments(1);
    const id = await show.join({ player: "hls.js" });
    const vlc = await show.join({}, VLC);
    const get = async (viewer: string) => await (await show.get(`/api/viewers/${viewer}`)).json();
    const after = async (wish: Record<string, string>, now: Partial<Circumstances>) => {
      circumstances = { ...circumstances, ...now };
      await show.app.request(`/api/viewers/${id}`, json("PATCH", wish));
      show.publishSegments(1);
      await show.get(`/v/${id}/hq.m3u8`);
      return (await get(id)).reasonText;
    };
    assert.equal((await get(id)).reasonText, null);
    assert.equal(await after({}, {}), "HQ: your player's choice");
    assert.equal(await after({ quality: "hq" }, {}), "HQ: your choice");
    assert.equal(await after({}, { cap: "mq" }), "MQ: 2 are watching, the uplink is full");
    assert.equal(await after({}, { boost: "hq" }), "HQ: thank you for your donation");
    assert.equal((await get(id)).boostedUntil, "2023-11-14T22:23:20.000Z");
    assert.equal(await after({ mode: "gaming" }, { boost: null }), "LQ: the picture is still");
    assert.deepEqual([(await get(id)).boostedUntil, (await get(id)).cap], [null, "mq"]);
    show.advance(7000);
    assert.equal(await after({ mode: "home" }, {}), "MQ: the uplink is full");
    await show.get(`/v/${vlc}/mq.m3u8`);
    assert.equal((await get(vlc)).reasonText, "MQ: as fast as your player keeps up");
  });
  it("shows others a second id, which is no key", async () => {
    const show = openShow();
    const viewer = await (await show.app.request("/api/viewers", json("POST", {}))).json();
    assert.match(viewer.publicId, /^[\w-]{16}$/);
    assert.equal((await show.get(`/api/viewers/${viewer.publicId}`)).status, 404);
    assert.equal(show.viewers.findPublic(viewer.publicId)!.id, viewer.id);
  });
  it("refuses viewers beyond the streamer's limit, with a time to come back", async () => {
    const show = openShow({ maxPresent: 2 });
    show.publishSegments(1);
    const known = await show.join();
    await show.join();
    const refused = [
      await show.app.request("/api/viewers", json("POST", {})),
      await show.get("/live.m3u8", { "user-agent": VLC }),
    ];
    for (const answer of refused) {
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get("retry-after"), "5");
      assert.equal((await answer.json()).kind, "house_full");
    }
    assert.equal((await show.get(`/v/${known}/live.m3u8`)).status, 200);
    show.advance(7000);
    await show.join();
    await show.join();
    assert.equal((await show.get(`/v/${known}/live.m3u8`)).status, 503);
  });
  it("takes an empty body, and lets Safari's page say that it plays with hls.js", async () => {
    const show = openShow();
    const ask = async (body: string, userAgent: string) =>
      (await (await show.app.request("/api/viewers", { method: "POST", body, headers: { "user-agent": userAgent } })).json()).client;
    assert.equal(await ask("", BROWSER), "other");
    assert.equal(await ask('{"player":"hls.js"}', SAFARI), "hls.js");
    assert.equal(await ask('{"player":"native"}', SAFARI), "apple");
    assert.equal(await ask("", "AppleCoreMedia/1.0.0.22F76"), "apple");
  });
  it("keeps a wish, and refuses a quality while the motion chooses", async () => {
    const show = openShow();
    const path = `/api/viewers/${await show.join()}`;
    const change = async (body: unknown) => {
      const answer = await show.app.request(path, json("PATCH", body));
      return [answer.status, await answer.json()];
    };
    assert.deepEqual(await change({ quality: "lq" }).then(([status, { quality }]) => [status, quality]), [200, "lq"]);
    assert.deepEqual(await change({ mode: "gaming" }).then(([status, { mode }]) => [status, mode]), [200, "gaming"]);
    assert.deepEqual(await change({ quality: "hq" }).then(([status, { kind }]) => [status, kind]), [409, "quality_while_gaming"]);
    assert.deepEqual(await change({ mode: "home", quality: "hq" }).then(([status, { quality }]) => [status, quality]), [200, "hq"]);
  });
  const broken: [body: string, field: string, value: unknown, message: RegExp][] = [
    ['{"quality":"4k"}', "quality", "4k", /"auto".*"hq".*"mq".*"lq"/],
    ['{"mode":7}', "mode", 7, /"home".*"gaming"/],
    ['{"qualty":"hq"}', "qualty", "hq", /nrecognized/],
    ['{"quality":', "", '{"quality":', /JSON/],
    ["[1,2]", "", [1, 2], /expected object/],
    ["null", "", null, /expected object/],
    ['"hq"', "", "hq", /expected object/],
  ];
  for (const [body, field, value, message] of broken) {
    it(`refuses ${body}: names the field, the value and what would do`, async () => {
      const show = openShow();
      for (const [method, path] of [["POST", "/api/viewers"], ["PATCH", `/api/viewers/${await show.join()}`]] as const) {
        const answer = await show.app.request(path, json(method, body));
        const problem = await answer.json();
        assert.equal(answer.status, 400);
        assert.equal(answer.headers.get("content-type"), "application/problem+json");
        assert.deepEqual([problem.errors[0].field, problem.errors[0].value], [field, value]);
        assert.match(problem.errors[0].message, message);
      }
    });
  }
  it("refuses a million bytes, announced or not", async () => {
    const show = openShow();
    const body = JSON.stringify({ quality: "x".repeat(1_000_000) });
    assert.equal((await show.app.request("/api/viewers", json("POST", body))).status, 413);
    const stream = new Blob([body]).stream();
    const unannounced = await show.app.request("/api/viewers", { method: "POST", body: stream });
    assert.equal(unannounced.status, 413);
    assert.equal((await unannounced.json()).kind, "body_too_large");
  });
  it("does not know invented viewers", async () => {
    const show = openShow();
    for (const id of ["x", "a".repeat(36), "%2e%2e", "..%2f..", "é".repeat(36)]) {
      for (const init of [{}, json("PATCH", { quality: "hq" })]) {
        const answer = await show.app.request(`/api/viewers/${id}`, init);
        assert.equal(answer.status, 404, id);
        assert.equal(answer.headers.get("content-type"), "application/problem+json");
      }
    }
    assert.deepEqual(show.errors, []);
  });
});

describe("the stream's API", () => {
  it("tells of the show and who watches it", async () => {
    const show = openShow();
    show.publishSegments(1);
    await show.get(`/v/${await show.join()}/hq.m3u8`);
    await show.get("/live.m3u8", { "user-agent": VLC });
    const stream = await (await show.get("/api/stream")).json();
    assert.equal(stream.title, "Test show");
    assert.equal(stream.state, "live");
    assert.equal(stream.uptimeSeconds, 5);
    assert.deepEqual(stream.viewers, { total: 2, byClient: { other: 1, vlc: 1 }, byRendition: { hq: 1 } });
  });
});

describe("what machines ask", () => {
  it("alive at once, ready with the first segment", async () => {
    const show = openShow();
    show.announce();
    assert.equal((await show.get("/healthz")).status, 200);
    for (let part = 0; part < 4; part++) show.publishPart();
    assert.equal((await show.get("/readyz")).status, 503);
    show.publishPart();
    assert.equal((await show.get("/readyz")).status, 200);
  });
  it("metrics in Prometheus' format", async () => {
    const show = openShow();
    show.publishSegments(1);
    await show.get(`/v/${await show.join()}/hq.m3u8`);
    await show.get("/media/runa/hq/1000.0.m4s");
    await show.get("/nothing");
    const answer = await show.get("/metrics");
    const text = await answer.text();
    assert.match(answer.headers.get("content-type")!, /^text\/plain/);
    for (
      const line of [
        'tercet_requests_total{kind="playlist",status="200"} 1',
        'tercet_requests_total{kind="part",status="200"} 1',
        'tercet_requests_total{kind="api",status="201"} 1',
        'tercet_requests_total{kind="other",status="404"} 1',
        "tercet_viewers 1",
        "tercet_held_requests 0",
        "tercet_void_hints_total 0",
      ]
    ) assert.ok(text.includes(line + "\n"), line);
  });
});
