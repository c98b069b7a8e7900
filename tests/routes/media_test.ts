import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { bodyOf, FIRST_MSN, LADDER, openShow, PARTS_A_SEGMENT, watch } from "./show.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const part = (msn: number, index: number, run = "runa", rendition = "hq") => `/media/${run}/${rendition}/${msn}.${index}.m4s`;

describe("media", () => {
  it("answers inits, parts and segments, each with its length, for ever, to pages from anywhere", async () => {
    const show = openShow();
    show.publishSegments(1);
    for (const { name } of LADDER) {
      const bodies = Array.from({ length: PARTS_A_SEGMENT }, (_, index) => text(bodyOf("runa", name, FIRST_MSN, index)));
      const expected: Record<string, string> = {
        [`/media/runa/${name}/init.mp4`]: `init runa ${name}`,
        [part(FIRST_MSN, 2, "runa", name)]: bodies[2]!,
        [`/media/runa/${name}/${FIRST_MSN}.m4s`]: bodies.join(""),
      };
      for (const [path, body] of Object.entries(expected)) {
        for (let again = 0; again < 2; again++) {
          const answer = await show.get(path);
          assert.equal(answer.status, 200);
          assert.equal(answer.headers.get("content-length"), String(body.length));
          assert.equal(answer.headers.get("content-type"), "video/mp4");
          assert.match(answer.headers.get("cache-control")!, /^public, max-age=\d+, immutable$/);
          assert.equal(answer.headers.get("access-control-allow-origin"), "*");
          assert.match(answer.headers.get("access-control-expose-headers")!, /\bAge\b.*\bDate\b/);
          assert.equal(await answer.text(), body);
        }
      }
    }
    assert.equal(await show.metric("tercet_requests_total", { kind: "part", status: "200" }), 6);
    const { length } = bodyOf("runa", "mq", FIRST_MSN, 0);
    assert.equal(await show.metric("tercet_media_bytes_total", { rendition: "mq" }), 2 * (12 + length + length * PARTS_A_SEGMENT));
  });
  it("still answers a part whose prototype was dropped long ago", async () => {
    const show = openShow();
    show.publishSegments(2);
    const first = await (await show.get(part(FIRST_MSN, 0))).text();
    show.advance(11_000);
    await show.get(part(FIRST_MSN, 1));
    assert.equal(await (await show.get(part(FIRST_MSN, 0))).text(), first);
  });
  it("holds a hinted part without a byte until it is published", async () => {
    const show = openShow();
    show.publishSegments(1);
    const asked = watch(show.get(part(FIRST_MSN + 1, 0)));
    assert.ok(await asked.isPending());
    show.publishPart();
    assert.equal(await (await asked.promise).text(), text(bodyOf("runa", "hq", FIRST_MSN + 1, 0)));
  });
  it("answers a held part that a fault made void at once, and counts it apart", async () => {
    const show = openShow();
    show.publishSegments(1);
    show.publishPart();
    const cut = watch(show.get(part(FIRST_MSN + 1, 1)));
    assert.ok(await cut.isPending());
    show.cut("runb");
    const replaced = watch(show.get(part(FIRST_MSN + 2, 0, "runb")));
    assert.ok(await replaced.isPending());
    show.announce("runc");
    for (const { promise } of [cut, replaced]) {
      const answer = await promise;
      assert.equal(answer.status, 404);
      assert.equal((await answer.json()).kind, "void_hint");
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
      assert.equal(answer.headers.get("cache-control"), "no-store");
    }
    assert.equal(await show.metric("tercet_void_hints_total"), 2);
  });
  it("knows a void hint again that is asked for too late", async () => {
    const show = openShow();
    show.publishSegments(1);
    show.publishPart();
    await show.get(`/v/${await show.join()}/hq.m3u8`);
    show.cut("runb");
    assert.equal((await (await show.get(part(FIRST_MSN + 1, 1))).json()).kind, "void_hint");
    assert.equal((await (await show.get(part(FIRST_MSN + 1, 2))).json()).kind, "unknown_media");
    assert.equal(await show.metric("tercet_void_hints_total"), 1);
  });
  const unknown = [
    part(FIRST_MSN + 1, 1),
    part(FIRST_MSN + 9, 0),
    part(FIRST_MSN, 0, "runb"),
    part(FIRST_MSN, 0, "runa", "4k"),
    `/media/runa/hq/${FIRST_MSN + 1}.m4s`,
    "/media/nobody/hq/init.mp4",
    "/media/runa/hq/init.mp4/",
    "/media/runa/hq/..%2f..%2fviewer.key",
    "/media/runa/hq/%2e%2e%2fviewer.key",
    "/media/../../etc/passwd",
    "/media/%2e%2e/%2e%2e/etc/passwd",
    "/media/runa/hq/%00.m4s",
    "/media/runa/hq/%E0%A4%A.m4s",
    `/media/runa/hq/0${FIRST_MSN}.0.m4s`,
    `/media/runa/hq/${FIRST_MSN}.-1.m4s`,
    "/media/runa/hq/9e99.m4s",
    `/media/runa/hq/${"9".repeat(300)}.m4s`,
  ];
  for (const path of unknown) {
    it(`has nothing at ${path.slice(0, 60)}, and says so at once`, async () => {
      const show = openShow();
      show.publishSegments(1);
      const answer = await show.get(path);
      assert.equal(answer.status, 404);
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
      assert.equal((await answer.json()).status, 404);
      assert.deepEqual(show.errors, []);
      assert.equal(await show.metric("tercet_void_hints_total"), 0);
    });
  }
  it("answers a preflight for Range, and HEAD with the length but without waiting", async () => {
    const show = openShow();
    show.publishSegments(1);
    const preflight = await show.app.request(part(FIRST_MSN, 0), { method: "OPTIONS" });
    assert.equal(preflight.status, 204);
    assert.match(preflight.headers.get("access-control-allow-headers")!, /\bRange\b/);
    const head = await show.app.request(part(FIRST_MSN, 0), { method: "HEAD" });
    assert.equal(head.headers.get("content-length"), String(bodyOf("runa", "hq", FIRST_MSN, 0).length));
    assert.equal(await head.text(), "");
    assert.equal((await show.app.request(part(FIRST_MSN + 1, 0), { method: "HEAD" })).status, 404);
  });
});

