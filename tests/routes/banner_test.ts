import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { readSettings, type Settings } from "../../media/settings/settings.ts";
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
  it("names the encoder of HQ where that is not libx264", () => {
    assert.ok(compose({ hardware: "h264_vaapi" }).includes("  Encoder          h264_vaapi for HQ, libx264 for the others"));
    assert.ok(!compose({ hardware: null }).some((line) => line.includes("Encoder")));
  });
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
      "  Browser          http://localhost:8080/publish, with the key in /home/me/data/streamer.key",
      "",
      "Ctrl-C ends the show.",
    ]);
  });

  it("says of a room how to come in, and never the key", () => {
    const lines = compose({ settings: settingsFor("--room-key", "open sesame") });
    assert.ok(
      lines.includes("  Private          the page asks for the room key, VLC takes it as viewer:KEY@ before the address"),
      lines.join("\n"),
    );
    assert.doesNotMatch(lines.join("\n"), /sesame/);
  });

  it("has the link that opens the studio, or says what prints one", () => {
    const studio = (code: string | null, options: string[] = []) => {
      const lines = compose({ studioCode: code, settings: settingsFor(...options) });
      const at = lines.findIndex((line) => line.includes("  Studio "));
      return lines.slice(at, lines.findIndex((line) => line.includes("  Browser ")));
    };
    assert.deepEqual(studio("abc"), [
      "  Studio           http://localhost:8080/studio#code=abc",
      "                   http://192.168.1.20:8080/studio#code=abc",
    ]);
    assert.deepEqual(studio("abc", ["--host", "127.0.0.1", "--base", "/live"]), [
      "  Studio           http://127.0.0.1:8080/live/studio#code=abc",
    ]);
    assert.deepEqual(studio(null), ["  Studio           http://localhost:8080/studio, opened by what deno task studio-link prints"]);
  });

  it("says where OBS and telephones publish, and where the key is", () => {
    const lines = compose({ publishing: { host: "0.0.0.0", port: 1935, keys: [] } });
    assert.deepEqual(lines.slice(lines.indexOf("  Uplink           100 Mbit/s") + 1), [
      "",
      "  Browser          http://localhost:8080/publish, with the key in /home/me/data/streamer.key",
      "  OBS              Settings, Stream, Custom: rtmp://192.168.1.20:1935/live",
      "  Telephone        rtmp://192.168.1.20:1935/live/KEY",
      "  Key              --show-keys prints it once; /api/studio/publishers makes more",
      "",
      "Ctrl-C ends the show.",
    ]);
  });

  it("prints keys that are to be shown, a line each, and a QR code with the first in a terminal", () => {
    const keys = [{ name: "OBS", key: "abc" }, { name: "phone", key: "def" }];
    const lines = compose({ publishing: { host: "127.0.0.1", port: 1936, keys } });
    assert.ok(lines.includes("key abc") && lines.includes("key def"));
    assert.ok(lines.includes("  OBS              Settings, Stream, Custom: rtmp://127.0.0.1:1936/live"));
    const inTerminal = (o: Parameters<typeof compose>[0]) =>
      compose({ ...o, hasTerminal: true }).filter((it) => it.includes("\x1b[97;40m")).length;
    assert.ok(inTerminal({ publishing: { host: "0.0.0.0", port: 1935, keys } }) > inTerminal({}));
  });

  it("names the folder that a proxy puts in front", () => {
    const lines = compose({ settings: settingsFor("--base", "/live/") }).join("\n");
    assert.match(lines, /On this machine {2}http:\/\/localhost:8080\/live\/$/m);
    assert.match(lines, /In VLC {11}http:\/\/192\.168\.1\.20:8080\/live\/live\.m3u8$/m);
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
  it("names addresses of IPv6 after the others where it listens on both", () => {
    const networkAddresses: NetworkAddress[] = [
      { name: "eth0", family: "IPv6", address: "2001:db8::5" },
      { name: "eth0", family: "IPv6", address: "fd12::5" },
      { name: "eth0", family: "IPv6", address: "fe80::5" },
      { name: "lo", family: "IPv6", address: "::1" },
    ];
    const lines = compose({ settings: settingsFor("--host", "::"), networkAddresses: [...networkAddresses, ...HOME] });
    const addresses = lines.join("\n").match(/http:\/\/\S+8080\/$/gm);
    assert.deepEqual(addresses!.slice(-2), ["http://[fd12::5]:8080/", "http://[2001:db8::5]:8080/"]);
    assert.equal(addresses!.length, 6);
    const alone = compose({ settings: settingsFor("--host", "::"), networkAddresses }).join("\n");
    assert.match(alone, /On the network {3}http:\/\/\[fd12::5\]:8080\/\n/);
    assert.doesNotMatch(alone, /No network was found/);
    assert.doesNotMatch(compose({ networkAddresses: [...networkAddresses, ...HOME] }).join("\n"), /db8/, "0.0.0.0 is IPv4");
  });
  it("draws its code without colours where none are wanted (NO_COLOR)", () => {
    const drawn = compose({ hasTerminal: true, hasColour: false }).join("\n");
    assert.match(drawn, /█/);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(drawn, /\x1b/);
  });
});
