import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { readSettings } from "../../../media/settings/settings.ts";

function read(args: readonly string[], env: Record<string, string> = {}, file = "{}") {
  return readSettings({ args: ["--config", "my.json", ...args], env, readFile: () => file, cwd: "/home/me" });
}

function roomOf(...given: Parameters<typeof read>) {
  const outcome = read(...given);
  assert.equal(outcome.kind, "settings", JSON.stringify(outcome));
  return outcome.kind === "settings" ? [outcome.settings.roomKey, outcome.settings.isPrivate] : [];
}

function problemsOf(...given: Parameters<typeof read>): string {
  const outcome = read(...given);
  return outcome.kind === "problems" ? outcome.problems.join("\n") : "";
}

describe("the settings of a room", () => {
  it("are none by themselves; a show can be private without a key, and with one it is", () => {
    assert.deepEqual(roomOf([]), [null, false]);
    assert.deepEqual(roomOf(["--private"]), [null, true]);
    assert.deepEqual(roomOf([], { TERCET_PRIVATE: "yes" }), [null, true]);
    assert.deepEqual(roomOf([], {}, '{"private": true}'), [null, true]);
    assert.deepEqual(roomOf(["--room-key", "open sesame"]), ["open sesame", true]);
    assert.deepEqual(roomOf(["--room-key=open sesame", "--private=no"]), ["open sesame", true]);
  });
  it("come from all places, in the one form that a key has however it was typed", () => {
    assert.deepEqual(roomOf([], { TERCET_ROOM_KEY: "  open sesame " }), ["open sesame", true]);
    assert.deepEqual(roomOf([], {}, '{"room-key": "12345678"}'), ["12345678", true]);
    assert.deepEqual(roomOf(["--room-key", "cafe\u0301 cafe\u0301"]), ["caf\u00e9 caf\u00e9", true]);
    assert.deepEqual(roomOf(["--room-key", "芝麻開門芝麻開門"]), ["芝麻開門芝麻開門", true]);
  });
  const wrong: [args: string[], what: RegExp][] = [
    [["--room-key", "hunter2"], /^--room-key …: shorter than 8 characters: it would be guessed$/],
    [["--room-key", "hunter2".repeat(20)], /^--room-key …: longer than 100 characters$/],
    [["--room-key", "hunter2\nhunter2"], /^--room-key …: has control characters$/],
    [["--room-key"], /^--room-key: needs a value$/],
    [["--private=maybe"], /^--private=maybe: not yes and not no$/],
  ];
  for (const [args, what] of wrong) {
    it(`are refused without repeating them: ${JSON.stringify(args)}`, () => {
      const problems = problemsOf(args);
      assert.match(problems, what);
      assert.doesNotMatch(problems, /hunter2/);
    });
  }
  it("do not leak from a name that is misspelled, wherever it stands", () => {
    const leaks = [
      problemsOf(["--rom-key=hunter2hunter2"]),
      problemsOf(["--roomkey", "hunter2hunter2"]),
      problemsOf([], { TERCET_ROOMKEY: "hunter2hunter2" }),
      problemsOf([], { TERCET_ROM_KEY: "hunter2hunter2" }),
      problemsOf([], {}, '{"roomKey": "hunter2hunter2"}'),
      problemsOf([], {}, '{"room-key": ["hunter2hunter2"]}'),
    ];
    for (const problems of leaks) {
      assert.notEqual(problems, "");
      assert.doesNotMatch(problems, /hunter2/);
    }
  });
});
