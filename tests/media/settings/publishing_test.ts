import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { readSettings, type Settings } from "../../../media/settings/settings.ts";

function read(...args: string[]) {
  return readSettings({ args, env: {}, readFile: () => "", cwd: "/home/me" });
}

function settingsOf(...args: string[]): Settings {
  const outcome = read(...args);
  assert.equal(outcome.kind, "settings", JSON.stringify(outcome));
  return (outcome as { settings: Settings }).settings;
}

describe("where publishers come", () => {
  const wishes: [string, Settings["rtmp"]][] = [
    ["1935", { host: "0.0.0.0", port: 1935, allowPublic: false }],
    ["0", { host: "0.0.0.0", port: 0, allowPublic: false }],
    ["0.0.0.0:1936", { host: "0.0.0.0", port: 1936, allowPublic: true }],
    ["[::]:1935", { host: "::", port: 1935, allowPublic: true }],
    ["127.0.0.1:1935", { host: "127.0.0.1", port: 1935, allowPublic: true }],
    ["localhost:1935", { host: "localhost", port: 1935, allowPublic: true }],
    ["off", null],
  ];
  for (const [text, wish] of wishes) {
    it(`--rtmp ${text} is understood, and frozen`, () => {
      const { rtmp } = settingsOf("--rtmp", text);
      assert.deepEqual(rtmp, wish);
      assert.ok(rtmp === null || Object.isFrozen(rtmp));
    });
  }

  for (const text of ["x", "65536", "1935x", "0.0.0.0", ":1935", "::1935", "-1", "1.2.3:5"]) {
    it(`--rtmp ${text} is refused with what to write`, () => {
      assert.deepEqual(read(`--rtmp=${text}`), {
        kind: "problems",
        problems: [`--rtmp=${text}: not a port, nor an address and a port; write it as 1935, 0.0.0.0:1935 or off`],
      });
    });
  }

  it("a port alone is on the address of all the rest", () => {
    assert.deepEqual(settingsOf("--host", "127.0.0.1").rtmp, { host: "127.0.0.1", port: 1935, allowPublic: false });
    assert.equal(settingsOf("--host", "127.0.0.1", "--rtmp", "0.0.0.0:1935").rtmp?.host, "0.0.0.0");
  });

  it("the keys are printed only when asked for", () => {
    assert.deepEqual([settingsOf().showKeys, settingsOf("--show-keys").showKeys], [false, true]);
  });

  it("--help says how", () => {
    const help = read("--help");
    assert.ok(help.kind === "help" && help.text.includes("0.0.0.0:1935 for those of any network, off for none"));
    assert.ok(help.kind === "help" && help.text.includes("--show-keys"));
  });
});
