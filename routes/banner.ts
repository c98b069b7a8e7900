import { renderUnicodeCompact } from "uqr";
import type { Settings } from "../media/settings/settings.ts";

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
  /** False where the streamer wants none (NO_COLOR); true unless said. */
  hasColour?: boolean;
  /** The hardware encoder of HQ, as ffmpeg names it; left out or null: there is none. */
  hardware?: string | null;
  /** Left out where nobody can publish by RTMP. */
  publishing?: PublishingFacts;
  /** A code that opens the studio once; null where none is printed. Left out: there is no studio. */
  studioCode?: string | null;
  /** Left out where nobody can publish by SRT. Its passphrase is shown where `isShown`. */
  srt?: { readonly host: string; readonly port: number; readonly passphrase: string; readonly isShown: boolean };
}): readonly string[] {
  const { settings } = o;
  const own = isOpenToAll(settings.host) ? `http://localhost:${o.port}${settings.base}` : null;
  const network = listAddresses(o);
  const first = network[0] ?? own!;
  const isLocalOnly = network.every(isLoopback);
  return [
    `Tercet shows "${settings.title}"`,
    "",
    ...(own ? [row("On this machine", own)] : []),
    ...network.map((address, at) => row(at > 0 ? "" : isLocalOnly ? "On this machine" : "On the network", address)),
    row("In VLC", `${first}live.m3u8`),
    ...(settings.roomKey === null
      ? []
      : [row("Private", "the page asks for the room key, VLC takes it as viewer:KEY@ before the address")]),
    "",
    ...(o.hasTerminal && !isLocalOnly ? [...drawQr(first, o.hasColour ?? true), ""] : []),
    ...(isLocalOnly ? [describeReach(settings.host), ""] : []),
    row("Showing", o.showing),
    row(
      "Renditions",
      settings.ladder.map((it) => `${it.name.toUpperCase()} ${it.width}x${it.height} at ${formatBits(it.bitsPerSecond)}`).join(", "),
    ),
    ...(o.hardware ? [row("Encoder", `${o.hardware} for HQ, libx264 for the others`)] : []),
    row("Uplink", formatBits(settings.uplinkBitsPerSecond)),
    "",
    ...(o.studioCode === undefined ? [] : describeStudio(o, o.studioCode)),
    row("Browser", `${describeSender(o)}, with the key in ${settings.dataDir}/streamer.key`),
    ...(o.srt ? [row("SRT", describeSrt(o.srt, o))] : []),
    ...(o.publishing ? describePublishing(o.publishing, o) : []),
    "",
    "Ctrl-C ends the show.",
  ];
}

/** The same of an edge: where it is found, and where its show comes from. */
export function composeEdgeBanner(o: {
  readonly settings: Settings;
  readonly port: number;
  readonly networkAddresses: readonly NetworkAddress[];
}): readonly string[] {
  const { settings } = o;
  const engines = settings.relay?.engines.map(({ host, port }) => `${host}:${port}`) ?? [];
  const [first = `http://localhost:${o.port}${settings.base}`, ...others] = listAddresses(o);
  return [
    `Tercet, an edge of the show "${settings.relay?.show}"`,
    "",
    row("Show from", engines.join(" and ")),
    row("At", first),
    ...others.map((address) => row("", address)),
    ...(settings.publicUrl === null ? [] : [row("Media at", settings.publicUrl)]),
    row("Uplink", formatBits(settings.uplinkBitsPerSecond)),
    "",
    "Ctrl-C ends it; its viewers go on elsewhere.",
  ];
}

/** Where publishers come, and what they are to be told. */
export interface PublishingFacts {
  /** As it listens; `port` is the one really taken. */
  readonly host: string;
  readonly port: number;
  /** Keys that are shown now, and in no other place again: `--show-keys` and the first start. Empty where none is. */
  readonly keys: readonly { readonly name: string; readonly key: string }[];
}

/** Where publishers send, as OBS wants it. */
export function describeServer(
  { host, port }: Pick<PublishingFacts, "host" | "port">,
  networkAddresses: readonly NetworkAddress[],
): string {
  return `rtmp://${findHosts(host, networkAddresses)[0] ?? "localhost"}:${port}/live`;
}

/** Where the studio is opened: on this machine, and from the network. */
export function listStudioAddresses(o: {
  readonly settings: Pick<Settings, "host" | "base">;
  readonly port: number;
  readonly networkAddresses: readonly NetworkAddress[];
}): readonly string[] {
  const own = isOpenToAll(o.settings.host) ? [`http://localhost:${o.port}${o.settings.base}`] : [];
  return [...own, ...listAddresses(o).slice(0, 1)].map((address) => `${address}studio`);
}

