import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { READERS } from "./readers.ts";
import { STREAM_READERS } from "./streams.ts";

const RUNS = 4000;

describe("whatever strangers write, what must hold does, of", () => {
  for (const { name, property } of [...READERS, ...STREAM_READERS]) it(name, async () => await fc.assert(property, { numRuns: RUNS }));
});
