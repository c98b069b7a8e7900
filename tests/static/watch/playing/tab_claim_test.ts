import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createTabClaim, type TabChannel } from "../../../../static/watch/playing/tab_claim.ts";

/** A browser with tabs that hear each other. */
function openBrowser() {
  const open = new Set<TabChannel>();
  return function openTab(nonce: string) {
    let taken = 0;
    const claim = createTabClaim({
      nonce,
      onTaken: () => void taken++,
      open() {
        const channel: TabChannel = {
          onmessage: null,
          postMessage(said) {
            for (const other of [...open]) if (other !== channel) other.onmessage?.({ data: structuredClone(said) } as MessageEvent);
          },
          close: () => void open.delete(channel),
        };
        open.add(channel);
        return channel;
      },
    });
    return { ...claim, taken: () => taken };
  };
}

describe("tabs of one browser", () => {
  it("that are different viewers leave each other alone", () => {
    const openTab = openBrowser();
    const [first, second] = [openTab("1"), openTab("2")];
    first.claim("ada");
    second.claim("bob");
    assert.deepEqual([first.taken(), second.taken()], [0, 0]);
  });

  it("that would be the same viewer: the one that came later is told, once", () => {
    const openTab = openBrowser();
    const [first, second, third] = [openTab("1"), openTab("2"), openTab("3")];
    first.claim("ada");
    third.claim("bob");
    second.claim("ada");
    assert.deepEqual([first.taken(), second.taken(), third.taken()], [0, 1, 0]);
    second.claim("eve");
    assert.deepEqual([first.taken(), second.taken(), third.taken()], [0, 1, 0]);
  });

  it("a page that has gone holds nobody back, and is told when it comes back", () => {
    const openTab = openBrowser();
    const [first, second] = [openTab("1"), openTab("2")];
    first.claim("ada");
    first.release();
    second.claim("ada");
    assert.deepEqual([first.taken(), second.taken()], [0, 0]);
    first.claim("ada");
    assert.deepEqual([first.taken(), second.taken()], [1, 0]);
  });

  it("says nothing where the browser has no such channel", () => {
    const claim = createTabClaim({ open: () => null, nonce: "1", onTaken: () => assert.fail("told") });
    claim.claim("ada");
    claim.release();
  });
});
