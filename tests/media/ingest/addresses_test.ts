import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { describeAddress } from "../../../media/ingest/addresses.ts";
import { createWrongKeys } from "../../../media/ingest/wrong_keys.ts";

describe("a peer's address", () => {
  const kinds: [kind: string, addresses: string[], isLoopback: boolean, isPrivate: boolean][] = [
    ["of this machine", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"], true, true],
    [
      "private",
      [
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.5",
        "169.254.1.1",
        "100.64.0.1",
        "fd12::1",
        "fe80::1%eth0",
        "::ffff:10.0.0.1",
      ],
      false,
      true,
    ],
    ["public", ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1", "::ffff:8.8.8.8", "::", "11.0.0.1"], false, false],
    [
      "that cannot be read",
      ["", "x", "1.2.3", "1.2.3.256", "1::2::3", ":::", "1:2:3:4:5:6:7", "12345::", "1:2:3:4:5:6:7:8::"],
      false,
      false,
    ],
  ];
  for (const [kind, addresses, isLoopback, isPrivate] of kinds) {
    it(`${kind} is known as such`, () => {
      for (const address of addresses) {
        const { network: _, ...found } = describeAddress(address);
        assert.deepEqual(found, { isLoopback, isPrivate }, address);
      }
    });
  }

  it("counts by itself, and with its household where it is IPv6", () => {
    const network = (address: string) => describeAddress(address).network;
    assert.equal(network("::ffff:8.8.8.8"), network("8.8.8.8"));
    assert.notEqual(network("8.8.8.8"), network("8.8.8.9"));
    assert.equal(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::"));
    assert.notEqual(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
  });
});

describe("wrong keys", () => {
  it("are five a minute for each network", () => {
    const wrong = createWrongKeys();
    for (const atMs of [0, 10_000, 20_000, 30_000]) wrong.note("a", atMs);
    assert.equal(wrong.isBarred("a", 30_000), false);
    wrong.note("a", 40_000);
    assert.deepEqual([wrong.isBarred("a", 40_000), wrong.isBarred("b", 40_000)], [true, false]);
    assert.deepEqual([wrong.isBarred("a", 59_999), wrong.isBarred("a", 60_000)], [true, false]);
    wrong.note("a", 60_000);
    assert.equal(wrong.isBarred("a", 60_001), true);
  });
  it("are remembered of 10,000 networks", () => {
    const wrong = createWrongKeys();
    for (let i = 0; i < 5; i++) wrong.note("first", 0);
    for (let i = 0; i < 10_000; i++) wrong.note(`${i}`, 1);
    assert.equal(wrong.isBarred("first", 2), false);
  });
});
