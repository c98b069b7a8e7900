import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { parseCmcd } from "../../routes/cmcd.ts";
import { FIRST_MSN, openShow } from "./show.ts";

const cases: [name: string, text: string, report: Partial<NonNullable<ReturnType<typeof parseCmcd>>>][] = [
  ["version 1 as hls.js writes it", 'bl=1200,br=2500,bs,cid="x",d=200,mtp=48100,ot=av,sf=h,sid="6e2fb550-c457-11e9",st=l', {
    sessionId: "6e2fb550-c457-11e9",
    bufferSeconds: 1.2,
    throughputBitsPerSecond: 48_100_000,
    isStarved: true,
  }],
  ["version 2's lists", 'bl=(900 800),mtp=(1000),bs=?1,sid="a"', {
    sessionId: "a",
    bufferSeconds: 0.9,
    throughputBitsPerSecond: 1_000_000,
    isStarved: true,
  }],
  ["a word that only looks like starving", "bl=0,bsx,nor=bs.m4s", { bufferSeconds: 0, isStarved: false }],
  ["nothing of use", "v=1", { sessionId: null, bufferSeconds: null, throughputBitsPerSecond: null, isStarved: false }],
  ["nonsense", "bl=-5,mtp=1e99,mtp=99999999999999,sid=x", { sessionId: null, bufferSeconds: null }],
];

describe("what players tell of themselves", () => {
  for (const [name, text, expected] of cases) {
    it(`is read from ${name}`, () => {
      const report = parseCmcd(text)!;
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(Reflect.get(report, key), value, key);
    });
  }
  it("is not read when it is long", () => assert.equal(parseCmcd(`bl=1,nor="${"x".repeat(3000)}"`), null));

  it("comes in the query or in headers, with playlists and media, and is told by the API and the metrics", async () => {
    const show = openShow();
    show.publishSegments(2);
    const id = await show.join();
    const experience = async () => (await (await show.get(`/api/viewers/${id}`)).json()).experience;
    assert.equal(await experience(), null);
    const query = encodeURIComponent('mtp=5000,sid="s-1"');
    assert.equal((await show.get(`/v/${id}/hq.m3u8?_HLS_msn=${FIRST_MSN}&CMCD=${query}`)).status, 200);
    assert.equal((await show.get(`/media/runa/hq/${FIRST_MSN}.m4s?CMCD=${encodeURIComponent('bl=700,bs,sid="s-1"')}`)).status, 200);
    const told = await experience();
    assert.deepEqual([told.bufferSeconds, told.throughputBitsPerSecond, told.starvations], [0.7, 5_000_000, 1]);
    await show.get(`/v/${id}/hq.m3u8`, { "cmcd-request": "bl=2300,mtp=9000", "cmcd-status": "bs" });
    const later = await experience();
    assert.deepEqual([later.bufferSeconds, later.throughputBitsPerSecond, later.starvations], [2.3, 9_000_000, 2]);
    const metrics = await (await show.get("/metrics")).text();
    assert.match(metrics, /^tercet_player_starvations_total 2$/m);
    assert.match(metrics, /^tercet_player_buffer_seconds_bucket\{le="0.8"\} 1$/m);
    assert.match(metrics, /^tercet_player_throughput_bits_per_second_count 2$/m);
  });
  it("does no harm where it is broken", async () => {
    const show = openShow();
    show.publishSegments(1);
    const id = await show.join();
    for (const query of ["CMCD=%", "CMCD=%E0%A4%A", "CMCD=", `CMCD=${"x".repeat(5000)}`]) {
      assert.equal((await show.get(`/v/${id}/hq.m3u8?${query}`)).status, 200);
      assert.equal((await show.get(`/media/runa/hq/${FIRST_MSN}.m4s?${query}`)).status, 200);
    }
    assert.deepEqual(show.errors, []);
  });
});

describe("what the server suggests", () => {
  it("is a bit rate, where the budget holds a viewer below the best rendition, and nothing where it does not", async () => {
    for (const [cap, expected] of [["hq", null], ["mq", '"tercet";mb=1000'], ["lq", '"tercet";mb=400']] as const) {
      const show = openShow({ circumstances: () => ({ motionPick: "mq", cap, boost: null, drivenPick: "mq" }) });
      show.publishSegments(1);
      const id = await show.join();
      for (const file of ["live", "hq"]) {
        assert.equal((await show.get(`/v/${id}/${file}.m3u8`)).headers.get("cmsd-dynamic"), expected);
      }
    }
  });
});
