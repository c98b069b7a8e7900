import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createPublicIds } from "../../../media/audience/public_id.ts";

describe("public ids", () => {
  const publicOf = createPublicIds(new Uint8Array(32).fill(1));

  it("are the same in every life of a server, and others on another server", () => {
    assert.equal(publicOf("viewer"), createPublicIds(new Uint8Array(32).fill(1))("viewer"));
    assert.notEqual(publicOf("viewer"), createPublicIds(new Uint8Array(32).fill(2))("viewer"));
  });
  it("tell viewers apart, are safe in a path, and show nothing of the id", () => {
    const ids = Array.from({ length: 1000 }, (_, i) => publicOf(`viewer ${i}`));
    assert.equal(new Set(ids).size, 1000);
    for (const id of ids) assert.match(id, /^[\w-]{16}$/);
  });
});
