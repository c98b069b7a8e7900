/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";
import { waitFor } from "../fixtures/condition.ts";
import { runFfmpeg } from "../fixtures/numbered.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { makeCode } from "../../media/studio/codes.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";
import { hasFirefox, openFirefox } from "./firefox.ts";

/** Two pictures of one colour each: what is on air can be read off a single dot. */
const RED = "lavfi:color=red:size=960x540:rate=30,realtime";
const BLUE = "lavfi:color=blue:size=960x540:rate=30,realtime";
const ARGS = ["--host", "127.0.0.1", "--source", RED, "--source", BLUE, "--ladder", LIGHT_LADDER, "--show-keys"];
const PATIENCE_MS = 15_000;
/** What a press may take until the page answers, here with what a busy machine adds. */
const ANSWERED_MS = 1000;
const SIZES = [{ width: 390, height: 844 }, { width: 1440, height: 900 }];
const PARTS = ["On air", "Health", "Chat", "Donations", "Keys"];

(hasChromium() ? describe : describe.skip)("the studio, in Chromium", () => {
  let server: Tercet, chromium: Chromium, page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    server = await startTercet({ args: ARGS, env: { TERCET_RTMP: "127.0.0.1:0" } });
    chromium = await openChromium({ ignoresOrigins: false, viewport: { width: 1440, height: 900 } });
    page = await chromium.newPage();
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
  });
  afterAll(async () => {
    await chromium?.close();
    await server?.[Symbol.asyncDispose]();
  });

  const source = (name: string | RegExp) => page.locator("#source-list li").filter({ hasText: name });
  const show = (part: string) => page.getByRole("link", { name: part, exact: true }).click();

  it("asks for the key, refuses a wrong one in words, is opened by the link once, and stays open over a reload", async () => {
    await page.goto(`${server.baseUrl}/studio`);
    await page.getByLabel("The streamer's key").fill("wrong");
    await page.getByRole("button", { name: "Open the studio" }).click();
    await page.getByText("That is not the streamer's key.").waitFor({ timeout: PATIENCE_MS });
    // A refused key is what a browser writes into its console.
    assert.match(complaints.splice(0).join(), /^Failed to load resource: the server responded with a status of 403/);

    const [link = ""] = /http:\S+\/studio#code=\S+/.exec(server.output()) ?? [];
    await page.goto(link);
    await source("color=red").waitFor({ timeout: PATIENCE_MS });
    assert.equal(page.url(), `${server.baseUrl}/studio`);
    await page.reload();
    await source("color=red").waitFor({ timeout: PATIENCE_MS });

    assert.equal(await page.evaluate(() => document.cookie), "");
  });

  it("shows what viewers see, marks what is on air, and a press on another source is answered at once and changes the picture", async () => {
    await waitFor("a red picture", PATIENCE_MS, async () => (await readDot(page)) === "red", 100);
    assert.equal(await source("color=red").getAttribute("data-state"), "on_air");
    const tookMs = await source("color=blue").getByRole("button").first().evaluate((button: HTMLButtonElement) =>
      new Promise<number>((resolve) => {
        const from = performance.now();
        const item = button.closest("li")!;
        new MutationObserver(() => resolve(performance.now() - from)).observe(item, { attributes: true });
        button.click();
      })
    );
    assert.ok(tookMs < ANSWERED_MS, `${tookMs} ms`);
    await waitFor("a blue picture", PATIENCE_MS, async () => (await readDot(page)) === "blue", 100);
    await waitFor("blue on air", PATIENCE_MS, async () => (await source("color=blue").getAttribute("data-state")) === "on_air", 50);
    assert.notEqual(await source("color=red").getAttribute("data-state"), "on_air");
  });

  it("adds a source and removes it, and says why one cannot be shown", async () => {
    await page.getByRole("button", { name: "Add a source" }).click();
    const dialog = page.getByRole("dialog", { name: "Add a source" });
    await dialog.getByRole("button", { name: "Address" }).click();
    await dialog.getByRole("textbox").fill("http://127.0.0.1:9/nothing.ts");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    const added = source("127.0.0.1:9");
    await added.waitFor({ timeout: PATIENCE_MS });
    await added.getByRole("button").first().click();
    await page.getByText(/^http:\/\/127\.0\.0\.1:9\/nothing\.ts has no picture now: .*goes on\.$/).waitFor({ timeout: PATIENCE_MS });
    complaints.splice(0);
    assert.equal(await source("color=blue").getAttribute("data-state"), "on_air");
    await added.getByRole("button", { name: /^Remove/ }).click();
    await added.waitFor({ state: "detached", timeout: PATIENCE_MS });
  });

  it("sends a film from this device and adds it, and says in words what is none", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet-film-" });
    try {
      const [film, list] = [`${folder}/green film.mp4`, `${folder}/list.mp4`];
      await runFfmpeg("-f", "lavfi", "-i", "color=green:size=320x180:rate=10:duration=1", "-c:v", "libx264", "-pix_fmt", "yuv420p", film);
      await Deno.writeTextFile(
        list,
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n",
      );
      await page.getByRole("button", { name: "Add a source" }).click();
      const dialog = page.getByRole("dialog", { name: "Add a source" });
      await dialog.getByRole("button", { name: "File" }).click();
      await dialog.getByLabel("Or send one from this device").setInputFiles(list);
      await dialog.getByRole("button", { name: "Add", exact: true }).click();
      await dialog.getByText(/^That did not work: .{5}/).waitFor({ timeout: PATIENCE_MS });
      complaints.splice(0);
      await dialog.getByLabel("Or send one from this device").setInputFiles(film);
      await dialog.getByRole("button", { name: "Add", exact: true }).click();
      await source("green film.mp4").waitFor({ timeout: PATIENCE_MS });
      assert.equal((await Deno.stat(`${server.dataDir}/media/green film.mp4`)).isFile, true);
      await source("green film.mp4").getByRole("button", { name: /^Remove/ }).click();
      await source("green film.mp4").waitFor({ state: "detached", timeout: PATIENCE_MS });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("tells who watches, pins a viewer, puts one out, who gets nothing then, and lets it in again", async () => {
    const headers = { "user-agent": "VLC/3.0.24 LibVLC/3.0.24" };
    const [playlist] = /v\/[\w-]+\/\w+\.m3u8/.exec(await (await fetch(`${server.baseUrl}/live.m3u8`, { headers })).text())!;
    const ask = async () => {
      const answer = await fetch(`${server.baseUrl}/${playlist}`, { headers });
      await answer.body?.cancel();
      return answer.status;
    };
    assert.equal(await ask(), 200);
    await show("Health");
    const row = page.locator("#viewers-body tr").filter({ hasText: "VLC" });
    await row.waitFor({ timeout: PATIENCE_MS });
    await page.locator("#viewers-body tr").filter({ hasText: "this studio" }).waitFor({ timeout: PATIENCE_MS });
    await page.getByRole("img", { name: /^Uplink, in Mbit\/s\. Now: HQ [\d.]+; MQ / }).locator("canvas").waitFor({ timeout: PATIENCE_MS });
    await row.getByRole("combobox").selectOption("LQ");
    await waitFor("LQ by the streamer", PATIENCE_MS, async () => {
      await ask();
      return /LQ · pinned/.test(await row.textContent() ?? "");
    }, 200);
    await row.getByRole("button", { name: /^Put out VLC/ }).click();
    await row.waitFor({ state: "detached", timeout: PATIENCE_MS });
    assert.equal(await ask(), 403);
    await page.getByRole("button", { name: "Let in again" }).click();
    await waitFor("the viewer again", PATIENCE_MS, async () => (await ask()) === 200, 100);
    await show("On air");
  });

  it("moderates the chat, as the dock of OBS does, and speaks as the streamer", async () => {
    const viewer = (await (await fetch(`${server.baseUrl}/api/viewers`, { method: "POST" })).json()).id;
    const say = async (text: string) => {
      const body = JSON.stringify({ viewer, name: "Anna", text });
      const answer = await fetch(`${server.baseUrl}/api/chat`, { method: "POST", body });
      await answer.body?.cancel();
      return answer.status;
    };
    assert.equal(await say("good evening"), 201);
    const dock = await chromium.newPage();
    await dock.goto(`${server.baseUrl}/studio?dock=chat`);
    await show("Chat");
    for (const each of [page, dock]) await each.getByText("good evening").waitFor({ timeout: PATIENCE_MS });
    assert.equal(await dock.getByRole("navigation").isVisible(), false);
    await dock.getByRole("textbox", { name: "Message" }).fill("welcome");
    await dock.keyboard.press("Enter");
    await page.locator(".message").filter({ hasText: "welcome" }).filter({ hasText: "streamer" }).waitFor({ timeout: PATIENCE_MS });
    await page.getByRole("button", { name: "10 min out of the chat for Anna" }).click();
    await page.getByText("good evening").waitFor({ state: "detached", timeout: PATIENCE_MS });
    assert.equal(await say("and again"), 403);
    await page.getByRole("button", { name: "Let speak again" }).click();
    await waitFor("Anna again", PATIENCE_MS, async () => (await say("thank you")) === 201, 1100);
    await dock.close();
  });

  it("makes a key that is shown once, renames and withdraws it", async () => {
    await show("Keys");
    await page.getByLabel("Name of the new key").fill("Upstairs");
    await page.getByRole("button", { name: "Make a key" }).click();
    await page.locator("#key-shown-key").filter({ hasText: /\w{8}/ }).waitFor({ timeout: PATIENCE_MS });
    const key = page.locator(".key").filter({ has: page.getByRole("button", { name: /Upstairs|Downstairs|Really/ }) });
    await key.getByRole("button", { name: "Rename Upstairs" }).click();
    await key.getByRole("textbox").fill("Downstairs");
    await page.keyboard.press("Enter");
    await key.getByText("Downstairs").waitFor({ timeout: PATIENCE_MS });
    await key.getByRole("button", { name: "Withdraw the key of Downstairs" }).click();
    await key.getByText("Really withdraw?").click();
    await page.getByText("Downstairs", { exact: true }).waitFor({ state: "detached", timeout: PATIENCE_MS });
  });

  it("is in order for axe in every part, wide and narrow, dark and light, and reaches over no edge", async () => {
    // A machine that is too slow, as those that run tests now and then are.
    await page.route("**/api/studio/health", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...await answer.json(), problems: [{ kind: "slow", step: 2 }] } });
    });
    await page.locator("#problems .problem").waitFor({ timeout: PATIENCE_MS });
    for (const viewport of SIZES) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ["dark", "light"] as const) {
        // Colours that are on their way from dark to light have too little contrast.
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        for (const part of PARTS) {
          await show(part);
          const where = `${part}, ${viewport.width} px, ${colorScheme}`;
          const { violations } = await new AxeBuilder({ page }).analyze();
          const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`);
          assert.deepEqual(found, [], where);
          assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), where);
        }
      }
    }
    await page.unroute("**/api/studio/health");
    await page.setViewportSize(SIZES[1]!);
  });

  it("takes no order from a page of another port, whose requests the browser sends with the cookie", async () => {
    const cookies: string[] = [];
    const stranger = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
      cookies.push(request.headers.get("cookie") ?? "");
      return new Response("<!doctype html><title>x</title>", { headers: { "content-type": "text/html" } });
    });
    const other = await chromium.newPage();
    try {
      await other.goto(`http://127.0.0.1:${stranger.addr.port}/`);
      // The same name on another port: to a browser the same site.
      assert.match(cookies.join(), /tercet-studio-/);
      await other.evaluate(async (address) => {
        await fetch(address, { method: "POST", mode: "no-cors", credentials: "include", body: '{"kind":"test"}' });
      }, `${server.baseUrl}/api/studio/sources`);
      const { sources } = await page.evaluate(async () => await (await fetch("api/studio/sources")).json());
      assert.equal(sources.length, 2);
    } finally {
      await other.close();
      await stranger.shutdown();
    }
  });

  it("has complained of nothing until here; it speaks Chinese, and signed out everywhere it asks for the key again", async () => {
    assert.deepEqual(complaints, []);
    await show("On air");
    await page.getByRole("button", { name: "Settings" }).click();
    await page.getByRole("button", { name: "繁體中文" }).click();
    await page.getByRole("button", { name: "登出所有裝置" }).click();
    await page.getByLabel("直播主金鑰").waitFor({ timeout: PATIENCE_MS });
    assert.equal(await page.evaluate(async () => (await (await fetch("api/studio/session")).json()).signedIn), false);
  });

  it("keeps a link's code until the server has heard it, says that signing out has failed, and signed out elsewhere is silent and asks for the key", async () => {
    const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    const guest = await chromium.newPage();
    await guest.addInitScript(() => localStorage.setItem("tercet.language", "en"));
    let refusals = 1;
    await guest.route("**/api/studio/session", (route) => {
      const isOrder = route.request().method() !== "GET";
      return isOrder && refusals-- > 0 ? route.fulfill({ status: 503, body: "Starting.\n" }) : route.continue();
    });
    await guest.goto(`${server.baseUrl}/studio#code=${makeCode(key, Date.now())}`);
    const settings = guest.getByRole("button", { name: "Settings" });
    await settings.waitFor({ timeout: PATIENCE_MS });
    assert.ok(refusals < 1);

    refusals = 1;
    await settings.click();
    await guest.getByRole("button", { name: "Sign out", exact: true }).click();
    await guest.locator("#complaint").filter({ hasText: "The server does not answer." }).waitFor({ timeout: PATIENCE_MS });

    await guest.locator("#sound").click();
    const isSilent = () => guest.evaluate(() => document.querySelector("video")!.muted);
    assert.equal(await isSilent(), false);
    await settings.click();
    const headers = { authorization: `Bearer ${key}` };
    assert.equal((await fetch(`${server.baseUrl}/api/studio/sessions`, { method: "DELETE", headers })).status, 204);
    await guest.locator("#door-key").waitFor({ timeout: PATIENCE_MS });
    assert.equal(await isSilent(), true);
    await guest.locator("#door-key").click({ timeout: PATIENCE_MS });
    await guest.keyboard.type(key);
    await guest.keyboard.press("Enter");
    await settings.waitFor({ timeout: PATIENCE_MS });
    await guest.close();
  });
});

