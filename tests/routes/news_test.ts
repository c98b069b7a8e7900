import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { EventMessage, Subscribe } from "../../routes/event_hub.ts";
import { NEWS, type NewsAnswer } from "../../routes/schemas.ts";
import { aChat } from "./chat/a_chat.ts";
import { openShow, type Show } from "./show.ts";

async function ask(show: Show, viewer: string, after?: string): Promise<NewsAnswer> {
  const answer = await show.get(`/api/viewers/${viewer}/news${after === undefined ? "" : `?after=${after}`}`);
  assert.equal(answer.status, 200);
  return NEWS.parse(await answer.json());
}

const typesOf = ({ events }: NewsAnswer) => events.map(({ type }) => type);

describe("news for a page without a socket", () => {
  it("begins with the whole state, goes on with what is said, and is given again until it has arrived", async () => {
    const show = openShow({ chat: aChat() });
    const viewer = await show.join();
    const first = await ask(show, viewer);
    assert.deepEqual(typesOf(first), ["state"]);
    await show.app.request("/api/chat", {
      method: "POST",
      body: JSON.stringify({ viewer: await show.join(), name: "Eve", text: "hello" }),
    });
    const second = await ask(show, viewer, first.after);
    assert.deepEqual(typesOf(second), ["chat"]);
    assert.deepEqual(await ask(show, viewer, first.after), second, "the answer was lost on the way");
    assert.deepEqual(typesOf(await ask(show, viewer, second.after)), []);
    show.hub.close();
  });
  it("tells each viewer its own choices", async () => {
    const show = openShow();
    show.publishSegments(1);
    const [mine, other] = [await show.join(), await show.join()];
    const [first, others] = [await ask(show, mine), await ask(show, other)];
    await show.app.request(`/api/viewers/${mine}`, { method: "PATCH", body: '{"quality":"lq"}' });
    await new Promise((done) => setTimeout(done, 80));
    assert.deepEqual(typesOf(await ask(show, mine, first.after)), ["choice"]);
    assert.deepEqual(typesOf(await ask(show, other, others.after)), []);
    show.hub.close();
  });
  it("begins anew where it is not known how far one was: after a restart, a long silence, too much at once, or as another viewer", async () => {
    let tell: (message: EventMessage) => void = () => {};
    const source: Subscribe = (listener) => {
      tell = listener;
      return () => {};
    };
    const show = openShow({ eventSources: [source] });
    const viewer = await show.join();
    const { after } = await ask(show, viewer);
    for (const strange of ["x.1", "nonsense", after.replace(/\..*/, "")]) {
      assert.deepEqual(typesOf(await ask(show, viewer, strange)), ["state"]);
    }
    assert.deepEqual(typesOf(await ask(show, await show.join(), after)), ["state"]);
    for (let at = 0; at < 400; at++) tell({ type: "chat_cleared", filler: "x".repeat(1000) });
    assert.equal(
      (await (await show.get(`/api/viewers/${viewer}/news?after=${after}`)).json()).events[0].type,
      "state",
      "given up: too far behind",
    );
    assert.equal((await show.get("/api/viewers/nobody/news")).status, 404);
    show.hub.close();
  });
  it("many who never come back are bounded for each viewer", async () => {
    const show = openShow();
    const viewer = await show.join();
    for (let at = 0; at < 50; at++) await ask(show, viewer);
    assert.equal(show.hub.size, 8);
    show.hub.close();
  });
  it("the streamer hears once that a proxy does not pass sockets on, and not of a page that is only late", async () => {
    const lines: string[] = [];
    const show = openShow({ log: (line) => lines.push(line) });
    const viewer = await show.join();
    let { after } = await ask(show, viewer);
    ({ after } = await ask(show, viewer, after));
    assert.equal(lines.length, 0);
    for (let at = 0; at < 12; at++) {
      show.advance(2000);
      ({ after } = await ask(show, viewer, after));
    }
    assert.equal(lines.length, 1);
    assert.match(lines[0]!, /proxy .* WebSockets/);
    show.hub.close();
  });
});
