import assert from "node:assert/strict";
import { afterAll, describe } from "@std/testing/bdd";
import { startChild } from "../fixtures/child.ts";
import { pause } from "../fixtures/condition.ts";
import { serveFiles } from "../fixtures/faults/file_server.ts";
import { serveRtspByUdp } from "../fixtures/faults/rtsp_udp_only.ts";
import { sendInTurn } from "../fixtures/faults/send_in_turn.ts";
import { beeping, lavfi, numbered, X264 } from "../fixtures/numbered.ts";
import { beepsOf, longestStill, numbersOf, type Watch, watchSources } from "../fixtures/watch_source.ts";
import { type Clips, makeClips, SIZE } from "./clips.ts";
import { assertInSync, assertNoCard, changesOf, firstShown, watchFor } from "./expect.ts";
import { freePort } from "./free_port.ts";
import { together } from "./together.ts";

const FLASHING = ["-re", ...lavfi(numbered({ ...SIZE, rate: 30 })), "-re", ...lavfi(beeping())];

/** ffmpeg that sends flashes and beeps in real time. */
function send(...to: readonly string[]) {
  return startChild("ffmpeg", ["-v", "error", ...FLASHING, ...X264, "-tune", "zerolatency", "-c:a", "aac", ...to]);
}

function assertGoesOn(watch: Watch, what: string, stillMs: number): void {
  const first = firstShown(watch)!;
  const still = longestStill(watch.ticks, first.ms);
  assert.ok(still <= stillMs, `${what}: stood still for ${still} ms: ${numbersOf(watch.ticks)}`);
}

/** Away and back are each said once. */
function assertToldOnce(watch: Watch, what: string): void {
  assert.deepEqual(
    watch.lines.map((line) => /is (?:still )?away|is back/.exec(line)?.[0]),
    ["is away", "is back"],
    `${what}: ${watch.lines.join("\n")}`,
  );
}

