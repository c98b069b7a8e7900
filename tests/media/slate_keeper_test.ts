import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { DecoderConfigs } from "../../media/flv/frame.ts";
import type { PictureEncoding } from "../../media/encoder/arguments.ts";
import { createSlateKeeper } from "../../media/slate_keeper.ts";
import type { SlateOutcome } from "../../media/slates.ts";
import type { Slate } from "../../media/timeline/slate.ts";

const LARGE: PictureEncoding = {
  ladder: [
    { name: "hq", width: 1280, height: 720, bitsPerSecond: 2_500_000 },
    { name: "mq", width: 854, height: 480, bitsPerSecond: 1_000_000 },
    { name: "lq", width: 426, height: 240, bitsPerSecond: 400_000 },
  ],
  preset: "veryfast",
};
/** What a machine that is too slow falls back to. */
const COARSE: PictureEncoding = { ...LARGE, preset: "superfast" };

/** Every slate that is asked for is made when the test says so. */
function open() {
  const asked: { readonly encoding: PictureEncoding; finish(outcome: SlateOutcome): void; fail(problem: Error): void }[] = [];
  const taken: Slate[] = [];
  const lines: string[] = [];
  const clock = { ms: 0 };
  const keeper = createSlateKeeper({
    prepare(encoding) {
      const { promise, resolve, reject } = Promise.withResolvers<SlateOutcome>();
      asked.push({ encoding, finish: resolve, fail: reject });
      return promise;
    },
    onSlate: (slate) => taken.push(slate),
    now: () => clock.ms,
    log: (line) => lines.push(line),
  });
  return { keeper, asked, taken, lines, clock };
}

function aSlate(): Extract<SlateOutcome, { kind: "slate" }> {
  const configs: DecoderConfigs = { pictures: [], sound: new Uint8Array() };
  return { kind: "slate", configs, slate: { pictures: [], silence: new Uint8Array() } };
}

/** Lets all that waits for nothing but promises go on. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

describe("the keeper of the slate", () => {
  it("makes one slate for an encoding, however often it is wanted", async () => {
    const { keeper, asked, taken } = open();
    const wanted = [keeper.want(LARGE), keeper.want(LARGE), keeper.want(structuredClone(LARGE))];
    await turn();
    assert.deepEqual([asked.length, keeper.configs], [1, null]);
    const made = aSlate();
    asked[0]!.finish(made);
    await Promise.all(wanted);
    assert.deepEqual([taken[0], taken.length, keeper.configs], [made.slate, 1, made.configs]);
  });

  it("makes the next when the one before is there, and ends with the newest encoding's", async () => {
    const { keeper, asked, taken } = open();
    keeper.want(LARGE);
    const second = keeper.want(COARSE);
    await turn();
    assert.deepEqual(asked.map(({ encoding }) => encoding), [LARGE]);
    const [large, coarse] = [aSlate(), aSlate()];
    asked[0]!.finish(large);
    await turn();
    assert.deepEqual(asked.map(({ encoding }) => encoding), [LARGE, COARSE]);
    asked[1]!.finish(coarse);
    await second;
    assert.deepEqual(taken.map((slate) => slate === coarse.slate), [false, true]);
    assert.equal(keeper.configs, coarse.configs);
  });

  it("says why there is none, keeps the one before, and goes on", async () => {
    const { keeper, asked, taken, lines } = open();
    const first = keeper.want(LARGE);
    await turn();
    const made = aSlate();
    asked[0]!.finish(made);
    await first;
    const failed = keeper.want(COARSE);
    await turn();
    asked[1]!.finish({ kind: "failed", reason: "no libx264" });
    await failed;
    assert.deepEqual(lines, ["Cannot make the slate: no libx264"]);
    assert.deepEqual([taken.length, keeper.configs === made.configs], [1, true]);
  });

  it("makes the next also where one has thrown", async () => {
    const { keeper, asked, taken, lines } = open();
    const first = keeper.want(LARGE);
    const second = keeper.want(COARSE);
    await turn();
    asked[0]!.fail(new RangeError("no port is free"));
    await first;
    await turn();
    asked[1]!.finish(aSlate());
    await second;
    assert.deepEqual([lines, taken.length], [["Cannot make the slate: no port is free"], 1]);
  });

  it("tries one that has failed again when it is wanted ten seconds later, lets nobody wait for that, and repeats no reason", async () => {
    const { keeper, asked, taken, lines, clock } = open();
    const wantAt = async (ms: number) => {
      clock.ms = ms;
      await keeper.want(LARGE);
      await turn();
    };
    const first = keeper.want(LARGE);
    await turn();
    asked[0]!.finish({ kind: "failed", reason: "the disk is full" });
    await first;
    await wantAt(9_999);
    assert.equal(asked.length, 1);
    await wantAt(10_000);
    await wantAt(30_000);
    assert.equal(asked.length, 2, "one try at a time");
    asked[1]!.finish({ kind: "failed", reason: "the disk is full" });
    await turn();
    await wantAt(39_999);
    assert.equal(asked.length, 2);
    await wantAt(40_000);
    asked[2]!.finish(aSlate());
    await turn();
    await wantAt(100_000);
    assert.deepEqual([asked.length, taken.length, lines], [3, 1, ["Cannot make the slate: the disk is full"]]);
  });

  it("throws away what is finished after the end of the show", async () => {
    const { keeper, asked, taken } = open();
    const wanted = keeper.want(LARGE);
    await turn();
    keeper.stop();
    asked[0]!.finish(aSlate());
    await wanted;
    assert.deepEqual([taken, keeper.configs], [[], null]);
  });
});
