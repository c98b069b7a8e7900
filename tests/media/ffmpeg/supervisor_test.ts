import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import type { Run, RunEnd, RunNews } from "../../../media/ffmpeg/run.ts";
import { moveSupervisor, superviseRuns, type SupervisorEvent, type SupervisorState } from "../../../media/ffmpeg/supervisor.ts";

const END: RunEnd = { kind: "source_lost", code: 1, signal: null, reason: "gone", lastLines: [], aliveMs: 1 };
const MIDDLE = 0.5; // no jitter
const ended: SupervisorEvent = { kind: "ended", end: END };

describe("the supervisor's transition", () => {
  const waiting = (failures: number, delayMs: number): SupervisorState => ({
    kind: "backing_off",
    failures,
    delayMs,
    retryAtMs: 100_000 + delayMs,
    lastEnd: END,
  });
  const starting: SupervisorState = { kind: "starting", failures: 2 };
  const running: SupervisorState = { kind: "running", failures: 2, startedAtMs: 99_000 };
  const stalled: SupervisorState = { kind: "stalled", failures: 2, startedAtMs: 99_000, silentSinceMs: 99_500 };
  const table: [string, SupervisorState, SupervisorEvent, SupervisorState][] = [
    ["pictures make it run", starting, { kind: "pictures" }, { kind: "running", failures: 2, startedAtMs: 100_000 }],
    ["silence stalls it", running, { kind: "silence" }, { ...stalled, silentSinceMs: 100_000 } as SupervisorState],
    ["pictures end a stall, and it ran all the time", stalled, { kind: "pictures" }, running],
    ["an end before pictures backs off", starting, ended, waiting(3, 2000)],
    ["an end after pictures backs off", running, ended, waiting(3, 2000)],
    ["an end of a stall backs off", stalled, ended, waiting(3, 2000)],
    ["the first failure waits half a second", { kind: "starting", failures: 0 }, ended, waiting(1, 500)],
    ["many failures wait ten", { kind: "starting", failures: 40 }, ended, waiting(41, 10_000)],
    ["after a good minute it begins anew", { ...running, startedAtMs: 40_000 } as SupervisorState, ended, waiting(1, 500)],
    ["when it is time, it starts", waiting(3, 2000), { kind: "retry_due" }, { kind: "starting", failures: 3 }],
    ["a retry that comes too late does nothing", running, { kind: "retry_due" }, running],
    ["stop while waiting is the end", waiting(3, 2000), { kind: "stop" }, { kind: "stopped" }],
    ["stop while running waits for the end", running, { kind: "stop" }, { kind: "stopping" }],
    ["an end while stopping is the end", { kind: "stopping" }, ended, { kind: "stopped" }],
    ["pictures while stopping change nothing", { kind: "stopping" }, { kind: "pictures" }, { kind: "stopping" }],
    ["stop after stop changes nothing", { kind: "stopped" }, { kind: "stop" }, { kind: "stopped" }],
    ["nothing starts after the end", { kind: "stopped" }, { kind: "retry_due" }, { kind: "stopped" }],
  ];
  for (const [name, state, event, expected] of table) {
    it(name, () => assert.deepEqual(moveSupervisor(state, event, 100_000, MIDDLE), expected));
  }

  it("waits up to a fifth less or more", () => {
    const delay = (random: number) => (moveSupervisor({ kind: "starting", failures: 1 }, ended, 0, random) as { delayMs: number }).delayMs;
    assert.deepEqual([delay(0), delay(0.5), delay(1)], [800, 1000, 1200]);
  });
});

describe("the supervisor", () => {
  function createFakeRun(id: string) {
    let listener: (news: RunNews) => void = () => {};
    let end = (_end: RunEnd) => {};
    const done = new Promise<RunEnd>((resolve) => end = resolve);
    const stop = () => {
      end({ ...END, kind: "stopped" });
      return done;
    };
    const run = { id, ended: done, watch: (l: typeof listener) => listener = l, stop } as unknown as Run;
    return { run, tell: (news: RunNews) => listener(news), end: () => end(END) };
  }

  function createShow() {
    const fakes: ReturnType<typeof createFakeRun>[] = [];
    const timers: { callback: () => void; delayMs: number }[] = [];
    const states: string[] = [];
    let refusals = 0;
    const supervisor = superviseRuns({
      startRun: () => {
        if (refusals-- > 0) return Promise.resolve(END);
        fakes.push(createFakeRun(`r${fakes.length}`));
        return Promise.resolve(fakes.at(-1)!.run);
      },
      onRun: () => {},
      onState: ({ kind }) => states.push(kind),
      now: () => 0,
      random: () => MIDDLE,
      setTimer: (callback, delayMs) => timers.push({ callback, delayMs }),
      clearTimer: () => {},
    });
    return { supervisor, fakes, timers, states, refuse: (times: number) => refusals = times };
  }

  const settle = () => new Promise((resolve) => setImmediate(resolve));

  it("starts again what ended, later each time", async () => {
    const { fakes, timers, states, refuse, supervisor } = createShow();
    refuse(2);
    await settle();
    timers.at(-1)!.callback();
    await settle();
    timers.at(-1)!.callback();
    await settle();
    fakes[0]!.tell("pictures");
    fakes[0]!.tell("silence");
    fakes[0]!.tell("pictures");
    fakes[0]!.end();
    await settle();
    assert.deepEqual(timers.map(({ delayMs }) => delayMs), [500, 1000, 2000]);
    const again = ["backing_off", "starting"];
    assert.deepEqual(states, ["starting", ...again, ...again, "running", "stalled", "running", "backing_off"]);
    await supervisor.stop();
    assert.equal(supervisor.state.kind, "stopped");
  });

  it("stops its run, and twice is harmless", async () => {
    const { fakes, states, supervisor } = createShow();
    await settle();
    fakes[0]!.tell("pictures");
    await Promise.all([supervisor.stop(), supervisor.stop()]);
    assert.deepEqual(states, ["starting", "running", "stopping", "stopped"]);
  });

  it("stops a run that came after the wish to stop", async () => {
    let startIt = (_run: Run) => {};
    let wasAborted = false;
    const supervisor = superviseRuns({
      startRun: (signal) => {
        signal.addEventListener("abort", () => wasAborted = true);
        return new Promise((resolve) => startIt = resolve);
      },
      onRun: () => assert.fail("nobody wants it any more"),
      onState: () => {},
      now: () => 0,
      random: () => MIDDLE,
    });
    await settle();
    const stopped = supervisor.stop();
    assert.ok(wasAborted);
    startIt(createFakeRun("late").run);
    await stopped;
    assert.equal(supervisor.state.kind, "stopped");
  });
});
