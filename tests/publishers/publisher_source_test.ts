import assert from "node:assert/strict";
import { describe } from "@std/testing/bdd";
import { pause } from "../fixtures/condition.ts";
import { beeping, numbered } from "../fixtures/numbered.ts";
import { signalTo } from "../fixtures/proc.ts";
import { lipSync, longestStill, numbersOf } from "../fixtures/watch_source.ts";
import { encode } from "../media/ingest/rtmp/enhanced_publisher.ts";
import { together } from "../sources/together.ts";
import { openStage, publish, send, SHAPE } from "./stage.ts";

/** What a busy machine may add to anything. */
const SLACK_MS = 1000;
const PORTRAIT = { width: 180, height: 320 };
const picture = (seconds: number, ...args: readonly string[]) => [
  ...["-f", "lavfi", "-i", numbered({ ...SHAPE, rate: 30 }), "-t", `${seconds}`, "-pix_fmt", "yuv420p", ...args],
];
const X264 = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "30"];

// A few at a time: each is a publisher, a decoder and a mixer in real time.
describe("a publisher as a source", () => {
  together(() => {}, {
    "is lost: its picture is held for 2 s, then the card stands; it comes back within 1 s, as the same": async () => {
      await using stage = await openStage();
      const { watch, reception } = stage;
      const first = publish(reception.address);
      await stage.untilShown(0);
      await pause(1500);
      const lostMs = watch.nowMs;
      first.kill("SIGKILL");
      const cardMs = await stage.untilCard(lostMs);
      assert.ok(cardMs - lostMs > 1800 && cardMs - lostMs < 2500 + SLACK_MS, `the card came after ${cardMs - lostMs} ms`);
      await using _again = publish(reception.address);
      const begunMs = watch.nowMs;
      const backMs = await stage.untilShown(cardMs + 1);
      assert.ok(backMs - begunMs < 1000 + SLACK_MS, `back after ${backMs - begunMs} ms`);
      await pause(1000);
      assert.equal(reception.publishers.length, 1);
      assert.equal(watch.pids.size, 1, "one intake has read both");
      assert.ok(stage.since(backMs).every(({ isCard }) => !isCard));
      assert.ok(watch.lines.some((line) => line.includes("is away: its connection is lost")), watch.lines.join("\n"));
    },

    "says that it stops: held for 2 s, then the card, until its next stay": async () => {
      await using stage = await openStage();
      const { watch, reception } = stage;
      const first = publish(reception.address, { seconds: 6 });
      await stage.untilShown(0);
      await first.ended;
      const endMs = watch.nowMs;
      const cardMs = await stage.untilCard(endMs);
      assert.ok(cardMs - endMs > 1500 && cardMs - endMs < 2500 + SLACK_MS, `the card came after ${cardMs - endMs} ms`);
      assert.ok(watch.lines.some((line) => line.includes("is away: it has stopped")), watch.lines.join("\n"));
      await using _again = publish(reception.address);
      const begunMs = watch.nowMs;
      const backMs = await stage.untilShown(cardMs + 1);
      assert.ok(backMs - begunMs < 1000 + SLACK_MS, `back after ${backMs - begunMs} ms`);
      assert.equal(reception.publishers.length, 2);
    },

    "that stands still for 1 s is held, for 3 s gives way to the card, and goes on": async () => {
      await using stage = await openStage();
      const { watch, reception } = stage;
      const publisher = publish(reception.address);
      await stage.untilShown(0);
      await pause(1000);
      for (const [ms, hasCard] of [[1000, false], [3000, true]] as const) {
        const stoppedMs = watch.nowMs;
        publisher.kill("SIGSTOP");
        await pause(ms);
        publisher.kill("SIGCONT");
        const onMs = watch.nowMs;
        await pause(2500);
        assert.equal(stage.since(stoppedMs).some(({ isCard }) => isCard), hasCard, `after ${ms} ms`);
        const fresh = stage.since(onMs + SLACK_MS);
        assert.ok(fresh.every(({ isCard }) => !isCard), `after ${ms} ms it was not back within a second`);
        assert.ok(numbersOf(fresh).length > fresh.length / 2, `after ${ms} ms it does not move`);
      }
      await publisher.stop();
      assert.equal(reception.publishers.length, 1);
    },
  });
});

