import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { initAddress, parseMediaAddress, partAddress, segmentAddress } from "../../../media/hls/addresses.ts";

describe("media addresses", () => {
  const cases = [
    { path: initAddress("k3x", "hq"), is: { kind: "init", run: "k3x", rendition: "hq" } },
    { path: segmentAddress("k3x", "mq", 0), is: { kind: "segment", run: "k3x", rendition: "mq", msn: 0 } },
    { path: partAddress("k3x", "lq", 1767225600, 4), is: { kind: "part", run: "k3x", rendition: "lq", msn: 1767225600, part: 4 } },
  ];
  for (const { path, is } of cases) {
    it(`reads ${path} back`, () => {
      const [run, rendition, file] = path.split("/");
      assert.deepEqual(parseMediaAddress(run!, rendition!, file!), is);
    });
  }

  const unknown: [string, string, string][] = [
    ["k3x", "uhq", "init.mp4"],
    ["k3x", "HQ", "init.mp4"],
    ["..", "hq", "init.mp4"],
    ["%2e%2e", "hq", "init.mp4"],
    ["", "hq", "init.mp4"],
    ["x".repeat(10_000), "hq", "init.mp4"],
    ["k3x", "hq", "01.m4s"],
    ["k3x", "hq", "1.00.m4s"],
    ["k3x", "hq", "-1.m4s"],
    ["k3x", "hq", "1e3.m4s"],
    ["k3x", "hq", "9999999999999999.m4s"],
    ["k3x", "hq", "1.2.3.m4s"],
    ["k3x", "hq", "1.m4s\n"],
    ["k3x", "hq", ""],
  ];
  for (const [run, rendition, file] of unknown) {
    it(`does not know ${JSON.stringify(`${run.slice(0, 10)}/${rendition}/${file}`)}`, () => {
      assert.equal(parseMediaAddress(run, rendition, file).kind, "unknown");
    });
  }
});
