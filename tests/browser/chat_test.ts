/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import { waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { type Chromium, hasChromium, openChromium } from "./chromium.ts";

const LIMIT_MS = 5000;
/** A small picture: these tests are about words. */
const ARGS = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];

interface Chatter {
  readonly page: Page;
  readonly errors: string[];
  say(text: string, name?: string): Promise<void>;
  /** What its log shows, one text a message. */
  texts(): Promise<string[]>;
  line(text: string): Locator;
  close(): Promise<void>;
}

(hasChromium() ? describe : describe.skip)("the chat in Chromium", () => {
  let server: Tercet, chromium: Chromium;

  beforeAll(async () => {
    server = await startTercet({ args: [...ARGS, "--chat-links"] });
    // As strict as a viewer's browser: its own origin only.
    chromium = await openChromium({ ignoresOrigins: false });
  });
  afterAll(async () => {
    await chromium?.close();
    await server?.[Symbol.asyncDispose]();
  });

  async function join(): Promise<Chatter> {
    const page = await chromium.newPage();
    const errors: string[] = [];
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(String(error)));
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
        console.error(`refused by the policy: ${violatedDirective} ${blockedURI}`);
      });
    });
    await page.goto(`${server.baseUrl}/`, { waitUntil: "commit" });
    await page.getByRole("textbox", { name: "Message", exact: true }).waitFor();
    const log = page.getByRole("log");
    const chatter: Chatter = {
      page,
      errors,
      async say(text, name) {
        if (name !== undefined) await page.getByRole("textbox", { name: "Name", exact: true }).fill(name);
        await page.getByRole("textbox", { name: "Message", exact: true }).fill(text);
        await page.keyboard.press("Enter");
      },
      texts: () => log.locator(".chat-text").allTextContents(),
      line: (text) => log.locator(".chat-line").filter({ hasText: text }),
      close: () => page.close(),
    };
    return chatter;
  }

  async function withPages(count: number, test: (...chatters: Chatter[]) => Promise<void>): Promise<void> {
    const chatters = await Promise.all(Array.from({ length: count }, join));
    try {
      await test(...chatters);
      for (const { errors } of chatters) assert.deepEqual(errors, []);
    } finally {
      for (const chatter of chatters) await chatter.close();
    }
  }

  async function streamer(method: string, path: string, body?: unknown): Promise<Response> {
    const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    const text = body === undefined ? {} : { body: JSON.stringify(body) };
    return await fetch(`${server.baseUrl}${path}`, { method, headers: { authorization: `Bearer ${key}` }, ...text });
  }

  it("a message crosses from one page to the other, and both are played to meanwhile without a refusal of the policy", async () => {
    await withPages(2, async (one, other) => {
      await waitFor("a picture", 15_000, () => one.page.evaluate(() => document.querySelector("video")!.videoWidth > 0));
      await one.say("Good evening 🎉", "Anna");
      await waitFor("the message over there", LIMIT_MS, async () => (await other.texts()).at(-1) === "Good evening 🎉");
      assert.match(await other.line("Good evening").textContent() ?? "", /^Anna: Good evening 🎉$/);
      await waitFor("its confirmation", LIMIT_MS, async () => await one.line("Good evening").getAttribute("data-sent") === "true");
      assert.equal((await one.texts()).filter((text) => text === "Good evening 🎉").length, 1);
      const ids = await one.page.evaluate(async () => JSON.stringify(await (await fetch("/api/chat")).json()));
      const viewer = await one.page.evaluate(() =>
        performance.getEntriesByType("resource").map(({ name }) => /\/v\/([\w-]{36})\//.exec(name)?.[1])
      );
      for (const id of viewer) if (id !== undefined) assert.equal(ids.includes(id), false);
    });
  });
  it("the name is remembered, and its colour is the same on every page", async () => {
    await withPages(2, async (one, other) => {
      await one.say("in my colour", "Anna of the North");
      await other.line("in my colour").waitFor();
      const hue = (line: Locator) => line.evaluate((element) => element.style.getPropertyValue("--hue"));
      await waitFor("a colour", LIMIT_MS, async () => await hue(one.line("in my colour")) !== "");
      assert.equal(await hue(one.line("in my colour")), await hue(other.line("in my colour")));
      await one.page.reload();
      assert.equal(await one.page.getByRole("textbox", { name: "Name", exact: true }).inputValue(), "Anna of the North");
      await one.line("in my colour").waitFor();
    });
  });
  it("markup stays text, in names and in messages, and addresses become links that tell nobody anything", async () => {
    await withPages(2, async (one, other) => {
      const script = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";
      for (const name of ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>"]) {
        await one.say(script, name);
        const line = other.line("<script>").filter({ has: other.page.getByText(name, { exact: true }) });
        await line.waitFor();
        assert.equal(await line.textContent(), `${name}: ${script}`);
      }
      assert.equal(await other.page.locator("[role=log] script, [role=log] img").count(), 0);
      assert.notEqual(await other.page.title(), "owned");
      await one.say("see https://example.org/x, javascript:alert(1)", "Eve");
      const link = other.page.getByRole("link", { name: "https://example.org/x" });
      await link.waitFor();
      assert.match(await link.getAttribute("rel") ?? "", /noopener noreferrer/);
      assert.equal(await other.page.locator("[role=log] a").count(), 1);
    });
  });
  it("markup that came into the page all the same would run nothing: the policy refuses it", async () => {
    const { page, errors, close } = await join();
    const run = await page.evaluate(async () => {
      let count = 0;
      const refused = new Promise<void>((done) => document.addEventListener("securitypolicyviolation", () => ++count === 3 && done()));
      const ran: string[] = [];
      Object.assign(globalThis, { ran });
      document.body.insertAdjacentHTML("beforeend", "<img src=x onerror=\"ran.push('an attribute')\">");
      const element = document.createElement("script");
      element.textContent = "ran.push('an element')";
      document.body.append(element);
      const link = document.createElement("a");
      link.href = "javascript:ran.push('an address')";
      document.body.append(link);
      link.click();
      await Promise.race([refused, new Promise((done) => setTimeout(done, 3000))]);
      return ran;
    });
    await close();
    assert.deepEqual(run, []);
    assert.equal(errors.filter((error) => /refused by the policy: script-src/.test(error)).length, 3, errors.join("\n"));
  });
  it("a page of another site hears nothing, though it knows a viewer's address", async () => {
    const { id } = await (await fetch(`${server.baseUrl}/api/viewers`, { method: "POST", body: "{}" })).json();
    await using elsewhere = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => new Response("elsewhere"));
    const page = await chromium.newPage();
    const listen = () =>
      page.evaluate((address) =>
        new Promise<string>((done) => {
          const socket = new WebSocket(address);
          socket.onopen = () => done("opened");
          socket.onerror = () => done("refused");
        }), `${server.baseUrl.replace("http", "ws")}/api/viewers/${id}/events`);
    await page.goto(`${server.baseUrl}/embed`, { waitUntil: "commit" });
    assert.equal(await listen(), "opened");
    await page.goto(`http://127.0.0.1:${elsewhere.addr.port}/`);
    assert.equal(await listen(), "refused");
    await page.close();
  });
  it("a right-to-left override is taken out of what is pasted, and right-to-left words turn nothing but themselves", async () => {
    await withPages(2, async (one, other) => {
      await one.say("invoice\u202efdp.exe", "Mallory\u202e");
      await other.line("invoicefdp.exe").waitFor();
      assert.match(await other.line("invoicefdp").textContent() ?? "", /^Mallory: invoicefdp\.exe$/);
      await one.say("\u05e9\u05dc\u05d5\u05dd", "\u05d3\u05e0\u05d4");
      const line = other.line("\u05e9\u05dc\u05d5\u05dd");
      await line.waitFor();
      const [who, said] = await Promise.all([".chat-who", ".chat-text"].map((part) => line.locator(part).boundingBox()));
      assert.ok(who!.x + who!.width <= said!.x + 1, "the name stands before what it says");
    });
  });
  it("what the streamer deletes and clears vanishes from every page, and who is banned is told so", async () => {
    await withPages(2, async (one, other) => {
      await one.say("this is rude", "Eve");
      await other.line("this is rude").waitFor();
      const { messages } = await (await fetch(`${server.baseUrl}/api/chat`)).json();
      assert.equal((await streamer("DELETE", `/api/chat/messages/${messages.at(-1).number}`)).status, 200);
      for (const { line } of [one, other]) await line("this is rude").waitFor({ state: "detached" });
      assert.equal((await streamer("POST", "/api/chat/bans", { publicId: messages.at(-1).publicId, address: false })).status, 201);
      await one.say("let me in");
      await one.page.getByText("The streamer has shut you out of the chat.").waitFor();
      assert.equal(await one.page.getByRole("textbox", { name: "Message", exact: true }).inputValue(), "let me in");
      one.errors.splice(0); // Chromium writes every 403 down.
      assert.equal((await streamer("DELETE", `/api/chat/bans/${messages.at(-1).publicId}`)).status, 204);
      assert.equal((await streamer("DELETE", "/api/chat")).status, 204);
      for (const { texts } of [one, other]) await waitFor("an empty chat", LIMIT_MS, async () => (await texts()).length === 0);
    });
  });
  it("stays where somebody reads, says that there is more, and follows again from the end", async () => {
    await withPages(2, async (one, other) => {
      for (let at = 0; at < 40; at++) {
        await sayFrom(server, `10.0.0.${at}`, `line ${at}`);
      }
      await one.line("line 39").waitFor();
      const log = one.page.getByRole("log");
      const fromEnd = () => log.evaluate((element) => Math.round(element.scrollHeight - element.scrollTop - element.clientHeight));
      assert.ok(await fromEnd() <= 1);
      await log.hover();
      await one.page.mouse.wheel(0, -300);
      await waitFor("the scroll", LIMIT_MS, async () => await fromEnd() > 100);
      const before = await log.evaluate((element) => element.scrollTop);
      await other.say("news", "Anna");
      const button = one.page.getByRole("button", { name: "New messages" });
      await button.waitFor();
      assert.equal(await log.evaluate((element) => element.scrollTop), before);
      await button.click();
      await waitFor("the end", LIMIT_MS, async () => await fromEnd() <= 1);
      await button.waitFor({ state: "hidden" });
      await other.say("more news");
      await one.line("more news").waitFor();
      assert.ok(await fromEnd() <= 1);
    });
  });
  it("says how many characters are left near the limit, and sends no more than 500", async () => {
    await withPages(1, async (one) => {
      const field = one.page.getByRole("textbox", { name: "Message", exact: true });
      await field.fill("x".repeat(460));
      await one.page.getByText("40 left").waitFor();
      await field.fill("x".repeat(501));
      await one.page.getByText("1 too many").waitFor();
      await one.page.keyboard.press("Enter");
      await one.page.getByText("The message is too long: 500 characters at most.").waitFor();
      assert.equal((await one.texts()).some((text) => text.length > 400), false);
      await field.fill("");
    });
  });
  it("a killed and restarted server, and a page that writes meanwhile: nothing is lost, nothing doubled", async () => {
    await withPages(2, async (one, other) => {
      await one.say("before", "Anna");
      await other.line("before").waitFor();
      await waitFor("its confirmation", LIMIT_MS, async () => await one.line("before").getAttribute("data-sent") === "true");
      await server.kill("SIGKILL");
      await one.say("during");
      await one.line("during").waitFor();
      await one.page.getByText("Your message is sent as soon as it does.").waitFor();
      await server.restart();
      await waitFor("the message over there", 20_000, async () => (await other.texts()).includes("during"));
      await one.say("after");
      await waitFor("the next one", LIMIT_MS, async () => (await other.texts()).includes("after"));
      const late = await join();
      await late.line("after").waitFor();
      for (const { texts } of [one, other, late]) assert.deepEqual((await texts()).slice(-3), ["before", "during", "after"]);
      await late.close();
      for (const { errors } of [one, other]) errors.splice(0); // Refused connections, as there were.
    });
  });
  it("an answer that is lost on its way makes no second message", async () => {
    await withPages(2, async (one, other) => {
      let lost = 0;
      await one.page.route("**/api/chat", async (route) => {
        if (route.request().method() !== "POST" || lost++ > 0) return await route.continue();
        await route.fetch();
        await route.abort();
      });
      await one.say("only once", "Anna");
      await waitFor("the second try", LIMIT_MS, () => lost > 1);
      await waitFor("its confirmation", LIMIT_MS, async () => await one.line("only once").getAttribute("data-sent") === "true");
      for (const { texts } of [one, other]) assert.equal((await texts()).filter((text) => text === "only once").length, 1);
      one.errors.splice(0); // The connection that was cut.
    });
  });
});

