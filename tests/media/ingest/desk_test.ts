import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createPublisherDesk, type PublisherDesk, type PublisherLine } from "../../../media/ingest/desk.ts";
import type { Publisher } from "../../../media/ingest/publisher.ts";
import { AVCC } from "../flv/flv_bytes.ts";
import { createFakeTime, type FakeTime } from "./fake_timer.ts";

const OBS = { id: "k1", name: "OBS" };
const PHONE = { id: "k2", name: "phone" };

interface FakeConnection {
  readonly line: PublisherLine | null;
  readonly refusal: string | null;
  /** Why the desk has closed it. */
  readonly closed: string[];
  heardAtMs: number;
}

interface Scene {
  readonly desk: PublisherDesk;
  readonly time: FakeTime;
  readonly arrived: Publisher[];
  readonly logged: string[];
  /** A connection that sends a picture as soon as it is let in. */
  connect(key: typeof OBS, address?: string): FakeConnection;
}

function open(): Scene {
  const time = createFakeTime();
  const arrived: Publisher[] = [];
  const logged: string[] = [];
  const desk = createPublisherDesk({ ...time, log: (line) => logged.push(line), onPublisher: (publisher) => arrived.push(publisher) });
  return {
    desk,
    time,
    arrived,
    logged,
    connect(key, address = "192.168.1.7") {
      const closed: string[] = [];
      const connection = { line: null as PublisherLine | null, refusal: null as string | null, closed, heardAtMs: time.now() };
      const admission = desk.admit(key, { address, heardAtMs: () => connection.heardAtMs, close: (reason) => closed.push(reason) });
      if (admission.kind === "refused") connection.refusal = admission.description;
      else {
        connection.line = admission.line;
        sendPicture(admission.line);
      }
      return connection;
    },
  };
}

function sendPicture(line: PublisherLine): void {
  line.take({ kind: "picture_header", codec: "h264", record: AVCC });
  line.take({ kind: "picture", timeMs: 0, compositionMs: 0, isKey: true, data: Uint8Array.of(1) });
}

describe("the publishers' desk", () => {
  it("hands on a publisher at its first picture, by its key's name", () => {
    const { desk, arrived, connect } = open();
    connect(OBS);
    assert.deepEqual(arrived.map(({ name, state }) => [name, state.kind]), [["OBS", "sending"]]);
    assert.deepEqual(desk.publishers, arrived);
  });

  it("takes publishers with different keys side by side", () => {
    const { arrived, connect } = open();
    connect(OBS);
    connect(PHONE, "192.168.1.8");
    assert.deepEqual(arrived.map(({ name }) => name), ["OBS", "phone"]);
  });

  it("refuses a second one with the same key from elsewhere while the first is heard", () => {
    const { connect, time } = open();
    const first = connect(OBS, "192.168.1.7");
    time.pass(1999);
    assert.equal(connect(OBS, "192.168.1.8").refusal, "Somebody publishes with this key already.");
    assert.deepEqual(first.closed, []);
  });

  it("lets it take over after two seconds of silence, and the stay goes on", () => {
    const { connect, time, arrived } = open();
    const first = connect(OBS, "192.168.1.7");
    time.pass(2000);
    const second = connect(OBS, "192.168.1.8");
    assert.deepEqual([first.closed, second.refusal, arrived.length], [["another connection with its key has taken over"], null, 1]);
    assert.deepEqual(arrived[0]!.state, { kind: "sending", address: "192.168.1.8", sinceMs: 2000 });
  });

  it("lets it take over at once from the same address", () => {
    const { connect, arrived } = open();
    const first = connect(OBS);
    assert.deepEqual([connect(OBS).refusal, first.closed.length, arrived.length], [null, 1, 1]);
  });

  it("takes this machine's address for no address: a proxy may stand there", () => {
    for (const address of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
      const { connect } = open();
      connect(OBS, address);
      assert.notEqual(connect(OBS, address).refusal, null);
    }
  });

  it("hears nothing more of who was taken over", () => {
    const { connect, arrived, time } = open();
    const first = connect(OBS);
    connect(OBS);
    first.line!.leave("stopped");
    first.line!.leave("lost");
    time.pass(60_000);
    assert.equal(arrived[0]!.state.kind, "sending");
  });

  it("waits ten seconds for who is lost: back within them it is the same stay", () => {
    const { connect, arrived, time } = open();
    connect(OBS).line!.leave("lost");
    time.pass(9999);
    assert.equal(arrived[0]!.state.kind, "lost");
    connect(OBS, "10.0.0.1");
    time.pass(60_000);
    assert.deepEqual([arrived.length, arrived[0]!.state.kind, time.waiting], [1, "sending", 0]);
  });

  it("ends the stay of who does not come back, and begins another when it does", async () => {
    const { desk, connect, arrived, time, logged } = open();
    connect(OBS).line!.leave("lost");
    time.pass(10_000);
    assert.equal(await arrived[0]!.ended, "gone");
    assert.deepEqual(desk.publishers, []);
    connect(OBS);
    assert.deepEqual([arrived.length, arrived[1]!.keyId], [2, "k1"]);
    assert.deepEqual(logged, ["OBS is lost; it is waited for", "OBS has not come back"]);
  });

  it("ends the stay at once where the publisher says that it stops", async () => {
    const { connect, arrived, time } = open();
    connect(OBS).line!.leave("stopped");
    assert.deepEqual([await arrived[0]!.ended, time.waiting], ["stopped", 0]);
  });

  it("throws out whose key is withdrawn, and calls by its new name whose key is renamed", async () => {
    const { desk, connect, arrived } = open();
    const connection = connect(OBS);
    desk.rename("k1", "Studio");
    assert.equal(arrived[0]!.name, "Studio");
    desk.withdraw("k1");
    desk.withdraw("k1");
    assert.deepEqual([connection.closed, await arrived[0]!.ended], [["its key is no longer good"], "withdrawn"]);
    connection.line!.leave("lost");
    assert.deepEqual(desk.publishers, []);
  });

  it("closes with the server, and leaves no timer behind", async () => {
    const { desk, connect, arrived, time } = open();
    connect(PHONE).line!.leave("lost");
    const obs = connect(OBS);
    desk.close();
    assert.deepEqual([obs.closed, await Promise.all(arrived.map(({ ended }) => ended)), time.waiting], [
      ["the server stops"],
      ["closed", "closed"],
      0,
    ]);
  });
});
