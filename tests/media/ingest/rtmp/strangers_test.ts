import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { chooseWhoLeaves, type Stranger } from "../../../../media/ingest/rtmp/strangers.ts";

const stranger = (network: string | null, stage: Stranger["stage"] = "silent", sinceMs = 0): Stranger => ({ network, stage, sinceMs });

describe("strangers on the RTMP port", () => {
  it("are sixteen; who has come least far leaves for another, of those the oldest", () => {
    const all = [
      stranger("a", "greeting"),
      stranger("b", "silent", 5),
      stranger("c", "silent", 4),
      ...Array.from({ length: 12 }, (_, at) => stranger(`${at}`, "connected")),
    ];
    const last = stranger("d", "silent", 9);
    assert.equal(chooseWhoLeaves([...all, last], last), null);
    const newcomer = stranger("e", "silent", 10);
    assert.equal(chooseWhoLeaves([...all, last, newcomer], newcomer), all[2]);
  });
  it("are three of one network; another one takes the place of its own", () => {
    const own = [stranger("a", "greeted"), stranger("a", "silent", 3), stranger("a", "silent", 2)];
    const all = [stranger("b"), ...own];
    const newcomer = stranger("a", "silent", 9);
    assert.equal(chooseWhoLeaves([...all, newcomer], newcomer), own[2]);
  });
  it("of this machine are not counted by their address", () => {
    const all = Array.from({ length: 16 }, () => stranger(null));
    assert.equal(chooseWhoLeaves(all, all[15]!), null);
  });
  it("never leave for themselves", () => {
    const all = [...Array.from({ length: 16 }, () => stranger(null, "connected")), stranger(null, "closed", -1)];
    assert.notEqual(chooseWhoLeaves(all, all[16]!), all[16]);
  });
});
