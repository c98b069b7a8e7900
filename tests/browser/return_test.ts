import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { hasChromium } from "./chromium.ts";
import { hasFirefox } from "./firefox.ts";
import { type Absence, goAway, type Return } from "./returning.ts";
import { openReturnShow, type Returner, type ReturnShow } from "./return_show.ts";

const LIMIT_SECONDS = 3;
const CUT_MS = 20_000;
/** Longer than the 12 s that a playlist lists; `deno task bench --only returns` takes a minute. */
const SUSPENDED_MS = 13_000;

(hasChromium() && hasFirefox() ? describe : describe.skip)("a viewer's return, in Chromium and Firefox", () => {
  let show: ReturnShow;

  beforeAll(async () => {
    // A third browser would take the cores from these two; `deno task bench --only returns` has it.
    show = await openReturnShow(["Chromium, refused", "Firefox, in silence"]);
  });
  afterAll(async () => {
    await show?.close();
  });

  // One that falls silent is measured by the bench.
  it("after 20 s without a network: picture, quality and chat are back", async () => {
    await leaveAndReturn((returner) => returner.cut(CUT_MS), show.returners.filter(({ name }) => name === "Chromium, refused"));
  });

  it("after a server that was killed and started again: picture, quality and chat are back", async () => {
    const absence = show.killServer(500);
    await leaveAndReturn(() => absence);
  });

  it("after a suspended tab: picture, quality and chat are back", async () => {
    await leaveAndReturn((returner) => returner.suspend(SUSPENDED_MS));
  });

  async function leaveAndReturn(absenceOf: (returner: Returner) => Absence, returners = show.returners): Promise<void> {
    const returns = await Promise.all(
      returners.map(async (returner) => [returner, await goAway(returner.seat, show.server, absenceOf(returner))] as const),
    );
    for (const [returner, back] of returns) await judge(returner, back);
  }

  async function judge(returner: Returner, back: Return): Promise<void> {
    const told = `${returner.name}: ${JSON.stringify(back)}`;
    const { pictureSeconds, chatSeconds, behindMs } = back;
    assert.ok(pictureSeconds !== null && pictureSeconds <= LIMIT_SECONDS, told);
    assert.ok(chatSeconds !== null && chatSeconds <= LIMIT_SECONDS, told);
    assert.deepEqual(back.wrongInChat, [], told);
    assert.ok(behindMs !== null && behindMs < 2500 && back.longestStillMs < 2500, told);
    assert.equal(back.viewers.length, 1, `${told} is another viewer`);
    assert.deepEqual(await returner.readChoice(), returner.chosen, told);
  }
});
