import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { createLiveTake } from "../../../../media/mixer/takes/live_take.ts";
import type { TakeNote } from "../../../../media/mixer/takes/take.ts";
import { delays, lipSync, longestStill, median, PACKET_MS, type Plan, play, type Seen, send, TICK_MS } from "./world.ts";

const CEILING = 8;

function live(plan: Plan, mostDelayMs = Infinity): Seen & { notes: TakeNote[] } {
  const notes: TakeNote[] = [];
  const seen = play(createLiveTake({ ceiling: CEILING, mostDelayMs, onNote: (note) => notes.push(note) }), plan);
  assert.equal(seen.leftTaken, 0, "all is released at the end");
  assert.ok(seen.mostTaken <= CEILING + 2, `${seen.mostTaken} pictures held at once`);
  const first = seen.ticks.findIndex(({ contentMs }) => contentMs !== null);
  if (first >= 0) assert.ok(seen.ticks.slice(first).every(({ contentMs }) => contentMs !== null), "a picture from the first on");
  return { ...seen, notes };
}

/** A number from 0 to 1 that looks random. */
function noise(n: number): number {
  const x = Math.sin(n * 12.9898) * 43758.5453;
  return x - Math.floor(x);
}

function worst(values: readonly number[]): number {
  return Math.max(...values.map(Math.abs));
}

const SECOND = 1000;
const pictures = (seconds: number, change?: Parameters<typeof send>[2], everyMs = TICK_MS) =>
  send(Math.round(seconds * SECOND / everyMs), everyMs, change);
const sounds = (seconds: number, change?: Parameters<typeof send>[2]) => send(Math.round(seconds * SECOND / PACKET_MS), PACKET_MS, change);

