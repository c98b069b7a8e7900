import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createPicturePool } from "../../../../media/intake/raw_picture.ts";
import type { Life } from "../../../../media/mixer/sources/life.ts";
import { createPresence } from "../../../../media/mixer/sources/presence.ts";

function openPresence() {
  const presence = createPresence({
    parts: { clock: { nowMs: () => 0 } },
    teller: { trouble() {}, over() {} },
    explain: () => ({ reason: "", tries: 0 }),
  });
  presence.enter({ kind: "opening" });
  return presence;
}

/** A life with one picture, that notes what was done to it. */
function aLife(name: string, done: string[]): Life & { readonly picture: ReturnType<Life["pictureAt"]> } {
  const picture = createPicturePool(6).take();
  return {
    picture,
    isReady: true,
    isThere: () => true,
    pictureAt() {
      done.push(`${name} is shown`);
      return picture;
    },
    peekAt: () => picture,
    advance() {},
    readSound() {},
    soundLatenessMs: null,
    pids: [],
    ended: new Promise(() => {}),
    stop() {
      done.push(`${name} is stopped`);
      return Promise.resolve();
    },
  };
}

describe("a source's presence", () => {
  it("is the same after somebody has looked: the next life is not begun, the one before not ended", () => {
    const done: string[] = [];
    const presence = openPresence();
    const first = aLife("first", done), second = aLife("second", done);
    presence.begin(first);
    assert.equal(presence.peekAt(40), first.picture);
    presence.begin(second);
    assert.equal(presence.peekAt(80), second.picture);
    assert.deepEqual(done, []);
    assert.equal(presence.pictureAt(80), second.picture);
    assert.deepEqual(done, ["second is shown", "first is stopped"]);
  });

  it("that is closed has nothing to look at", async () => {
    const done: string[] = [];
    const presence = openPresence();
    presence.begin(aLife("first", done));
    await presence.close();
    assert.equal(presence.peekAt(40), null);
  });
});
