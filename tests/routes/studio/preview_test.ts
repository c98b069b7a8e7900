import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Preview } from "../../../media/mixer/previews/previews.ts";
import { openShow, STREAMER_KEY } from "../show.ts";

const PATH = "/api/studio/sources/1/preview";

function open(preview: Preview) {
  const asked: string[] = [];
  const show = openShow({
    previews: {
      sources: { list: () => [{ id: "1" }] },
      previews: {
        ask(source) {
          asked.push(source);
          return Promise.resolve(preview);
        },
      },
    },
  });
  const ask = (path = PATH, key: string | null = STREAMER_KEY) =>
    show.app.request(path, key === null ? {} : { headers: { authorization: `Bearer ${key}` } });
  return { ask, asked, show };
}

describe("the door of a source's preview", () => {
  const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xd9]);

  it("gives the picture, for no cache, and says how old it is", async () => {
    const { ask, asked } = open({ kind: "picture", jpeg, ageMs: 4321 });
    const answer = await ask();
    assert.equal(answer.status, 200);
    assert.deepEqual(
      ["content-type", "cache-control", "age"].map((name) => answer.headers.get(name)),
      ["image/jpeg", "no-store", "4"],
    );
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), jpeg);
    assert.deepEqual(asked, ["1"]);
  });

  const refused: [what: string, preview: Preview, path: string, status: number, kind: string][] = [
    ["a source that is not open", { kind: "not_open" }, PATH, 409, "source_not_open"],
    ["an open source without a picture yet", { kind: "not_yet" }, PATH, 409, "no_preview_yet"],
    ["no source", { kind: "not_yet" }, "/api/studio/sources/9/preview", 404, "unknown_source"],
  ];
  for (const [what, preview, path, status, kind] of refused) {
    it(`says of ${what} ${kind}`, async () => {
      const answer = await open(preview).ask(path);
      const problem = await answer.json();
      assert.deepEqual([answer.status, problem.kind], [status, kind]);
      assert.match(problem.title, /^[A-Z].+/);
    });
  }

  it("is the streamer's", async () => {
    const { ask, asked } = open({ kind: "picture", jpeg, ageMs: 0 });
    assert.deepEqual([(await ask(PATH, null)).status, (await ask(PATH, "wrong")).status], [401, 403]);
    assert.deepEqual(asked, []);
  });

  it("is in the description of the API, as a picture", async () => {
    const { show } = open({ kind: "not_yet" });
    const { paths } = await (await show.get("/api/openapi.json")).json();
    const { get } = paths["/api/studio/sources/{source}/preview"];
    assert.deepEqual(get.security, [{ streamer: [] }]);
    assert.deepEqual(Object.keys(get.responses[200].content), ["image/jpeg"]);
    assert.deepEqual(Object.keys(get.responses), ["200", "401", "403", "404", "409", "429"]);
  });
});
