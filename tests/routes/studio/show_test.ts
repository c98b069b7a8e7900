import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type ShowLife, WAITING } from "../../../media/life/show_life.ts";
import { createStudioShowRoutes } from "../../../routes/studio/show.ts";
import { DESK_NOW_MS as NOW_MS, openDesk } from "./a_desk.ts";

const KEY = "k".repeat(43);
const LATER = new Date(NOW_MS + 600_000).toISOString();

function openDoor(resumed: ShowLife = WAITING) {
  const { desk, pass } = openDesk(resumed);
  const app = createStudioShowRoutes({ desk, streamerKey: KEY, nowMs: () => NOW_MS });
  const ask = async (body?: unknown, key: string | null = KEY) => {
    const answer = await app.request("/api/studio/show", {
      method: body === undefined ? "GET" : "PUT",
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, answer: await answer.json() };
  };
  return { desk, pass, ask };
}

describe("/api/studio/show", () => {
  it("is for the streamer only", async () => {
    const { ask } = openDoor();
    assert.equal((await ask(undefined, null)).status, 401);
    assert.equal((await ask({ state: "on_air" }, "wrong".repeat(9))).status, 403);
    assert.equal((await ask()).answer.state, "waiting");
  });

  it("announces, starts, pauses, goes on and ends, and says each time how it is", async () => {
    const { ask, pass } = openDoor();
    const steps: [body: object, expected: object][] = [
      [{ startsAt: LATER, startsByItself: true }, { state: "waiting", startsAt: LATER, startsByItself: true }],
      [{ startsAt: null }, { state: "waiting", startsAt: null, startsByItself: false }],
      [{ state: "on_air" }, { state: "on_air", startsAt: null }],
      [{ state: "on_air" }, { state: "on_air" }],
      [{ state: "paused", backAt: LATER }, { state: "paused", backAt: LATER }],
      [{ backAt: null }, { state: "paused", backAt: null }],
      [{ state: "on_air" }, { state: "on_air", backAt: null }],
      [{ state: "ended" }, { state: "ending" }],
    ];
    for (const [body, expected] of steps) {
      const { status, answer } = await ask(body);
      assert.equal(status, 200, JSON.stringify(answer));
      for (const [name, value] of Object.entries(expected)) assert.equal(answer[name], value, `${name} after ${JSON.stringify(body)}`);
    }
    pass();
    assert.equal((await ask()).answer.state, "ended");
    assert.equal((await ask({ state: "waiting", startsAt: LATER })).answer.startsAt, LATER);
  });

  it("changes title and description at any time, alone or with a press", async () => {
    const { ask, desk } = openDoor({ kind: "on_air" });
    const { answer } = await ask({ title: "  Evening  ", description: "First line\nsecond" });
    assert.deepEqual([answer.state, answer.title, answer.description], ["on_air", "Evening", "First line\nsecond"]);
    await ask({ state: "paused", title: "Back soon" });
    assert.deepEqual([desk.about.title, desk.about.description, desk.about.life.kind], ["Back soon", "First line\nsecond", "paused"]);
  });

  const refusals: [ShowLife, body: object, status: number, kind: string, word: RegExp][] = [
    [WAITING, { state: "paused" }, 409, "show_not_on", /nothing to pause or to end/],
    [WAITING, { state: "ended", title: "Never said" }, 409, "show_not_on", /nothing/],
    [{ kind: "on_air" }, { startsAt: LATER }, 409, "show_on", /end it before/],
    [WAITING, { startsAt: new Date(NOW_MS - 1).toISOString() }, 400, "bad_body", /startsAt: this time is over/],
    [{ kind: "on_air" }, { state: "paused", backAt: new Date(NOW_MS - 1).toISOString() }, 400, "bad_body", /backAt: this time is over/],
    [WAITING, { state: "on_air", startsAt: LATER }, 400, "bad_body", /startsAt: goes with the state waiting, not with on_air/],
    [WAITING, { state: "waiting", backAt: LATER }, 400, "bad_body", /backAt: goes with the state paused/],
    [WAITING, { state: "live" }, 400, "bad_body", /"live"/],
    [WAITING, { title: "" }, 400, "bad_body", /title/],
    [WAITING, { title: "a\u0007b" }, 400, "bad_body", /title/],
    [WAITING, { title: "x".repeat(101) }, 400, "bad_body", /title/],
    [WAITING, { description: "x".repeat(501) }, 400, "bad_body", /description/],
    [WAITING, { startsAt: "tomorrow" }, 400, "bad_body", /startsAt/],
    [WAITING, { start: true }, 400, "bad_body", /start/],
  ];
  for (const [life, body, status, kind, word] of refusals) {
    it(`refuses ${JSON.stringify(body).slice(0, 60)} while ${life.kind}, in words, and nothing changes`, async () => {
      const { ask, desk } = openDoor(life);
      const before = desk.about;
      const { status: answered, answer } = await ask(body);
      assert.deepEqual([answered, answer.kind], [status, kind]);
      assert.match(`${answer.title} ${answer.detail}`, word);
      assert.deepEqual(desk.about, before);
    });
  }
});
