/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { pause, waitFor } from "../fixtures/condition.ts";
import { freePort, startTercet, type Tercet } from "../fixtures/server.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";
import { type Firefox, hasFirefox, openFirefox } from "./firefox.ts";

const ARGS = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];
const PLAYS_WITHIN_MS = 10_000;

/** What browsers of the last years have not all had, and what takes it away. */
const REMOVALS: readonly (readonly [name: string, script: string])[] = [
  ["AbortSignal.timeout", "delete AbortSignal.timeout"],
  ["AbortSignal.any", "delete AbortSignal.any"],
  ["Intl.Segmenter", "delete Intl.Segmenter"],
  ["Intl.ListFormat", "delete Intl.ListFormat"],
  ["Object.hasOwn", "delete Object.hasOwn"],
  ["at and findLast", "for (const each of [Array, String, Uint8Array]) delete each.prototype.at; delete Array.prototype.findLast"],
  ["String.prototype.replaceAll", "delete String.prototype.replaceAll"],
  ["ResizeObserver", "delete globalThis.ResizeObserver"],
  ["URL.parse", "delete URL.parse"],
  ["URL.canParse", "delete URL.canParse"],
  ["well-formed strings", "delete String.prototype.isWellFormed; delete String.prototype.toWellFormed"],
  ["toSorted and with", "for (const name of ['toSorted', 'toReversed', 'toSpliced', 'with']) delete Array.prototype[name]"],
  ["Object.groupBy", "delete Object.groupBy; delete Map.groupBy"],
  ["Promise.withResolvers", "delete Promise.withResolvers"],
  ["structuredClone", "delete globalThis.structuredClone"],
  ["crypto.randomUUID", "delete Crypto.prototype.randomUUID"],
  ["popovers", "for (const name of ['popover', 'showPopover', 'togglePopover']) delete HTMLElement.prototype[name]"],
  ["dialogs", "delete globalThis.HTMLDialogElement"],
  ["locks", "delete Navigator.prototype.locks"],
  ["BroadcastChannel", "delete globalThis.BroadcastChannel"],
  ["requestVideoFrameCallback", "delete HTMLVideoElement.prototype.requestVideoFrameCallback"],
  ["mediaSession", "delete Navigator.prototype.mediaSession; delete globalThis.MediaMetadata"],
  ["IntersectionObserver", "delete globalThis.IntersectionObserver"],
  ["streams that unpack", "delete globalThis.DecompressionStream; delete globalThis.CompressionStream"],
  ["WebSocket", "delete globalThis.WebSocket"],
  [
    "storage",
    "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(globalThis, name, { get() { throw new DOMException('no') } })",
  ],
  ["Set methods and iterator helpers", "delete Set.prototype.union; delete globalThis.Iterator"],
  [
    "picture in picture and full screen",
    "delete HTMLVideoElement.prototype.requestPictureInPicture; delete Element.prototype.requestFullscreen",
  ],
];

interface Looked {
  readonly hasBegun: boolean;
  readonly time: number;
  readonly notice: string | null;
  readonly hasChat: boolean;
}

function look(): Looked {
  const notice = document.querySelector<HTMLElement>("#notice")!;
  return {
    hasBegun: document.documentElement.dataset["begun"] !== undefined,
    time: document.querySelector("video")!.currentTime,
    notice: notice.hidden ? null : notice.textContent,
    hasChat: document.querySelector("#chat textarea, #chat input") !== null,
  };
}

/** One page of a browser, whoever drives it. */
interface Tab {
  look(): Promise<Looked>;
  readonly errors: string[];
  close(): Promise<void>;
}

