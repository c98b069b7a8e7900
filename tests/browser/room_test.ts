/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { waitFor } from "../fixtures/condition.ts";
import { hasNginx, type Proxy, startNginx } from "../fixtures/proxy.ts";
import { freePort, startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";
import { waitForPicture } from "./page_help.ts";
import { openPage, openStock, type Watch } from "./watch.ts";

const KEY = "open sesame, please";

/** A browser for one test: what it was told of keys is gone with it. */
async function inBrowser(test: (chromium: Chromium) => Promise<void>): Promise<void> {
  const chromium = await openChromium({ ignoresOrigins: false });
  try {
    await test(chromium);
  } finally {
    await chromium.close();
  }
}

async function enter({ page }: Watch, key: string): Promise<void> {
  await page.getByLabel("Room key").fill(key);
  await page.getByRole("button", { name: "Watch" }).click();
}

(hasChromium() ? describe : describe.skip)("a show with a room key, in Chromium", () => {
  let server: Tercet;
  const port = freePort();

  beforeAll(async () => {
    server = await startTercet({
      args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER, "--base", "/live/"],
      env: { TERCET_ROOM_KEY: KEY },
    });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  async function invite(seconds: number): Promise<{ id: string; link: string; player: string }> {
    return await askStudio("POST", "", { name: "Anna", seconds });
  }
  async function askStudio(method: string, path: string, body?: unknown) {
    const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    const answer = await fetch(`${server.baseUrl}/api/studio/invites${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return answer.status === 204 ? null : await answer.json();
  }
  /** As this machine reaches it. */
  const local = (link: string) => link.replace(/^https?:\/\/[^/]+/, server.baseUrl);

  it("asks once: a wrong key is told, with the right one it plays, and a reload or another tab asks nobody again", () =>
    inBrowser(async (chromium) => {
      const watch = await openPage(`${server.baseUrl}/`, chromium);
      const { page } = watch;
      await page.getByRole("heading", { name: "This show is private" }).waitFor();
      assert.equal(await page.getByLabel("Room key").evaluate((field) => field === document.activeElement), true);
      await enter(watch, "open sesame, now");
      await page.getByRole("alert").filter({ hasText: "That is not the room key." }).waitFor();
      await enter(watch, KEY);
      await waitForPicture(watch);
      assert.equal(new URL(page.url()).pathname, "/");
      await page.getByRole("textbox", { name: "Message", exact: true }).waitFor();
      await page.reload();
      await waitForPicture(watch);
      const other = await openPage(`${server.baseUrl}/`, chromium);
      await waitForPicture(other);
      assert.equal(await page.evaluate(() => document.cookie), "", "no script can read it");
    }));

  it("lets in by an invite's link, which plays in a stock hls.js on another site's page too, and shuts out when it is withdrawn", () =>
    inBrowser(async (chromium) => {
      const { id, link, player } = await invite(3600);
      const watch = await openPage(local(link), chromium);
      await waitForPicture(watch);
      assert.doesNotMatch(watch.page.url(), /invite/);
      const byName = await openStock(local(player), {}, chromium);
      await waitForPicture(byName);
      await byName.close();
      const stock = await openStock(local(link), {}, chromium);
      await waitForPicture(stock);
      await askStudio("DELETE", `/${id}`);
      await waitFor("the end in the stock player", 20_000, async () => {
        const standsForMs = await stock.page.evaluate(() => {
          const { probe } = globalThis as unknown as { probe: { beganMs: number; lastFrameMs: number | null } };
          return performance.now() - probe.beganMs - (probe.lastFrameMs ?? 0);
        });
        return standsForMs > 3000;
      });
      await watch.page.bringToFront();
      await watch.page.getByRole("alert").filter({ hasText: "This invite has ended." }).waitFor({ timeout: 20_000 });
      await enter(watch, KEY);
      await waitForPicture(watch);
    }));

  it("plays in a sandboxed frame of another site with an invite, and says without one where to go", () =>
    inBrowser(async (chromium) => {
      const { link } = await invite(3600);
      const token = new URL(link).search;
      const site = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
        const query = new URL(request.url).search;
        const body =
          `<!doctype html><iframe sandbox="allow-scripts" width="640" height="360" allow="autoplay" src="http://localhost:${server.port}/embed${query}"></iframe>`;
        return new Response(body, { headers: { "content-type": "text/html" } });
      });
      try {
        const page = await chromium.newPage();
        await page.goto(`http://127.0.0.1:${site.addr.port}/${token}`);
        const seconds = () => page.frames()[1]!.evaluate(() => document.querySelector("video")?.currentTime ?? 0).catch(() => 0);
        await waitFor("a picture in the frame", 15_000, async () => await seconds() > 1, 200);
        await page.goto(`http://127.0.0.1:${site.addr.port}/`);
        await page.frameLocator("iframe").getByRole("link", { name: "Open it in a window of its own to watch." }).waitFor();
      } finally {
        await site.shutdown();
      }
    }));

  (hasNginx ? it : it.skip)("does all that in a folder behind nginx, which has no idea of it", () =>
    inBrowser(async (chromium) => {
      await using _ = await startNginx(
        `server { listen ${port}; location /live { proxy_pass http://127.0.0.1:${server.port}; proxy_http_version 1.1;
           proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; } }`,
        port,
      ) as Proxy;
      const watch = await openPage(`http://127.0.0.1:${port}/live/`, chromium);
      await enter(watch, "wrong, for once");
      await watch.page.getByRole("alert").filter({ hasText: "That is not the room key." }).waitFor();
      await enter(watch, KEY);
      await waitForPicture(watch);
      assert.equal(new URL(watch.page.url()).pathname, "/live/");
      await watch.page.reload();
      await waitForPicture(watch);
    }));
});