/** What the link opens for once. Where no person looks a journal keeps what is printed: there it is made when it is wanted. */
function describeStudio(o: Parameters<typeof listStudioAddresses>[0], code: string | null): string[] {
  const addresses = listStudioAddresses(o);
  if (code === null) return [row("Studio", `${addresses[0]}, opened by what deno task studio-link prints`)];
  return addresses.map((address, at) => row(at === 0 ? "Studio" : "", `${address}#code=${code}`));
}

/** As an encoder takes it. */
function describeSrt(
  { host, port, passphrase, isShown }: NonNullable<Parameters<typeof composeBanner>[0]["srt"]>,
  o: { readonly settings: Pick<Settings, "dataDir">; readonly networkAddresses: readonly NetworkAddress[] },
): string {
  const address = `srt://${
    findHosts(host, o.networkAddresses)[0] ?? "localhost"
  }:${port}?mode=caller&latency=200000&pbkeylen=16&passphrase=`;
  return isShown ? address + passphrase : `${address}KEY, with the key in ${o.settings.dataDir}/srt.key`;
}

/** Where a browser sends a camera from: browsers give one to pages of this machine, and otherwise only where TLS stands in front. */
export function describeSender(
  o: {
    readonly settings: Pick<Settings, "host" | "base">;
    readonly port: number;
    readonly networkAddresses: readonly NetworkAddress[];
  },
): string {
  const [first = ""] = isOpenToAll(o.settings.host) ? [`http://localhost:${o.port}${o.settings.base}`] : listAddresses(o);
  return `${first}publish`;
}

/** What is pasted into OBS and typed into a telephone; a QR code has its address with the key in it. */
function describePublishing(
  facts: PublishingFacts,
  o: { readonly networkAddresses: readonly NetworkAddress[]; readonly hasTerminal: boolean; readonly hasColour?: boolean },
): string[] {
  const server = describeServer(facts, o.networkAddresses);
  const { keys } = facts;
  const [first] = keys;
  return [
    row("OBS", `Settings, Stream, Custom: ${server}`),
    row("Telephone", `${server}/KEY`),
    ...(first ? keys.map(({ key }) => `key ${key}`) : [row("Key", "--show-keys prints it once; /api/studio/publishers makes more")]),
    ...(first && o.hasTerminal ? ["", ...drawQr(`${server}/${first.key}`, o.hasColour ?? true)] : []),
  ];
}

/** The address of the show for others on the network, best first; one of this machine where it listens to that alone. */
export function listAddresses(o: {
  readonly settings: Pick<Settings, "host" | "base">;
  readonly port: number;
  readonly networkAddresses: readonly NetworkAddress[];
}): readonly string[] {
  return findHosts(o.settings.host, o.networkAddresses).map((host) => `http://${host}:${o.port}${o.settings.base}`);
}

/** The addresses others can reach, best first: home networks, then other real ones, then those of containers and virtual machines; IPv6 after all IPv4. */
function findHosts(host: string, addresses: readonly NetworkAddress[]): readonly string[] {
  if (!isOpenToAll(host)) return [host.includes(":") ? `[${host}]` : host];
  return addresses
    .filter(({ family, address }) => (family === "IPv4" || host === "::") && !/^(127\.|169\.254\.|::1$|fe80:)/i.test(address))
    .map(({ name, family, address }) => ({
      address: family === "IPv6" ? `[${address}]` : address,
      rank: (family === "IPv6" ? 3 : 0) +
        (/^(docker|br-|veth|virbr|vmnet|vbox|lxc|podman|cni)/i.test(name) ? 2 : isPrivate(address) ? 0 : 1),
    }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ address }) => address);
}

function isOpenToAll(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** RFC 1918; RFC 4193. */
function isPrivate(address: string): boolean {
  return /^(f[cd][\da-f]{2}:|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
}

function isLoopback(address: string): boolean {
  return /^http:\/\/(127\.|localhost:|\[::1\])/.test(address);
}

function describeReach(host: string): string {
  return isOpenToAll(host)
    ? "No network was found: only this machine can watch."
    : `Only this machine can watch: it listens on ${host} (--host).`;
}

/** White on black whatever the terminal's colours are: not every telephone reads the negative. Without colours on a dark terminal it is the same. */
function drawQr(address: string, hasColour: boolean): string[] {
  const [before, after] = hasColour ? ["\x1b[97;40m", "\x1b[0m"] : ["", ""];
  return renderUnicodeCompact(address, { border: 2 }).split("\n").map((line) => `  ${before}${line}${after}`);
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
