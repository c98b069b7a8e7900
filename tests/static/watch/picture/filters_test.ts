import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { FILTER_NAMES, keepFilter, recallFilter } from "../../../../static/watch/picture/filters.ts";

describe("a filter", () => {
  it("is kept and recalled", () => {
    const kept = new Map<string, string>();
    const storage = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
    };
    for (const filter of FILTER_NAMES) {
      keepFilter(storage, filter);
      assert.equal(recallFilter(storage), filter);
    }
  });
  it("is none where nothing known is kept, or nothing can be", () => {
    assert.equal(recallFilter(null), "none");
    assert.equal(recallFilter({ getItem: () => "toString" }), "none");
    keepFilter({
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    }, "grey");
  });
});
