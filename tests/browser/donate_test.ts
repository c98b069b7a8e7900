/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Page } from "playwright-core";
import { waitFor } from "../fixtures/condition.ts";
import { addressForOthers } from "./page_help.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";

const SMALL = ["--source", "lavfi:testsrc2=size=426x240:rate=30", "--ladder", "426x240@400k,320x180@250k,256x144@200k"];
const KOFI_TOKEN = "token-of-the-test-4711";

(hasChromium() ? describe : describe.skip)("donations on the page, in Chromium", () => {
  let server: Tercet, chromium: Chromium;
  beforeAll(async () => {
    server = await startTercet({ args: [...SMALL, "--no-chat"] });
    chromium = await openChromium({ ignoresOrigins: false });
  });
  afterAll(async () => {
    await chromium?.close();
    await server?.[Symbol.asyncDispose]();
  });

  it("two presses give: success on the button, confetti, thanks on everybody's page within a second, a doubled press is one", async () => {
    const [page, other] = [await open(chromium, server), await open(chromium, server)];
    await page.getByRole("button", { name: "Donate", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Donate" });
    await dialog.getByLabel("Your name (optional)").fill("<img src=x onerror=alert(1)>");
    await dialog.getByLabel("Your words (optional)").fill("<script>alert(1)</script>");
    const thanked = other.locator(".thanks").waitFor({ timeout: 5000 }).then(() => performance.now());
    const answered = page.waitForResponse(/\/donations$/).then(() => performance.now());
    await dialog.getByRole("button", { name: "$5", exact: true }).dblclick();
    const [thankedMs, answeredMs] = await Promise.all([thanked, answered]);
    assert.ok(thankedMs - answeredMs < 1000, `thanked ${thankedMs - answeredMs} ms after the answer`);
    assert.equal(await page.locator("#donate button").textContent(), "Donate Success!!");
    await page.locator("canvas.confetti").waitFor({ timeout: 5000 });
    for (const each of [page, other]) {
      assert.equal(await each.locator(".thanks-line").textContent(), "<img src=x onerror=alert(1)> donated $5. Thank you!");
      assert.equal(await each.locator(".thanks img, .thanks script").count(), 0);
      assert.equal(await each.locator(".thanks-message").textContent(), "<script>alert(1)</script>");
    }
    assert.equal(await other.locator("#donate button").textContent(), "Donate");
    assert.equal(await dialog.isVisible(), false);
    await waitFor("the time left", 9000, async () => /^Donate9:\d\d$/.test(await page.locator("#donate button").textContent() ?? ""), 100);
    assert.equal(await page.getByRole("button", { name: "Donate", exact: true, includeHidden: true }).count(), 1);
    assert.equal(countDonations(server), 1);
    await page.reload();
    await waitFor(
      "the time left after a reload",
      5000,
      async () => /9:\d\d$/.test(await page.locator("#donate button").textContent() ?? ""),
      100,
    );
    await Promise.all([page.close(), other.close()]);
  });

  it("by keyboard alone, without confetti for those who want little motion, an amount of one's own", async () => {
    const page = await open(chromium, server);
    await page.emulateMedia({ reducedMotion: "reduce" });
    const before = countDonations(server);
    await page.locator("#donate button").focus();
    await page.keyboard.press("Enter");
    const dialog = page.getByRole("dialog", { name: "Donate" });
    await dialog.waitFor();
    await dialog.getByLabel("Another amount (USD)").focus();
    await page.keyboard.type("0");
    await page.keyboard.press("Enter");
    await dialog.getByRole("alert").waitFor();
    assert.match(await dialog.getByRole("alert").textContent() ?? "", /number from 1 to 100000/);
    await page.keyboard.press("Backspace");
    await page.keyboard.type("7.50");
    await page.keyboard.press("Enter");
    await page.locator(".thanks").waitFor({ timeout: 3000 });
    assert.equal(await page.locator(".thanks-line").textContent(), "Somebody donated $7.50. Thank you!");
    assert.equal(await page.locator("#donate button").textContent(), "Donate Success!!");
    assert.equal(await page.locator("canvas.confetti").count(), 0);
    assert.equal(countDonations(server), before + 1);
    await page.locator("#donate button").focus();
    await page.keyboard.press("Enter");
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await dialog.isVisible(), false);
    await page.close();
  });

  it("share: address, VLC address and code to embed are there to copy, and a QR code", async () => {
    const page = await open(chromium, server);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Share" });
    await dialog.locator("svg path").waitFor({ timeout: 3000 });
    const others = addressForOthers(server.port);
    assert.equal(await dialog.getByLabel("This page", { exact: true }).inputValue(), others);
    assert.equal(await dialog.getByLabel("For VLC and other players", { exact: true }).inputValue(), `${others}live.m3u8`);
    assert.match(await dialog.getByLabel("For another website", { exact: true }).inputValue(), /^<iframe src="http.*\/embed" /);
    await dialog.getByRole("button", { name: "Copy: This page" }).click();
    await waitFor("the word that it is copied", 3000, async () => await dialog.getByText("Copied", { exact: true }).isVisible());
    await page.close();
  });

  it("the picture alone plays in a frame of another site, the whole page does not", async () => {
    const site = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
      const frames =
        `<iframe id="a" src="${server.baseUrl}/embed" allow="autoplay"></iframe><iframe id="b" src="${server.baseUrl}/"></iframe>`;
      return new Response(`<!doctype html><title>Other</title>${frames}`, { headers: { "content-type": "text/html" } });
    });
    const page = await chromium.newPage();
    // Another host name for the same machine is another site.
    await page.goto(`http://localhost:${site.addr.port}/`);
    const video = page.frameLocator("#a").locator("video");
    await waitFor(
      "a moving picture",
      10_000,
      async () => await video.evaluate((it: HTMLVideoElement) => it.currentTime > 0 && !it.paused && it.videoWidth > 0),
      100,
    );
    const began = await video.evaluate((it: HTMLVideoElement) => it.currentTime);
    await waitFor("more of it", 5000, async () => await video.evaluate((it: HTMLVideoElement) => it.currentTime) > began + 1, 100);
    assert.equal(await page.frameLocator("#b").locator("video").count(), 0);
    await page.close();
    await site.shutdown();
  });

  it("the page tells others of itself: title and picture, at the address under which it was asked for", async () => {
    const html = await (await fetch(`${server.baseUrl}/`)).text();
    assert.match(html, /<meta property="og:title" content="Tercet">/);
    assert.equal(html.includes(`<meta property="og:image" content="${server.baseUrl}/thumbnail.jpg">`), true);
  });
});

