import assert from "node:assert/strict";
import type { Tercet } from "../fixtures/server.ts";
import type { Recording } from "./recorder.ts";

/** How often the server said that it encodes in another way, since the machine is too slow or has kept up: each may bring another MAP. */
export function countPresets(server: Pick<Tercet, "output">): number {
  return server.output().match(/This machine (?:is too slow|has kept up)/g)?.length ?? 0;
}

/** One MAP from the first part to the last, but for those of the governor: it acts where the machine that runs the tests is busy. */
export function assertNoOtherMap({ mapChanges }: Pick<Recording, "mapChanges">, server: Pick<Tercet, "output">): void {
  assert.ok(mapChanges <= countPresets(server), `${mapChanges} changes of MAP; ${server.output().split("\n").slice(-8).join(" / ")}`);
}
