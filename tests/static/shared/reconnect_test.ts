import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import assert from "node:assert/strict";
import { reconnect, RESTING, type SocketAction, type SocketEvent, type SocketState } from "../../../static/shared/reconnect.ts";

/** Plays events given as [ms, event] and tells at which times what was done. */
function play(events: readonly (readonly [number, SocketEvent])[], state: SocketState = RESTING, random = 0.5) {
  const actions: [number, SocketAction][] = [];
  for (const [nowMs, event] of events) {
    const step = reconnect(state, event, nowMs, random);
    state = step.state;
    if (step.action !== "none") actions.push([nowMs, step.action]);
  }
  return { state, actions };
}

describe("reconnecting", () => {
  it("opens when there is a viewer and rests before", () => {
    const { actions, state } = play([[0, "tick"], [10, "closed"], [20, "follow"], [30, "opened"], [20_000, "tick"]]);
    assert.deepEqual(actions, [[20, "open"]]);
    assert.equal(state.kind, "open");
  });

  it("follows the page to another viewer", () => {
    assert.deepEqual(play([[0, "follow"], [10, "opened"], [5000, "follow"]]).actions, [[0, "open"], [5000, "open"]]);
  });

  it("waits longer after each failure, 10 s at most", () => {
    let { state } = play([[0, "follow"]]), nowMs = 0;
    const delays: number[] = [];
    for (let i = 0; i < 8; i++) {
      state = reconnect(state, "closed", nowMs, 0.5).state;
      assert.equal(state.kind, "waiting");
      if (state.kind !== "waiting") return;
      delays.push(state.retryAtMs - nowMs);
      assert.equal(reconnect(state, "tick", state.retryAtMs - 1, 0.5).action, "none");
      nowMs = state.retryAtMs;
      const step = reconnect(state, "tick", nowMs, 0.5);
      assert.equal(step.action, "open");
      state = step.state;
    }
    assert.deepEqual(delays, [250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it("begins anew with short waits after five good seconds, and not after a connection that was cut at once", () => {
    const failing: SocketState = { kind: "opening", sinceMs: 0, failures: 5 };
    assert.deepEqual(play([[0, "opened"], [6000, "closed"]], failing).state, { kind: "waiting", retryAtMs: 6250, failures: 1 });
    assert.deepEqual(play([[0, "opened"], [100, "closed"]], failing).state, { kind: "waiting", retryAtMs: 8100, failures: 6 });
  });

  it("spreads the pages of one server", () => {
    const delays = [0, 1].map((random) => {
      const { state } = play([[0, "follow"], [0, "closed"]], RESTING, random);
      return state.kind === "waiting" ? Math.round(state.retryAtMs) : NaN;
    });
    assert.deepEqual(delays, [175, 325]);
  });

  it("gives up an attempt that nobody answers", () => {
    const { actions, state } = play([[0, "follow"], [8000, "tick"], [8250, "tick"]]);
    assert.deepEqual(actions, [[0, "open"], [8250, "close"]]);
    assert.equal(state.kind, "waiting");
  });

  it("a server that answers again on another way is asked at once, where the socket waits, hangs or is silent", () => {
    const of: Record<string, readonly (readonly [number, SocketEvent])[]> = {
      waiting: [[0, "follow"], [10, "closed"], [100, "reachable"]],
      "opening for long": [[0, "follow"], [1100, "reachable"]],
      "just opening": [[0, "follow"], [900, "reachable"]],
      "open and silent": [[0, "follow"], [10, "opened"], [2100, "reachable"]],
      "open and heard": [[0, "follow"], [10, "opened"], [19_000, "heard"], [20_000, "reachable"]],
      resting: [[0, "reachable"]],
    };
    const opened = Object.entries(of).map(([name, events]) => [name, play(events).actions.map(([atMs]) => atMs)]);
    assert.deepEqual(Object.fromEntries(opened), {
      waiting: [0, 100],
      "opening for long": [0, 1100],
      "just opening": [0],
      "open and silent": [0, 2100],
      "open and heard": [0],
      resting: [],
    });
  });

  it("an open socket that has been silent for more than 25 s is dead", () => {
    const events: [number, SocketEvent][] = [[0, "follow"], [10, "opened"], [12_000, "heard"], [37_000, "tick"], [37_250, "tick"]];
    assert.deepEqual(play(events).actions, [[0, "open"], [37_250, "open"]]);
  });

  it("does nothing more once the page has gone", () => {
    assert.deepEqual(play([[0, "follow"], [5, "left"], [6, "closed"], [60_000, "tick"]]).actions, [[0, "open"], [5, "close"]]);
  });

  it("whatever happens, a page with a viewer tries again within 25 s", () => {
    const event = fc.constantFrom<SocketEvent>("opened", "heard", "closed", "reachable", "tick", "follow");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 9000 }), event)),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (history, random) => {
          let nowMs = 0;
          const { state } = play(
            [
              [0, "follow"],
              ...history.map(([afterMs, event]) => [nowMs += afterMs, event] as const),
            ],
            RESTING,
            random,
          );
          const ticks = Array.from({ length: 100 }, (_, i) => [nowMs + i * 250, "tick"] as const);
          assert.ok(
            state.kind === "open" || play(ticks, state, random).actions.some(([, action]) => action === "open") || state.kind === "opening",
          );
        },
      ),
    );
  });
});
