import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createEvents } from "../../../static/shared/events.ts";

type FakeSocket = Pick<WebSocket, "onopen" | "onmessage" | "onclose" | "close"> & { address: string; isClosed: boolean };

function fake(base = "http://tv.example/") {
  const sockets: FakeSocket[] = [], heard: unknown[] = [];
  const page = { nowMs: 0, lost: 0, blocked: 0, isForbidden: false, asked: [] as string[], answer: null as unknown };
  const events = createEvents({
    open(address) {
      if (page.isForbidden) throw new DOMException("not here", "SecurityError");
      const socket: FakeSocket = {
        address,
        isClosed: false,
        onopen: null,
        onmessage: null,
        onclose: null,
        close: () => void (socket.isClosed = true),
      };
      sockets.push(socket);
      return socket;
    },
    base,
    onEvent: (event) => heard.push(event),
    onLost: () => page.lost++,
    ask(path) {
      page.asked.push(path);
      return Promise.resolve(page.answer === null ? null : new Response(JSON.stringify(page.answer)));
    },
    onBlocked: () => page.blocked++,
    now: () => page.nowMs,
    random: () => 0.5,
  });
  return { events, sockets, heard, page };
}

/** Sockets are refused for so long, as by a proxy that does not pass them on. */
async function refuseSockets({ events, sockets, page }: ReturnType<typeof fake>, ms: number): Promise<void> {
  for (const endMs = page.nowMs + ms; page.nowMs < endMs; page.nowMs += 250) {
    const last = sockets.at(-1)!;
    if (!last.isClosed) cut(last);
    events.tick();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    await new Promise((done) => setTimeout(done, 0));
  }
}

function say(socket: FakeSocket, data: unknown): void {
  Reflect.apply(socket.onmessage ?? (() => {}), socket, [{ data }]);
}

function cut(socket: FakeSocket): void {
  Reflect.apply(socket.onclose ?? (() => {}), socket, [{}]);
}

describe("the event socket", () => {
  it("listens to the viewer's own address, also behind a proxy's prefix", () => {
    const { events, sockets } = fake("https://tv.example/stage/");
    events.follow("a/b");
    assert.equal(sockets[0]!.address, "wss://tv.example/stage/api/viewers/a%2Fb/events");
  });

  it("hands on what comes, and survives what is no JSON", () => {
    const { events, sockets, heard } = fake();
    events.follow("a");
    say(sockets[0]!, '{"type":"viewers"}');
    say(sockets[0]!, "<html>");
    assert.deepEqual(heard, [{ type: "viewers" }]);
  });

  it("follows a new viewer at once and hears nothing of the old one, and stays where the viewer stays", () => {
    const { events, sockets, heard } = fake();
    events.follow("a");
    events.follow("a");
    events.follow("b");
    assert.deepEqual(sockets.map(({ address, isClosed }) => [address.at(-8), isClosed]), [["a", true], ["b", false]]);
    say(sockets[0]!, "{}");
    cut(sockets[0]!);
    assert.equal(heard.length, 0);
  });

  it("comes back after a cut, and says that what was told may be old", () => {
    const { events, sockets, page } = fake();
    events.follow("a");
    cut(sockets[0]!);
    assert.equal(page.lost, 1);
    events.tick();
    assert.equal(sockets.length, 1);
    page.nowMs = 250;
    events.tick();
    assert.equal(sockets.length, 2);
  });

  it("a server that answers on another way gets a fresh socket for a silent one, and keeps one that speaks", () => {
    const { events, sockets, page } = fake();
    events.reachable();
    assert.equal(sockets.length, 0);
    events.follow("a");
    Reflect.apply(sockets[0]!.onopen ?? (() => {}), sockets[0]!, [{}]);
    page.nowMs = 20_000;
    say(sockets[0]!, "{}");
    page.nowMs = 21_000;
    events.reachable();
    assert.equal(sockets.length, 1);
    page.nowMs = 40_000;
    events.reachable();
    assert.deepEqual(sockets.map(({ isClosed }) => isClosed), [true, false]);
  });

  it("a browser that forbids it is asked again later", () => {
    const { events, sockets, page } = fake();
    page.isForbidden = true;
    events.follow("a");
    page.isForbidden = false;
    page.nowMs = 250;
    events.tick();
    assert.equal(sockets.length, 1);
  });

  it("a woken page takes a fresh socket, one without a viewer none, one that left comes back", () => {
    const { events, sockets } = fake();
    events.returned();
    assert.equal(sockets.length, 0);
    events.follow("a");
    events.returned();
    assert.deepEqual(sockets.map(({ isClosed }) => isClosed), [true, false]);
    events.leave();
    events.tick();
    assert.deepEqual(sockets.map(({ isClosed }) => isClosed), [true, true]);
    events.returned();
    assert.equal(sockets.length, 3);
  });

  it("where sockets do not get through but the server answers, the news is asked for, each from where the last ended, and that is said once", async () => {
    const all = fake();
    const { events, sockets, heard, page } = all;
    events.follow("a/b");
    page.answer = { after: "x.1", events: [{ type: "state" }] };
    await refuseSockets(all, 4000);
    page.answer = { after: "x.2", events: [{ type: "chat" }] };
    await refuseSockets(all, 4000);
    assert.deepEqual(page.asked.slice(0, 2), ["api/viewers/a%2Fb/news", "api/viewers/a%2Fb/news?after=x.1"]);
    assert.ok(page.asked.includes("api/viewers/a%2Fb/news?after=x.2"));
    assert.deepEqual(heard.slice(-1), [{ type: "chat" }]);
    assert.equal(page.blocked, 1);
    const [tried, lost, asked] = [sockets.length, page.lost, page.asked.length];
    await refuseSockets(all, 30_000);
    assert.ok(sockets.length <= tried + 1, "browsers write each into their console");
    assert.ok(page.asked.length - asked >= 15, `${page.asked.length - asked} askings in 30 s`);
    assert.deepEqual([page.lost, page.blocked], [lost, 1], "what is told is not old meanwhile");
    page.nowMs += 60_000;
    events.tick();
    Reflect.apply(sockets.at(-1)!.onopen ?? (() => {}), sockets.at(-1)!, [{}]);
    const before = page.asked.length;
    for (let at = 0; at < 10; at++) {
      page.nowMs += 1000;
      events.tick();
    }
    assert.equal(page.asked.length, before, "an open socket tells all");
  });

  it("a server that is away is not a proxy that stops sockets, and a proxy's own page is no news", async () => {
    const all = fake();
    const { events, heard, page } = all;
    events.follow("a");
    await refuseSockets(all, 20_000);
    page.answer = { hello: 1 };
    await refuseSockets(all, 20_000);
    assert.deepEqual([page.blocked, heard], [0, []]);
  });
});