(hasChromium() ? describe : describe.skip)("donations elsewhere, in Chromium", () => {
  it("Ko-fi: the code is shown, and its message brings the thanks; the token is printed nowhere", async () => {
    await using server = await startTercet({
      args: [...SMALL, "--donate-link", "https://ko-fi.com/ada"],
      env: { TERCET_KOFI_TOKEN: KOFI_TOKEN },
    });
    const chromium = await openChromium({ ignoresOrigins: false });
    const page = await open(chromium, server);
    await page.getByRole("button", { name: "Donate", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Donate" });
    const link = dialog.getByRole("link", { name: "Open ko-fi.com" });
    assert.deepEqual(await link.evaluate((it: HTMLAnchorElement) => [it.href, it.target, it.rel]), [
      "https://ko-fi.com/ada",
      "_blank",
      "noopener noreferrer",
    ]);
    const code = await dialog.locator("code").textContent();
    const message = {
      verification_token: KOFI_TOKEN,
      message_id: "1",
      type: "Donation",
      is_public: true,
      from_name: "Ada",
      message: `Hi! ${code}`,
      amount: "3.00",
      currency: "EUR",
    };
    const answer = await fetch(`${server.baseUrl}/api/webhooks/kofi`, {
      method: "POST",
      body: new URLSearchParams({ data: JSON.stringify(message) }),
    });
    assert.deepEqual(await answer.json(), { received: true, thanked: true });
    await waitFor("success on the button", 1000, async () => await page.locator("#donate button").textContent() === "Donate Success!!");
    assert.equal(await page.locator(".thanks-line").textContent(), "Ada donated €3. Thank you!");
    assert.equal(await page.locator(".thanks-message").textContent(), "Hi!");
    assert.equal(server.output().includes(KOFI_TOKEN), false);
    await chromium.close();
  });

  it("Stripe: one press opens the payment link in a new tab, with the viewer's code and without a way back", async () => {
    await using server = await startTercet({ args: [...SMALL, "--donate-link", "https://buy.stripe.com/test_abc"] });
    const chromium = await openChromium({ ignoresOrigins: false });
    await chromium.context.route(
      "https://buy.stripe.com/**",
      (route) => route.fulfill({ body: "<!doctype html><title>Pay</title>", contentType: "text/html" }),
    );
    const page = await open(chromium, server);
    const opened = chromium.context.waitForEvent("page");
    await page.getByRole("button", { name: "Donate", exact: true }).click();
    const paying = await opened;
    await paying.waitForLoadState();
    assert.match(paying.url(), /^https:\/\/buy\.stripe\.com\/test_abc\?client_reference_id=TERCET-[0-9A-Z]{6}$/);
    assert.equal(await paying.evaluate(() => globalThis.opener), null);
    await chromium.close();
  });

  it("not wanted: there is no button", async () => {
    await using server = await startTercet({ args: [...SMALL, "--no-donate"] });
    const chromium = await openChromium({ ignoresOrigins: false });
    const page = await open(chromium, server);
    assert.equal(await page.locator("#donate button").count(), 0);
    assert.equal(await page.getByText("Donate").count(), 0);
    await chromium.close();
  });
});

/** A page that plays and is told what happens. */
async function open(chromium: Chromium, { baseUrl }: Tercet): Promise<Page> {
  const page = await chromium.newPage();
  const listening = page.waitForEvent("websocket").then((socket) => socket.waitForEvent("framereceived"));
  await page.goto(`${baseUrl}/`);
  await listening;
  await page.locator("#stage").hover({ position: { x: 60, y: 60 } });
  return page;
}

function countDonations({ dataDir }: Tercet): number {
  using database = new DatabaseSync(`${dataDir}/donations.sqlite`, { readOnly: true });
  return Number(database.prepare("SELECT COUNT(*) AS count FROM donations").get()!.count);
}
