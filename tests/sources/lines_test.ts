import assert from "node:assert/strict";
import { afterAll, describe } from "@std/testing/bdd";
import { createTeller, sayDuration } from "../../media/teller.ts";
import { pause } from "../fixtures/condition.ts";
import { numbersOf, watchSources } from "../fixtures/watch_source.ts";
import { type Clips, makeClips } from "./clips.ts";
import { assertNoCard, watchFor } from "./expect.ts";
import { freePort } from "./free_port.ts";
import { together } from "./together.ts";

describe("what the streamer reads of a source", () => {
  let clips: Clips;
  afterAll(() => clips.remove());
  together(() => void (clips = makeClips()), {
    "no secret of an address, in no line and no state (row 4)": async () => {
      const port = freePort();
      const busy = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => new Response("no", { status: 403 }));
      const addresses = [
        `rtsp://admin:geheim1@127.0.0.1:${port}/cam`,
        `srt://127.0.0.1:${port}?passphrase=geheim2geheim&timeout=500000`,
        `http://127.0.0.1:${busy.addr.port}/live.ts?token=geheim3`,
        `http://nobody:geheim4@127.0.0.1:${busy.addr.port}/x`,
        `rtmp://127.0.0.1:${port}/app/geheim5KEY`,
        `tcp://127.0.0.1:${port}?pwd=geheim6`,
      ];
      const watches = await Promise.all(addresses.map(async (address) => {
        const watch = await watchSources([address]);
        await pause(6000);
        return watch;
      }));
      for (const [index, watch] of watches.entries()) {
        const told = [...watch.lines, JSON.stringify(watch.sources.list()), watch.sources.describe("1")];
        await watch.stop();
        assert.ok(watch.lines.length >= 1, `${addresses[index]} is away, and nothing was said`);
        assert.ok(watch.lines.length <= 2, watch.lines.join("\n"));
        for (const text of told) assert.doesNotMatch(text, /geheim/, text);
        for (const line of watch.lines) assert.ok(line.length < 400, line);
      }
      await busy.shutdown();
    },
    "a source that is away for a day is told of a few times, whatever its reasons (row 20)": async () => {
      await Promise.resolve();
      let nowMs = 0;
      const lines: string[] = [];
      const teller = createTeller({
        now: () => nowMs,
        log: (line) => void lines.push(line),
        say: {
          begins: (reason) => `away: ${reason}`,
          lasts: (_, forMs, times) => `still away after ${sayDuration(forMs)} (${times} tries)`,
          isOver: (forMs) => `back after ${sayDuration(forMs)}`,
        },
      });
      for (let count = 0; nowMs < 3 * 3_600_000; nowMs += 10_000, count++) {
        teller.trouble(["refused", "timed out", `odd ${count}`][count % 3]!);
      }
      teller.over();
      teller.over();
      assert.ok(lines.length <= 9, lines.join("\n"));
      assert.equal(lines[0], "away: refused");
      assert.equal(lines.at(-1), "back after 3 h");
      assert.match(lines.join("\n"), /still away after \d+ s \(\d+ tries\)/);
    },
    "a folder without unix sockets, and one whose path is too long for them (row 10)": async () => {
      const path = await clips.flashing("short.mp4", { seconds: 2 });
      const long = `${clips.folder}/${"a-very-long-name-of-a-folder".repeat(4)}`;
      await Deno.mkdir(long);
      const watch = await watchFor(4, `file:${path}`, { folder: long });
      assertNoCard(watch, "long path");
      assert.ok(numbersOf(watch.ticks).length > 60);
      assert.deepEqual(watch.lines, []);
      assert.deepEqual([...Deno.readDirSync(long)], []);
    },
  });
});