(hasFirefox() ? describe : describe.skip)("the studio, in Firefox", () => {
  it("is opened by a link, shows what is on air, and a press changes it", async () => {
    await using server = await startTercet({ args: ARGS });
    const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    const firefox = await openFirefox();
    try {
      const page = await firefox.newPage();
      await page.goto(`${server.baseUrl}/studio#code=${makeCode(key, Date.now())}`);
      await page.waitForSelector("#source-list li:nth-child(2)", { timeout: PATIENCE_MS });
      await waitFor("a red picture", PATIENCE_MS, async () => (await readDot(page)) === "red", 100);
      await page.click("#source-list li:nth-child(2) .source-show");
      await waitFor("a blue picture", PATIENCE_MS, async () => (await readDot(page)) === "blue", 100);
      await page.waitForSelector("#source-list li:nth-child(2)[data-state=on_air]", { timeout: PATIENCE_MS });
    } finally {
      await firefox.close();
    }
  });
});

/** The colour in the middle of the picture. */
function readDot(
  page: { evaluate(ask: () => "red" | "blue" | "other"): Promise<"red" | "blue" | "other"> },
): Promise<"red" | "blue" | "other"> {
  return page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d")!;
    const video = document.querySelector("video")!;
    context.drawImage(video, video.videoWidth / 2, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
    const [red = 0, , blue = 0] = context.getImageData(0, 0, 1, 1).data;
    return red > 150 && blue < 100 ? "red" : blue > 150 && red < 100 ? "blue" : "other";
  });
}
