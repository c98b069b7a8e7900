import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { readSettings, type Settings } from "../../../media/settings/settings.ts";

interface Places {
  args?: string[];
  env?: Record<string, string>;
  file?: string;
}

function read({ args = [], env = {}, file = "{}" }: Places) {
  return readSettings({ args: ["--config", "my.json", ...args], env, readFile: () => file, cwd: "/home/me" });
}

function donationsOf(places: Places): Settings["donations"] {
  const outcome = read(places);
  assert.equal(outcome.kind, "settings", JSON.stringify(outcome));
  return (outcome as { settings: Settings }).settings.donations;
}

function problemsOf(places: Places): string {
  const outcome = read(places);
  assert.equal(outcome.kind, "problems", JSON.stringify(outcome));
  return (outcome as { problems: readonly string[] }).problems.join("\n");
}

describe("the settings of donations", () => {
  it("come from all places, secrets best from the environment", () => {
    const env = { TERCET_KOFI_TOKEN: "abc-def", TERCET_STRIPE_SECRET: " whsec_1 " };
    const donations = donationsOf({ args: ["--currency", "eur"], env, file: '{"donate-link": "https://ko-fi.com/ada"}' })!;
    assert.deepEqual(
      [donations.currency, donations.link?.href, donations.kofiToken, donations.stripeSecret],
      ["EUR", "https://ko-fi.com/ada", "abc-def", "whsec_1"],
    );
    assert.ok(Object.isFrozen(donations));
  });
  const without: Places[] = [
    { args: ["--no-donate"] },
    { args: ["--no-donate=yes"] },
    { env: { TERCET_NO_DONATE: "1" } },
    { file: '{"no-donate": true}' },
    { args: ["8081", "--no-donate", "--title", "x"] },
  ];
  for (const places of without) it(`are none with ${JSON.stringify(places)}`, () => assert.equal(donationsOf(places), null));
  it("are there again where a stronger place wants them", () => {
    assert.notEqual(donationsOf({ args: ["--no-donate=no"], file: '{"no-donate": true}' }), null);
  });
  it("does not take the word after a flag for its value", () => {
    const outcome = read({ args: ["--no-donate", "9000"] });
    assert.equal(outcome.kind === "settings" && outcome.settings.port, 9000);
  });

  const problems: [name: string, places: Places, expected: string][] = [
    ["a currency that is none", { args: ["--currency", "taler"] }, "--currency taler: not a currency; write it as USD, EUR or TWD"],
    [
      "a link that is none",
      { args: ["--donate-link", "ko-fi.com/ada"] },
      "--donate-link ko-fi.com/ada: not an address; write it as https://ko-fi.com/name",
    ],
    [
      "a link that runs a script",
      { args: ["--donate-link", "javascript:alert(1)"] },
      "--donate-link javascript:alert(1): not an address; write it as https://ko-fi.com/name",
    ],
    ["a flag that is neither", { env: { TERCET_NO_DONATE: "maybe" } }, "TERCET_NO_DONATE=maybe: not yes and not no"],
    ["a flag that is a text", { file: '{"no-donate": "maybe"}' }, 'my.json: "no-donate": "maybe": not yes and not no'],
    ["a truth that is no flag", { file: '{"title": true}' }, 'my.json: "title": true: must be a text or a number'],
  ];
  for (const [name, places, expected] of problems) it(`tell of ${name}`, () => assert.equal(problemsOf(places), expected));

  const secret = "hunter2 with a space";
  const leaks: Places[] = [
    { args: ["--kofi-token", secret] },
    { args: [`--stripe-secret=${secret}`] },
    { args: [`--kofi-tokn=${secret}`] },
    { env: { TERCET_KOFI_TOKEN: secret } },
    { env: { TERCET_STRIPESECRET: secret } },
    { file: JSON.stringify({ "kofi-token": secret }) },
    { file: JSON.stringify({ "stripe-secret": [secret] }) },
  ];
  for (const [at, places] of leaks.entries()) {
    it(`tell of a bad secret without repeating it (${at + 1})`, () => assert.doesNotMatch(problemsOf(places), /hunter2/));
  }
});
