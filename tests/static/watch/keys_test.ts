import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Command, type Focus, readKey, SHORTCUTS } from "../../../static/watch/keys.ts";

const read = (key: string, focus: Focus = "elsewhere", change: { isModified?: boolean; isRepeat?: boolean } = {}) =>
  readKey({ key, isModified: false, isRepeat: false, ...change }, focus);

describe("a key", () => {
  const keys: [string, Command | null][] = [
    [" ", "play"],
    ["m", "sound"],
    ["M", "sound"],
    ["f", "full_screen"],
    ["ArrowLeft", "back"],
    ["ArrowRight", "forward"],
    ["L", "live"],
    ["?", "list"],
    ["x", null],
    ["constructor", null],
    ["Enter", null],
  ];
  for (const [key, command] of keys) it(`"${key}" means ${command ?? "nothing"}`, () => assert.equal(read(key), command));

  it("belongs to whoever types", () => {
    for (const key of [" ", "m", "?", "ArrowLeft"]) assert.equal(read(key, "text"), null);
  });
  it("belongs to the browser together with Ctrl, Alt or Meta", () => {
    for (const key of [" ", "f", "ArrowLeft"]) assert.equal(read(key, "elsewhere", { isModified: true }), null);
  });
  it("presses the button or moves the slider that has the focus", () => {
    assert.equal(read(" ", "button"), null);
    assert.equal(read("m", "button"), "sound");
    assert.equal(read("ArrowLeft", "slider"), null);
    assert.equal(read(" ", "slider"), "play");
  });
  it("that is held down seeks on, but toggles nothing", () => {
    assert.equal(read("ArrowLeft", "elsewhere", { isRepeat: true }), "back");
    for (const key of [" ", "m", "f", "l", "?"]) assert.equal(read(key, "elsewhere", { isRepeat: true }), null);
  });
});

it("the list of shortcuts tells the truth", () => {
  const names: Record<string, string> = { "←": "ArrowLeft", "→": "ArrowRight" };
  for (const { key, command } of SHORTCUTS) assert.equal(read(key === null ? " " : names[key] ?? key), command);
});
