import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import * as HLS from "hls-parser";
import { Parser } from "m3u8-parser";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { checkRecording } from "./check_recording.ts";
import { createRecorder, playSlot, type Recorder } from "./record.ts";

const SECONDS = 15;
/** How late a busy machine may be. The rules are about order; speed is the bench's. */
const SLACK_MS = 1500;

describe("fifteen seconds of a real show, all slots at the same time", () => {
  it("break no rule of llhls-rules.md that a recording can show, and two other readers take every playlist", async () => {
    await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER] });
    const recorder = createRecorder();
    const multivariant = await recorder.ask(`${server.baseUrl}/live.m3u8`);
    const slots = multivariant.text!.split("\n").filter((line) => line.endsWith(".m3u8")).map((uri) => new URL(uri, multivariant.url).href);
    assert.equal(slots.length, 3);

    const untilMs = performance.now() + SECONDS * 1000;
    await Promise.all([...slots.map((slot) => playSlot(recorder, slot, untilMs)), askOddly(recorder, slots[0]!)]);

    const violations = checkRecording(recorder, { slackMs: SLACK_MS });
    assert.deepEqual(violations.slice(0, 5), []);
    const playlists = recorder.requests.filter((request) => request.status === 200 && request.text?.startsWith("#EXTM3U"));
    assert.ok(playlists.length > 3 * SECONDS * 3, `${playlists.length} playlists were recorded`);
    HLS.setOptions({ strictMode: true });
    for (const { text } of playlists) {
      HLS.parse(text!);
      const reader = new Parser();
      reader.push(text!);
      reader.end();
    }
    const missing = recorder.requests.filter((request) => request.status === 404 && !request.url.includes("/invented/"));
    assert.deepEqual(missing.map((request) => request.url), [], "there is no 404 in a show");
  });
});

/** What no player asks, and one that is no friend might. */
async function askOddly(recorder: Recorder, slot: string): Promise<void> {
  const expected: [query: string, status: number][] = [
    ["_HLS_part=0", 400],
    ["_HLS_msn=-1", 400],
    ["_HLS_msn=9e99", 400],
    ["_HLS_msn=99999999999999999999", 400],
    ["_HLS_msn=1", 200],
    ["_HLS_msn=1&_HLS_part=700", 200],
    ["_HLS_msn=9007199254740991", 400],
    ["_HLS_skip=YES", 200],
    ["_HLS_unknown=1", 200],
  ];
  for (const [query, status] of expected) assert.equal((await recorder.ask(`${slot}?${query}`)).status, status, query);
  assert.equal((await recorder.ask(slot, "HEAD")).status, 200);
  const media = new URL("/media/invented/hq/", slot).href;
  for (const file of ["1.m4s", "1.0.m4s", "init.mp4", "..%2f..%2fmain.ts"]) {
    assert.equal((await recorder.ask(media + file)).status, 404, file);
  }
}