describe("a range of media", () => {
  const whole = text(bodyOf("runa", "hq", FIRST_MSN, 0));
  const last = whole.length - 1;
  const cases: [range: string, status: number, body: string, contentRange: string | null][] = [
    ["bytes=0-3", 206, whole.slice(0, 4), `bytes 0-3/${whole.length}`],
    ["bytes=4-", 206, whole.slice(4), `bytes 4-${last}/${whole.length}`],
    ["bytes=-2", 206, whole.slice(-2), `bytes ${last - 1}-${last}/${whole.length}`],
    ["bytes=-9999", 206, whole, `bytes 0-${last}/${whole.length}`],
    ["bytes=2-9007199254740991", 206, whole.slice(2), `bytes 2-${last}/${whole.length}`],
    [`bytes=${whole.length}-`, 416, "", `bytes */${whole.length}`],
    ["bytes=-0", 416, "", `bytes */${whole.length}`],
    ["bytes=5-2", 200, whole, null],
    ["bytes=0-1,4-5", 200, whole, null],
    ["bytes=-", 200, whole, null],
    ["lines=1-2", 200, whole, null],
  ];
  for (const [range, status, body, contentRange] of cases) {
    it(`${range} is answered with ${status}`, async () => {
      const show = openShow();
      show.publishSegments(1);
      const answer = await show.get(part(FIRST_MSN, 0), { range });
      assert.equal(answer.status, status);
      assert.equal(answer.headers.get("content-range"), contentRange);
      assert.equal(answer.headers.get("access-control-allow-origin"), "*");
      if (status === 416) return;
      assert.equal(await answer.text(), body);
      assert.equal(answer.headers.get("content-length"), String(body.length));
      assert.equal(answer.headers.get("accept-ranges"), "bytes");
    });
  }
  it("reaches over the parts of a segment", async () => {
    const show = openShow();
    show.publishSegments(1);
    const bodies = [0, 1, 2, 3, 4].map((index) => text(bodyOf("runa", "lq", FIRST_MSN, index))).join("");
    const answer = await show.get(`/media/runa/lq/${FIRST_MSN}.m4s`, { range: "bytes=10-30" });
    assert.equal(await answer.text(), bodies.slice(10, 31));
  });
});
