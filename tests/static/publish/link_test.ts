import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createLink, type LinkDeps } from "../../../static/publish/send/link.ts";

type Socket = ReturnType<LinkDeps["connect"]>;

/** A link whose server does as `answers` say, on a clock that the test moves. */
function open(o: { answers?: number[] } = {}) {
  let nowMs = 0;
  const timers = new Set<{ atMs: number; callback: () => void }>();
  const sockets:
    (Socket & { protocols: string[]; sent: Uint8Array[]; closed: number | undefined | null; say(word: object): void; break(): void })[] =
      [];
  const events: string[] = [];
  const answers = [...o.answers ?? []];
  const link = createLink({
    ask: (path, init) => {
      events.push(`ask ${path} ${new Headers(init?.headers).get("authorization")}`);
      const status = answers.shift() ?? 201;
      return Promise.resolve(status === 0 ? null : new Response(JSON.stringify({ ticket: `t${events.length}` }), { status }));
    },
    connect(address, protocols) {
      assert.equal(address, "wss://tv.example/live/api/studio/publish");
      const socket = {
        onopen: null,
        onclose: null,
        onmessage: null as Socket["onmessage"],
        protocols,
        sent: [] as Uint8Array[],
        closed: null as number | undefined | null,
        bufferedAmount: 0,
        readyState: 1,
        close(code?: number) {
          this.closed = code;
        },
        send(bytes: Uint8Array) {
          this.sent.push(bytes);
        },
        break: () => (socket.onclose as (() => void) | null)?.(),
        say(word: object) {
          socket.onmessage?.call(socket as unknown as WebSocket, { data: JSON.stringify(word) } as MessageEvent);
        },
      };
      sockets.push(socket as unknown as typeof sockets[number]);
      return socket as unknown as Socket;
    },
    base: "https://tv.example/live/publish",
    key: () => "KEY",
    onOpen: () => events.push("open"),
    onKey: () => events.push("key"),
    onChange() {},
    now: () => nowMs,
    setTimer(callback, ms) {
      const timer = { atMs: nowMs + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });
  /** Moves the clock in small steps and lets what was asked be answered. */
  async function pass(ms: number): Promise<void> {
    const untilMs = nowMs + ms;
    do {
      await settle();
      nowMs = Math.min(untilMs, nowMs + 50);
      for (const timer of [...timers]) if (timer.atMs <= nowMs && timers.delete(timer)) timer.callback();
    } while (nowMs < untilMs);
    await settle();
  }
  return { link, sockets, events, pass };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await Promise.resolve();
  await new Promise((resolve) => setTimeout(resolve, 0));
}

const PUBLISHED = { type: "published" };

describe("the link of the sender", () => {
  it("asks for a ticket with the key, hands it over as a subprotocol, and sends when it is admitted", async () => {
    const { link, sockets, events, pass } = open();
    link.open();
    await pass(0);
    assert.deepEqual([events, sockets[0]!.protocols], [["ask api/studio/publish/tickets Bearer KEY"], ["tercet-publish", "t1"]]);
    link.send(Uint8Array.of(1), 1);
    sockets[0]!.say(PUBLISHED);
    sockets[0]!.say({ type: "key" });
    link.send(Uint8Array.of(2), 2);
    assert.deepEqual([link.state, events.slice(1), sockets[0]!.sent], [{ kind: "open" }, ["open", "key"], [Uint8Array.of(2)]]);
    link.close();
    assert.deepEqual([sockets[0]!.closed, link.state], [1000, { kind: "closed", trouble: null }]);
    await pass(60_000);
    assert.equal(sockets.length, 1);
  });

  it("comes back by itself, with a new ticket, the sooner the better it went", async () => {
    const { link, sockets, pass } = open({ answers: [0, 502, 201, 201] });
    link.open();
    await pass(0);
    assert.deepEqual(link.state, { kind: "connecting", trouble: "unreachable" });
    await pass(800);
    sockets[0]!.say(PUBLISHED);
    sockets[0]!.break();
    assert.equal(link.bufferedBytes, null);
    await pass(300);
    sockets[1]!.say(PUBLISHED);
    assert.equal(link.state.kind, "open");
    assert.notEqual(sockets[0]!.protocols[1], sockets[1]!.protocols[1]);
  });

  it("takes a way on which nothing is heard any more for dead", async () => {
    const { link, sockets, pass } = open();
    link.open();
    await pass(0);
    sockets[0]!.say(PUBLISHED);
    link.send(Uint8Array.of(1), 1);
    await pass(3500);
    assert.equal(link.state.kind, "open");
    await pass(1500);
    assert.equal(sockets.length, 2);
  });

  it("hurries where the network may be back", async () => {
    const { link, pass, events } = open({ answers: [0, 0, 0, 0, 0, 0] });
    link.open();
    await pass(8000);
    const before = events.length;
    link.hurry();
    await pass(0);
    assert.equal(events.length, before + 1);
  });

  const ends: [name: string, answers: number[], word: object | null, state: object][] = [
    ["a wrong key", [403], null, { kind: "closed", trouble: "wrong_key" }],
    ["no room for its key", [409], null, { kind: "closed", trouble: "full" }],
    ["another connection in its place", [], { type: "ended", why: "taken_over" }, { kind: "closed", trouble: "taken_over" }],
    ["a key that was withdrawn", [], { type: "ended", why: "withdrawn" }, { kind: "closed", trouble: "wrong_key" }],
    ["too many wrong keys, for a minute", [429], null, { kind: "connecting", trouble: "too_many_keys" }],
    ["somebody else, for a moment", [], { type: "ended", why: "in_use" }, { kind: "connecting", trouble: "in_use" }],
    ["a server that stops", [], { type: "ended", why: "stopping" }, { kind: "connecting", trouble: "unreachable" }],
  ];
  for (const [name, answers, word, state] of ends) {
    it(`knows what to do about ${name}`, async () => {
      const { link, sockets, pass } = open({ answers });
      link.open();
      await pass(0);
      if (word !== null) sockets[0]!.say(word);
      assert.deepEqual(link.state, state);
    });
  }
});
