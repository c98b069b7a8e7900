import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import {
  recover,
  type RecoveryAction,
  type RecoveryEvent,
  type RecoveryState,
  startRecovery,
} from "../../../../static/watch/playing/recovery.ts";

const MOVING: RecoveryEvent = { kind: "tick", isMoving: true, isWanted: true };
const STANDING: RecoveryEvent = { kind: "tick", isMoving: false, isWanted: true };
const PAUSED: RecoveryEvent = { kind: "tick", isMoving: false, isWanted: false };

/** Plays events given as [ms, event] and tells at which times which actions were taken. */
function play(events: readonly (readonly [number, RecoveryEvent])[], state: RecoveryState = startRecovery(0)) {
  const actions: [number, RecoveryAction][] = [];
  for (const [nowMs, event] of events) {
    const step = recover(state, event, nowMs, 0.5);
    state = step.state;
    if (step.action !== "none") actions.push([nowMs, step.action]);
  }
  return { state, actions };
}

function ticks(fromMs: number, toMs: number, event: RecoveryEvent): [number, RecoveryEvent][] {
  return Array.from({ length: (toMs - fromMs) / 250 }, (_, i) => [fromMs + i * 250, event]);
}

describe("recovery", () => {
  it("leaves a picture that moves alone", () => {
    assert.deepEqual(play(ticks(0, 60_000, MOVING)).actions, []);
  });

  it("leaves a paused picture alone, however long", () => {
    assert.deepEqual(play([...ticks(0, 1000, MOVING), ...ticks(1000, 90_000, PAUSED)]).actions, []);
  });

  it("a picture that stands is first moved to the edge, then played by a fresh player", () => {
    const { actions } = play([...ticks(0, 1000, MOVING), ...ticks(1000, 7000, STANDING)]);
    assert.deepEqual(actions.map(([, action]) => action), ["jump", "restart"]);
    assert.ok(actions[0]![0] <= 3750 && actions[1]![0] <= 6500, JSON.stringify(actions));
  });

  it("starts again after a network error, later each time, 1.3 s at most, until it plays", () => {
    let state = startRecovery(0), nowMs = 0;
    const delays: number[] = [];
    for (let i = 0; i < 8; i++) {
      state = recover(state, { kind: "network_error" }, nowMs, 0.5).state;
      assert.equal(state.kind, "waiting");
      if (state.kind === "waiting") {
        delays.push(state.retryAtMs - nowMs);
        nowMs = state.retryAtMs;
      }
      const step = recover(state, STANDING, nowMs, 0.5);
      assert.equal(step.action, "restart");
      state = step.state;
    }
    assert.deepEqual(delays, [250, 500, 1000, 1000, 1000, 1000, 1000, 1000]);
    state = play(ticks(nowMs, nowMs + 12_000, MOVING), state).state;
    assert.deepEqual(state.kind === "playing" && state.failures, 0);
  });

  it("an attempt that took long to fail is followed by the next at once", () => {
    const failing: RecoveryState = { kind: "starting", sinceMs: 0, failures: 5 };
    for (const [failedAtMs, retryAtMs] of [[100, 1000], [4000, 4000]] as const) {
      const { state } = recover(failing, { kind: "network_error" }, failedAtMs, 0.5);
      assert.deepEqual(state, { kind: "waiting", retryAtMs, failures: 6 });
    }
  });

  it("whenever the network comes back, the next attempt begins within 1.6 s", () => {
    fc.assert(fc.property(fc.integer({ min: 1000, max: 60_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (returnsAtMs, random) => {
      let state: RecoveryState = startRecovery(0), nowMs = 0;
      for (; nowMs < returnsAtMs; nowMs += 250) {
        const step = recover(state, STANDING, nowMs, random);
        state = step.action === "restart" || nowMs === 0 ? recover(step.state, { kind: "network_error" }, nowMs, random).state : step.state;
      }
      const { actions } = play(ticks(nowMs, nowMs + 3000, STANDING), state);
      assert.ok(actions[0]![0] - returnsAtMs <= 1600, JSON.stringify(actions));
    }));
  });

  it("a second error while it waits changes nothing", () => {
    const { state } = recover(startRecovery(0), { kind: "network_error" }, 0, 0.5);
    assert.equal(recover(state, { kind: "network_error" }, 100, 0.5).state, state);
  });

  it("mends a media error in place once, then takes a fresh player", () => {
    const { actions, state } = play([[0, MOVING], [250, { kind: "media_error" }], [500, { kind: "media_error" }]]);
    assert.deepEqual(actions, [[250, "recover_media"]]);
    assert.equal(state.kind, "waiting");
  });

  it("a dead media source gets a fresh player", () => {
    assert.deepEqual(play([[0, MOVING], [250, { kind: "dead" }], ...ticks(500, 1000, STANDING)]).actions, [[500, "restart"]]);
  });

  it("a player that never shows a picture is replaced", () => {
    assert.deepEqual(play(ticks(0, 9500, STANDING)).actions.map(([, action]) => action), ["restart"]);
  });

  it("back from sleep or a lost network it starts at once if the picture stands, and does nothing if it moves", () => {
    assert.deepEqual(play([[0, MOVING], [250, { kind: "returned" }]]).actions, []);
    assert.deepEqual(play([[0, MOVING], [60_000, { kind: "returned" }]]).actions, [[60_000, "restart"]]);
    assert.deepEqual(play([[0, { kind: "network_error" }], [100, { kind: "returned" }]]).actions, [[100, "restart"]]);
  });

  it("whatever happens, a picture that is wanted and stands is started again within 15 s", () => {
    const event = fc.constantFrom<RecoveryEvent>(MOVING, STANDING, PAUSED, { kind: "network_error" }, { kind: "media_error" }, {
      kind: "dead",
    }, { kind: "returned" });
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 4000 }), event)), (history) => {
      let nowMs = 0;
      const { state } = play(history.map(([afterMs, event]) => [nowMs += afterMs, event] as const));
      const { actions } = play(ticks(nowMs, nowMs + 15_000, STANDING), state);
      assert.ok(actions.some(([, action]) => action === "restart"));
    }));
  });
});
