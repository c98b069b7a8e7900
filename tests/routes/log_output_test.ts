import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { chooseLogForm, createLogOutput, type LogForm } from "../../routes/log_output.ts";

describe("the form of the log", () => {
  const stdout = () => ({ dev: 9, ino: 144287 });
  const cases: [string, Record<string, string>, () => { dev: number; ino: number }, LogForm][] = [
    ["nothing said: text", {}, stdout, "text"],
    ["the journal itself: JSON", { JOURNAL_STREAM: "9:144287" }, stdout, "json"],
    ["what a service started, into a pipe: text", { JOURNAL_STREAM: "9:1" }, stdout, "text"],
    ["the journal, and text asked for", { JOURNAL_STREAM: "9:144287", TERCET_LOG: "text" }, stdout, "text"],
    ["JSON asked for", { TERCET_LOG: "json" }, stdout, "json"],
    ["auto", { TERCET_LOG: "auto" }, stdout, "text"],
    ["nothing to ask", { JOURNAL_STREAM: "9:144287" }, () => {
      throw new Deno.errors.BadResource("closed");
    }, "text"],
  ];
  for (const [name, env, asked, form] of cases) {
    it(name, () => assert.deepEqual(chooseLogForm({ env: (it) => env[it], stdout: asked }), { form, problem: null }));
  }
  it("refuses another in words", () => {
    const { problem } = chooseLogForm({ env: (it) => it === "TERCET_LOG" ? "xml" : undefined, stdout });
    assert.equal(problem, "TERCET_LOG=xml: not a form of log; use text, json or auto");
  });
});

describe("a line of the log", () => {
  function write(form: LogForm): { out: string[]; err: string[] } {
    const out: string[] = [], err: string[] = [];
    const log = createLogOutput({ form, now: () => new Date(1e12), out: (line) => out.push(line), err: (line) => err.push(line) });
    log.begin(['Tercet shows "A"', "", "  In VLC   http://a/"]);
    log.say("Live.\nOr not");
    log.fail("--rate x: no");
    return { out, err };
  }
  it("is an object in JSON, and stays one line whatever stands in it", () => {
    const { out, err } = write("json");
    assert.deepEqual(err, []);
    assert.ok(out.every((line) => !line.includes("\n")));
    const at = "2001-09-09T01:46:40.000Z";
    assert.deepEqual(out.map((line) => JSON.parse(line)), [
      { at, level: "info", what: 'Tercet shows "A"', about: ["In VLC   http://a/"] },
      { at, level: "info", what: "Live.\nOr not" },
      { at, level: "error", what: "--rate x: no" },
    ]);
  });
  it("is text as ever on a terminal", () => {
    const { out, err } = write("text");
    assert.equal(out[0], 'Tercet shows "A"\n\n  In VLC   http://a/');
    assert.match(out[1]!, /^\d\d:\d\d:\d\d {2}Live\./);
    assert.deepEqual(err, ["--rate x: no"]);
  });
});
