import { beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { beginLanguage, chooseLanguage, language, onLanguage, setLanguage, words } from "../../../../static/shared/words/words.ts";
import { EN } from "../../../../static/shared/words/en.ts";
import { ZH_TW } from "../../../../static/shared/words/zh_tw.ts";

function keep(kept: Record<string, string> = {}) {
  return { kept, getItem: (name: string) => kept[name] ?? null, setItem: (name: string, value: string) => void (kept[name] = value) };
}

describe("the language", () => {
  beforeEach(() => beginLanguage({ storage: null, languages: ["en"], root: { lang: "" } }));

  const choices: [string | null, string[], string][] = [
    [null, ["en-GB"], "en"],
    [null, ["zh-TW", "en"], "zh-TW"],
    [null, ["zh-Hans-CN"], "zh-TW"],
    [null, ["de-DE", "zh-HK", "en"], "zh-TW"],
    [null, ["de-DE", "fr"], "en"],
    [null, [], "en"],
    ["zh-TW", ["en"], "zh-TW"],
    ["en", ["zh-TW"], "en"],
    ["__proto__", ["zh-TW"], "zh-TW"],
  ];
  for (const [kept, languages, expected] of choices) {
    it(`is ${expected} where ${kept ?? "nothing"} is kept and the browser speaks ${languages.join(", ") || "nothing known"}`, () => {
      assert.equal(chooseLanguage(kept, languages), expected);
    });
  }

  it("is told to the page and to all who listen, and is kept", () => {
    const storage = keep(), root = { lang: "" }, heard: string[] = [];
    beginLanguage({ storage, languages: ["en"], root });
    const stop = onLanguage(() => heard.push(words().player.play));
    assert.equal(root.lang, "en");
    setLanguage("zh-TW");
    assert.equal(root.lang, "zh-TW");
    stop();
    setLanguage("en");
    assert.deepEqual(heard, ["Play", "播放"]);
    setLanguage("zh-TW");
    beginLanguage({ storage, languages: ["en"], root });
    assert.equal(language(), "zh-TW");
  });

  it("holds where nothing can be kept", () => {
    const storage = {
      getItem: () => null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    };
    beginLanguage({ storage, languages: ["en"], root: { lang: "" } });
    setLanguage("zh-TW");
    assert.equal(words().player.play, "播放");
  });
});

describe("the words", () => {
  it("stand in both languages, none of them empty", () => {
    const paths = (value: unknown, path = ""): string[] =>
      typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, each]) => paths(each, `${path}.${key}`))
        : value === ""
        ? [`${path} is empty`]
        : [path];
    assert.deepEqual(paths(ZH_TW), paths(EN));
    assert.ok(!paths(EN).some((path) => path.endsWith("is empty")));
  });

  it("name the buttons as the tests of the house expect", () => {
    const { qualities, modes } = EN.choice;
    assert.deepEqual([...Object.values(qualities), ...Object.values(modes)], ["Auto", "HQ", "MQ", "LQ", "Home", "Gaming"]);
  });
});