function testRemovals(removals: typeof REMOVALS, open: (path: string, script: string) => Promise<Tab>): void {
  for (const [name, script] of removals) {
    it(`plays without ${name}, the page and the picture alone`, async () => {
      const tabs = await Promise.all(["", "embed"].map((path) => open(path, script)));
      try {
        for (const tab of tabs) {
          const first = (await tab.look()).time;
          await waitFor("a moving picture", PLAYS_WITHIN_MS, async () => {
            const { time } = await tab.look();
            return time > 0 && time > first + 0.3;
          }, 100).catch(async (problem) => {
            throw new Error(`${problem.message}: ${JSON.stringify(await tab.look())} ${tab.errors.join("; ")}`);
          });
          const { hasBegun, notice } = await tab.look();
          assert.deepEqual([hasBegun, notice], [true, null]);
          assert.deepEqual(tab.errors, []);
        }
        assert.equal((await tabs[0]!.look()).hasChat, true);
      } finally {
        await Promise.all(tabs.map((tab) => tab.close()));
      }
    });
  }
}

let server: Tercet;
beforeAll(async () => void (server = await startTercet({ args: ARGS })));
afterAll(() => server?.[Symbol.asyncDispose]());

(hasChromium() ? describe : describe.skip)("an older browser, played by Chromium,", () => {
  let chromium: Chromium;
  beforeAll(async () => void (chromium = await openChromium({ ignoresOrigins: false })));
  afterAll(() => chromium?.close());

  testRemovals(REMOVALS, async (path, script) => {
    const page = await chromium.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.addInitScript(script);
    await page.goto(`${server.baseUrl}/${path}`, { waitUntil: "load" });
    return { look: () => page.evaluate(look), errors, close: () => page.close() };
  });

  for (const [name, path] of [["the page", "/"], ["the picture alone", "/embed"]] as const) {
    for (
      const [what, answer, wanted] of [
        ["a word that it does not know", "let a = ;", /cannot run this page\. Open http:\/\/127\.0\.0\.1:\d+\/live\.m3u8 in VLC/],
        ["a function that it does not have", "missing.call()", /cannot run this page/],
        ["a script that does not arrive", null, /did not arrive\. Load it again, or open http:\S+live\.m3u8 in VLC/],
      ] as const
    ) {
      it(`says in a sentence what is wrong: ${what}, in ${name}`, async () => {
        const page = await chromium.newPage();
        await page.route(
          /assets\/(app|embed)-\w+\.js/,
          (route) => answer === null ? route.abort() : route.fulfill({ body: answer, contentType: "text/javascript" }),
        );
        await page.goto(server.baseUrl + path, { waitUntil: "load" });
        await page.locator("#notice", { hasText: wanted }).waitFor({ timeout: 3000 });
        await page.close();
      });
    }
  }

  it("an extra that fails takes nothing else with it: no canvas, no chat, and the picture plays", async () => {
    const page = await chromium.newPage();
    await page.addInitScript(`
      HTMLCanvasElement.prototype.getContext = () => { throw new Error("no canvas"); };
      const make = document.createElement;
      document.createElement = function (name) { if (name === "textarea" || name === "form") throw new Error("no forms"); return make.call(this, name); };
    `);
    await page.goto(`${server.baseUrl}/`);
    await waitFor("a moving picture", PLAYS_WITHIN_MS, async () => (await page.evaluate(look)).time > 1, 100);
    assert.equal(await page.locator("#chat").isVisible(), false);
    await page.mouse.move(100, 100);
    await page.getByRole("button", { name: "Settings", exact: true }).click();
    await page.getByRole("dialog", { name: "Settings" }).waitFor();
    await page.close();
  });

  it("that plays nothing before a press shows a large Play: no word of trouble, one press plays, with sound", async () => {
    const page = await chromium.newPage();
    // Looking from outside counts as a press in Chromium, so the rule is played by the page itself.
    await page.addInitScript(`
      for (const kind of ["pointerup", "keydown", "click"]) addEventListener(kind, (event) => { if (event.isTrusted) globalThis.pressedAtMs = performance.now(); }, true);
      const play = HTMLMediaElement.prototype.play;
      globalThis.calls = 0;
      HTMLMediaElement.prototype.play = function () {
        globalThis.calls++;
        if (globalThis.isAllowed || performance.now() - (globalThis.pressedAtMs ?? -1e9) < 1000) { globalThis.isAllowed = true; return play.call(this); }
        return Promise.reject(new DOMException("refused", "NotAllowedError"));
      };
    `);
    await page.goto(`${server.baseUrl}/`);
    await page.locator("#large-play").waitFor({ timeout: 8000 });
    await pause(12_000);
    const state = await page.evaluate(() => ({
      calls: (globalThis as unknown as { calls: number }).calls,
      notice: document.querySelector<HTMLElement>("#notice")!.hidden,
      tap: document.querySelector<HTMLElement>("#tap-for-sound")!.hidden,
      label: document.querySelector("#play")!.getAttribute("aria-label"),
    }));
    assert.deepEqual(
      { ...state, calls: state.calls <= 4 },
      { calls: true, notice: true, tap: true, label: "Play" },
      `${state.calls} calls`,
    );
    await page.locator("#large-play").click();
    const first = (await page.evaluate(look)).time;
    await waitFor("a moving picture", 4000, async () => (await page.evaluate(look)).time > first + 0.5, 100);
    assert.equal(await page.locator("#play").getAttribute("aria-label"), "Pause");
    assert.equal(await page.locator("#large-play").isVisible(), false);
    assert.equal(await page.evaluate(() => document.querySelector("video")!.muted), false);
    await page.close();
  });

  it("plays the picture alone in a sandboxed frame of another site, which is of no origin", async () => {
    const port = freePort();
    const html =
      `<!doctype html><iframe sandbox="allow-scripts" src="${server.baseUrl}/embed" allow="autoplay" width="320" height="180"></iframe>`;
    await using _site = Deno.serve(
      { hostname: "127.0.0.1", port, onListen() {} },
      () => new Response(html, { headers: { "content-type": "text/html" } }),
    );
    const page = await chromium.newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    const frame = page.frames()[1]!;
    await waitFor("a moving picture", PLAYS_WITHIN_MS, async () => ((await frame.evaluate(look).catch(() => null))?.time ?? 0) > 1, 100);
    assert.equal(await frame.evaluate(() => globalThis.origin), "null");
    await page.close();
  });
});

