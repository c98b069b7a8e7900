import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { readSettings, type Settings } from "../../media/settings.ts";
import { composeBanner, type NetworkAddress } from "../../routes/banner.ts";

const HOME: readonly NetworkAddress[] = [
  { name: "lo", family: "IPv4", address: "127.0.0.1" },
  { name: "docker0", family: "IPv4", address: "172.17.0.1" },
  { name: "wg0", family: "IPv4", address: "100.64.3.4" },
  { name: "wlan0", family: "IPv4", address: "192.168.1.20" },
  { name: "wlan0", family: "IPv6", address: "fe80::1" },
  { name: "eth1", family: "IPv4", address: "169.254.7.7" },
];

function settingsFor(...args: string[]): Settings {
  const outcome = readSettings({ args, env: {}, readFile: () => "", cwd: "/home/me" });
  assert.equal(outcome.kind, "settings");
  return (outcome as { settings: Settings }).settings;
}

function compose(o: Partial<Parameters<typeof composeBanner>[0]> = {}): readonly string[] {
  return composeBanner({
    settings: settingsFor(),
    port: 8080,
    networkAddresses: HOME,
    showing: "the test picture",
    hasTerminal: false,
    ...o,
  });
}

describe("the banner", () => {
  it("names this machine, the network, home first and containers last, and the address for VLC", () => {
    assert.deepEqual(compose(), [
      'Tercet shows "Tercet"',
      "",
      "  On this machine  http://localhost:8080/",
      "  On the network   http://192.168.1.20:8080/",
      "                   http://100.64.3.4:8080/",
      "                   http://172.17.0.1:8080/",
      "  In VLC           http://192.168.1.20:8080/live.m3u8",
      "",
      "  Showing          the test picture",
      "  Renditions       HQ 1280x720 at 2.5 Mbit/s, MQ 854x480 at 1 Mbit/s, LQ 426x240 at 400 kbit/s",
      "  Uplink           100 Mbit/s",
      "",
      "Ctrl-C ends the show.",
    ]);
  });

  it("draws a QR code in a terminal, every line of the same width", () => {
    const code = compose({ hasTerminal: true }).filter((line) => line.includes("\x1b[97;40m"));
    assert.ok(code.length >= 12);
    assert.equal(new Set(code.map((line) => line.length)).size, 1);
  });

  it("a host that only this machine reaches gets no QR code and a word of why", () => {
    const lines = compose({ settings: settingsFor("--host", "::1"), hasTerminal: true });
    assert.ok(lines.includes("  On this machine  http://[::1]:8080/"));
    assert.ok(lines.includes("  In VLC           http://[::1]:8080/live.m3u8"));
    assert.ok(lines.includes("Only this machine can watch: it listens on ::1 (--host)."));
    assert.ok(!lines.some((line) => line.includes("█")));
  });

  it("a machine without a network says so", () => {
    const lines = compose({ networkAddresses: HOME.slice(0, 1), port: 1234 });
    assert.ok(lines.includes("  In VLC           http://localhost:1234/live.m3u8"));
    assert.ok(lines.includes("No network was found: only this machine can watch."));
  });
});
