import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Circumstances } from "../../media/audience/viewers.ts";
import { createEventHub, type EventMessage, type EventSocket, type Subscribe } from "../../routes/event_hub.ts";
import { EVENT } from "../../routes/schemas.ts";
import { waitFor } from "../fixtures/condition.ts";
import { BROWSER, openShow, type Show } from "./show.ts";

const LIMIT_MS = 5000;

describe("the events of a viewer", () => {
  it("begin with the whole state, and go on with what changes", async () => {
    let circumstances: Circumstances = { motionPick: "mq", cap: "hq", boost: null, drivenPick: "mq" };
    await using house = serve(openShow({ circumstances: () => circumstances }));
    const { show } = house;
    show.publishSegments(1);
    show.status = { ...show.status, motion: { score: 50, moving: false }, budget: { uplink: 1e8, spendable: 85e6, spent: 0 } };
    const id = await show.join({ player: "hls.js" });
    const events = await house.listen(id);
    const state = await events.next("state");
    assert.deepEqual([state.stream.state, state.stream.motion.score, state.stream.viewers.total], ["live", 50, 1]);
    assert.deepEqual([state.viewer.id, state.viewer.quality, state.viewer.rendition], [id, "auto", null]);

    await show.get(`/v/${id}/hq.m3u8`);
    const first = await events.next("choice");
    assert.deepEqual([first.rendition, first.reason], ["hq", "auto"]);
    await show.app.request(`/api/viewers/${id}`, { method: "PATCH", body: '{"mode":"gaming"}' });
    assert.deepEqual((await events.next("choice")).mode, "gaming");
    assert.equal((await events.next("motion")).score, 50);
    circumstances = { ...circumstances, cap: "lq" };
    show.publishSegments(1);
    await show.get(`/v/${id}/hq.m3u8`);
    assert.equal((await events.next("choice")).reasonText, "LQ: the uplink is full");

    show.status = {
      ...show.status,
      state: "card",
      motion: { score: 51, moving: true },
      budget: { uplink: 1e8, spendable: 85e6, spent: 5 },
    };
    await show.join();
    assert.equal((await events.next("motion")).score, 51);
    assert.deepEqual((await events.next("viewers")).total, 2);
    assert.equal((await events.next("budget")).spent, 5);
    const later = await events.next("state");
    assert.deepEqual([later.stream.state, later.viewer], ["card", undefined]);
    for (const message of events.all) assert.doesNotThrow(() => EVENT.parse(message));
    events.close();
    await waitFor("the end of the socket", LIMIT_MS, () => show.hub.size === 0);
  });
  it("tell of motion only those who play by it, and of choices only the one they are for", async () => {
    let say: (message: EventMessage) => void = () => {};
    const source: Subscribe = (listener) => {
      say = listener;
      return () => {};
    };
    await using house = serve(openShow({ eventSources: [source] }));
    const { show } = house;
    const [gamer, other] = [await show.join({ mode: "gaming" }), await show.join()];
    const [events, others] = [await house.listen(gamer), await house.listen(other)];
    say({ type: "motion", score: 70, moving: true });
    say({ type: "viewers", total: 7, byRendition: {}, byClient: {} });
    await show.app.request(`/api/viewers/${gamer}`, { method: "PATCH", body: '{"mode":"home"}' });
    assert.equal((await events.next("motion")).score, 70);
    await events.next("choice");
    await others.next("viewers");
    assert.deepEqual(others.all.map(({ type }) => type), ["state", "viewers"]);
  });
  it("tell the motion once to one who turns to gaming, each time it does, and to nobody else", async () => {
    await using house = serve(openShow());
    const { show } = house;
    show.status = { ...show.status, motion: { score: 12, moving: false } };
    const [player, other] = [await show.join(), await show.join()];
    const [events, others] = [await house.listen(player), await house.listen(other)];
    const turn = (mode: string) => show.app.request(`/api/viewers/${player}`, { method: "PATCH", body: JSON.stringify({ mode }) });
    const nextChoice = async () => {
      show.publishSegments(1);
      await show.get(`/v/${player}/mq.m3u8`);
      return await events.next("choice");
    };
    for (let turns = 0; turns < 2; turns++) {
      await turn("gaming");
      assert.equal((await events.next("motion")).score, 12);
      assert.equal((await events.next("choice")).mode, "gaming");
      // What it is shown changes too: that is no turn.
      assert.equal((await nextChoice()).reason, "motion");
      await turn("home");
      assert.equal((await events.next("choice")).mode, "home");
      assert.equal((await nextChoice()).reason, "auto");
    }
    await show.app.request(`/api/viewers/${other}`, { method: "PATCH", body: '{"quality":"lq"}' });
    await others.next("choice");
    assert.deepEqual(others.all.map(({ type }) => type), ["state", "choice"]);
    assert.equal(events.all.filter(({ type }) => type === "motion").length, 2);
  });
  it("come now and then also when nothing changes", async () => {
    await using house = serve(openShow({ speakEveryMs: 20 }));
    const events = await house.listen(await house.show.join());
    const [first, second] = [await events.next("viewers"), await events.next("viewers")];
    assert.deepEqual(second, first);
  });
  it("are for our own pages, for programs, and for viewers that exist", async () => {
    await using house = serve(openShow());
    const { show, port } = house;
    const path = `/api/viewers/${await show.join()}/events`;
    const upgrade = {
      "upgrade": "websocket",
      "connection": "Upgrade",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    };
    const ask = async (where: string, headers: Record<string, string>) => {
      const answer = await show.app.request(where, { headers: { host: `127.0.0.1:${port}`, ...headers } });
      return [answer.status, (await answer.json()).kind];
    };
    assert.deepEqual(await ask(path, {}), [426, "upgrade_required"]);
    assert.deepEqual(await ask(`/api/viewers/${"a".repeat(36)}/events`, upgrade), [404, "unknown_viewer"]);
    for (const origin of ["http://evil.example", `http://evil.example:${port}`, "http://127.0.0.1:1", "null", "nonsense"]) {
      assert.deepEqual(await ask(path, { ...upgrade, origin }), [403, "foreign_origin"], origin);
    }
    for (const origin of [undefined, `http://127.0.0.1:${port}`]) (await house.listen(await show.join(), origin)).close();
  });
  it("end when the server stops, and when somebody talks too much", async () => {
    await using house = serve(openShow());
    const talker = await house.listen(await house.show.join());
    talker.socket.send("a word");
    talker.socket.send("x".repeat(5000));
    assert.equal((await talker.closed).code, 1008);
    const listener = await house.listen(await house.show.join());
    house.show.hub.close();
    assert.equal((await listener.closed).code, 1012);
    const late = await house.listen(await house.show.join());
    assert.equal((await late.closed).code, 1012);
  });
});