(hasChromium() ? describe : describe.skip)("a show without a chat, in Chromium", () => {
  it("has no panel, asks for none, and plays", async () => {
    await using server = await startTercet({ args: [...ARGS, "--no-chat"] });
    const chromium = await openChromium({ ignoresOrigins: false });
    try {
      const page = await chromium.newPage();
      const asked: string[] = [], errors: string[] = [];
      page.on("request", (request) => asked.push(new URL(request.url()).pathname));
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      await page.goto(`${server.baseUrl}/`);
      await waitFor("a picture", 15_000, () => page.evaluate(() => document.querySelector("video")!.videoWidth > 0));
      assert.equal(await page.getByRole("textbox", { name: "Message", exact: true }).count(), 0);
      assert.equal(await page.locator("#chat").isVisible(), false);
      assert.equal(await page.locator("#chat-toggle").isVisible(), false);
      assert.deepEqual(asked.filter((path) => path.startsWith("/api/chat")), []);
      assert.deepEqual(errors, []);
    } finally {
      await chromium.close();
    }
  });
});

/** From an address of its own, so that no limit holds it up. */
async function sayFrom(server: Tercet, address: string, text: string): Promise<void> {
  const headers = { "x-forwarded-for": address };
  const { id } = await (await fetch(`${server.baseUrl}/api/viewers`, { method: "POST", body: "{}", headers })).json();
  const body = JSON.stringify({ viewer: id, name: `Guest of ${address}`, text });
  const answer = await fetch(`${server.baseUrl}/api/chat`, { method: "POST", body, headers });
  assert.equal(answer.status, 201, await answer.text());
}
