import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createEvents } from "../../static/events.ts";

type FakeSocket = Pick<WebSocket, "onopen" | "onmessage" | "onclose" | "close"> & { address: string; isClosed: boolean };

function fake(base = "http://tv.example/") {
  const sockets: FakeSocket[] = [], heard: unknown[] = [];
  const page = { nowMs: 0, lost: 0, isForbidden: false };
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
    now: () => page.nowMs,
    random: () => 0.5,
  });
  return { events, sockets, heard, page };
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
});