describe("the hub of events", () => {
  const fake = (o: Partial<EventSocket> = {}) => {
    const sent: string[] = [];
    const closed: number[] = [];
    const socket = {
      readyState: 1,
      bufferedAmount: 0,
      send: (text: string) => sent.push(text),
      close: (code: number) => closed.push(code),
      ...o,
    };
    return { socket: socket as unknown as EventSocket & { bufferedAmount: number }, sent, closed };
  };
  it("drops a reader that has not taken 256 KB, and nobody else", () => {
    const hub = createEventHub();
    const [slow, quick] = [fake(), fake()];
    for (const { socket } of [slow, quick]) hub.join(socket, "a");
    hub.broadcast({ type: "viewers" });
    Object.assign(slow.socket, { bufferedAmount: 256 * 1024 + 1 });
    hub.broadcast({ type: "viewers" });
    hub.broadcast({ type: "viewers" });
    assert.deepEqual([slow.sent.length, slow.closed, quick.sent.length, hub.size], [1, [1013], 3, 1]);
  });
  it("writes a message once for all who get it", () => {
    const hub = createEventHub();
    let writings = 0;
    const message = { type: "x", toJSON: () => ({ type: "x", writings: ++writings }) };
    const all = Array.from({ length: 50 }, () => fake());
    for (const [i, { socket }] of all.entries()) hub.join(socket, `viewer ${i}`);
    hub.broadcast(message);
    assert.equal(writings, 1);
    assert.ok(all.every(({ sent }) => sent[0] === all[0]!.sent[0]));
  });
  it("listens to its sources only while somebody listens to it", () => {
    const hub = createEventHub();
    let running = 0;
    const source = () => {
      running++;
      return () => void running--;
    };
    hub.follow(source);
    assert.equal(running, 0);
    const leave = hub.join(fake().socket, null);
    const leaveToo = hub.join(fake().socket, "a");
    hub.follow(() => source());
    assert.equal(running, 2);
    leave();
    leave();
    assert.equal(running, 2);
    leaveToo();
    assert.equal(running, 0);
    hub.join(fake().socket, "a");
    assert.equal(running, 2);
  });
  it("lets one viewer have eight sockets, the newest", () => {
    const hub = createEventHub();
    const all = Array.from({ length: 10 }, () => fake());
    for (const { socket } of all) hub.join(socket, "a");
    assert.deepEqual(all.map(({ closed }) => closed.length), [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert.equal(hub.size, 8);
    assert.ok(hub.has("a") && !hub.has("b"));
  });
});

function serve(show: Show) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request, info) => show.app.fetch(request, info));
  const { port } = server.addr;
  return {
    show,
    port,
    async listen(viewer: string, origin?: string) {
      const address = `ws://127.0.0.1:${port}/api/viewers/${viewer}/events`;
      const socket = new WebSocket(address, withHeaders({ "user-agent": BROWSER, ...(origin ? { origin } : {}) }));
      return await readEvents(socket);
    },
    async [Symbol.asyncDispose]() {
      show.window.end();
      show.hub.close();
      await server.shutdown();
    },
  };
}

// deno-lint-ignore no-explicit-any -- messages are judged by their schema
type Read = any;

async function readEvents(socket: WebSocket) {
  const all: Read[] = [];
  const taken = new Map<string, number>();
  const closed = new Promise<CloseEvent>((resolve) => socket.onclose = resolve);
  socket.onmessage = ({ data }) => all.push(JSON.parse(data));
  await waitFor("the first event", LIMIT_MS, () => all.length > 0 || socket.readyState > 1, 2);
  return {
    socket,
    all,
    closed,
    close: () => socket.close(),
    /** The next event of that type, of those that came and were not asked for yet. */
    async next(type: string): Promise<Read> {
      const place = taken.get(type) ?? 0;
      taken.set(type, place + 1);
      return await waitFor(`the event ${type}`, LIMIT_MS, () => all.filter((message) => message.type === type)[place] ?? null, 2);
    },
  };
}

/** Deno takes headers where the type of the browsers' WebSocket knows protocols only. */
function withHeaders(headers: Record<string, string>): string[] {
  return { headers } as unknown as string[];
}
