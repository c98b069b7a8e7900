import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { openPublishing, type Publishing } from "../../../media/ingest/publishing.ts";
import type { Publisher } from "../../../media/ingest/publisher.ts";
import { waitFor } from "../../fixtures/condition.ts";
import { AVCC } from "../flv/flv_bytes.ts";
import { pictureMessage } from "./browser/browser_bytes.ts";
import { createFakeTime, type FakeTime } from "./fake_timer.ts";
import { message, publishing } from "./rtmp/rtmp_bytes.ts";

interface Scene {
  readonly publishing: Publishing;
  readonly time: FakeTime;
  readonly logged: string[];
  readonly arrived: Publisher[];
}

async function withPublishing(test: (scene: Scene) => Promise<void>, rtmp: Parameters<typeof openPublishing>[0]["rtmp"]): Promise<void> {
  const dataDir = await Deno.makeTempDir();
  const [time, logged, arrived] = [createFakeTime(), [] as string[], [] as Publisher[]];
  const opened = await openPublishing({
    rtmp,
    dataDir,
    show: { rate: 30, width: 1280, height: 720, bitsPerSecond: 2_500_000 },
    onPublisher: (publisher) => arrived.push(publisher),
    log: (line) => logged.push(line),
    ...time,
  });
  try {
    await test({ publishing: opened, time, logged, arrived });
  } finally {
    await opened.stop();
    await opened.stop();
    await Deno.remove(dataDir, { recursive: true });
  }
  assert.equal(time.waiting, 0);
}

const HERE = { host: "127.0.0.1", port: 0, allowPublic: false };
const picture = (timeMs: number) =>
  message({ type: 9, body: [timeMs === 0 ? 0x17 : 0x27, 1, 0, 0, 0, 1], timeMs, streamId: 1, chunkStreamId: 6 }, 4096);

describe("publishing", () => {
  it("shows the first key once, takes whoever has it, reports on it and says once what could be better", () =>
    withPublishing(async ({ publishing: opened, time, logged, arrived }) => {
      const [shown] = await opened.revealUnseen();
      assert.ok(shown);
      assert.deepEqual([shown.name, await opened.revealUnseen()], ["OBS", []]);
      const keyId = opened.keys.list[0]!.id;
      assert.equal(opened.report(keyId), null);

      using conn = await Deno.connect({ hostname: "127.0.0.1", port: opened.rtmp!.port });
      const header = message({ type: 9, body: [0x17, 0, 0, 0, 0, ...AVCC], streamId: 1, chunkStreamId: 6 }, 4096);
      for (const bytes of [publishing(shown.key), header, picture(0), picture(33)]) await conn.write(bytes);
      await waitFor("the publisher", 5000, () => arrived.length === 1);
      assert.deepEqual(opened.report(keyId), {
        state: "sending",
        address: "127.0.0.1",
        picture: { codec: "h264", width: 426, height: 240 },
        sound: null,
        encoder: null,
        bitsPerSecond: null,
        picturesPerSecond: null,
        keyIntervalSeconds: null,
        picturesLeftOut: 0,
        advice: ["426x240 arrives: stretched to 1280x720", "no sound arrives"],
      });
      time.pass(9000);
      await conn.write(picture(1100));
      await waitFor("the third picture", 5000, () => arrived[0]!.stats.bitsPerSecond !== null);
      assert.deepEqual(logged, ["OBS publishes from 127.0.0.1"]);
      time.pass(3000);
      assert.deepEqual(logged.slice(1), opened.report(keyId)!.advice.map((line) => `OBS: ${line}`));
      assert.equal(logged.length, 5);
    }, HERE));

  it("goes on without a port that is in use, and says so", () =>
    withPublishing(({ publishing: first }) =>
      withPublishing((second) => {
        assert.equal(second.publishing.rtmp, null);
        assert.match(second.logged[0]!, /^Port \d+ is in use, so nobody can publish by RTMP/);
        return Promise.resolve();
      }, { ...HERE, port: first.rtmp!.port }), HERE));

  it("listens nowhere where it is off", () =>
    withPublishing(({ publishing: opened, logged }) => {
      assert.deepEqual([opened.rtmp, logged], [null, []]);
      return Promise.resolve();
    }, null));

  it("takes a browser by a key, and looks at none for a minute after five wrong ones from its network", () =>
    withPublishing(async ({ publishing: opened, time, logged, arrived }) => {
      const made = await opened.keys.make("phone");
      assert.ok(made.kind === "made");
      const { text, key } = made;
      for (let i = 0; i < 5; i++) assert.equal(opened.findKey("wrong", "192.168.1.9").kind, "wrong");
      assert.equal(opened.findKey(text, "192.168.1.9").kind, "barred");
      assert.equal(opened.findKey(text, "192.168.1.10").kind, "key");
      time.pass(60_000);
      assert.deepEqual(opened.findKey(text, "192.168.1.9"), { kind: "key", key });
      // Perhaps a proxy that does not say for whom it asks.
      for (let i = 0; i < 6; i++) assert.equal(opened.findKey("wrong", "127.0.0.1").kind, "wrong");

      const closed: string[] = [];
      const browser = opened.admitBrowser({ key, address: "192.168.1.9", say() {}, close: (why) => closed.push(why) });
      assert.ok(browser.kind === "admitted");
      browser.connection.take(Uint8Array.of(1, 1, ...AVCC));
      browser.connection.take(pictureMessage(0, 1, [7]));
      assert.deepEqual([arrived[0]!.name, opened.report(key.id)?.address], ["phone", "192.168.1.9"]);
      opened.desk.withdraw(key.id);
      assert.deepEqual([closed, logged], [["withdrawn"], [
        "phone publishes from 192.168.1.9, by a browser",
        "phone at 192.168.1.9 is let go: its key is no longer good",
      ]]);
    }, null));
});
