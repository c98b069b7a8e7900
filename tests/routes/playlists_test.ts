import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { BROWSER, FIRST_MSN, openShow, SAFARI, VLC, watch } from "./show.ts";

describe("a viewer's multivariant playlist", () => {
  it("lists every slot relative to the address that was asked, and keeps caches out", async () => {
    const show = openShow();
    show.publishSegments(1);
    const answer = await show.get("/live.m3u8", { "user-agent": BROWSER });
    const text = await answer.text();
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "application/vnd.apple.mpegurl");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    const [first] = text.match(/^v\/[\w-]{36}\/hq\.m3u8$/m) ?? [];
    assert.ok(first, text);
    assert.deepEqual(text.match(/(hq|mq|lq)\.m3u8$/gm), ["hq.m3u8", "mq.m3u8", "lq.m3u8"]);

    const folder = first.slice(0, -"hq.m3u8".length);
    const again = await show.get(`/${folder}live.m3u8`);
    assert.deepEqual((await again.text()).split("\n").filter((line) => line.endsWith(".m3u8")), ["hq.m3u8", "mq.m3u8", "lq.m3u8"]);
  });
  it("gives players without an ABR of their own one variant", async () => {
    const show = openShow();
    show.publishSegments(1);
    for (const userAgent of [VLC, "libmpv", "Lavf/59.27.100"]) {
      const text = await (await show.get("/live.m3u8", { "user-agent": userAgent })).text();
      assert.deepEqual(text.match(/\w\w\.m3u8$/gm), ["mq.m3u8"]);
    }
  });
  it("gives a viewer that begins with a quality that one only", async () => {
    const show = openShow();
    show.publishSegments(1);
    const text = await (await show.get("/live.m3u8?quality=lq", { "user-agent": BROWSER })).text();
    assert.deepEqual(text.match(/\w\w\.m3u8$/gm), ["lq.m3u8"]);
  });
  for (const query of ["quality=4k", "mode=party"]) {
    it(`refuses ?${query} and names what would do`, async () => {
      const show = openShow();
      show.publishSegments(1);
      const answer = await show.get(`/live.m3u8?${query}`);
      const [name, value] = query.split("=");
      const problem = await answer.json();
      assert.equal(answer.status, 400);
      assert.equal(problem.errors[0].field, name);
      assert.equal(problem.errors[0].value, value);
      assert.match(problem.errors[0].message, /"hq"|"gaming"/);
    });
  }
  it("is held until the first segment is there", async () => {
    const show = openShow();
    show.announce();
    const asked = watch(show.get("/live.m3u8", { "user-agent": BROWSER }));
    assert.ok(await asked.isPending());
    assert.equal(await show.metric("tercet_held_requests"), 1);
    for (let part = 0; part < 4; part++) show.publishPart();
    assert.ok(await asked.isPending());
    show.publishPart();
    assert.equal((await asked.promise).status, 200);
    assert.equal(await show.metric("tercet_held_requests"), 0);
  });
  it("gives up after three target durations without a segment, with a time to come back", async () => {
    const show = openShow();
    const asked = watch(show.get("/live.m3u8", { "user-agent": BROWSER }));
    assert.ok(await asked.isPending());
    show.advance(2999);
    assert.ok(await asked.isPending());
    show.advance(1);
    const answer = await asked.promise;
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get("retry-after"), "1");
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.equal((await answer.json()).kind, "not_ready");
  });
});

