import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { sayProblem } from "../../../static/studio/health/problems.ts";
import { describeState, nameOf } from "../../../static/studio/air/describe_source.ts";
import { STUDIO_EN } from "../../../static/studio/words/en.ts";
import { STUDIO_ZH_TW } from "../../../static/studio/words/zh_tw.ts";
import { beginLanguage } from "../../../static/shared/words/words.ts";

describe("the studio's words", () => {
  it("stand in both languages, none of them empty", () => {
    const paths = (value: unknown, path = ""): string[] =>
      typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, each]) => paths(each, `${path}.${key}`))
        : [`${path}${value === "" ? " is empty" : ""}`];
    assert.deepEqual(paths(STUDIO_ZH_TW), paths(STUDIO_EN));
    assert.ok(!paths(STUDIO_EN).some((path) => path.endsWith("is empty")));
  });

  it("tell of a source what it is and how it is", () => {
    beginLanguage({ storage: null, languages: ["en"], root: { lang: "" } });
    const source = { id: "1", name: "camera:HD Webcam", kind: "camera" as const, reason: null, picture: null, sound: null };
    const picture = { width: 1280, height: 720, rate: 30 };
    const said = [
      { ...source, state: "closed" as const },
      { ...source, state: "opening" as const },
      { ...source, state: "open" as const, picture, sound: { channels: 2, rate: 48_000 } },
      { ...source, state: "open" as const, picture: { ...picture, rate: 0 } },
      { ...source, state: "away" as const, reason: "it was unplugged", awaySeconds: 12, tries: 4 },
      { ...source, state: "away" as const, reason: "nothing comes", awaySeconds: 119, tries: 1 },
      { ...source, state: "away" as const, reason: "it waits", awaySeconds: 7300, tries: 0 },
    ].map((each) => describeState(each as Parameters<typeof describeState>[0]));
    assert.deepEqual(said, [
      "Camera · Ready",
      "Camera · Opening…",
      "Camera · 1280 × 720, 30 pictures a second · stereo",
      "Camera · 1280 × 720 · no sound",
      "Camera · Away for 12 s, tried 4 times: it was unplugged",
      "Camera · Away for 119 s, tried once: nothing comes",
      "Camera · Away for 2 h: it waits",
    ]);
    assert.deepEqual(
      [nameOf(source), nameOf({ kind: "test", name: "test" }), nameOf({ kind: "file", name: "file:a: b.mp4" })],
      ["HD Webcam", "Test picture", "a: b.mp4"],
    );
  });

  it("say of a problem what to do", () => {
    beginLanguage({ storage: null, languages: ["en"], root: { lang: "" } });
    assert.equal(
      sayProblem({ kind: "away", name: "camera:HD", reason: "it was unplugged." }),
      "HD is away, and viewers see the card: it was unplugged. Mend it, or press another source.",
    );
  });
});
