import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { openSessions, SESSION_SECONDS, type Sessions } from "../../../media/studio/sessions.ts";

const KEY = "k".repeat(43);

async function withFolder(
  test: (o: { folder: string; open: (key?: string) => Promise<Sessions>; clock: { ms: number }; logged: string[] }) => Promise<void>,
) {
  const folder = await Deno.makeTempDir({ prefix: "tercet-studio-" });
  const clock = { ms: 1_700_000_000_000 };
  const logged: string[] = [];
  const open = (streamerKey = KEY) =>
    openSessions({ dataDir: folder, streamerKey, nowMs: () => clock.ms, log: (line) => logged.push(line) });
  try {
    await test({ folder, open, clock, logged });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function begin(sessions: Sessions): Promise<string> {
  const outcome = await sessions.beginByKey(KEY);
  if (outcome.kind !== "begun") throw new Error(outcome.kind);
  return outcome.token;
}

describe("the studio's sessions", () => {
  it("outlive the server, and nothing in their file opens anything", () =>
    withFolder(async ({ folder, open }) => {
      const token = await begin(await open());
      assert.equal((await open()).has(token), true);
      const text = await Deno.readTextFile(`${folder}/studio_sessions.json`);
      assert.ok(!text.includes(token) && !text.includes(KEY), text);
      const again = await open();
      for (const { digest } of JSON.parse(text).sessions) assert.equal(again.has(digest), false);
      assert.equal((await Deno.stat(`${folder}/studio_sessions.json`)).mode! & 0o777, 0o600);
    }));

  it("end when they are ended, one or all, and for good", () =>
    withFolder(async ({ open }) => {
      const sessions = await open();
      const [one, two, three] = [await begin(sessions), await begin(sessions), await begin(sessions)];
      await sessions.end(one!);
      assert.deepEqual([one, two, three].map((token) => sessions.has(token!)), [false, true, true]);
      await sessions.endAll();
      for (const each of [sessions, await open()]) assert.deepEqual([two, three].map((token) => each.has(token!)), [false, false]);
    }));

  it("end after thirty days, and when the streamer's key is another one", () =>
    withFolder(async ({ open, clock }) => {
      const sessions = await open();
      const token = await begin(sessions);
      assert.equal((await open("l".repeat(43))).has(token), false);
      clock.ms += SESSION_SECONDS * 1000 - 1;
      assert.equal(sessions.has(token), true);
      clock.ms += 1;
      assert.equal(sessions.has(token), false);
    }));

  it("begin by a code once, of two at the same moment too, also after a restart", () =>
    withFolder(async ({ open }) => {
      const sessions = await open();
      const code = sessions.makeCode();
      const both = await Promise.all([sessions.beginByCode(code), sessions.beginByCode(code)]);
      assert.deepEqual(both.map(({ kind }) => kind), ["begun", "used"]);
      assert.equal((await (await open()).beginByCode(code)).kind, "used");
      assert.equal((await sessions.beginByCode(sessions.makeCode())).kind, "begun");
    }));

  it("do not begin by another key, nor by a code that is old", () =>
    withFolder(async ({ open, clock }) => {
      const sessions = await open();
      for (const key of ["", "k", `${KEY}k`, "l".repeat(43)]) assert.equal((await sessions.beginByKey(key)).kind, "wrong");
      const code = sessions.makeCode();
      clock.ms += 10 * 60_000;
      assert.equal((await sessions.beginByCode(code)).kind, "old");
    }));

  it("are at most fifty: the oldest goes", () =>
    withFolder(async ({ open }) => {
      const sessions = await open();
      const tokens: string[] = [];
      for (let count = 0; count < 51; count++) tokens.push(await begin(sessions));
      assert.deepEqual([sessions.has(tokens[0]!), sessions.has(tokens[1]!), sessions.has(tokens[50]!)], [false, true, true]);
    }));

  it("are none where the file is damaged, which is put aside and said", () =>
    withFolder(async ({ folder, open, logged }) => {
      const token = await begin(await open());
      await Deno.writeTextFile(`${folder}/studio_sessions.json`, '{"version":1,"sessions":[{}],"used":[]}');
      assert.equal((await open()).has(token), false);
      assert.match(logged.join(), /studio_sessions\.json: .*no list.*asks for a link again/);
    }));
});
