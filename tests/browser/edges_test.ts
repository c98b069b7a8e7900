/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { waitFor } from "../fixtures/condition.ts";
import { countViewers, type House, startHouse } from "../fixtures/edges.ts";
import { hasHaproxy } from "../fixtures/proxy.ts";
import { hasRedis } from "../fixtures/redis.ts";
import { hasChromium } from "./chromium.ts";
import { waitForPicture } from "./page_help.ts";
import { openPage, type Watch } from "./watch.ts";

const SHOW = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];

(hasChromium() && hasHaproxy && hasRedis ? describe : describe.skip)("the page behind two edges, in Chromium", () => {
  let house: House, watch: Watch;

  beforeAll(async () => {
    house = await startHouse({ balancer: "haproxy.cfg", show: SHOW, hasOwnMedia: true });
    // Whoever comes now may be told of both edges' own addresses.
    await waitFor("the edges to name their own addresses", 15_000, async () => {
      const { id } = await (await fetch(`${house.baseUrl}/api/viewers`, { method: "POST", body: "{}" })).json();
      return (await (await fetch(`${house.baseUrl}/v/${id}/hq.m3u8`)).text()).includes("http://127.0.0.1");
    }, 500);
    watch = await openPage(`${house.baseUrl}/`);
    await waitForPicture(watch, 15_000);
  });
  afterAll(async () => {
    await watch?.close();
    await house?.[Symbol.asyncDispose]();
  });

  const fetchedFrom = () =>
    watch.page.evaluate(() => {
      const media = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/media/"));
      return [...new Set(media.map(({ name }) => new URL(name).origin))];
    });
  const timeOf = () => watch.page.evaluate(() => document.querySelector("video")!.currentTime);

  it("plays media from the edge's own address, which its policy lets it", async () => {
    const own = house.edges.map(({ baseUrl }) => baseUrl);
    assert.ok((await fetchedFrom()).every((origin) => own.includes(origin)), (await fetchedFrom()).join());
  });

  it("tells the streamer in the studio how the edges are", async () => {
    const page = await watch.page.context().newPage();
    await page.goto(`${house.origin.baseUrl}/studio`);
    await page.getByLabel("The streamer's key").fill((await Deno.readTextFile(`${house.origin.dataDir}/streamer.key`)).trim());
    await page.getByRole("button", { name: "Open the studio" }).click();
    await page.getByRole("link", { name: "Health", exact: true }).click();
    await page.getByRole("heading", { name: "Edges" }).waitFor({ timeout: 10_000 });
    await page.locator("#edge-list li").nth(house.edges.length - 1).waitFor({ timeout: 10_000 });
    for (const text of await page.locator("#edge-list li").allTextContents()) {
      assert.match(text, /ready.*\d+ watching, [\d.]+ s late, \d+ % of a core, [\d.]+ of \d+ Mbit\/s$/);
    }
    await page.getByText(/^\d+ watch here, 1 on the edges\.$/).waitFor({ timeout: 10_000 });
    await page.close();
  });

  it("plays on where its edge is killed: nothing is reloaded, nothing is said", async () => {
    await watch.page.evaluate(() => Object.assign(globalThis, { isSame: true }));
    const [busy] = await waitFor("the page to be at one edge alone", 15_000, async () => {
      const counts = await Promise.all(house.edges.map((edge) => countViewers(house, edge)));
      const at = house.edges.filter((_, index) => counts[index]! > 0);
      return at.length === 1 ? at : null;
    }, 200);
    const before = await timeOf();
    await busy!.kill("SIGKILL");
    await waitFor("the picture to go on", 10_000, async () => await timeOf() > before + 5, 200);
    assert.equal(await watch.page.evaluate(() => (globalThis as unknown as { isSame?: boolean }).isSame), true);
    const notice = await watch.page.evaluate(() => {
      const line = document.querySelector<HTMLElement>("#notice")!;
      return line.hidden ? "" : line.textContent;
    });
    assert.equal(notice, "");
    const other = house.edges.find((edge) => edge !== busy)!;
    await waitFor("the other edge to have it", 5000, async () => await countViewers(house, other) === 1);
  });
});
