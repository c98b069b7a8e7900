import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createInits } from "../../../media/mp4/inits.ts";
import { createGrid } from "../../../media/timeline/grid.ts";
import { AUDIO_SPECIFIC_CONFIG } from "../flv/flv_bytes.ts";
import { avcCOf, bits } from "./sps_bytes.ts";

const grid = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });

/** A baseline SPS of so many macroblocks. */
function avcC(wide: number, high: number): Uint8Array {
  const fields = [
    ["ue", 0],
    ["ue", 0],
    ["ue", 0],
    ["ue", 0],
    ["ue", 1],
    ["u", 1, 0],
    ["ue", wide - 1],
    ["ue", high - 1],
    ["u", 1, 1],
    ["u", 1, 1],
    ["u", 1, 0],
    ["u", 1, 0],
  ] as const;
  return avcCOf(Uint8Array.of(66, 0, 31, ...bits(...fields)));
}

const sound = AUDIO_SPECIFIC_CONFIG;
const big = { pictures: [avcC(80, 45), avcC(40, 30), avcC(20, 15)], sound };
const small = { pictures: [avcC(40, 30), avcC(40, 30), avcC(20, 15)], sound };

describe("inits", () => {
  it("are shared by sources with equal decoders", () => {
    const inits = createInits(grid);
    assert.deepEqual(inits.add("run1", big), ["run1", "run1", "run1"]);
    assert.deepEqual(inits.add("slate1", big), ["run1", "run1", "run1"]);
    assert.equal(inits.find("slate1", 0), null, "it is served under one address only");
    assert.equal(inits.find("run1", 0)?.width, 1280);
    assert.match(inits.find("run1", 0)!.codecs, /^avc1\.42001f,mp4a\.40\.2$/);
  });

  it("differ where the size differs, rendition by rendition", () => {
    const inits = createInits(grid);
    inits.add("run1", big);
    assert.deepEqual(inits.add("run2", small), ["run2", "run1", "run1"]);
    assert.equal(inits.find("run2", 0)?.width, 640);
    assert.deepEqual(inits.sourcesOf("run2"), ["run2", "run1", "run1"]);
  });

  it("are kept as long as a source that is listed uses them", () => {
    const inits = createInits(grid);
    inits.add("run1", big);
    inits.add("run2", small);
    inits.keepOnly(new Set(["run2"]));
    assert.ok(inits.find("run1", 1), "run2 shares it");
    inits.add("run3", small);
    inits.keepOnly(new Set(["run3"]));
    assert.ok(inits.find("run2", 0), "run3 shares it");
    inits.keepOnly(new Set());
    assert.equal(inits.find("run2", 0), null);
  });
});
