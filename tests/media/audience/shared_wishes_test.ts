import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type SharedWishes, shareWishes } from "../../../media/audience/shared_wishes.ts";
import type { Wish } from "../../../media/audience/viewer.ts";

const PIN: Wish = { mode: "home", quality: "lq" };
const GAMING: Wish = { mode: "gaming", quality: "auto" };

function openBoxes(names: readonly string[]) {
  const told: string[] = [];
  const boxes = names.map((box) => {
    const heard: [string, Wish][] = [];
    const kept = new Map<string, Wish>();
    const store = { find: (id: string) => kept.get(id) ?? null, save: (id: string, wish: Wish) => void kept.set(id, wish), close() {} };
    const wishes: SharedWishes = shareWishes({
      store,
      box,
      tell: (text) => told.push(text),
      onHeard: (id, wish) => heard.push([id, wish]),
    });
    return { wishes, heard, kept };
  });
  const pass = () => {
    for (const text of told.splice(0)) for (const { wishes } of boxes) wishes.heard(text);
  };
  return { boxes, told, pass };
}

describe("shared wishes", () => {
  it("are known on every box once they were told, before the viewer asks there", () => {
    const { boxes: [a, b], pass } = openBoxes(["a", "b"]);
    a!.wishes.save("anna", PIN);
    assert.deepEqual([a!.wishes.find("anna"), b!.wishes.find("anna")], [PIN, null]);
    pass();
    assert.deepEqual([b!.wishes.find("anna"), b!.kept.get("anna")], [PIN, PIN]);
    assert.deepEqual(b!.heard, [["anna", PIN]]);
  });

  it("are not set back by what a box has told itself before", () => {
    const { boxes: [a, b], told, pass } = openBoxes(["a", "b"]);
    a!.wishes.save("anna", PIN);
    a!.wishes.save("anna", GAMING);
    a!.wishes.heard(told[0]!);
    assert.deepEqual(a!.wishes.find("anna"), GAMING);
    pass();
    assert.deepEqual([a!.wishes.find("anna"), b!.wishes.find("anna"), a!.heard], [GAMING, GAMING, []]);
  });

  it("are found where only this box's store has them, and can be told again to boxes that have none", () => {
    const { boxes: [a, b] } = openBoxes(["a", "b"]);
    a!.kept.set("ben", PIN);
    a!.wishes.save("anna", GAMING);
    assert.deepEqual(a!.wishes.find("ben"), PIN);
    for (const text of a!.wishes.all()) b!.wishes.heard(text);
    assert.deepEqual(b!.wishes.find("anna"), GAMING);
  });

  it("leave what is no wish", () => {
    const { boxes: [a] } = openBoxes(["a"]);
    for (
      const text of [
        "",
        "{}",
        "null",
        "[]",
        '{"viewer":"x","mode":"home","quality":"4k","box":"b"}',
        '{"viewer":1,"mode":"home","quality":"hq","box":"b"}',
      ]
    ) {
      a!.wishes.heard(text);
    }
    assert.deepEqual([...a!.wishes.all()], []);
  });
});
