import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { readSettings } from "../../../media/settings/settings.ts";

function read(args: string[], env: Record<string, string> = {}, file = "{}") {
  return readSettings({ args, env, readFile: () => file, cwd: "/home/me" });
}

function chatOf(args: string[], env: Record<string, string> = {}, file?: string) {
  const outcome = read(args, env, file);
  assert.equal(outcome.kind, "settings", JSON.stringify(outcome));
  return outcome.kind === "settings" ? outcome.settings.chat : null;
}

describe("the chat's settings", () => {
  it("stand on the command line, in the environment and in the file", () => {
    assert.deepEqual(chatOf([]), { slowSeconds: 0, links: false, fixed: [] });
    assert.deepEqual(chatOf(["--chat-slow", "5s", "--chat-links"]), { slowSeconds: 5, links: true, fixed: ["slowSeconds", "links"] });
    assert.deepEqual(chatOf([], { TERCET_CHAT_SLOW: "500ms", TERCET_CHAT_LINKS: "yes" }), {
      slowSeconds: 0.5,
      links: true,
      fixed: ["slowSeconds", "links"],
    });
    assert.deepEqual(chatOf(["--config", "x.json"], {}, '{"chat-slow": "1s", "chat-links": true}'), {
      slowSeconds: 1,
      links: true,
      fixed: ["slowSeconds", "links"],
    });
  });
  it("can leave the chat out", () => {
    assert.equal(chatOf(["--no-chat"]), null);
    assert.equal(chatOf(["--no-chat"], { TERCET_CHAT_LINKS: "yes" }), null);
    assert.equal(chatOf([], { TERCET_NO_CHAT: "1" }), null);
  });
  it("are refused in the streamer's own words", () => {
    const outcome = read(["--chat-slow", "2h", "--chat-links=maybe"]);
    assert.deepEqual(outcome.kind === "problems" && outcome.problems, [
      "--chat-slow 2h: not a length of time; write it as 200ms or 0.5s",
      "--chat-links=maybe: not yes and not no",
    ]);
  });
});
