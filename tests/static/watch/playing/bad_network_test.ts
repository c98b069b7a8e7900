import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { steer } from "../../../../static/watch/playing/steering.ts";
import { FRESH_TARGET, lowerTarget, noteBuffered, raiseTarget } from "../../../../static/watch/playing/target_memory.ts";

// A page on paper: parts of 200 ms come over a network of which each test says how late it is, and steering and the target's memory play them.
const PART_SECONDS = 0.2;
const HOLD_BACK_SECONDS = 0.6;
const STEP_MS = 10;
const TICK_MS = 250;
const HOLD_MS = 500;

interface Played {
  readonly stalls: number;
  /** Behind the edge at the end of each second. */
  readonly behindSeconds: readonly number[];
}

/** `lateSeconds` tells how long after the server has it the page has the part that is published at `atMs`. */
function play(o: { forMs: number; lateSeconds: (atMs: number) => number }): Played {
  let position = 0, end = HOLD_BACK_SECONDS, edge = HOLD_BACK_SECONDS, rate = 1, stalls = 0, isStalled = false;
  let target = FRESH_TARGET;
  const arrivals: { atMs: number; end: number }[] = [];
  const behindSeconds: number[] = [];
  for (let nowMs = 0; nowMs < o.forMs; nowMs += STEP_MS) {
    if (nowMs % (PART_SECONDS * 1000) === 0) {
      edge += PART_SECONDS;
      const atMs = Math.max(nowMs + o.lateSeconds(nowMs) * 1000, arrivals.at(-1)?.atMs ?? 0);
      arrivals.push({ atMs, end: edge });
    }
    while (arrivals[0] && arrivals[0].atMs <= nowMs) {
      target = noteBuffered(target, end - position, nowMs);
      end = arrivals.shift()!.end;
    }
    const next = position + rate * STEP_MS / 1000;
    if (next > end) {
      if (!isStalled) {
        stalls++;
        target = raiseTarget(target, nowMs);
      }
      isStalled = true;
      position = end;
    } else {
      isStalled = false;
      position = next;
    }
    if (nowMs % TICK_MS === 0) {
      target = lowerTarget(target, HOLD_BACK_SECONDS, nowMs);
      const latencySeconds = edge - position;
      const steering = steer({
        nowMs,
        latencySeconds,
        targetSeconds: HOLD_BACK_SECONDS + target.extraSeconds,
        extraSeconds: target.extraSeconds,
        bufferedSeconds: end - position,
        rate,
        isSeeking: false,
        jumpedAtMs: null,
      });
      if (steering.kind === "rate") rate = steering.rate;
    }
    if (nowMs % 1000 === 0) behindSeconds.push(edge - position);
  }
  return { stalls, behindSeconds };
}

/** The network of the bench: there and back twice for each part (its playlist, then itself), and half a second of standing still every 20 s. */
function badNetwork(random: () => number, fromMs: number, toMs: number): (atMs: number) => number {
  const delay = () => Math.max(0, 0.02 + (2 * random() - 1) * 0.03);
  // Now right after a part, now right before one.
  const holds = Array.from({ length: Math.floor((toMs - fromMs) / 20_000) }, (_, count) => fromMs + (count + 1) * 20_000 - random() * 200);
  return (atMs) => {
    if (atMs < fromMs || atMs >= toMs) return 0.02;
    const hold = holds.find((hold) => atMs >= hold && atMs < hold + HOLD_MS);
    return 0.02 + delay() + delay() + delay() + (hold === undefined ? 0 : (hold + HOLD_MS - atMs) / 1000);
  };
}

function seededRandom(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

describe("steering and the target's memory together", () => {
  it("five minutes of a network that stands still every 20 s stall once at most, and a minute and a half later it is live again", () => {
    const minutesMs = 300_000;
    let stalls = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const lateSeconds = badNetwork(seededRandom(seed * 7919), 20_000, 20_000 + minutesMs);
      const played = play({ forMs: 20_000 + minutesMs + 90_000, lateSeconds });
      assert.ok(played.stalls <= 1, `${played.stalls} stalls with random ${seed}`);
      stalls += played.stalls;
      const [before, after] = [played.behindSeconds[15]!, played.behindSeconds.at(-1)!];
      assert.ok(Math.max(...played.behindSeconds) < before + 1, `${Math.max(...played.behindSeconds)} s behind with random ${seed}`);
      assert.ok(after < before + 0.1, `${after} s behind at the end with random ${seed}`);
    }
    // Otherwise the network on paper would be too good to tell anything.
    assert.ok(stalls >= 20, `${stalls} stalls`);
  });

  it("one stall of 0.5 s is forgotten within a minute", () => {
    const played = play({ forMs: 90_000, lateSeconds: (atMs) => atMs >= 20_000 && atMs < 20_900 ? 0.02 + (20_900 - atMs) / 1000 : 0.02 });
    assert.equal(played.stalls, 1);
    assert.ok(played.behindSeconds[30]! > 0.9, `${played.behindSeconds[30]} s behind after 10 s`);
    assert.ok(played.behindSeconds[80]! < 0.7, `${played.behindSeconds[80]} s behind after a minute`);
  });

  it("a calm network is left alone", () => {
    const played = play({ forMs: 60_000, lateSeconds: () => 0.03 });
    assert.equal(played.stalls, 0);
    assert.ok(played.behindSeconds.every((seconds) => seconds < 0.85), `${Math.max(...played.behindSeconds)}`);
  });
});
