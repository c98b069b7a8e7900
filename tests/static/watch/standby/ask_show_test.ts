import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createAskPlaylist, createAskShow } from "../../../../static/watch/standby/ask_show.ts";
import { isOffAir } from "../../../../static/watch/standby/standby.ts";

const STARTS_AT = "2026-12-01T20:00:00.000Z";
const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status });

describe("asking how the show stands", () => {
  it("reads it from the stream, for a page of the server's own", async () => {
    const asked: string[] = [];
    const ask = createAskShow((path) => {
      asked.push(path);
      return Promise.resolve(json({ state: "waiting", description: "A talk", startsAt: STARTS_AT, backAt: null }));
    });
    assert.deepEqual(await ask(), { state: "waiting", description: "A talk", startsAtMs: Date.parse(STARTS_AT), backAtMs: null });
    assert.deepEqual(asked, ["api/stream"]);
  });

  it("reads it from a refused playlist, for a page that may ask for nothing else", async () => {
    const show = { title: "Evening", description: "A talk", startsAt: STARTS_AT };
    const answers: [Response | null, string | null][] = [
      [json({ kind: "show_waiting", show }, 503), "waiting"],
      [json({ kind: "show_ended", show: { ...show, startsAt: null } }, 503), "ended"],
      [new Response("#EXTM3U\n"), "live"],
      [json({ kind: "house_full" }, 503), null],
      [json({ kind: "show_waiting" }, 503), null],
      [new Response("Bad gateway", { status: 502 }), null],
      [null, null],
    ];
    for (const [answer, state] of answers) {
      const ask = createAskPlaylist((path) => {
        assert.equal(path, "live.m3u8?invite=x");
        return Promise.resolve(answer);
      }, "?invite=x");
      const told = await ask();
      assert.equal(told?.state ?? null, state);
      assert.equal(isOffAir(told), state === "waiting" || state === "ended");
    }
  });
});
