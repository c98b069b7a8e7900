import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { roleOf, type Scene, withInset, withSource } from "../../../static/studio/air/scene.ts";
import { createSceneDesk } from "../../../static/studio/air/scene_desk.ts";
import type { Outcome } from "../../../static/studio/api.ts";

const PLACE = { size: "1/3", corner: "top_left" } as const;
const CAMERA_IN_SCREEN: Scene = { source: "screen", inset: { source: "camera", ...PLACE } };

describe("a scene of the studio", () => {
  it("keeps its inset under another source, unless that is the inset", () => {
    assert.deepEqual(withSource(CAMERA_IN_SCREEN, "film"), { ...CAMERA_IN_SCREEN, source: "film" });
    assert.deepEqual(withSource(CAMERA_IN_SCREEN, "camera"), { source: "camera", inset: null });
  });

  it("takes an inset, another one in its place, and lets go of the one that is pressed again", () => {
    const bare: Scene = { source: "screen", inset: null };
    assert.deepEqual(withInset(bare, "camera", PLACE), CAMERA_IN_SCREEN);
    assert.equal(withInset(CAMERA_IN_SCREEN, "film", PLACE).inset?.source, "film");
    assert.deepEqual(withInset(CAMERA_IN_SCREEN, "camera", PLACE), bare);
  });

  it("has a role for each source, and none for the others", () => {
    const coming = withSource(CAMERA_IN_SCREEN, "film");
    const roles = ["screen", "camera", "film", "test"].map((id) => roleOf(id, CAMERA_IN_SCREEN, coming));
    assert.deepEqual(roles, ["on_air", "inset", "coming", null]);
    assert.deepEqual(["camera", "screen"].map((id) => roleOf(id, null, null)), [null, null]);
  });
});

describe("the scene desk", () => {
  function open() {
    const asked: { readonly scene: Scene; readonly answer: (outcome: Outcome<unknown>) => void }[] = [];
    const refused: string[] = [];
    let nowMs = 0;
    const desk = createSceneDesk({
      send: (scene) => new Promise((answer) => asked.push({ scene, answer })),
      onChange() {},
      async onSettled(_, refusal) {
        if (refusal !== null) refused.push(refusal.kind);
        await Promise.resolve();
      },
      now: () => nowMs,
    });
    desk.learn({ source: "1", inset: null }, nowMs);
    return { desk, asked, refused, advance: (ms: number) => nowMs += ms };
  }
  const granted = { kind: "answer", value: null } as const;

  it("marks what was pressed at once, and shows it when the server has", async () => {
    const { desk, asked } = open();
    const wish = desk.wish({ source: "2", inset: null });
    assert.deepEqual([desk.shown?.source, desk.coming?.source], ["1", "2"]);
    asked[0]!.answer(granted);
    await wish;
    assert.deepEqual([desk.shown?.source, desk.coming], ["2", null]);
  });

  it("goes back where the server refuses, and tells why", async () => {
    const { desk, asked, refused } = open();
    const wish = desk.wish({ source: "2", inset: null });
    asked[0]!.answer({ kind: "problem", problem: "source_not_ready", detail: "it is unplugged" });
    await wish;
    assert.deepEqual([desk.shown?.source, desk.coming, refused], ["1", null, ["problem"]]);
  });

  it("builds a press upon the one before, whose own answer counts no more", async () => {
    const { desk, asked, refused } = open();
    const first = desk.wish({ source: "2", inset: null });
    const second = desk.wish(withInset(desk.wished!, "1", PLACE));
    asked[0]!.answer({ kind: "problem", problem: "scene_replaced", detail: "" });
    await first;
    assert.equal(desk.coming?.source, "2");
    asked[1]!.answer(granted);
    await second;
    assert.deepEqual([desk.shown, refused], [{ source: "2", inset: { source: "1", ...PLACE } }, []]);
  });

  it("lets go of a press that another studio's has replaced, and learns what is shown instead", async () => {
    const { desk, asked, refused } = open();
    const wish = desk.wish({ source: "2", inset: null });
    asked[0]!.answer({ kind: "problem", problem: "scene_replaced", detail: "" });
    await wish;
    assert.deepEqual([desk.shown?.source, desk.coming, refused], ["1", null, []]);
    desk.learn({ source: "3", inset: null }, 1);
    assert.equal(desk.shown?.source, "3");
  });

  it("does not ask for what is shown already, nor believe what was asked before a press was answered", async () => {
    const { desk, asked, advance } = open();
    await desk.wish({ source: "1", inset: null });
    assert.equal(asked.length, 0);
    const wish = desk.wish({ source: "2", inset: null });
    advance(10);
    asked[0]!.answer(granted);
    await wish;
    desk.learn({ source: "1", inset: null }, 5);
    assert.equal(desk.shown?.source, "2");
    desk.learn({ source: "3", inset: null }, 11);
    assert.equal(desk.shown?.source, "3");
  });
});