describe("a viewer's media playlist", () => {
  it("shows the slot's own rendition, the hint, and reports of the other slots", async () => {
    const show = openShow();
    show.publishSegments(3);
    show.publishPart();
    const id = await show.join();
    const text = await (await show.get(`/v/${id}/mq.m3u8`)).text();
    assert.match(text, /^#EXT-X-MAP:URI="\.\.\/\.\.\/media\/runa\/mq\/init\.mp4"$/m);
    assert.match(text, new RegExp(`^../../media/runa/mq/${FIRST_MSN}.m4s$`, "m"));
    assert.match(text, new RegExp(`PRELOAD-HINT:TYPE=PART,URI="../../media/runa/mq/${FIRST_MSN + 3}.1.m4s"`));
    assert.deepEqual(text.match(/REPORT:URI="[^"]+"/g), ['REPORT:URI="hq.m3u8"', 'REPORT:URI="lq.m3u8"']);
    assert.doesNotMatch(text, /media\/runa\/(hq|lq)/);
  });
  it("is gzipped for those who can read that", async () => {
    const show = openShow();
    show.publishSegments(12);
    const id = await show.join();
    const plain = await show.get(`/v/${id}/hq.m3u8`, { "accept-encoding": "identity" });
    const gzipped = await show.get(`/v/${id}/hq.m3u8`, { "accept-encoding": "gzip, br" });
    const refused = await show.get(`/v/${id}/hq.m3u8`, { "accept-encoding": "gzip;q=0, br" });
    const text = await plain.text();
    const bytes = new Uint8Array(await gzipped.arrayBuffer());
    assert.equal(gunzipSync(bytes).toString(), text);
    assert.equal(gzipped.headers.get("content-encoding"), "gzip");
    assert.equal(Number(gzipped.headers.get("content-length")), bytes.length);
    assert.equal(refused.headers.get("content-encoding"), null);
    for (const answer of [plain, gzipped]) assert.equal(answer.headers.get("vary"), "Accept-Encoding");
  });
  it("is held until the asked part is published", async () => {
    const show = openShow();
    show.publishSegments(1);
    const id = await show.join();
    const asked = watch(show.get(`/v/${id}/hq.m3u8?_HLS_msn=${FIRST_MSN + 1}&_HLS_part=1`));
    show.publishPart();
    assert.ok(await asked.isPending());
    show.publishPart();
    assert.match(await (await asked.promise).text(), new RegExp(`${FIRST_MSN + 1}\\.1\\.m4s"\n#EXT-X-PRELOAD`));
  });
  it("answers rule 38's limit with 503, never with a playlist that lacks the part", async () => {
    const show = openShow();
    show.publishSegments(1);
    const id = await show.join();
    const asked = watch(show.get(`/v/${id}/hq.m3u8?_HLS_msn=${FIRST_MSN + 1}`));
    assert.ok(await asked.isPending());
    show.advance(3000);
    const answer = await asked.promise;
    assert.equal(answer.status, 503);
    assert.equal((await answer.json()).kind, "overdue");
  });
  it("waits for whole segments where no parts are listed", async () => {
    const show = openShow();
    show.publishSegments(1);
    const id = await show.join({}, VLC);
    const asked = watch(show.get(`/v/${id}/mq.m3u8?_HLS_msn=${FIRST_MSN + 1}&_HLS_part=0`));
    show.publishPart();
    assert.ok(await asked.isPending());
    for (let part = 1; part < 5; part++) show.publishPart();
    assert.match(await (await asked.promise).text(), new RegExp(`/${FIRST_MSN + 1}\\.m4s$`, "m"));
  });
  it("lets everybody go when the server stops", async () => {
    const show = openShow();
    show.publishSegments(1);
    const id = await show.join();
    const playlist = watch(show.get(`/v/${id}/hq.m3u8?_HLS_msn=${FIRST_MSN + 1}`));
    const part = watch(show.get(`/media/runa/hq/${FIRST_MSN + 1}.0.m4s`));
    assert.ok(await playlist.isPending() && await part.isPending());
    show.window.end();
    for (const { promise } of [playlist, part]) {
      const answer = await promise;
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get("retry-after"), "1");
    }
    assert.equal((await show.get(`/v/${id}/hq.m3u8?_HLS_msn=${FIRST_MSN + 1}`)).status, 503);
    assert.equal((await show.get("/readyz")).status, 503);
  });
  it("never blocks a HEAD", async () => {
    const show = openShow();
    show.publishSegments(1);
    const id = await show.join();
    const answer = await show.app.request(`/v/${id}/hq.m3u8?_HLS_msn=${FIRST_MSN + 1}&_HLS_part=3`, { method: "HEAD" });
    assert.equal(answer.status, 200);
    assert.ok(Number(answer.headers.get("content-length")) > 100);
    assert.equal(await answer.text(), "");
  });
  const refused = [
    "_HLS_msn=-1",
    "_HLS_msn=9e99",
    "_HLS_part=0",
    "_HLS_msn=x",
    "_HLS_msn=99999999999999999999",
    "_HLS_msn=1005",
  ];
  for (const query of refused) {
    it(`refuses ?${query} at once`, async () => {
      const show = openShow();
      show.publishSegments(2);
      const answer = await show.get(`/v/${await show.join()}/hq.m3u8?${query}`);
      assert.equal(answer.status, 400);
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    });
  }
  it("takes a part past the end of its segment as part 0 of the next", async () => {
    const show = openShow();
    show.publishSegments(2);
    assert.equal((await show.get(`/v/${await show.join()}/hq.m3u8?_HLS_msn=${FIRST_MSN}&_HLS_part=99`)).status, 200);
  });
  it("is unknown for an invented viewer, a damaged id and a slot that the viewer does not have", async () => {
    const show = openShow();
    show.publishSegments(1);
    const id = await show.join({ quality: "mq" });
    const damaged = (id[0] === "A" ? "B" : "A") + id.slice(1);
    for (
      const path of [
        `/v/${"a".repeat(36)}/hq.m3u8`,
        `/v/${damaged}/mq.m3u8`,
        `/v/${id}/hq.m3u8`,
        `/v/${id}/xq.m3u8`,
        `/v/${id}/`,
        "/v/",
        `/v/${id}`,
      ]
    ) {
      const answer = await show.get(path);
      assert.equal(answer.status, 404, path);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    }
  });
  it("stays good after a restart of the server: same slots, same dialect", async () => {
    const before = openShow();
    const after = openShow();
    const stranger = openShow({ key: new Uint8Array(32).fill(8) });
    for (const show of [before, after, stranger]) show.publishSegments(8);
    const id = await before.join({}, VLC);
    const path = `/v/${id}/mq.m3u8`;
    const text = await (await before.get(path, { "user-agent": VLC })).text();
    assert.equal(await (await after.get(path, { "user-agent": "something else" })).text(), text);
    assert.equal((await after.get(`/v/${id}/hq.m3u8`)).status, 404);
    assert.equal((await stranger.get(path)).status, 404);
  });
});

describe("a viewer that opens", () => {
  const open = async (show: ReturnType<typeof openShow>, userAgent = VLC) => {
    const text = await (await show.get("/live.m3u8", { "user-agent": userAgent })).text();
    return `/${/v\/[\w-]{36}\/mq\.m3u8/.exec(text)![0]}`;
  };
  /** A gate that opens before part 3, and what was asked of it. */
  const gate = () => {
    const asked: number[] = [];
    return { asked, mayBegin: (_: unknown, upcomingPart: number) => asked.push(upcomingPart) > 0 && upcomingPart === 3 };
  };
  for (const userAgent of [VLC, BROWSER]) {
    it(`gets its first media playlist when it may begin, and every other one at once (${userAgent.slice(0, 3)})`, async () => {
      const { asked, mayBegin } = gate();
      const show = openShow({ mayBegin });
      show.publishSegments(4);
      const path = await open(show, userAgent);
      const first = watch(show.get(path));
      for (let part = 0; part < 3; part++) {
        assert.ok(await first.isPending());
        show.publishPart();
      }
      assert.match(await (await first.promise).text(), new RegExp(`/${FIRST_MSN + 3}\\.m4s$`, "m"));
      assert.deepEqual(asked, [0, 1, 2, 3]);
      for (let part = 0; part < 5; part++) {
        show.publishPart();
        assert.equal(await watch(show.get(path)).isPending(), false);
      }
      assert.equal(asked.length, 4);
    });
  }
  it("is let in with all that it asks for, where it asks for two at once", async () => {
    const { asked, mayBegin } = gate();
    const show = openShow({ mayBegin });
    show.publishSegments(4);
    const path = await open(show, BROWSER);
    const both = [watch(show.get(path)), watch(show.get(path.replace("mq", "hq")))];
    for (const each of both) assert.ok(await each.isPending());
    for (let part = 0; part < 3; part++) show.publishPart();
    for (const each of both) assert.equal((await each.promise).status, 200);
    assert.equal(asked.filter((part) => part === 3).length, 1);
  });
  it("shares its viewer with nobody who comes from the same address while it waits", async () => {
    const show = openShow({ mayBegin: () => false });
    show.publishSegments(4);
    const paths: string[] = [];
    for (let player = 0; player < 3; player++) {
      const path = await open(show, "libmpv");
      void show.get(path);
      paths.push(path);
    }
    assert.equal(new Set(paths).size, 3);
    assert.equal(show.viewers.count().total, 3);
    show.window.end();
  });
  it("is held again when VLC opens again, but not when our page asks again nor when only the server was restarted", async () => {
    const [before, after] = [openShow(gate()), openShow(gate())];
    for (const show of [before, after]) show.publishSegments(4);
    for (let part = 0; part < 3; part++) before.publishPart();
    for (const [userAgent, isHeldAgain] of [[VLC, true], [BROWSER, false]] as const) {
      const path = await open(before, userAgent);
      assert.equal((await before.get(path)).status, 200);
      before.publishPart();
      await before.get(path.replace("mq.m3u8", "live.m3u8"));
      assert.equal(await watch(before.get(path)).isPending(), isHeldAgain);
      assert.equal(await watch(after.get(path)).isPending(), false);
      for (let part = 0; part < 4; part++) before.publishPart();
    }
  });
  it("is never held on a HEAD, which does not count as its first", async () => {
    const { asked, mayBegin } = gate();
    const show = openShow({ mayBegin });
    show.publishSegments(4);
    const path = await open(show);
    assert.equal((await show.app.request(path, { method: "HEAD" })).status, 200);
    assert.deepEqual(asked, []);
    assert.ok(await watch(show.get(path)).isPending());
  });
  it("is told at once what is wrong with its directives", async () => {
    const show = openShow(gate());
    show.publishSegments(4);
    assert.equal((await show.get(`${await open(show)}?_HLS_msn=${FIRST_MSN + 100}`)).status, 400);
  });
});

describe("cohorts", () => {
  it("cost one rendering a change, however many viewers they have", async () => {
    const show = openShow();
    show.publishSegments(3);
    const ids = await Promise.all(Array.from({ length: 40 }, () => show.join()));
    for (let part = 0; part < 3; part++) {
      show.publishPart();
      const before = await show.metric("tercet_playlist_renderings_total");
      for (const id of ids) await show.get(`/v/${id}/lq.m3u8`);
      assert.equal(await show.metric("tercet_playlist_renderings_total") - before, 1);
    }
  });
  it("share a text again once their different past is no longer listed", async () => {
    const show = openShow();
    show.publishSegments(3);
    const [pinned, calm] = [await show.join(), await show.join()];
    const read = async (id: string) => await (await show.get(`/v/${id}/mq.m3u8`)).text();
    assert.equal(await read(pinned), await read(calm));
    await show.app.request(`/api/viewers/${pinned}`, { method: "PATCH", body: '{"quality":"lq"}' });
    show.publishSegments(2);
    assert.notEqual(await read(pinned), await read(calm));
    await show.app.request(`/api/viewers/${pinned}`, { method: "PATCH", body: '{"quality":"auto"}' });
    for (let segment = 0; segment < 14; segment++) {
      show.publishSegments(1);
      await read(pinned);
      await read(calm);
    }
    assert.equal(await read(pinned), await read(calm));
  });
  it("splice at the segment after the announced one, and never change what was listed", async () => {
    const show = openShow();
    show.publishSegments(4);
    const id = await show.join();
    const uris = new Map<string, string>();
    const read = async (slot: string) => {
      const text = await (await show.get(`/v/${id}/${slot}.m3u8`)).text();
      for (const uri of text.match(/media\/[^"\n]+\.m4s/g) ?? []) {
        const [, , rendition, file] = uri.split("/");
        assert.equal(uris.get(`${slot} ${file}`) ?? rendition, rendition);
        uris.set(`${slot} ${file}`, rendition!);
      }
    };
    for (const slot of ["hq", "mq", "lq"]) await read(slot);
    const announced = show.window.upcoming!.msn;
    await show.app.request(`/api/viewers/${id}`, { method: "PATCH", body: '{"quality":"lq"}' });
    for (let part = 0; part < 10; part++) {
      show.publishPart();
      for (const slot of ["hq", "mq", "lq"]) await read(slot);
    }
    assert.equal(uris.get(`hq ${announced}.0.m4s`), "hq");
    for (const slot of ["hq", "mq", "lq"]) assert.equal(uris.get(`${slot} ${announced + 1}.0.m4s`), "lq");
  });
  it("count the discontinuities that left, for Apple's player only", async () => {
    const show = openShow();
    show.publishSegments(2, "runa");
    const id = await show.join({}, SAFARI);
    const other = await show.join();
    const read = async (viewer: string) => await (await show.get(`/v/${viewer}/hq.m3u8`)).text();
    const sequenceIn = (text: string) => Number(/DISCONTINUITY-SEQUENCE:(\d+)/.exec(text)![1]);
    const first = sequenceIn(await read(id));
    assert.equal(first, FIRST_MSN, "begins where no restart of the server can step behind");
    show.publishPart();
    show.cut("runb");
    const seen: number[] = [];
    for (let segment = 0; segment < 80; segment++) {
      show.publishSegments(1);
      show.advance(100);
      const text = await read(id);
      const tags = text.match(/^#EXT-X-DISCONTINUITY$/gm)?.length ?? 0;
      const sequence: number = sequenceIn(text) - first;
      assert.equal(tags + sequence, 1, text);
      seen.push(sequence);
      assert.doesNotMatch(await read(other), /DISCONTINUITY/);
    }
    assert.deepEqual([...new Set(seen)], [0, 1]);
  });
});

describe("the stable address", () => {
  const asked = async (show: ReturnType<typeof openShow>, headers: Record<string, string>, address = "10.0.0.5") => {
    const env = { remoteAddr: { transport: "tcp", hostname: address, port: 1 } };
    const text = await (await show.app.request("/live.m3u8", { headers }, env)).text();
    return /v\/([\w-]{36})\//.exec(text)![1]!;
  };
  it("gives two browsers behind one address that ask at the same moment a viewer each", async () => {
    const show = openShow();
    show.publishSegments(1);
    assert.notEqual(await asked(show, { "user-agent": BROWSER }), await asked(show, { "user-agent": BROWSER }));
  });
  it("gives a player that asks twice the same viewer", async () => {
    const show = openShow();
    show.publishSegments(1);
    assert.equal(await asked(show, { "user-agent": "libmpv" }), await asked(show, { "user-agent": "libmpv" }));
    assert.equal(show.viewers.count().total, 1);
  });
  it("gives a second player of a household a viewer of its own once the first one plays", async () => {
    const show = openShow();
    show.publishSegments(1);
    const first = await asked(show, { "user-agent": VLC });
    await show.get(`/v/${first}/mq.m3u8`);
    const second = await asked(show, { "user-agent": VLC });
    assert.notEqual(second, first);
    await show.get(`/v/${second}/mq.m3u8`);
    show.advance(3000);
    await show.get(`/v/${second}/mq.m3u8`);
    assert.equal(await asked(show, { "user-agent": VLC }), first, "silent for three target durations: it is back");
    assert.equal(await asked(show, { "user-agent": VLC }), first, "and may ask twice again");
  });
  it("lets the driver hear what VLC was given and what it fetched, as long as one VLC alone can have fetched it", async () => {
    const heard: string[] = [];
    let first = "";
    const note = (what: string) => (viewer: { id: string }, msn: number) =>
      void heard.push(`${what} ${viewer.id === first ? 1 : 2} ${msn}`);
    const show = openShow({ playerWatch: { listed: note("listed"), asked: note("asked") } });
    show.publishSegments(3);
    const env = { remoteAddr: { transport: "tcp", hostname: "10.0.0.5", port: 1 } };
    const ask = (path: string, userAgent: string) => show.app.request(path, { headers: { "user-agent": userAgent } }, env);
    first = await asked(show, { "user-agent": VLC });
    await ask(`/v/${first}/mq.m3u8`, VLC);
    await ask(`/media/runa/mq/${FIRST_MSN + 1}.m4s`, VLC);
    await ask(`/media/runa/mq/${FIRST_MSN + 1}.m4s`, BROWSER);
    await ask(`/v/${await show.join()}/mq.m3u8`, BROWSER);
    const second = await asked(show, { "user-agent": VLC });
    await ask(`/v/${second}/mq.m3u8`, VLC);
    await ask(`/media/runa/mq/${FIRST_MSN + 2}.m4s`, VLC);
    assert.deepEqual(heard, [`listed 1 ${FIRST_MSN + 2}`, `asked 1 ${FIRST_MSN + 1}`, `listed 2 ${FIRST_MSN + 2}`]);
  });
  it("tells addresses, programs and wishes apart, and believes a proxy on this machine", async () => {
    const show = openShow();
    show.publishSegments(1);
    const ids = [
      await asked(show, { "user-agent": VLC }),
      await asked(show, { "user-agent": VLC }, "10.0.0.6"),
      await asked(show, { "user-agent": "libmpv" }),
      await asked(show, { "user-agent": VLC, "x-forwarded-for": "10.0.0.7" }, "127.0.0.1"),
      await asked(show, { "user-agent": VLC, "x-forwarded-for": "10.0.0.8" }, "127.0.0.1"),
    ];
    assert.equal(new Set(ids).size, ids.length);
    assert.equal(await asked(show, { "user-agent": VLC, "x-forwarded-for": "10.0.0.7" }), ids[0], "nobody else is believed");
  });
});
