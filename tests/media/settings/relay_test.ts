import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { readSettings } from "../../../media/settings/settings.ts";

function read(args: readonly string[], env: Record<string, string> = {}) {
  return readSettings({ args, env, readFile: () => "{}", cwd: "/home/me" });
}

function settingsOf(...given: Parameters<typeof read>) {
  const outcome = read(...given);
  assert.equal(outcome.kind, "settings", JSON.stringify(outcome));
  return (outcome as Extract<typeof outcome, { kind: "settings" }>).settings;
}

function problemsOf(...given: Parameters<typeof read>): string[] {
  const outcome = read(...given);
  return outcome.kind === "problems" ? [...outcome.problems] : [];
}

const PLAIN = { host: "10.0.0.5", port: 6379, isTls: false, username: "", password: "", database: 0 };

describe("the settings of more than one box", () => {
  it("name one engine or two, and the show on them", () => {
    assert.deepEqual(settingsOf(["--relay", "redis://10.0.0.5"]).relay, { engines: [PLAIN], show: "show" });
    assert.deepEqual(settingsOf([], { TERCET_RELAY: "rediss://anna:p%40ss,word@[2001:db8::1]:7000/3?show=evening" }).relay, {
      engines: [{ host: "2001:db8::1", port: 7000, isTls: true, username: "anna", password: "p@ss,word", database: 3 }],
      show: "evening",
    });
    const two = settingsOf(["--relay", "redis://10.0.0.5,redis://:secret@10.0.0.6:6380"]).relay!;
    assert.deepEqual(two.engines.map(({ host, port, password }) => [host, port, password]), [["10.0.0.5", 6379, ""], [
      "10.0.0.6",
      6380,
      "secret",
    ]]);
  });

  it("make a box an edge, which is told its uplink and where its media are found", () => {
    const edge = settingsOf([
      "--relay",
      "redis://10.0.0.5",
      "--edge",
      "--public",
      "https://edge1.example.org:8443/live",
      "--uplink",
      "1G",
      "--rtmp",
      "off",
    ]);
    assert.deepEqual([edge.isEdge, edge.publicUrl, edge.mediaBase], [true, "https://edge1.example.org:8443/live/", null]);
    assert.equal(settingsOf(["--media-base", "https://cdn.example.org"]).mediaBase, "https://cdn.example.org/");
  });

  const wrong: [args: string[], ...lines: RegExp[]][] = [
    [["--edge"], /^--edge: of which show\? --relay redis:\/\/HOST says where it is$/],
    [["--public", "https://e.example"], /^--public https:\/\/e\.example: is of an edge \(--edge\); a CDN's address is --media-base$/],
    [
      ["--edge", "--relay", "redis://h", "--source", "test", "--segment", "2s", "--room-key", "open sesame"],
      /^--source test: an edge has this from its show \(--edge\)$/,
      /^--segment 2s: an edge has this/,
      /^--room-key …: an edge has this/,
    ],
    [["--relay", "http://h"], /^--relay http:\/\/h: not an engine; write it as redis:\/\/HOST:6379, or rediss:\/\/ with TLS$/],
    [["--relay", "redis://a,redis://b,redis://c"], /names 3 engines; one or two are used$/],
    [["--relay", "redis://a?show=x,redis://b"], /the two engines carry different shows$/],
    [["--relay", "redis://a,redis://a:6379"], /names the same engine twice$/],
    [["--relay", "redis://h/zero"], /has a folder that is no number of a database$/],
    [["--relay", "redis://h?show=a%20b"], /has a name of a show that is not letters, digits, - and _$/],
    [["--relay", "redis://h?tls=yes"], /has something unknown after its \?; only show=NAME is known$/],
    [["--media-base", "cdn.example.org"], /^--media-base cdn\.example\.org: not an address; write it as https:\/\/edge1\.example\.org$/],
    [["--media-base", "https://me:pw@cdn.example.org"], /has a name or password in it, which everybody would be told$/],
    [["--media-base", "https://cdn.example.org/?a=1"], /has a \? or # in it/],
    [["--edge=maybe"], /^--edge=maybe: not yes and not no$/],
  ];
  for (const [args, ...lines] of wrong) {
    it(`are refused as ${args.join(" ")}`, () => {
      const problems = problemsOf(args);
      assert.equal(problems.length, lines.length, problems.join("\n"));
      for (const [at, line] of lines.entries()) assert.match(problems[at]!, line);
    });
  }

  it("never show a password of an engine, however wrong the rest is", () => {
    const rest = fc.constantFrom(
      "",
      "/x",
      "/0?show=a b",
      "?x=1",
      ",redis://:geheim@b/y",
      ",http://b",
      "/1,redis://me:geheim@h,redis://c,redis://d",
    );
    fc.assert(fc.property(fc.constantFrom("redis", "rediss", "http"), fc.constantFrom("", "me"), rest, (scheme, user, rest) => {
      const text = `${scheme}://${user}:geheim@h:1${rest}`;
      for (
        const said of [problemsOf(["--relay", text, "--edge", "--rate", "1"]), problemsOf([], { TERCET_RELAY: text, TERCET_RATE: "1" })]
      ) {
        assert.ok(said.length > 0);
        assert.doesNotMatch(said.join("\n"), /geheim/);
      }
    }));
  });
});
