import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { startTercet } from "../fixtures/server.ts";
import { hasChromium, openChromium } from "./chromium.ts";
import { hasItsOwn, openSixPages, SIX_PAGES_ARGS, watchSixPages } from "./six_pages.ts";

const SECONDS = 10;

// `deno task bench --only six_pages` counts the stalls, on a quiet machine.
(hasChromium() ? describe : describe.skip)("six pages of one browser, which share six connections", () => {
  it("play on, each with its own quality", async () => {
    await using server = await startTercet({ args: SIX_PAGES_ARGS });
    const chromium = await openChromium({ viewport: { width: 640, height: 480 }, ignoresOrigins: false });
    try {
      for (const seen of await watchSixPages(await openSixPages(chromium, server.baseUrl), SECONDS)) {
        assert.ok(seen.playedSeconds > SECONDS * 0.8, `${seen.pressed} played ${seen.playedSeconds} s of ${SECONDS}`);
        assert.ok(hasItsOwn(seen), `${seen.pressed}: ${seen.line} (${seen.lines})`);
        assert.deepEqual(seen.errors, []);
      }
    } finally {
      await chromium.close();
    }
  });
});
