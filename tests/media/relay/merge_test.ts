import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Entry } from "../../../media/relay/entry.ts";
import { createMerge, type Taken } from "../../../media/relay/merge.ts";
import { makeEntry, TERM } from "./history.ts";

const LATER = { number: TERM.number + 1, name: "two" };

function show(taken: readonly Taken[]): string[] {
  return taken.map(({ entry: { part: { msn, part } }, isAnew }) => `${isAnew ? "anew " : ""}${msn}.${part}`);
}

function segments(fromMsn: number, count: number): Entry[] {
  return Array.from({ length: count * 5 }, (_, at) => makeEntry(fromMsn + Math.floor(at / 5), at % 5));
}

describe("the merge of one log", () => {
  it("begins with a segment's first part", () => {
    const merge = createMerge({ patienceMs: 0 });
    const taken = [...segments(100, 1).slice(2), ...segments(101, 1)].flatMap((entry) => merge.offer(entry, 0));
    assert.deepEqual(show(taken), ["anew 101.0", "101.1", "101.2", "101.3", "101.4"]);
  });

  it("takes nothing twice", () => {
    const merge = createMerge({ patienceMs: 0 });
    const all = segments(100, 2);
    assert.equal([...all, ...all, ...all.slice(3)].flatMap((entry) => merge.offer(entry, 0)).length, 10);
  });

  it("goes on behind a hole with the next segment", () => {
    const merge = createMerge({ patienceMs: 0 });
    const all = segments(100, 3);
    const taken = [...all.slice(0, 2), ...all.slice(6)].flatMap((entry) => merge.offer(entry, 0));
    assert.deepEqual(show(taken), ["anew 100.0", "100.1", "anew 102.0", "102.1", "102.2", "102.3", "102.4"]);
  });

  it("takes a lost last part for a hole, though MSNs go on", () => {
    const merge = createMerge({ patienceMs: 0 });
    const all = segments(100, 2);
    const taken = [...all.slice(0, 4), ...all.slice(5)].flatMap((entry) => merge.offer(entry, 0));
    assert.deepEqual(show(taken).slice(4), ["anew 101.0", "101.1", "101.2", "101.3", "101.4"]);
  });

  it("lets a segment end early where its time says so", () => {
    const merge = createMerge({ patienceMs: 0 });
    const short = { ...makeEntry(101, 0).head!, mediaTimeSeconds: 100.4 };
    const taken = [...segments(100, 1).slice(0, 2), makeEntry(101, 0, { head: short })].flatMap((entry) => merge.offer(entry, 0));
    assert.deepEqual(show(taken), ["anew 100.0", "100.1", "101.0"]);
  });

  it("leaves an older life of the origin, and never goes back to it", () => {
    const merge = createMerge({ patienceMs: 0 });
    const old = segments(100, 3);
    const taken = [...old.slice(0, 7), makeEntry(102, 0, { term: LATER }), ...old.slice(7), makeEntry(102, 1, { term: LATER })]
      .flatMap((entry) => merge.offer(entry, 0));
    assert.deepEqual(show(taken).slice(7), ["anew 102.0", "102.1"]);
  });
});

describe("the merge of two logs", () => {
  it("takes what comes first, each once and in order, whatever either of them lacks", () => {
    const all = segments(100, 6);
    // Each log gives its entries in order; what is in neither would be a hole.
    const lacks = fc.array(fc.constantFrom("a", "b", "none"), { minLength: all.length, maxLength: all.length });
    fc.assert(
      fc.property(lacks, fc.array(fc.boolean(), { minLength: 80, maxLength: 80 }), (lacking, turns) => {
        const a = all.filter((_, at) => lacking[at] !== "a"), b = all.filter((_, at) => lacking[at] !== "b");
        const merge = createMerge({ patienceMs: 300 });
        const taken: Taken[] = [];
        // The first is in both.
        for (const log of [a, b]) if (log[0] !== all[0]) log.unshift(all[0]!);
        taken.push(...merge.offer(a.shift()!, 0), ...merge.offer(all[0]!, 0), ...merge.settle(300));
        let nowMs = 300;
        // Neither is ever more than a second behind the other.
        for (const turn of turns) {
          const [first, second] = turn ? [a, b] : [b, a];
          const log = first.length > 0 && (second.length === 0 || first.length >= second.length - 5) ? first : second;
          const next = log.shift();
          if (next) taken.push(...merge.offer(next, nowMs += 1));
        }
        for (const next of [...a, ...b]) taken.push(...merge.offer(next, nowMs));
        taken.push(...merge.settle(nowMs));
        assert.deepEqual(show(taken), ["anew 100.0", ...all.slice(1).map(({ part }) => `${part.msn}.${part.part}`)]);
      }),
      { numRuns: 300 },
    );
  });

  it("waits for what is missing, and not for ever", () => {
    const merge = createMerge({ patienceMs: 300 });
    const all = segments(100, 3);
    assert.deepEqual(show(merge.offer(all[0]!, 0)), ["anew 100.0"]);
    for (const entry of all.slice(2, 12)) assert.deepEqual(merge.offer(entry, 1000), []);
    assert.deepEqual(merge.settle(1299), []);
    assert.deepEqual(show(merge.settle(1300)), ["anew 101.0", "101.1", "101.2", "101.3", "101.4", "102.0", "102.1"]);
  });

  it("keeps no more than so many that wait", () => {
    const merge = createMerge({ patienceMs: 300 });
    for (const entry of segments(100, 100)) if (entry.part.msn > 100 || entry.part.part === 0) merge.offer(entry, 0);
    assert.ok(merge.settle(300).length <= 40);
  });
});
