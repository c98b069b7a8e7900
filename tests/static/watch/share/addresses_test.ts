import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { shareAddresses } from "../../../../static/watch/share/addresses.ts";

describe("the addresses that are handed on", () => {
  it("stand beside the page, also behind a proxy's folder, and without what was asked of it", () => {
    const { page, vlc, embedCode } = shareAddresses("https://tv.example/show/?quality=hq#x");
    assert.equal(page, "https://tv.example/show/");
    assert.equal(vlc, "https://tv.example/show/live.m3u8");
    assert.match(embedCode, /^<iframe src="https:\/\/tv\.example\/show\/embed" width="640" height="360" [^<>]*><\/iframe>$/);
  });
  it("cannot break out of the code to copy", () => {
    const { embedCode } = shareAddresses(`http://tv.example/"><script>/`);
    assert.equal(embedCode.match(/"/g)!.length, 8);
    assert.doesNotMatch(embedCode, /<script/);
  });
});
