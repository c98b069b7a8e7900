import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { findLinks } from "../../../../static/watch/chat/links.ts";

describe("links in messages", () => {
  const cases: [text: string, links: string[]][] = [
    ["no link at all", []],
    ["see https://example.org/a?b=c#d.", ["https://example.org/a?b=c#d"]],
    ["(http://example.org/wiki/A_(b)) and https://例え.jp/道", ["http://example.org/wiki/A_(b)", "https://xn--r8jz45g.jp/%E9%81%93"]],
    ["example.org readme.md me@example.org //example.org ftp://example.org mailto:me@example.org", []],
    ["javascript:alert(1) data:text/html,<script> vbscript:x", []],
    ['https://example.org/"onmouseover="alert(1)', ["https://example.org/%22onmouseover=%22alert(1)"]],
  ];
  for (const [text, links] of cases) {
    it(`are found in ${JSON.stringify(text)}`, () => {
      const stretches = findLinks(text);
      assert.deepEqual(stretches.flatMap(({ href }) => href ?? []), links);
      assert.equal(stretches.map((stretch) => stretch.text).join(""), text);
    });
  }
});
