/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";

const SMALL = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];
const TITLE = "A walk in the park";

/** Undefined where this machine has no network. */
const network = Deno.networkInterfaces().find(({ family, address }) => family === "IPv4" && !/^(127|169\.254)\./.test(address));

(hasChromium() ? describe : describe.skip)("who opens the page, in Chromium,", () => {
  let server: Tercet, chromium: Chromium;

  beforeAll(async () => {
    server = await startTercet({ args: [...SMALL, "--title", TITLE] });
    chromium = await openChromium({ ignoresOrigins: false });
  });
  afterAll(async () => {
    await chromium?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function open(o: { width?: number; height?: number; script?: string; host?: string } = {}): Promise<Page> {
    const page = await chromium.newPage();
    await page.setViewportSize({ width: o.width ?? 1280, height: o.height ?? 720 });
    if (o.script !== undefined) await page.addInitScript(o.script);
    await page.goto(`http://${o.host ?? "127.0.0.1"}:${server.port}/`, { waitUntil: "commit" });
    await waitFor("a picture", 10_000, () => page.evaluate(() => (document.querySelector("video")?.currentTime ?? 0) > 0), 50);
    return page;
  }

  it("reads for the first seconds, without a touch, what this is, that it is live, how many watch and since when", async () => {
    const page = await open();
    const began = performance.now();
    await page.locator("#audience", { hasText: /^\s*\d+ watching\s*0:\d\d\s*$/ }).waitFor({ timeout: 3000 });
    await pause(4000 - (performance.now() - began));
    const { opacity, title, live } = await page.evaluate(() => ({
      opacity: getComputedStyle(document.querySelector(".bar.top")!).opacity,
      title: document.querySelector("#title")!.textContent,
      live: document.querySelector<HTMLElement>("#stage")!.dataset["live"],
    }));
    assert.deepEqual({ opacity, title, live }, { opacity: "1", title: TITLE, live: "true" });
    await waitFor(
      "the picture alone",
      6000,
      () => page.evaluate(() => getComputedStyle(document.querySelector(".bar.top")!).opacity === "0"),
    );
    await page.close();
  });

  it("sees how many watch, and one more who comes", async () => {
    const page = await open();
    const count = async () => parseInt(await page.textContent("#watching") ?? "");
    await waitFor("the count", 3000, async () => await count() > 0);
    const before = await count();
    const other = await open();
    await waitFor("one more", 5000, async () => await count() === before + 1);
    await other.close();
    await page.close();
  });

  it("on a telephone 390 px wide has its controls in a calm grid: rows from edge to edge", async () => {
    const page = await open({ width: 390, height: 844 });
    await page.getByRole("button", { name: "Gaming", exact: true }).waitFor();
    const boxes = await page.evaluate(() => {
      const box = (element: Element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return { left: Math.round(left), right: Math.round(right), top: Math.round(top), bottom: Math.round(bottom) };
      };
      return {
        line: box(document.querySelector("#position")!),
        donate: box(document.querySelector(".donate")!),
        groups: [...document.querySelectorAll(".choices .group")].map(box),
        play: box(document.querySelector("#play")!),
        full: box(document.querySelector("#full-screen")!),
      };
    });
    const [qualities, modes] = boxes.groups;
    const { left, right } = boxes.line;
    assert.deepEqual([qualities!.top, qualities!.bottom], [modes!.top, modes!.bottom], "both in one row");
    assert.deepEqual([qualities!.left, modes!.right, boxes.donate.right, boxes.play.left, boxes.full.right], [
      left,
      right,
      right,
      left,
      right,
    ]);
    await page.close();
  });

  for (const [width, height] of [[320, 180], [256, 205]] as const) {
    it(`on a screen of ${width} x ${height} reaches everything that can be pressed`, async () => {
      const page = await open({ width, height });
      await page.mouse.move(width / 2, 100);
      const unreachable = await page.evaluate(() => {
        const stage = document.querySelector("#stage")!;
        return [...stage.querySelectorAll<HTMLElement>("button, input")].filter((each) => each.offsetParent !== null).flatMap((each) => {
          each.scrollIntoView({ block: "nearest" });
          const { left, top, width, height } = each.getBoundingClientRect();
          const hit = document.elementFromPoint(left + width / 2, top + height / 2);
          const isInside = left >= 0 && top >= 0 && left + width <= innerWidth + 0.5 && top + height <= innerHeight + 0.5;
          return isInside && hit !== null && (each.contains(hit) || hit.contains(each)) ? [] : [each.id || each.textContent];
        });
      });
      assert.deepEqual(unreachable, []);
      await page.close();
    });
  }

  it("hands on an address that others can reach, also where it has the page open as localhost", async () => {
    const page = await open({ host: "localhost" });
    await page.mouse.move(100, 100);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    const address = await page.getByRole("textbox", { name: "This page" }).inputValue();
    assert.match(address, network === undefined ? /^http:\/\/localhost:/ : /^http:\/\/(?!localhost|127\.)[\d.]+:\d+\/$/);
    assert.equal(await page.getByRole("textbox", { name: "For VLC and other players" }).inputValue(), `${address}live.m3u8`);
    await page.close();
  });

  it("has the keys of a headset and the lock screen: name, picture, pause, play and back", async () => {
    const page = await open({
      script: `
        globalThis.handlers = {};
        MediaSession.prototype.setActionHandler = (action, handler) => { globalThis.handlers[action] = handler; };
      `,
    });
    const session = () =>
      page.evaluate(() => ({
        title: navigator.mediaSession.metadata?.title,
        picture: navigator.mediaSession.metadata?.artwork[0]?.src,
        state: navigator.mediaSession.playbackState,
        paused: document.querySelector<HTMLElement>("#stage")!.dataset["paused"],
      }));
    const press = (action: string) =>
      page.evaluate(
        (name) => (globalThis as unknown as { handlers: Record<string, (details: object) => void> }).handlers[name]!({}),
        action,
      );
    await waitFor("the name", 3000, async () => (await session()).title === TITLE);
    assert.equal((await session()).picture, `${server.baseUrl}/thumbnail.jpg`);
    for (
      const [action, state, paused] of [["pause", "paused", "true"], ["play", "playing", "false"], [
        "seekbackward",
        "playing",
        "false",
      ]] as const
    ) {
      await press(action);
      await waitFor(action, 2000, async () => (await session()).state === state && (await session()).paused === paused);
    }
    await page.locator("#stage[data-live=false]").waitFor({ timeout: 3000 });
    await page.close();
  });

  (network === undefined ? it.skip : it)(
    "can play it on another device where the browser has one: the page's picture pauses meanwhile, and is live again afterwards",
    async () => {
      const page = await open({
        ...(network === undefined ? {} : { host: network.address }),
        script: `
        globalThis.remote = Object.assign(new EventTarget(), {
          watchAvailability(callback) { setTimeout(() => callback(true), 100); return Promise.resolve(1); },
          prompt() { globalThis.hasChosen = true; this.dispatchEvent(new Event("connect")); return Promise.resolve(); },
        });
        Object.defineProperty(HTMLMediaElement.prototype, "remote", { get: () => globalThis.remote });
      `,
      });
      await page.mouse.move(100, 100);
      await page.getByRole("button", { name: "Play on another device", exact: true }).click();
      await page.locator("#stage[data-paused=true]").waitFor({ timeout: 2000 });
      await page.evaluate(() => (globalThis as unknown as { remote: EventTarget }).remote.dispatchEvent(new Event("disconnect")));
      await page.locator("#stage[data-paused=false][data-live=true]").waitFor({ timeout: 5000 });
      await page.close();
    },
  );
});
