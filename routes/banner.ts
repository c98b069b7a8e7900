import { renderUnicodeCompact } from "uqr";
import type { Settings } from "../media/settings.ts";

/** The part of `Deno.NetworkInterfaceInfo` that is needed here. */
export interface NetworkAddress {
  /** Of the interface, such as `eth0`. */
  readonly name: string;
  readonly family: "IPv4" | "IPv6";
  readonly address: string;
}

/**
 * The lines printed at start: where others open the show, as addresses and as a QR code, and what is shown.
 * `port` is the one really taken. `showing` says what the source turned out to be. `hasTerminal` is false where no person
 * looks: then there is no QR code and no colour.
 */
export function composeBanner(o: {
  settings: Settings;
  port: number;
  networkAddresses: readonly NetworkAddress[];
  showing: string;
  hasTerminal: boolean;
}): readonly string[] {
  const { settings, port } = o;
  const own = isOpenToAll(settings.host) ? `http://localhost:${port}/` : null;
  const network = findHosts(settings.host, o.networkAddresses).map((host) => `http://${host}:${port}/`);
  const first = network[0] ?? own!;
  const isLocalOnly = network.every(isLoopback);
  return [
    `Tercet shows "${settings.title}"`,
    "",
    ...(own ? [row("On this machine", own)] : []),
    ...network.map((address, at) => row(at > 0 ? "" : isLocalOnly ? "On this machine" : "On the network", address)),
    row("In VLC", `${first}live.m3u8`),
    "",
    ...(o.hasTerminal && !isLocalOnly ? [...drawQr(first), ""] : []),
    ...(isLocalOnly ? [describeReach(settings.host), ""] : []),
    row("Showing", o.showing),
    row(
      "Renditions",
      settings.ladder.map((it) => `${it.name.toUpperCase()} ${it.width}x${it.height} at ${formatBits(it.bitsPerSecond)}`).join(", "),
    ),
    row("Uplink", formatBits(settings.uplinkBitsPerSecond)),
    "",
    "Ctrl-C ends the show.",
  ];
}

/** The addresses others can reach, best first: home networks, then other real ones, then those of containers and virtual machines. */
function findHosts(host: string, addresses: readonly NetworkAddress[]): readonly string[] {
  if (!isOpenToAll(host)) return [host.includes(":") ? `[${host}]` : host];
  return addresses
    .filter(({ family, address }) => family === "IPv4" && !address.startsWith("127.") && !address.startsWith("169.254."))
    .map(({ name, address }) => ({
      address,
      rank: /^(docker|br-|veth|virbr|vmnet|vbox|lxc|podman|cni)/i.test(name) ? 2 : isPrivate(address) ? 0 : 1,
    }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ address }) => address);
}

function isOpenToAll(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** RFC 1918. */
function isPrivate(address: string): boolean {
  return /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
}

function isLoopback(address: string): boolean {
  return /^http:\/\/(127\.|localhost:|\[::1\])/.test(address);
}

function describeReach(host: string): string {
  return isOpenToAll(host)
    ? "No network was found: only this machine can watch."
    : `Only this machine can watch: it listens on ${host} (--host).`;
}

/** White on black whatever the terminal's colours are: not every telephone reads the negative. */
function drawQr(address: string): string[] {
  return renderUnicodeCompact(address, { border: 2 }).split("\n").map((line) => `  \x1b[97;40m${line}\x1b[0m`);
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(16)} ${value}`;
}

function formatBits(bitsPerSecond: number): string {
  const [amount, unit] = bitsPerSecond >= 1e9
    ? [bitsPerSecond / 1e9, "Gbit/s"]
    : bitsPerSecond >= 1e6
    ? [bitsPerSecond / 1e6, "Mbit/s"]
    : [bitsPerSecond / 1e3, "kbit/s"];
  return `${Number(amount.toFixed(2))} ${unit}`;
}
