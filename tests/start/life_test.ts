import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { judgePlaces, readPlace, type ShowPlace } from "../fixtures/show_place.ts";
import { openStudio, type Studio } from "../fixtures/studio.ts";
import { checkRecording } from "../rules/check_recording.ts";
import { createRecorder, type Recorder } from "../rules/record.ts";
import { MOST_STEP_MS } from "../../media/timeline/program_date_time.ts";

const ARGS = ["--off-air", "--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER, "--segment", "1s"];
const SLACK_MS = 1500;
const BEGINS_WITHIN_MS = 15_000;
/** The closing card, and a busy machine. */
const ENDS_WITHIN_MS = 20_000;

describe("the life of a real show that comes up off the air", () => {
  it("waits without an encoder, begins, pauses, ends with ENDLIST, and the next one goes on in MSN and media time, over a kill too", async () => {
    await using server = await startTercet({ args: ARGS, readyWithinMs: 0 });
    await waitFor("a server", BEGINS_WITHIN_MS, async () => await problemAt(server, "/live.m3u8") === "show_waiting", 100);
    assert.deepEqual(await server.ffmpegPids(), []);
    const studio = await openStudio(server);
    const recorder = createRecorder();
    const seen: ShowPlace[] = [];

    // The first two are ended; the same viewer watches both.
    await studio.putShow({ state: "on_air", title: "The first" });
    const slot = await open(recorder, server);
    for (const title of ["The first", "The second"]) {
      if (title === "The second") await studio.putShow({ state: "on_air", title });
      await isBegun(server);
      const playing = playToEnd(recorder, slot);
      await pauseAndGoOn(studio, server);
      await studio.putShow({ state: "ended" });
      assert.equal((await studio.readShow()).state, "ending");
      const end = await playing;
      seen.push(await readPlace(slot, end));
      assert.equal(await problemAt(server, "/live.m3u8"), "show_ended");
      assert.equal(await problemAt(server, "/readyz"), "show_ended");
      await waitFor("no ffmpeg", 5000, async () => (await server.ffmpegPids()).length === 0, 100);
    }

    // What was off the air when the server was killed stays off it; what was on goes on.
    await server.kill("SIGKILL");
    await startAgain(server, "show_ended");
    await studio.putShow({ state: "on_air" });
    await isBegun(server);
    seen.push(await readPlace(slot, (await recorder.ask(slot)).text!));
    await server.kill("SIGKILL");
    await server.restart();
    await isBegun(server);
    seen.push(await readPlace(slot, (await recorder.ask(slot)).text!));
    assert.equal((await studio.readShow()).title, "The second");

    assert.deepEqual(judgePlaces(seen), [], JSON.stringify(seen));
    // After a start the dates walk to where the wall clock is, a step a segment; two roundings besides.
    const violations = checkRecording(recorder, { slackMs: SLACK_MS, mayRestart: true, dateToleranceMs: MOST_STEP_MS + 2 });
    assert.deepEqual(violations.slice(0, 5), []);
  });
});

async function open(recorder: Recorder, server: Tercet): Promise<string> {
  let address: string | null = null;
  await waitFor("the show", BEGINS_WITHIN_MS, async () => {
    const { text, url, status } = await recorder.ask(`${server.baseUrl}/live.m3u8`);
    const slot = status === 200 ? text!.split("\n").find((line) => line.endsWith("lq.m3u8")) : undefined;
    if (slot !== undefined) address = new URL(slot, url).href;
    return address !== null;
  }, 50);
  return address!;
}

/** Plays one slot as a low-latency player does, until the list ends; gives the last list. */
async function playToEnd(recorder: Recorder, address: string): Promise<string> {
  let { text } = await recorder.ask(address);
  const untilMs = performance.now() + BEGINS_WITHIN_MS + ENDS_WITHIN_MS;
  while (!text!.includes("#EXT-X-ENDLIST")) {
    assert.ok(performance.now() < untilMs, "the list did not end");
    const hint = /TYPE=PART,URI="([^"]+?(\d+)\.(\d+)\.m4s)"/.exec(text!)!;
    const [part, playlist] = await Promise.all([
      recorder.ask(new URL(hint[1]!, address).href),
      recorder.ask(`${address}?_HLS_msn=${hint[2]}&_HLS_part=${hint[3]}`),
    ]);
    assert.equal(playlist.status, 200, playlist.text);
    text = playlist.text;
    assert.ok(part.status === 200 || text!.includes("#EXT-X-ENDLIST"), `a hinted part was answered with ${part.status}`);
  }
  // Whoever asks again is not held (rule 35).
  const again = await recorder.ask(`${address}?_HLS_msn=99999999999&_HLS_part=0`);
  assert.deepEqual([again.status, again.text!.endsWith("#EXT-X-ENDLIST\n")], [200, true]);
  return text!;
}

async function pauseAndGoOn(studio: Studio, server: Tercet): Promise<void> {
  const state = async () => (await (await fetch(`${server.baseUrl}/api/stream`)).json()).state;
  await waitFor("the source", BEGINS_WITHIN_MS, async () => await state() === "live", 100);
  await studio.putShow({ state: "paused", backAt: new Date(Date.now() + 60_000).toISOString() });
  await waitFor("the card", 5000, async () => await state() === "paused" && await server.metric("tercet_card_shown") === 1, 100);
  await pause(1000);
  await studio.putShow({ state: "on_air" });
  await waitFor("the source again", 5000, async () => await state() === "live", 100);
}

async function isBegun(server: Tercet): Promise<void> {
  await waitFor("a show", BEGINS_WITHIN_MS, async () => await problemAt(server, "/readyz") === null, 100);
}

async function startAgain(server: Tercet, expected: string): Promise<void> {
  await server.restart();
  await waitFor("the server again", BEGINS_WITHIN_MS, async () => await problemAt(server, "/readyz") === expected, 100);
}

/** Null where it is answered. */
async function problemAt(server: Tercet, path: string): Promise<string | null> {
  const answer = await fetch(`${server.baseUrl}${path}`).catch(() => null);
  if (answer === null) return "nobody";
  const text = await answer.text();
  return answer.ok ? null : text.startsWith("{") ? JSON.parse(text).kind : text;
}
