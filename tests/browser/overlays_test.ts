/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { makeCode } from "../../media/studio/codes.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";

const ARGS = ["--host", "127.0.0.1", "--source", "test", "--ladder", LIGHT_LADDER, "--room-key", "open sesame"];
const PATIENCE_MS = 15_000;

(hasChromium() ? describe : describe.skip)("the overlays of a room, in Chromium", () => {
  let server: Tercet, chromium: Chromium, studio: Page, key: string;
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await startTercet({ args: ARGS });
    key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    chromium = await openChromium({ ignoresOrigins: false });
    studio = await open(`studio#code=${makeCode(key, Date.now())}`);
    await studio.getByRole("link", { name: "Keys" }).click();
    await studio.getByRole("button", { name: "Show the addresses" }).click();
  });
  afterAll(async () => {
    await chromium?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function open(path: string): Promise<Page> {
    const page = await chromium.newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(new URL(path, `${server.baseUrl}/`).href);
    return page;
  }

  async function addressOf(name: string): Promise<string> {
    const code = studio.locator("#overlay-list code").filter({ hasText: `/overlay/${name}#` });
    await code.filter({ hasText: /#[\w-]{43}$/ }).waitFor({ timeout: PATIENCE_MS });
    return await code.textContent() ?? "";
  }

  async function order(method: string, path: string, body: object = {}): Promise<Response> {
    return await fetch(`${server.baseUrl}/${path}`, { method, headers: { authorization: `Bearer ${key}` }, body: JSON.stringify(body) });
  }

  it("let the picture through, show a line of the chat, and let it go again", async () => {
    const overlay = await open((await addressOf("chat")).replace("#", "?seconds=3#"));
    const { id } = await (await order("POST", "api/viewers")).json();
    const said = await order("POST", "api/chat", { viewer: id, name: "Anna", text: "<b>good evening</b>" });
    assert.equal(said.status, 201);
    const line = overlay.locator(".line").filter({ hasText: "Anna <b>good evening</b>" });
    await line.waitFor({ timeout: PATIENCE_MS });
    assert.equal(await alphaOfCorner(overlay), 0);
    const { violations } = await new AxeBuilder({ page: overlay }).analyze();
    assert.deepEqual(violations.map(({ id }) => id), []);
    await line.waitFor({ state: "detached", timeout: PATIENCE_MS });
    await overlay.close();
  });

  it("show the goal, and thanks for a test as a test", async () => {
    const overlay = await open(await addressOf("donations"));
    await order("PUT", "api/studio/goal", { name: "A microphone", amount: 40 });
    await overlay.getByText("A microphone").waitFor({ timeout: PATIENCE_MS });
    await studio.getByRole("link", { name: "Donations" }).click();
    await studio.getByRole("button", { name: "Test donation" }).click();
    await overlay.locator(".thanks").filter({ hasText: "Test" }).filter({ hasText: "Somebody donated $5. Thank you!" }).waitFor({
      timeout: PATIENCE_MS,
    });
    await overlay.getByText("$0 of $40").waitFor({ timeout: PATIENCE_MS });
    assert.equal(await alphaOfCorner(overlay), 0);
    const { violations } = await new AxeBuilder({ page: overlay }).analyze();
    assert.deepEqual(violations.map(({ id }) => id), []);
    await overlay.close();
    await studio.getByRole("link", { name: "Keys" }).click();
    assert.deepEqual(complaints, []);
  });

  it("say that an address is no longer good, once the studio has made new ones", async () => {
    const old = await addressOf("chat");
    await studio.getByRole("button", { name: "Make new addresses" }).click();
    await studio.getByRole("button", { name: "Really? The old ones end" }).click();
    await studio.locator("#overlay-list code").filter({ hasText: old }).waitFor({ state: "detached", timeout: PATIENCE_MS });
    const overlay = await open(old);
    await overlay.getByText("This address is no longer good.").waitFor({ timeout: PATIENCE_MS });
    await overlay.close();
  });
});

/** How much of the page's first dot is seen where nothing lies behind it, 0 to 255. */
async function alphaOfCorner(page: Page): Promise<number> {
  const picture = (await page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: 2, height: 2 } })).toString("base64");
  const blank = await page.context().newPage();
  const alpha = await blank.evaluate(async (address) => {
    const image = new Image();
    image.src = address;
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d")!;
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, 1, 1).data[3]!;
  }, `data:image/png;base64,${picture}`);
  await blank.close();
  return alpha;
}