describe("live sources", () => {
  let clips: Clips;
  afterAll(() => clips.remove());
  together(() => void (clips = makeClips()), {
    "a sender of TCP that takes one connection, with sound and without (row 11)": async () => {
      await Promise.all([true, false].map(async (hasSound) => {
        const port = freePort();
        await using sender = send(...(hasSound ? [] : ["-an"]), "-f", "mpegts", `tcp://127.0.0.1:${port}?listen=1`);
        await pause(700);
        await using watch = await watchSources([`tcp://127.0.0.1:${port}`]);
        await watch.until(8000);
        assert.equal(sender.status, null, sender.output());
        await watch.stop();
        assertNoCard(watch, "tcp", 4500);
        assertGoesOn(watch, "tcp", 700);
        // What was held up at the start is skipped after the first picture, and may be one of a flash.
        if (hasSound) assertInSync(watch, "tcp", { least: 3, fromMs: firstShown(watch)!.ms + 600 });
      }));
    },
    "a listener of SRT waits, takes the one who calls, and the next when that has gone (row 11)": async () => {
      const port = freePort();
      await using watch = await watchSources([`srt://127.0.0.1:${port}?mode=listener`]);
      await watch.until(6500);
      {
        await using _sender = send("-an", "-f", "mpegts", `srt://127.0.0.1:${port}?mode=caller`);
        await watch.untilShown(6000);
        await watch.until(watch.nowMs + 2500);
      }
      await watch.until(watch.nowMs + 3500);
      await using _again = send("-f", "mpegts", `srt://127.0.0.1:${port}?mode=caller`);
      await watch.until(watch.nowMs + 6000);
      await watch.stop();
      assert.match(changesOf(watch.ticks), /^card 0, source \d+, card \d+, source \d+$/, watch.lines.join("\n"));
      assert.deepEqual(watch.lines.map((line) => /away|back/.exec(line)?.[0]), ["away", "back", "away", "back"], watch.lines.join("\n"));
    },
    "the second connection may have its streams in another order (row 18)": async () => {
      const [first, second] = await Promise.all(["-map 0:v -map 1:a", "-map 1:a -map 0:v"].map((maps, index) =>
        clips.make(
          `order${index}.flv`,
          ...[...lavfi(numbered({ ...SIZE, rate: 30 })), ...lavfi(beeping()), "-t", "20"],
          ...[...maps.split(" "), ...X264, "-c:a", "aac"],
        )
      ));
      const server = sendInTurn(await Promise.all([first!, second!].map((file) => Deno.readFile(file))));
      const watch = await watchFor(9, `tcp://127.0.0.1:${server.port}`);
      server.close();
      assertNoCard(watch, "two orders", 4500);
      assertInSync(watch, "two orders", { least: 4 });
      for (const line of watch.lines) assert.ok(line.length < 300, line);
    },
    "RTSP that only goes by UDP (row 21)": async () => {
      const file = await clips.flashing("rtsp.mp4", { seconds: 7, soundSeconds: 0, rate: 25, more: ["-flags", "+global_header"] });
      const server = await serveRtspByUdp(file);
      const watch = await watchFor(11, `rtsp://127.0.0.1:${server.port}/x`);
      server.close();
      assertNoCard(watch, "rtsp", 9000);
      assertGoesOn(watch, "rtsp", 1500);
    },
    "a long way between key frames over UDP (row 14)": async () => {
      const port = freePort();
      const gop = ["-g", "150", "-keyint_min", "150", "-sc_threshold", "0"];
      await using _sender = send(...gop, "-f", "mpegts", `udp://127.0.0.1:${port}?pkt_size=1316`);
      await pause(2500);
      const watch = await watchFor(24, `udp://127.0.0.1:${port}`);
      const first = firstShown(watch);
      assert.ok(first && first.ms < 22_000, `${first?.ms}: ${watch.lines.join("\n")}`);
      assertNoCard(watch, "long GOP", 22_000);
      for (const line of watch.lines) assert.match(line, /key frame|is back/);
    },
    ...Object.fromEntries([0.3, 1, 4].map((seconds) => [`a sender that stands still for ${seconds} s`, async () => {
      const port = freePort();
      await using sender = send("-f", "mpegts", `udp://127.0.0.1:${port}?pkt_size=1316`);
      await using watch = await watchSources([`udp://127.0.0.1:${port}`]);
      await watch.untilShown(8000);
      await watch.until(watch.nowMs + 3000);
      const stoppedMs = watch.nowMs;
      sender.kill("SIGSTOP");
      await pause(seconds * 1000);
      sender.kill("SIGCONT");
      const goneOnMs = watch.nowMs;
      await watch.until(watch.nowMs + 4000);
      await watch.stop();
      const cards = watch.ticks.filter(({ isCard, ms }) => isCard && ms > stoppedMs);
      if (seconds < 2) {
        assert.equal(cards.length, 0, changesOf(watch.ticks));
        return assert.deepEqual(watch.lines.filter((line) => /away|back/.test(line)), []);
      }
      assert.ok(cards[0]!.ms > stoppedMs + 1800 && cards[0]!.ms < stoppedMs + 2600, `${cards[0]!.ms - stoppedMs}`);
      assert.ok(cards.at(-1)!.ms < goneOnMs + 700, `back after ${cards.at(-1)!.ms - goneOnMs} ms`);
      assertToldOnce(watch, "stood still");
    }])),
    "a sender that is killed and comes again": async () => {
      const port = freePort();
      const to = ["-f", "mpegts", `tcp://127.0.0.1:${port}?listen=1`];
      await using sender = send(...to);
      await pause(700);
      await using watch = await watchSources([`tcp://127.0.0.1:${port}`]);
      await watch.untilShown(6000);
      await watch.until(watch.nowMs + 2500);
      sender.kill("SIGKILL");
      const killedMs = watch.nowMs;
      await watch.until(killedMs + 4000);
      await using _again = send(...to);
      await watch.until(killedMs + 15_000);
      await watch.stop();
      const changes = watch.ticks.filter(({ isCard }, index) => isCard !== watch.ticks[index - 1]?.isCard).map(({ ms }) => ms - killedMs)
        .slice(2);
      assert.equal(changes.length, 2, changesOf(watch.ticks));
      assert.ok(changes[0]! > 1500 && changes[0]! < 3000, `the card came after ${changes[0]} ms`);
      assertToldOnce(watch, "killed");
    },
    ...Object.fromEntries([2, 5].map((seconds) => [`HLS in segments of ${seconds} s comes in bursts and is shown evenly`, async () => {
      const folder = `${clips.folder}/hls${seconds}`;
      await Deno.mkdir(folder);
      const hls = ["-g", `${seconds * 30}`, "-f", "hls", "-hls_time", `${seconds}`, "-hls_list_size", "4", "-hls_flags", "delete_segments"];
      await using _sender = send(...hls, `${folder}/live.m3u8`);
      const server = serveFiles(folder);
      await pause(seconds * 2500);
      await using watch = await watchSources([`${server.url}live.m3u8`]);
      await watch.until(19_000);
      await watch.stop();
      await server.close();
      const first = firstShown(watch)!;
      assertNoCard(watch, "hls", 8000);
      assert.ok(longestStill(watch.ticks, first.ms + seconds * 2200) < 1000, `hls: ${numbersOf(watch.ticks)}`);
      assertInSync(watch, "hls", { least: 5, fromMs: first.ms + seconds * 2200 });
      assert.ok(watch.mostTaken < 20, `${watch.mostTaken} pictures were held`);
    }])),
    "sound alone: the card with the title, and the sound": async () => {
      const port = freePort();
      await using _sender = startChild("ffmpeg", [
        "-v",
        "error",
        "-re",
        ...lavfi(beeping()),
        "-c:a",
        "aac",
        "-f",
        "mpegts",
        `udp://127.0.0.1:${port}`,
      ]);
      const file = await clips.make("radio.mp3", ...lavfi(`${beeping()}:d=4`));
      const [stored, live] = await Promise.all([watchFor(9, `file:${file}`), watchFor(9, `udp://127.0.0.1:${port}`)]);
      for (const [watch, what] of [[stored, "file"], [live, "udp"]] as const) {
        assertNoCard(watch, what, 5000);
        const beeps = beepsOf(watch.sound());
        assert.ok(beeps.length >= 4, `${what}: beeps at ${beeps}`);
        assert.deepEqual(watch.lines, []);
      }
    },
  });
});
