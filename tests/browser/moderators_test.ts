/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { makeCode } from "../../media/studio/codes.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";

const ARGS = ["--host", "127.0.0.1", "--source", "test", "--ladder", LIGHT_LADDER];
const PATIENCE_MS = 15_000;

(hasChromium() ? describe : describe.skip)("a moderator, in Chromium", () => {
  let server: Tercet, house: Chromium, away: Chromium, studio: Page, desk: Page, watch: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await startTercet({ args: ARGS });
    const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    [house, away] = await Promise.all([
      openChromium({ ignoresOrigins: false }),
      openChromium({ ignoresOrigins: false, viewport: { width: 390, height: 844 } }),
    ]);
    studio = await open(house, `${server.baseUrl}/studio#code=${makeCode(key, Date.now())}`);
    // By another name, where the browser has no cookie of the studio.
    watch = await open(house, `${server.baseUrl.replace("127.0.0.1", "localhost")}/`);
  });
  afterAll(async () => {
    await house?.close();
    await away?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function open(chromium: Chromium, address: string): Promise<Page> {
    const page = await chromium.newPage();
    page.on("console", (message) => {
      const { url } = message.location();
      // A hinted part that a busy machine never publishes is the player's business.
      if (message.type() === "error" && !/\/(?:media|v)\//.test(url)) complaints.push(`${message.text()} ${url}`);
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(address);
    return page;
  }

  async function say(text: string): Promise<void> {
    await watch.getByRole("textbox", { name: "Message" }).fill(text);
    await watch.keyboard.press("Enter");
  }

  it("comes by a link that the studio makes, and has the chat and the viewers, and nothing else", async () => {
    await studio.getByRole("link", { name: "Keys" }).click();
    await studio.getByLabel("Name of the moderator").fill("Ben");
    await studio.getByRole("button", { name: "Make a link" }).click();
    await studio.getByRole("button", { name: "Copy the link of Ben" }).waitFor({ timeout: PATIENCE_MS });
    const link = await studio.evaluate(async () => (await (await fetch("api/studio/moderators")).json()).moderators[0].link);
    desk = await open(away, link);
    await desk.getByRole("link", { name: "Viewers" }).waitFor({ timeout: PATIENCE_MS });
    assert.equal(desk.url(), `${server.baseUrl}/studio`);
    assert.deepEqual(await desk.locator("#views a").allTextContents(), ["Chat", "Viewers"]);
    await desk.getByRole("link", { name: "Viewers" }).click();
    const row = desk.locator("#viewers-body tr").first();
    await row.waitFor({ timeout: PATIENCE_MS });
    assert.equal(await row.getByRole("combobox").count(), 0);
    for (const hidden of ["#graph", "#said", "#keys", "#air"]) assert.equal(await desk.locator(hidden).isVisible(), false, hidden);
    await inOrder(desk);
    await desk.getByRole("link", { name: "Chat" }).click();
  });

  it("shows or refuses what the streamer's words have held, and speaks with a badge", async () => {
    await studio.getByRole("link", { name: "Chat" }).click();
    await studio.getByLabel("Words held for a look").fill("spam\nham");
    await studio.getByRole("button", { name: "Save the words" }).click();
    await studio.waitForFunction(async () => (await (await fetch("api/chat/held")).json()).words.length === 2);
    await say("is this SPAM?");
    await watch.getByText("Your message is shown as soon as").waitFor({ timeout: PATIENCE_MS });
    assert.equal(await watch.locator(".chat-line").count(), 0);
    await desk.getByText("One message waits for a look").waitFor({ timeout: PATIENCE_MS });
    await inOrder(desk);
    await studio.getByRole("link", { name: "Chat: One message waits for a look" }).waitFor({ timeout: PATIENCE_MS });
    await desk.getByRole("button", { name: "Show the message of Guest" }).click();
    await watch.locator(".chat-line").filter({ hasText: "is this SPAM?" }).waitFor({ timeout: PATIENCE_MS });
    // Until it has asked again the studio still has the line that the moderator has shown.
    await studio.getByRole("button", { name: "Refuse the message of Guest" }).waitFor({ state: "hidden", timeout: PATIENCE_MS });
    await say("ham, then");
    await studio.getByRole("button", { name: "Refuse the message of Guest" }).click({ timeout: PATIENCE_MS });
    await desk.getByRole("textbox", { name: "Message" }).fill("it was fine");
    await desk.getByRole("button", { name: "Send" }).click();
    await watch.locator(".chat-line").filter({ hasText: "Ben: it was fine" }).locator(".chat-badge.moderator").waitFor({
      timeout: PATIENCE_MS,
    });
    assert.equal(await watch.locator(".chat-line").filter({ hasText: "ham, then" }).count(), 0);
  });

  it("pins a message for everybody, and unpins it", async () => {
    await desk.getByRole("button", { name: "Pin the message of Ben" }).click();
    await watch.locator(".chat-pinned").filter({ hasText: "it was fine" }).waitFor({ timeout: PATIENCE_MS });
    await studio.getByText("Pinned: Ben: it was fine").waitFor({ timeout: PATIENCE_MS });
    await inOrder(desk);
    await inOrder(watch);
    await desk.getByRole("button", { name: "Unpin" }).click();
    await watch.locator(".chat-pinned").waitFor({ state: "hidden", timeout: PATIENCE_MS });
  });

  it("has complained of nothing until here, and is out at once when the link is withdrawn", async () => {
    assert.deepEqual(complaints, []);
    await studio.getByRole("link", { name: "Keys" }).click();
    await studio.getByRole("button", { name: "Withdraw the link of Ben" }).click();
    await studio.locator("#moderator-list").getByText("Really withdraw?").click();
    await desk.getByLabel("The streamer's key").waitFor({ timeout: PATIENCE_MS });
  });
});

async function inOrder(page: Page): Promise<void> {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`), []);
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
}
