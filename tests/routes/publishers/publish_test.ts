import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { openPublisherKeys } from "../../../media/ingest/publishers_file.ts";
import type { PublishDeps } from "../../../routes/publishers/publish.ts";
import { openShow, STREAMER_KEY } from "../show.ts";

interface Seen {
  readonly name: string;
  readonly messages: Uint8Array[];
  readonly left: string[];
  say(word: object): void;
  close(why: string, reason: string): void;
}

interface Door {
  /** Asks for a ticket with that key; null for none. */
  ask(key: string | null): Promise<Response>;
  ticket(key?: string): Promise<string>;
  readonly url: string;
  readonly seen: readonly Seen[];
  readonly publish: PublishDeps;
  /** Of the show, in ms. */
  pass(ms: number): void;
}

/** The app on a port, and what came of each WebSocket; `refusal` refuses all. */
async function withDoor(test: (door: Door) => Promise<void>, refusal?: string): Promise<void> {
  const dataDir = await Deno.makeTempDir();
  const seen: Seen[] = [];
  const { keys } = await openPublisherKeys({ dataDir, nowMs: () => 0 });
  const publish: PublishDeps = {
    keys,
    findKey(text) {
      const key = keys.find([text]);
      return key === null ? { kind: text === "again" ? "barred" : "wrong" } : { kind: "key", key };
    },
    admitBrowser({ key, say, close }) {
      if (refusal !== undefined) return { kind: "refused", description: refusal };
      const one: Seen = { name: key.name, messages: [], left: [], say, close };
      seen.push(one);
      say({ type: "published" });
      return { kind: "admitted", connection: { take: (message) => one.messages.push(message), leave: (how) => one.left.push(how) } };
    },
  };
  const show = openShow({ publish });
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, show.app.fetch);
  const host = `127.0.0.1:${server.addr.port}`;
  const ask = (key: string | null) =>
    fetch(`http://${host}/api/studio/publish/tickets`, { method: "POST", headers: key === null ? {} : { authorization: `Bearer ${key}` } });
  try {
    await test({
      ask,
      ticket: async (key = STREAMER_KEY) => (await (await ask(key)).json()).ticket,
      url: `ws://${host}/api/studio/publish`,
      seen,
      publish,
      pass: show.advance,
    });
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

function open(url: string, ticket: string): { socket: WebSocket; next(): Promise<string>; closed: Promise<CloseEvent> } {
  const socket = new WebSocket(url, ["tercet-publish", ticket]);
  const words: string[] = [];
  let wake = () => {};
  socket.onmessage = ({ data }) => {
    words.push(data);
    wake();
  };
  socket.onerror = () => {};
  let read = 0;
  return {
    socket,
    async next() {
      while (words.length <= read) await new Promise<void>((resolve) => wake = resolve);
      return words[read++]!;
    },
    closed: new Promise((resolve) => socket.onclose = resolve),
  };
}

describe("the door of a browser's camera", () => {
  it("gives tickets to the streamer and to publishers, and says what is wrong with others", () =>
    withDoor(async ({ ask, publish: { keys } }) => {
      const kinds: [string | null, number, string][] = [
        [null, 401, "streamer_only"],
        ["x", 403, "wrong_publish_key"],
        ["again", 429, "too_many_wrong_keys"],
      ];
      for (const [key, status, kind] of kinds) {
        const answer = await ask(key);
        assert.deepEqual([answer.status, (await answer.json()).kind], [status, kind]);
      }
      const streamer = await ask(STREAMER_KEY);
      assert.deepEqual([streamer.status, (await streamer.json()).name], [201, "browser"]);
      const made = await keys.make("phone");
      const phone = await ask(made.kind === "made" ? made.text : "");
      assert.deepEqual([phone.status, (await phone.json()).name], [201, "phone"]);
    }));

  it("makes one key for all browsers of the streamer, which can be renamed and withdrawn like others", () =>
    withDoor(async ({ ask, publish: { keys } }) => {
      await Promise.all([ask(STREAMER_KEY), ask(STREAMER_KEY)].map(async (asked) => await (await asked).body?.cancel()));
      assert.deepEqual(keys.list.map(({ id, isUnseen }) => [id === "browser", isUnseen]), [[false, true], [true, false]]);
      await keys.rename("browser", "desk");
      assert.equal((await (await ask(STREAMER_KEY)).json()).name, "desk");
    }));

  it("opens for a good ticket alone, once and soon, and not for another site's page", () =>
    withDoor(async ({ url, ticket, seen, pass, publish: { keys } }) => {
      const ask = async (protocols: string | null, headers: Record<string, string> = {}) => {
        const answer = await fetch(url.replace("ws", "http"), {
          headers: { upgrade: "websocket", ...(protocols === null ? {} : { "sec-websocket-protocol": protocols }), ...headers },
        });
        await answer.body?.cancel();
        return answer.status;
      };
      const plain = await fetch(url.replace("ws", "http"));
      await plain.body?.cancel();
      assert.equal(plain.status, 426);
      assert.deepEqual([await ask(null), await ask("tercet-publish"), await ask("tercet-publish, x")], [401, 401, 403]);
      assert.equal(await ask(`tercet-publish, ${await ticket()}`, { origin: "http://elsewhere" }), 403);

      const good = await ticket();
      const first = open(url, good);
      await first.next();
      assert.equal(first.socket.protocol, "tercet-publish");
      await open(url, good).closed;
      assert.equal(seen.length, 1, "it opened twice");
      const old = await ticket();
      pass(30_000);
      await open(url, old).closed;
      assert.equal(seen.length, 1, "it opened after 30 s");
      const withdrawn = await ticket();
      await keys.withdraw("browser");
      await open(url, withdrawn).closed;
      assert.equal(seen.length, 1, "its key was withdrawn");
      first.socket.close(1000);
      await first.closed;
    }));

  it("hands frames on and words back, and knows who has stopped", () =>
    withDoor(async ({ url, ticket, seen }) => {
      const { socket, next, closed } = open(url, await ticket());
      assert.equal(await next(), '{"type":"published"}');
      socket.send(Uint8Array.of(1, 2, 3));
      seen[0]!.say({ type: "key" });
      assert.equal(await next(), '{"type":"key"}');
      socket.close(1000);
      await closed;
      await untilLeft(seen[0]!);
      assert.deepEqual([seen[0]!.name, seen[0]!.messages, seen[0]!.left], ["browser", [Uint8Array.of(1, 2, 3)], ["stopped"]]);
    }));

  it("takes any other end for a loss", () =>
    withDoor(async ({ url, ticket, seen }) => {
      const { socket, next, closed } = open(url, await ticket());
      await next();
      socket.close(3001);
      await closed;
      await untilLeft(seen[0]!);
      assert.deepEqual(seen[0]!.left, ["lost"]);
    }));

  it("says why it closes", async () => {
    await withDoor(async ({ url, ticket, seen }) => {
      const { next, closed } = open(url, await ticket());
      await next();
      seen[0]!.close("stopping", "the server stops");
      assert.equal(await next(), '{"type":"ended","why":"stopping","reason":"the server stops"}');
      assert.deepEqual([(await closed).code, (await closed).reason], [1008, "the server stops"]);
    });
    await withDoor(async ({ url, ticket }) => {
      const { next, closed } = open(url, await ticket());
      assert.equal(await next(), '{"type":"ended","why":"in_use","reason":"Somebody publishes already."}');
      await closed;
    }, "Somebody publishes already.");
  });
});

async function untilLeft({ left }: Seen): Promise<void> {
  while (left.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
}