describe("a publisher as a source, whatever changes,", () => {
  together(() => {}, {
    "goes on at once where its intake is killed, by the pictures that are kept": async () => {
      await using stage = await openStage();
      const { watch, reception } = stage;
      await using _publisher = publish(reception.address, { gop: 250 });
      await stage.untilShown(0);
      await pause(4000);
      const killedMs = watch.nowMs;
      signalTo(watch.sources.pids[0]!, "SIGKILL");
      await pause(3000);
      const ticks = stage.since(killedMs - 500);
      assert.ok(ticks.every(({ isCard }) => !isCard), "the card stood");
      const numbers = numbersOf(ticks);
      assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b), "an old picture stood");
      const stillMs = longestStill(ticks, killedMs - 500);
      assert.ok(stillMs < 1000 + SLACK_MS, `a picture stood for ${stillMs} ms`);
      assert.equal(watch.pids.size, 2);
      const behind = numbers.at(-1)! - numbers[0]! - (ticks.at(-1)!.ms - ticks[0]!.ms) * 0.03;
      assert.ok(Math.abs(behind) < 8, `it is ${behind} pictures later than before`);
      const offs = lipSync(watch, killedMs + 1000);
      assert.ok(offs.length > 0 && offs.every((off) => Math.abs(off) <= 60), `sound is off by ${offs}`);
    },

    "comes back in another shape: another intake, made ready first": async () => {
      await using stage = await openStage({ shapes: [SHAPE, PORTRAIT] });
      const { watch, reception } = stage;
      const first = publish(reception.address);
      await stage.untilShown(0);
      await pause(1000);
      first.kill("SIGKILL");
      const changedMs = watch.nowMs;
      await using _second = publish(reception.address, { size: PORTRAIT });
      await pause(3000);
      assert.equal(watch.pids.size, 2);
      assert.ok(stage.since(changedMs).every(({ isCard }) => !isCard), "the card stood");
      assert.ok(stage.since(changedMs + 2000).every(({ number }) => number !== null), "the new shape cannot be read");
      assert.equal(reception.publishers.length, 1);
    },

    "whose sound comes 2 s later is heard from then on, in sync, its picture undisturbed": async () => {
      await using stage = await openStage();
      const { watch, take } = stage;
      const [numbers, beeps] = await Promise.all([
        encode("mp4", picture(7, ...X264)),
        encode("ogg", ["-f", "lavfi", "-i", beeping(), "-t", "7", "-c:a", "libopus"]),
      ]);
      const stay = await send({ codec: "h264", picture: numbers, sound: beeps, soundFromMs: 2000, take });
      await pause(300);
      const shownMs = watch.ticks.find(({ isCard }) => !isCard)!.ms;
      const offs = lipSync(watch, shownMs + 2500);
      assert.ok(offs.length >= 3 && offs.every((off) => Math.abs(off) <= 60), `sound is off by ${offs}`);
      assert.ok(stage.since(shownMs).every(({ isCard }) => !isCard));
      assert.equal(watch.pids.size, 2);
      const numbersShown = numbersOf(stage.since(shownMs));
      assert.deepEqual(numbersShown, numbersShown.toSorted((a, b) => a - b), "the picture began anew");
      stay.end("stopped");
    },
  });
});

describe("a publisher as a source, whatever it sends,", () => {
  together(() => {}, {
    "nothing for 12 s: its connection is closed, and it may come back as the same": async () => {
      await using stage = await openStage();
      const { watch, reception } = stage;
      const first = publish(reception.address);
      await stage.untilShown(0);
      first.kill("SIGSTOP");
      await pause(12_000);
      first.kill("SIGCONT");
      assert.notEqual((await first.ended).code, 0);
      await using _again = publish(reception.address);
      const begunMs = watch.nowMs;
      const backMs = await stage.untilShown(begunMs);
      assert.ok(backMs - begunMs < 1000 + SLACK_MS, `back after ${backMs - begunMs} ms`);
      assert.equal(reception.publishers.length, 1);
    },

    ...Object.fromEntries((["vp9", "hevc"] as const).map((codec) => [
      `of ${codec.toUpperCase()} is shown`,
      async () => {
        await using stage = await openStage();
        const args = codec === "vp9" ? ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "30"] : [
          ...["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "keyint=30:log-level=error", "-tag:v", "hvc1"],
        ];
        const stream = await encode(codec === "vp9" ? "webm" : "mp4", picture(3, ...args));
        const stay = await send({ codec, picture: stream, take: stage.take });
        const numbers = numbersOf(stage.watch.ticks);
        assert.ok(numbers.length > 20 && numbers.at(-1)! > 75, numbers.join());
        stay.end("stopped");
      },
    ])),
  });
});
