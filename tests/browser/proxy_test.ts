/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { waitFor } from "../fixtures/condition.ts";
import { hasNginx, type Proxy, startNginx } from "../fixtures/proxy.ts";
import { freePort, startTercet, type Tercet } from "../fixtures/server.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";

const ARGS = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];
const WITHIN_MS = 3000;

(hasChromium() && hasNginx ? describe : describe.skip)("two pages behind nginx with proxy_pass alone, in Chromium", () => {
  let server: Tercet, nginx: Proxy, chromium: Chromium;
  const port = freePort();

  beforeAll(async () => {
    server = await startTercet({ args: ARGS });
    nginx = await startNginx(`server { listen ${port}; location / { proxy_pass http://127.0.0.1:${server.port}; } }`, port);
    chromium = await openChromium({ ignoresOrigins: false });
  });
  afterAll(async () => {
    await chromium?.close();
    await nginx?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  async function open(): Promise<{ page: Page; notices: () => Promise<string[]> }> {
    const page = await chromium.newPage();
    await page.addInitScript(() => {
      const notices: string[] = (globalThis as unknown as { notices: string[] }).notices = [];
      document.addEventListener("DOMContentLoaded", () => {
        const notice = document.querySelector<HTMLElement>("#notice")!;
        new MutationObserver(() => !notice.hidden && notices.at(-1) !== notice.textContent && notices.push(notice.textContent!))
          .observe(notice, { childList: true, attributes: true, subtree: true, characterData: true });
      });
    });
    await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: "commit" });
    await page.getByRole("textbox", { name: "Message", exact: true }).waitFor();
    return { page, notices: () => page.evaluate(() => (globalThis as unknown as { notices: string[] }).notices) };
  }

  const line = (page: Page, text: string) => page.getByRole("log").locator(".chat-line").filter({ hasText: text });
  async function say(page: Page, text: string): Promise<void> {
    await page.getByRole("textbox", { name: "Message", exact: true }).fill(text);
    await page.keyboard.press("Enter");
  }

  it("hear each other, see what was said before, the donors' thanks and what they are shown; they are told once why it comes late", async () => {
    const first = await open();
    await say(first.page, "I was here before");
    const second = await open();
    await line(second.page, "I was here before").waitFor({ timeout: 5000 });
    // It is sure after some tries that no socket gets through.
    await waitFor("the sentence about it", 15_000, async () => (await second.notices()).some((text) => /WebSockets/.test(text)));
    for (const [from, to, text] of [[first, second, "there"], [second, first, "and back"]] as const) {
      const began = performance.now();
      await say(from.page, text);
      await line(to.page, text).waitFor({ timeout: WITHIN_MS });
      assert.ok(performance.now() - began < WITHIN_MS);
    }
    const viewers = await (await fetch(`${server.baseUrl}/api/viewers`, { method: "POST", body: "{}" })).json();
    const gift = { method: "POST", body: JSON.stringify({ amount: "5", name: "Gwen" }) };
    assert.equal((await fetch(`${server.baseUrl}/api/viewers/${viewers.id}/donations`, gift)).status, 201);
    for (const { page } of [first, second]) await page.locator(".thanks", { hasText: "Gwen donated" }).waitFor({ timeout: WITHIN_MS });
    await first.page.mouse.move(100, 100);
    await first.page.getByRole("button", { name: "LQ", exact: true, includeHidden: true }).click();
    await first.page.locator("#choice-line", { hasText: "your choice" }).waitFor({ timeout: 5000 });
    await waitFor("the line in the log", 20_000, () => /a proxy in front does not pass WebSockets on/i.test(server.output()));
    for (const { notices } of [first, second]) {
      assert.equal((await notices()).filter((text) => /WebSockets/.test(text)).length, 1);
    }
  });
});
