/** Addresses that begin with the same bits, written as ones and zeros. One address is a network of all its bits. */
export interface Network {
  readonly family: 4 | 6;
  readonly prefix: string;
}

/** RFC 1918, RFC 4193, link-local and this machine itself: who cannot come from the internet. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "::1", "fc00::/7", "fe80::/10"];
const EXAMPLE = "write addresses, networks such as 10.0.0.0/8, or the word private, with commas between them";

/** `10.0.0.2,192.168.0.0/16,fd00::/8,private`. Throws a SyntaxError that names what is wrong. */
export function parseNetworks(text: string): readonly Network[] {
  const words = text.split(/[,\s]+/).filter((word) => word !== "");
  if (words.length === 0) throw new SyntaxError(`names nobody; ${EXAMPLE}`);
  return Object.freeze(words.flatMap((word) => word.toLowerCase() === "private" ? PRIVATE.map(parseNetwork) : [parseNetwork(word)]));
}

/** Whether an address, as a socket or a proxy tells it, is in one of the networks. */
export function isInNetworks(address: string, networks: readonly Network[]): boolean {
  const found = parseAddress(address);
  return found !== null && networks.some(({ family, prefix }) => family === found.family && found.bits.startsWith(prefix));
}

/** An address without its brackets, port and zone, an IPv4 one in IPv6's clothes as IPv4; null where it is none. */
export function parseAddress(text: string): { readonly family: 4 | 6; readonly bits: string; readonly text: string } | null {
  const bare = text.replace(/^\[([^\]]*)\](?::\d{1,5})?$/, "$1").replace(/^(\d+\.\d+\.\d+\.\d+):\d{1,5}$/, "$1").replace(/%[\w.-]+$/, "");
  const four = readFour(bare);
  if (four !== null) return { family: 4, bits: four.map(toBits(8)).join(""), text: bare };
  const six = readSix(bare);
  if (six === null) return null;
  if (six.slice(0, 6).join() !== "0,0,0,0,0,65535") return { family: 6, bits: six.map(toBits(16)).join(""), text: bare.toLowerCase() };
  const bytes = six.slice(6).flatMap((group) => [group >> 8, group & 255]);
  return { family: 4, bits: bytes.map(toBits(8)).join(""), text: bytes.join(".") };
}

function parseNetwork(word: string): Network {
  const [, address = "", length] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(word) ?? [];
  const found = parseAddress(address);
  if (found === null) throw new SyntaxError(`${word} is not an address; ${EXAMPLE}`);
  const { family, bits } = found;
  const wanted = length === undefined ? bits.length : Number(length);
  if (wanted > bits.length) throw new SyntaxError(`${word}: /${wanted} is more than the ${bits.length} bits of an address`);
  return Object.freeze({ family, prefix: bits.slice(0, wanted) });
}

function toBits(length: number): (value: number) => string {
  return (value) => value.toString(2).padStart(length, "0");
}

function readFour(text: string): number[] | null {
  const bytes = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  return bytes === undefined || bytes.some((byte) => byte > 255) ? null : bytes;
}

/** Eight groups of 16 bits. */
function readSix(text: string): number[] | null {
  const halves = text.split("::");
  if (!text.includes(":") || halves.length > 2) return null;
  const [head = [], tail] = halves.map((half) => half === "" ? [] : half.split(":"));
  // The last two groups may be written as IPv4 (RFC 4291, 2.2).
  const last = tail ?? head;
  const four = readFour(last.at(-1) ?? "");
  if (four !== null) last.splice(-1, 1, ...[0, 2].map((at) => (four[at]! << 8 | four[at + 1]!).toString(16)));
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (tail === undefined ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...tail ?? []];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group)) ? groups.map((group) => parseInt(group, 16)) : null;
}
