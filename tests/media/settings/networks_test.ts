import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { isInNetworks, parseAddress, parseNetworks } from "../../../media/settings/networks.ts";

describe("networks", () => {
  const cases: [string, string, boolean][] = [
    ["10.0.0.2", "10.0.0.2", true],
    ["10.0.0.2", "10.0.0.3", false],
    ["10.0.0.0/8", "10.255.0.1", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["192.0.2.0/25", "192.0.2.127", true],
    ["192.0.2.0/25", "192.0.2.128", false],
    ["0.0.0.0/0", "203.0.113.1", true],
    ["0.0.0.0/0", "2001:db8::1", false],
    ["2001:db8::/32", "2001:db8:ffff::1", true],
    ["2001:db8::/32", "2001:db9::1", false],
    ["::1", "0:0:0:0:0:0:0:1", true],
    ["10.0.0.0/8", "::ffff:10.1.2.3", true],
    ["10.0.0.0/8", "::ffff:a01:203", true],
    ["fe80::/10", "fe80::1%eth0", true],
    ["private", "192.168.1.9", true],
    ["PRIVATE", "fd12::1", true],
    ["private", "172.32.0.1", false],
    ["8.8.8.8 private,1.1.1.1", "1.1.1.1", true],
    ["10.0.0.0/8", "nonsense", false],
  ];
  for (const [networks, address, isIn] of cases) {
    it(`${address} is ${isIn ? "" : "not "}in ${networks}`, () => assert.equal(isInNetworks(address, parseNetworks(networks)), isIn));
  }
  for (
    const [text, wrong] of [["10.0.0.0/33", /33/], ["nginx", /nginx is not an address/], ["10.0.0", /10\.0\.0 is not/], [
      " , ",
      /names nobody/,
    ], ["10.0.0.1/x", /not an address/]] as const
  ) {
    it(`refuses "${text}" and says why`, () =>
      assert.throws(() => parseNetworks(text), (error: Error) => error instanceof SyntaxError && wrong.test(error.message)));
  }
  it("every address that can be written is read, and nothing else throws", () => {
    fc.assert(fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => assert.notEqual(parseAddress(text), null)));
    fc.assert(fc.property(fc.string(), (text) => void parseAddress(text)));
    fc.assert(
      fc.property(
        fc.ipV6(),
        fc.integer({ min: 0, max: 128 }),
        (text, bits) => assert.ok(isInNetworks(text, parseNetworks(`${text}/${bits}`))),
      ),
    );
  });
});
