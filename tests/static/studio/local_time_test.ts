import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { fromLocal, toLocal } from "../../../static/studio/show/local_time.ts";

describe("a moment in a field", () => {
  it("is there and back the same minute, in whatever time zone", () => {
    for (const ms of [Date.UTC(2026, 0, 1), Date.UTC(2026, 5, 30, 23, 59), Date.UTC(2027, 11, 31, 12, 5)]) {
      assert.match(toLocal(ms), /^\d{4}-\d\d-\d\dT\d\d:\d\d$/);
      assert.equal(Date.parse(fromLocal(toLocal(ms))!), ms);
    }
  });

  it("is none where the field is empty, or holds no time", () => {
    assert.deepEqual([fromLocal(""), fromLocal("soon")], [null, null]);
  });
});
