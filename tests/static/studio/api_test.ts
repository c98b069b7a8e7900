import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createApi } from "../../../static/studio/api.ts";

/** An API whose server answers that; `strangers` counts how often it took the browser for nobody's. */
function open(answer: () => Response | null) {
  let strangers = 0;
  const api = createApi(() => Promise.resolve(answer()), () => strangers++);
  return { api, strangers: () => strangers };
}

/** A body of which a part comes, and then the connection is gone. */
function brokenOff(): Response {
  const body = new ReadableStream({
    pull(controller) {
      controller.enqueue(new TextEncoder().encode('{"sources":'));
      controller.error(new TypeError("network"));
    },
  });
  return new Response(body, { headers: { "content-type": "application/json" } });
}

describe("what becomes of the studio's requests", () => {
  const problem = (status: number, kind: string) => () => Response.json({ kind, title: "No", detail: "because" }, { status });
  const cases: [what: string, answer: () => Response | null, expected: object, strangers: number][] = [
    ["an answer", () => Response.json({ sources: [] }), { kind: "answer", value: { sources: [] } }, 0],
    ["an answer without a body", () => new Response(null, { status: 204 }), { kind: "answer", value: null }, 0],
    ["an answer that breaks off", brokenOff, { kind: "unreachable" }, 0],
    ["a page of somebody in between", () => new Response("<html>", { status: 200 }), { kind: "unreachable" }, 0],
    ["no answer", () => null, { kind: "unreachable" }, 0],
    ["a problem", problem(409, "source_in_use"), { kind: "problem", problem: "source_in_use", detail: "because" }, 0],
    ["a session that is over", problem(401, "streamer_only"), { kind: "problem", problem: "streamer_only", detail: "because" }, 1],
    ["a proxy's own failure", () => new Response("Bad gateway", { status: 502 }), { kind: "unreachable" }, 0],
  ];
  for (const [what, answer, expected, count] of cases) {
    it(what, async () => {
      const { api, strangers } = open(answer);
      assert.deepEqual(await api.get("api/studio/sources"), expected);
      assert.equal(strangers(), count);
    });
  }

  it("a picture, with its age", async () => {
    const headers = { "content-type": "image/jpeg", "age": "4" };
    const { api } = open(() => new Response(new Uint8Array([0xff, 0xd8]), { headers }));
    const outcome = await api.getPicture("api/studio/sources/1/preview");
    assert.equal(outcome.kind, "answer");
    if (outcome.kind === "answer") assert.deepEqual([outcome.value.picture.size, outcome.value.ageSeconds], [2, 4]);
  });

  const noPictures = cases.filter(([what]) => /page|no answer|problem|session/.test(what));
  for (const [what, answer, expected, count] of noPictures) {
    it(`${what} in place of a picture`, async () => {
      const { api, strangers } = open(answer);
      assert.deepEqual(await api.getPicture("api/studio/sources/1/preview"), expected);
      assert.equal(strangers(), count);
    });
  }
});