describe("a live take", () => {
  it("shows the first picture at once and each one within a tick", () => {
    const seen = live({ pictures: pictures(20), sounds: sounds(20), untilMs: 20_000, phaseMs: 7 });
    assert.equal(seen.ticks[0]!.contentMs, 0);
    assert.ok(Math.max(...delays(seen, 0, 19_900)) <= TICK_MS + 1);
    assert.ok(worst(lipSync(seen, 1000, 19_500)) < 2, `${lipSync(seen, 1000)}`);
    assert.deepEqual(seen.notes, []);
  });

  it("a jittering source is shown within its jitter and a tick, and after a while steadily", () => {
    const late = (contentMs: number) => ({ atMs: contentMs + 120 * noise(contentMs) });
    const seen = live({ pictures: pictures(60, late), sounds: sounds(60, late), untilMs: 59_000 });
    assert.ok(Math.max(...delays(seen, 0)) <= 120 + 2 * TICK_MS, `${Math.max(...delays(seen, 0))}`);
    assert.ok(longestStill(seen, 40_000) <= 2 * TICK_MS + 1);
    assert.ok(worst(lipSync(seen, 1000, 58_000)) < 120, `${lipSync(seen, 1000)}`);
    assert.ok(worst(lipSync(seen, 35_000, 58_000)) < 15, `${lipSync(seen, 35_000)}`);
  });

  it("a camera's delay is one tick at most, however it jitters", () => {
    const seen = live({ pictures: pictures(60, (t) => ({ atMs: t + 100 * noise(t) })), untilMs: 59_000 }, TICK_MS);
    assert.ok(median(delays(seen, 50_000)) < 100 + TICK_MS);
  });

  for (const everyMs of [1000, 1250, 5000]) {
    it(`a source that gives a picture each ${everyMs} ms is shown steadily`, () => {
      const seen = live({ pictures: pictures(60, undefined, everyMs), untilMs: 59_000 });
      assert.ok(new Set(seen.ticks.map(({ contentMs }) => contentMs)).size >= Math.floor(59_000 / everyMs));
      assert.ok(Math.max(...delays(seen, 0)) <= everyMs + TICK_MS);
      assert.deepEqual(seen.notes, []);
    });
  }

  it("bursts of 6 s over a line that can be held back are played without a stop", () => {
    const inBursts = (t: number) => ({ atMs: Math.floor(t / 6000) * 6000 });
    const seen = live({ pictures: pictures(60, inBursts), sounds: sounds(60, inBursts), untilMs: 59_000, ceiling: CEILING });
    assert.ok(longestStill(seen, 0) <= 2 * TICK_MS + 1, `${longestStill(seen, 0)}`);
    assert.ok(worst(lipSync(seen, 1000, 58_000)) < 10, `${lipSync(seen, 1000)}`);
    assert.deepEqual(seen.notes, []);
  });

  it("bursts of 6 s that are late by up to 0.3 s as well, after some of them", () => {
    const inBursts = (t: number) => ({ atMs: Math.floor(t / 6000) * 6000 + 300 * noise(Math.floor(t / 6000)) });
    const seen = live({ pictures: pictures(180, inBursts), sounds: sounds(180, inBursts), untilMs: 179_000, ceiling: CEILING });
    assert.ok(longestStill(seen, 0) <= 300 + 2 * TICK_MS, `${longestStill(seen, 0)}`);
    assert.ok(worst(lipSync(seen, 1000, 178_000)) < 300, `${lipSync(seen, 1000)}`);
    assert.ok(median(lipSync(seen, 60_000, 178_000).map(Math.abs)) < 5, `${lipSync(seen, 60_000)}`);
  });

  it("bursts of 10 s at 0.8 pictures a second are no jumps", () => {
    const inBursts = (t: number) => ({ atMs: Math.floor(t / 10_000) * 10_000 });
    const seen = live({ pictures: pictures(90, inBursts, 1250), untilMs: 89_000, ceiling: CEILING });
    assert.deepEqual(seen.notes, []);
    assert.ok(longestStill(seen, 0) < 1300, `${longestStill(seen, 0)}`);
  });

  it("bursts of 6 s whose last picture came first are skipped twice, then the delay is theirs", () => {
    const inBursts = (t: number) => ({ atMs: Math.ceil(t / 6000) * 6000 });
    const seen = live({ pictures: pictures(90, inBursts), sounds: sounds(90, inBursts), untilMs: 89_000, ceiling: CEILING });
    assert.deepEqual(seen.notes.map(({ kind }) => kind), ["skipped", "skipped", "late"]);
    assert.ok(longestStill(seen, 24_000) <= 2 * TICK_MS + 1, `${longestStill(seen, 24_000)}`);
    assert.ok(worst(lipSync(seen, 26_000, 88_000)) < 10);
  });

  it("bursts of 6 s that cannot be held back: the newest pictures are shown, never none", () => {
    const inBursts = (t: number) => ({ atMs: Math.ceil((t + 1) / 6000) * 6000 });
    const seen = live({ pictures: pictures(60, inBursts), untilMs: 59_000 });
    assert.ok(longestStill(seen, 6000) <= 6000 + TICK_MS, `${longestStill(seen, 6000)}`);
    assert.ok(seen.mostWaiting <= CEILING);
  });

  it("a burst at the start that cannot be held back is skipped, not waited for", () => {
    const seen = live({ pictures: pictures(30, (t) => ({ atMs: Math.max(2000, t) })), untilMs: 29_000 });
    assert.ok(longestStill(seen, 2000) <= 400, `${longestStill(seen, 2000)}`);
    assert.ok(median(delays(seen, 5000)) < 300);
  });

  for (const [hiccupMs, still] of [[300, 340], [1000, 1040], [5000, 5100]] as const) {
    it(`a hiccup of ${hiccupMs} ms whose backlog comes in a burst: the delay stays, the newest is shown`, () => {
      const hiccup = (t: number) => ({ atMs: t >= 20_000 && t < 20_000 + hiccupMs ? 20_000 + hiccupMs + (t - 20_000) / 30 : t });
      const seen = live({ pictures: pictures(40, hiccup), sounds: sounds(40, hiccup), untilMs: 39_000, ceiling: CEILING });
      assert.ok(longestStill(seen, 0) <= still, `${longestStill(seen, 0)}`);
      const before = median(delays(seen, 10_000, 20_000)), after = median(delays(seen, 26_000, 39_000));
      assert.ok(Math.abs(after - before) < 55, `${before} before, ${after} after`);
      assert.ok(worst(lipSync(seen, 27_000, 38_000)) < 30, `${lipSync(seen, 27_000)}`);
      if (hiccupMs > 1000) assert.deepEqual(seen.notes.map(({ kind }) => kind), ["skipped"]);
      else assert.deepEqual(seen.notes, []);
    });
  }

  it("a source that goes on 3 s late for ever is followed in one step, said once", () => {
    const stop = (t: number) => ({ atMs: t >= 20_000 ? t + 3000 : t });
    const seen = live({ pictures: pictures(40, stop), sounds: sounds(40, stop), untilMs: 42_000, ceiling: CEILING });
    assert.ok(longestStill(seen, 0) <= 3000 + 3 * TICK_MS, `${longestStill(seen, 0)}`);
    assert.deepEqual(seen.notes.map(({ kind }) => kind), ["late"]);
    assert.ok(worst(lipSync(seen, 25_000, 41_000)) < 20, `${lipSync(seen, 25_000)}`);
    assert.ok(longestStill(seen, 24_000) <= 2 * TICK_MS + 1);
  });

  const jumps: [string, (t: number) => number][] = [
    ["+15 s", (t) => t >= 20_000 ? t + 15_000 : t],
    ["+3600 s", (t) => t >= 20_000 ? t + 3_600_000 : t],
    ["-3600 s", (t) => t >= 20_000 ? t - 3_600_000 : t],
    ["back to 0 each 10 s", (t) => t % 10_000],
    ["there and back", (t) => t >= 20_000 && t < 30_000 ? t + 3_600_000 : t],
  ];
  for (const [name, ptsOf] of jumps) {
    it(`times that jump ${name}, picture and sound, are joined on and in sync`, () => {
      const change = (t: number) => ({ ptsMs: ptsOf(t), atMs: t + 20 * noise(t) });
      const seen = live({ pictures: pictures(40, change), sounds: sounds(40, change), untilMs: 39_000 });
      assert.ok(longestStill(seen, 0) <= 4 * TICK_MS, `${longestStill(seen, 0)}`);
      assert.ok(Math.max(...delays(seen, 0)) < 150, `${Math.max(...delays(seen, 0))}`);
      assert.ok(worst(lipSync(seen, 1000, 38_000)) < 25, `${lipSync(seen, 1000)}`);
      assert.ok(seen.beeps.length >= 36, `${seen.beeps.length}`);
    });
    it(`times that jump ${name} in a source that is held back go on without a stop`, () => {
      const change = (t: number) => ({ ptsMs: ptsOf(t), atMs: Math.floor(t / 6000) * 6000 });
      const seen = live({ pictures: pictures(48, change), sounds: sounds(48, change), untilMs: 47_000, ceiling: CEILING });
      assert.ok(longestStill(seen, 0) <= 4 * TICK_MS, `${longestStill(seen, 0)}`);
      assert.ok(worst(lipSync(seen, 1000, 46_000)) < 40, `${lipSync(seen, 1000)}`);
    });
  }

  it("the same jump a little later in the sound, and by 0.3 s more: the same step, and lip sync as before", () => {
    const seen = live({
      pictures: pictures(40, (t) => ({ ptsMs: t >= 20_000 ? t + 3_600_000 : t })),
      sounds: sounds(40, (t) => ({ ptsMs: t >= 20_400 ? t + 3_600_000 : t, atMs: t + 60 })),
      untilMs: 39_000,
    });
    assert.ok(worst(lipSync(seen, 1000, 38_000)) < 5, `${lipSync(seen, 1000)}`);
  });

  it("one picture with a stamp of +37600 s is shown in its place, and nothing moves", () => {
    const change = (t: number) => ({ ptsMs: Math.abs(t - 20_000) < 1 ? t + 37_600_000 : t });
    const seen = live({ pictures: pictures(40, change), sounds: sounds(40), untilMs: 39_000 });
    assert.ok(longestStill(seen, 0) <= 2 * TICK_MS, `${longestStill(seen, 0)}`);
    assert.equal(median(delays(seen, 10_000, 20_000)), median(delays(seen, 25_000, 38_000)));
    assert.ok(worst(lipSync(seen, 1000, 38_000)) < 2);
  });

  it("a real gap of 4 s in the picture is held, and the sound goes on", () => {
    const seen = live({ pictures: pictures(40, (t) => t > 20_000 && t < 24_000 ? null : {}), sounds: sounds(40), untilMs: 39_000 });
    assert.deepEqual(seen.notes, []);
    assert.ok(worst(lipSync(seen, 1000, 20_000)) < 2 && worst(lipSync(seen, 25_000, 38_000)) < 2);
    assert.ok(seen.beeps.length >= 38);
  });

  it("sound that begins 20 s late is heard in its place", () => {
    const seen = live({ pictures: pictures(40), sounds: sounds(40, (t) => t < 20_000 ? null : {}), untilMs: 39_000 });
    assert.ok(seen.beeps.length >= 18 && seen.beeps.length <= 20, `${seen.beeps.length}`);
    assert.ok(worst(lipSync(seen, 20_000, 38_000)) < 2);
  });

  it("a picture that comes after its sound is shown at once, and the sound follows it", () => {
    const seen = live({ pictures: pictures(40, (t) => t < 10_000 ? null : { atMs: t + 80 }), sounds: sounds(40), untilMs: 39_000 });
    assert.ok(Math.max(...delays(seen, 0, 38_000)) <= 80 + TICK_MS + 1);
    assert.ok(worst(lipSync(seen, 12_000, 38_000)) < 5, `${lipSync(seen, 12_000)}`);
  });

  for (
    const [name, picturePpm, soundPpm] of [
      ["sound 300 ppm fast", 0, 300],
      ["picture 200 ppm fast", 200, 0],
      ["both, against each other", 200, -300],
    ] as const
  ) {
    it(`${name}: after 15 minutes flash and beep are still together`, () => {
      // The sound's stamps are the sender's clock, its samples come from another.
      const minutes = 15;
      const drift = (t: number) => ({ ptsMs: t * (1 + picturePpm * 1e-6), atMs: t + 15 * noise(t) });
      const sounds = [];
      for (let n = 0; n < minutes * 60_000 / PACKET_MS; n++) {
        const contentMs = n * PACKET_MS / (1 + soundPpm * 1e-6);
        sounds.push({ contentMs, ptsMs: contentMs * (1 + picturePpm * 1e-6), atMs: contentMs + 40 + 10 * noise(n) });
      }
      const seen = live({ pictures: pictures(minutes * 60, drift), sounds, untilMs: minutes * 60_000 - 1000 });
      const apart = lipSync(seen, 5000, minutes * 60_000 - 2000);
      assert.ok(apart.length > minutes * 60 - 20, `${apart.length}`);
      assert.ok(worst(apart) < 20, `${worst(apart)}`);
      assert.ok(Math.max(...delays(seen, 60_000, minutes * 60_000 - 2000)) < 100, `${Math.max(...delays(seen, 60_000))}`);
    });
  }

  it("tells how late its sound comes", () => {
    for (const [lateMs, expected] of [[0, 0], [60, 60], [400, 150]] as const) {
      const take = createLiveTake({ ceiling: CEILING, mostDelayMs: Infinity });
      let told = 0;
      play(take, {
        pictures: pictures(10),
        sounds: sounds(10, (t) => ({ atMs: t + lateMs })),
        untilMs: 9000,
        onTick: () => told = take.soundLatenessMs,
      });
      assert.ok(Math.abs(told - expected) < 2, `${told}`);
    }
  });

  it("radio in bursts of 6 s is heard whole", () => {
    const seen = live({ sounds: sounds(60, (t) => ({ atMs: Math.floor(t / 6000) * 6000 })), untilMs: 59_000 });
    assert.ok(seen.beeps.length >= 58, `${seen.beeps.length}`);
    assert.deepEqual(seen.notes, []);
  });

  it("times that are no numbers, and what comes after the end, are given back", () => {
    const take = createLiveTake({ ceiling: CEILING, mostDelayMs: 0 });
    let releases = 0;
    const picture = () => ({ bytes: new Uint8Array(1), retain: picture, release: () => void releases++ });
    take.addPicture(picture(), NaN, 0, false);
    take.addPicture(picture(), 0, Infinity, false);
    take.addSound(new Int16Array(2048), NaN, 0);
    assert.equal(take.picturesWaiting, 0);
    take.close();
    take.close();
    take.addPicture(picture(), 0, 0, false);
    assert.equal(releases, 3);
  });

  it("any mixture of late, early, missing, doubled, jumping and drifting: always a picture, in order, within bounds, all released", () => {
    const event = fc.record({
      lateMs: fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 0, max: 60 }) }, fc.integer({ min: 0, max: 6000 })),
      jumpMs: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.constantFrom(15_000, 3_600_000, -3_600_000, -900, 900, 37_600_000)),
      times: fc.oneof({ weight: 8, arbitrary: fc.constant(1) }, fc.constantFrom(0, 2, 3)),
    });
    const source = fc.record({
      everyMs: fc.constantFrom(8.33, TICK_MS, 40, 200, 1250),
      ppm: fc.integer({ min: -500, max: 500 }),
      events: fc.array(event, { minLength: 5, maxLength: 120 }),
      hasSound: fc.boolean(),
      ceiling: fc.constantFrom(2, 8),
      canWait: fc.boolean(),
      phaseMs: fc.integer({ min: 0, max: 33 }),
    });
    fc.assert(
      fc.property(source, ({ everyMs, ppm, events, hasSound, ceiling, canWait, phaseMs }) => {
        let jumpMs = 0, atMs = 0;
        const sent = events.flatMap((event, n) => {
          jumpMs += event.jumpMs;
          atMs = Math.max(atMs, n * everyMs + event.lateMs);
          return Array.from(
            { length: event.times },
            () => ({ contentMs: n * everyMs, ptsMs: n * everyMs * (1 + ppm * 1e-6) + jumpMs, atMs }),
          );
        });
        const untilMs = events.length * everyMs + 8000;
        const take = createLiveTake({ ceiling, mostDelayMs: Infinity });
        const seen = play(take, {
          pictures: sent,
          sounds: hasSound ? sounds(untilMs / 1000, (t) => ({ ptsMs: t + (t > 1000 ? jumpMs : 0) })) : [],
          untilMs,
          phaseMs,
          ...(canWait && { ceiling }),
        });
        assert.equal(seen.leftTaken, 0);
        assert.ok(seen.mostWaiting <= ceiling && seen.mostTaken <= ceiling + 2, `${seen.mostWaiting} waiting, ${seen.mostTaken} held`);
        const shown = seen.ticks.map(({ contentMs }) => contentMs);
        const first = shown.findIndex((contentMs) => contentMs !== null);
        if (sent.length > 0) assert.ok(first >= 0, "it is shown");
        for (let i = first + 1; i < shown.length && first >= 0; i++) {
          assert.notEqual(shown[i], null);
          assert.ok(shown[i]! >= shown[i - 1]!, `order: ${shown[i - 1]} then ${shown[i]}`);
        }
      }),
      { numRuns: 150 },
    );
  });
});
