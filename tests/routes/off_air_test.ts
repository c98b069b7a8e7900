import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openShow, VLC, watch } from "./show.ts";
import { STREAM } from "../../routes/schemas.ts";

const WAITING = { kind: "waiting", startsAtMs: null, startsByItself: false } as const;

function openOffAir(life: ReturnType<typeof openShow>["about"]["life"] = WAITING) {
  const show = openShow();
  show.about = { title: "Evening", description: "A talk", life };
  show.status = { ...show.status, state: life.kind === "ended" ? "ended" : "waiting", run: null };
  return show;
}

async function readProblem(answer: Response) {
  const { status, headers } = answer;
  return { ...await answer.json(), status, retryAfter: headers.get("retry-after"), type: headers.get("content-type") };
}

describe("a show that has not begun", () => {
  it("is a 503 in words at once, for who opens it and for who knows it, with what is known of it", async () => {
    const show = openOffAir();
    const id = await show.join();
    for (const path of ["/live.m3u8", `/v/${id}/live.m3u8`, `/v/${id}/hq.m3u8?_HLS_msn=7&_HLS_part=0`, `/v/${id}/dvr.m3u8`, "/readyz"]) {
      const { status, retryAfter, type, kind, show: told, title } = await readProblem(await show.get(path));
      assert.deepEqual([status, retryAfter, type, kind], [503, "10", "application/problem+json", "show_waiting"], path);
      assert.equal(title, "The show has not begun");
      assert.deepEqual(told, { title: "Evening", description: "A talk", startsAt: null });
    }
    assert.equal((await show.get("/healthz")).status, 200);
    assert.equal(show.viewers.count().total, 1, "nobody became a viewer by asking");
  });

  it("may be read by other pages, and tells when to ask again: never later than a minute", async () => {
    const show = openOffAir();
    const waits: [number, string][] = [[30_000, "30"], [3_600_000, "60"], [200, "2"], [-5000, "2"]];
    for (const [inMs, expected] of waits) {
      show.about = { ...show.about, life: { ...WAITING, startsAtMs: show.clock.ms + inMs } };
      const answer = await show.get("/live.m3u8");
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
      const { retryAfter, show: told } = await readProblem(answer);
      assert.equal(retryAfter, expected);
      assert.equal(told.startsAt, new Date(show.clock.ms + inMs).toISOString());
    }
  });

  it("lets pages in: they have a viewer, and /api/stream tells them when it begins", async () => {
    const show = openOffAir();
    show.about = { ...show.about, life: { ...WAITING, startsAtMs: show.clock.ms + 60_000 } };
    assert.match(await show.join(), /./);
    const stream = STREAM.parse(await (await show.get("/api/stream")).json());
    assert.deepEqual([stream.state, stream.title, stream.description], ["waiting", "Evening", "A talk"]);
    assert.equal(stream.startsAt, new Date(show.clock.ms + 60_000).toISOString());
  });

  it("holds who asks once it is wanted, until the first segment is there", async () => {
    const show = openOffAir();
    show.about = { ...show.about, life: { kind: "on_air" } };
    const asked = watch(show.get("/live.m3u8"));
    assert.ok(await asked.isPending());
    show.publishSegments(1);
    assert.equal((await asked.promise).status, 200);
  });
});

describe("a show that ends", () => {
  async function openEnded() {
    const show = openShow();
    show.publishSegments(4);
    const id = await show.join();
    const vlc = await show.join({}, VLC);
    const path = `/v/${id}/hq.m3u8`;
    await show.get(path);
    const { msn, part } = show.window.upcoming!;
    show.publishPart();
    const held = watch(show.get(`${path}?_HLS_msn=${msn + 1}&_HLS_part=${part}`));
    const hinted = watch(show.get(`/media/runa/hq/${msn}.${part + 1}.m4s`));
    assert.ok(await held.isPending());
    assert.ok(await hinted.isPending());
    show.about = { ...show.about, life: { kind: "ended" } };
    show.window.finish();
    show.dvr.noteClosed();
    return { show, id, vlc, path, msn, held, hinted };
  }

  it("answers every held playlist with ENDLIST and without a hint, and voids the hinted part", async () => {
    const { held, hinted, msn } = await openEnded();
    const answer = await held.promise;
    const text = await answer.text();
    assert.equal(answer.status, 200);
    assert.match(text, /#EXT-X-ENDLIST\n$/);
    assert.match(text, new RegExp(`#EXTINF:0.2,\n.*/${msn}\\.m4s\n`), "the segment that was open is whole");
    assert.ok(!/PRELOAD-HINT|RENDITION-REPORT/.test(text), text);
    assert.equal((await hinted.promise).status, 404);
  });

  it("ends the playlists of every slot, of players without parts, and of the past; whatever they ask to wait for (rule 35)", async () => {
    const { show, id, vlc, path } = await openEnded();
    const lists = [path, `/v/${id}/lq.m3u8`, `${path}?_HLS_msn=999999&_HLS_part=3`, `/v/${vlc}/mq.m3u8`, `/v/${id}/dvr.m3u8?_HLS_skip=YES`];
    for (const list of lists) {
      const asked = watch(show.get(list));
      assert.ok(!await asked.isPending(), list);
      assert.match(await (await asked.promise).text(), /#EXT-X-ENDLIST\n$/, list);
    }
  });

  it("lets nobody in any more; who was there can fetch the rest, until it is let go", async () => {
    const { show, path, msn } = await openEnded();
    assert.equal((await readProblem(await show.get("/live.m3u8"))).kind, "show_ended");
    assert.equal((await readProblem(await show.get("/readyz"))).kind, "show_ended");
    assert.equal((await show.get(`/media/runa/hq/${msn}.m4s`)).status, 200);
    show.window.clear();
    assert.equal((await readProblem(await show.get(path))).kind, "show_ended");
    assert.equal((await show.get(`/media/runa/hq/${msn}.m4s`)).status, 404);
  });

  it("is followed by another at the same addresses, behind a gap in the MSN", async () => {
    const { show, path, msn } = await openEnded();
    show.window.clear();
    show.about = { ...show.about, life: { kind: "on_air" } };
    const asked = watch(show.get(path));
    assert.ok(await asked.isPending());
    const next = msn + 400;
    show.window.announce({
      msn: next,
      run: "runb",
      initRuns: ["runb", "runb", "runb"],
      mediaTimeSeconds: next,
      programDateTimeMs: next * 1000,
    });
    show.publishSegments(2);
    const text = await (await asked.promise).text();
    assert.match(text, new RegExp(`#EXT-X-MEDIA-SEQUENCE:${next}\n`));
    assert.ok(!text.includes("ENDLIST") && !text.includes("runa"), text);
    assert.match(await (await show.get(path.replace("hq", "dvr"))).text(), new RegExp(`#EXT-X-MEDIA-SEQUENCE:${next}\n`));
  });
});
