import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { admitBrowser, type BrowserWord } from "../../../../media/ingest/browser/connection.ts";
import { createPublisherDesk } from "../../../../media/ingest/desk.ts";
import type { Publisher } from "../../../../media/ingest/publisher.ts";
import { AVCC } from "../../flv/flv_bytes.ts";
import { createFakeTime } from "../fake_timer.ts";
import { pictureMessage } from "./browser_bytes.ts";

const KEY = { id: "browser", name: "browser" };
const HEADER = Uint8Array.of(1, 1, ...AVCC);

describe("a browser that publishes", () => {
  function open() {
    const time = createFakeTime();
    const arrived: Publisher[] = [];
    const desk = createPublisherDesk({ ...time, log() {}, onPublisher: (publisher) => arrived.push(publisher) });
    const connect = (address = "192.168.1.9") => {
      const words: BrowserWord[] = [];
      const closed: string[] = [];
      const admission = admitBrowser(desk, {
        key: KEY,
        address,
        now: time.now,
        say: (word) => words.push(word),
        close: (why, reason) => closed.push(`${why}: ${reason}`),
      });
      return {
        words,
        closed,
        refusal: admission.kind === "refused" ? admission.description : null,
        connection: admission.kind === "admitted" ? admission.connection : null!,
      };
    };
    return { time, arrived, desk, connect };
  }

  it("is a publisher like others, and is asked for a key picture when somebody begins", () => {
    const { arrived, connect, desk, time } = open();
    const { connection, words } = connect();
    connection.take(HEADER);
    connection.take(pictureMessage(0, 1, [1]));
    assert.equal(arrived[0]!.stats.picture?.codec, "h264");
    time.pass(2000);
    connection.take(pictureMessage(2_000_000, 2, [1], false));
    arrived[0]!.openEnvelope();
    const heard = [1, 2].map((number) => ({ type: "heard", number, isHeld: false }));
    assert.deepEqual(words, [{ type: "published" }, ...heard, { type: "key" }]);
    connection.leave("stopped");
    assert.deepEqual(desk.publishers, []);
  });

  it("is closed with a reason at a broken message, and then lost", () => {
    const { arrived, connect, desk } = open();
    const { connection, closed } = connect();
    connection.take(HEADER);
    connection.take(pictureMessage(0, 1, [1]));
    connection.take(Uint8Array.of(9, 9));
    connection.take(pictureMessage(33_000, 2, [1]));
    connection.leave("lost");
    assert.deepEqual([closed, arrived[0]!.state.kind], [["broken: Cannot read message: kind 9"], "lost"]);
    desk.close();
  });

  it("may send H.264 in Annex B, described by nothing or by its beginning", () => {
    const sets = [0, 0, 0, 1, ...AVCC.subarray(8, 8 + AVCC[7]!), 0, 0, 0, 1, ...AVCC.subarray(8 + AVCC[7]! + 3)];
    for (const [record, data] of [[[], [...sets, 0, 0, 1, 0x65, 7]], [sets, [0, 0, 1, 0x65, 7]]] as const) {
      const { arrived, connect, desk } = open();
      const { connection } = connect();
      connection.take(Uint8Array.of(1, 1, ...record));
      connection.take(pictureMessage(0, 1, data));
      assert.deepEqual(arrived[0]!.stats.picture, { codec: "h264", width: 426, height: 240 });
      desk.close();
    }
  });

  it("counts the pictures that the page has left out", () => {
    const { arrived, connect, desk } = open();
    const { connection } = connect();
    connection.take(HEADER);
    for (const number of [5, 6, 9, 10, 12]) connection.take(pictureMessage(number * 33_000, number, [1]));
    assert.equal(arrived[0]!.stats.picturesLeftOut, 3);
    desk.close();
  });

  it("is told to leave pictures out while a decoder does not keep up", () => {
    const { arrived, connect, desk, time } = open();
    const { connection, words } = connect();
    connection.take(HEADER);
    connection.take(pictureMessage(0, 1, [1]));
    arrived[0]!.openEnvelope();
    for (const number of [2, 3]) {
      time.pass(600);
      connection.take(pictureMessage(number * 600_000, number, [1]));
    }
    assert.deepEqual(words.flatMap((word) => word.type === "heard" ? [word.isHeld] : []), [false, false, true]);
    desk.close();
  });

  it("is let go with the reason, and what it is to do about it", () => {
    const { connect, desk } = open();
    const first = connect();
    connect();
    assert.deepEqual(first.closed, ["taken_over: another connection with its key has taken over"]);
    desk.withdraw(KEY.id);
    const third = connect();
    desk.close();
    assert.deepEqual(third.closed, ["stopping: the server stops"]);
  });

  it("makes room for the same browser, and is kept from another while it sends", () => {
    const { connect, desk } = open();
    const first = connect();
    assert.equal(connect("192.168.1.10").refusal, "Somebody publishes with this key already.");
    connect();
    assert.equal(first.closed.length, 1);
    desk.close();
  });
});
