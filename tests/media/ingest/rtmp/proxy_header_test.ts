import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { readProxyHeader } from "../../../../media/ingest/rtmp/proxy_header.ts";
import { joined } from "../../flv/flv_bytes.ts";

const line = (text: string) => new TextEncoder().encode(text);
const SIGNATURE = [13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10];
const version2 = (command: number, family: number, ...addresses: readonly number[]) =>
  Uint8Array.from([...SIGNATURE, command, family, addresses.length >> 8, addresses.length & 255, ...addresses]);

describe("the PROXY protocol's header", () => {
  const good: [name: string, header: Uint8Array, address: string | null][] = [
    ["version 1, IPv4", line("PROXY TCP4 203.0.113.9 10.0.0.1 5000 1935\r\n"), "203.0.113.9"],
    ["version 1, IPv6", line("PROXY TCP6 2001:db8::9 2001:db8::1 5000 1935\r\n"), "2001:db8::9"],
    ["version 1 of something else", line("PROXY UNKNOWN\r\n"), null],
    ["version 1 of something else, with more", line("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), null],
    ["version 2, IPv4", version2(0x21, 0x11, 203, 0, 113, 9, 10, 0, 0, 1, 1, 2, 7, 143), "203.0.113.9"],
    ["version 2, IPv4 with extensions", version2(0x21, 0x11, 203, 0, 113, 9, 10, 0, 0, 1, 1, 2, 7, 143, 4, 0, 1, 0), "203.0.113.9"],
    [
      "version 2, IPv6",
      version2(0x21, 0x21, 0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 9, ...new Array(16).fill(0), 1, 2, 7, 143),
      "2001:db8:0:0:0:0:0:9",
    ],
    ["version 2, the proxy itself", version2(0x20, 0), null],
    ["version 2, a unix socket", version2(0x21, 0x31, ...new Array(216).fill(0)), null],
  ];
  for (const [name, header, address] of good) {
    it(`is read: ${name}, whatever follows and however little has come`, () => {
      assert.deepEqual(readProxyHeader(joined([header, Uint8Array.of(3, 1, 2)])), { kind: "address", address, length: header.length });
      for (let end = 0; end < header.length; end++) assert.deepEqual(readProxyHeader(header.subarray(0, end)), { kind: "more" }, `${end}`);
    });
  }

  it("is not there where RTMP begins, or anything else", () => {
    for (const first of [3, 71, 22, 0]) assert.deepEqual(readProxyHeader(Uint8Array.of(first, 1)), { kind: "none" });
  });

  const bad: [name: string, header: Uint8Array][] = [
    ["another word", line("POST / HTTP/1.1\r\n")],
    ["a name for an address", line("PROXY TCP4 host.example 10.0.0.1 5000 1935\r\n")],
    ["a bare line feed", line("PROXY TCP4 203.0.113.9 10.0.0.1 5000 1935\n")],
    ["a line that does not end", line(`PROXY UNKNOWN ${"x".repeat(100)}`)],
    ["another signature", Uint8Array.from([...SIGNATURE.slice(0, 11), 11, 0, 0, 0, 0])],
    ["version 3", version2(0x31, 0x11, ...new Array(12).fill(0))],
    ["an unknown command", version2(0x22, 0x11, ...new Array(12).fill(0))],
    ["too few bytes for its addresses", version2(0x21, 0x11, 1, 2, 3)],
    ["a header of 60 kB", Uint8Array.from([...SIGNATURE, 0x21, 0x11, 0xea, 0x60])],
  ];
  for (const [name, header] of bad) it(`is broken: ${name}`, () => assert.deepEqual(readProxyHeader(header), { kind: "broken" }));

  it("survives any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom([80], SIGNATURE, [...SIGNATURE, 0x21, 0x11]), (bytes, prefix) => {
        readProxyHeader(Uint8Array.from([...prefix, ...bytes]));
      }),
    );
  });
});