(hasFirefox() ? describe : describe.skip)("an older browser, played by Firefox,", () => {
  let firefox: Firefox;
  beforeAll(async () => void (firefox = await openFirefox()));
  afterAll(() => firefox?.close());

  // Seven at a time: which of them it was is easily told in Chromium.
  testRemovals(groupsOf(REMOVALS, 7), async (path, script) => {
    const page = await firefox.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.evaluateOnNewDocument(script);
    await page.goto(`${server.baseUrl}/${path}`, { waitUntil: "load" });
    return { look: () => page.evaluate(look), errors, close: () => page.close() };
  });

  it("plays nothing before a press where it is told to: a large Play, and one press plays", async () => {
    const strict = await openFirefox({ mayAutoplay: "never" });
    try {
      const page = await strict.newPage();
      await page.goto(`${server.baseUrl}/`);
      await page.waitForSelector("#large-play:not([hidden])", { timeout: 10_000 });
      assert.equal(await page.$eval("#notice", (notice) => (notice as HTMLElement).hidden), true);
      await page.click("#large-play");
      await waitFor("a moving picture", PLAYS_WITHIN_MS, async () => (await page.evaluate(look)).time > 0.5, 100);
    } finally {
      await strict.close();
    }
  });
});

function groupsOf(removals: typeof REMOVALS, size: number): typeof REMOVALS {
  return Array.from({ length: Math.ceil(removals.length / size) }, (_, at) => {
    const group = removals.slice(at * size, (at + 1) * size);
    return [group.map(([name]) => name).join(", "), group.map(([, script]) => script).join(";")] as const;
  });
}
