/** What may be asked of the address of a peer. */
export interface Address {
  /** This machine itself: perhaps a proxy that does not say for whom it speaks. */
  readonly isLoopback: boolean;
  /** This machine, a private network, or one made of tunnels. */
  readonly isPrivate: boolean;
  /** What counts as one: the address, or the network of 64 bits that an IPv6 household has. */
  readonly network: string;
}

/** An address that cannot be read counts as a public one of its own. */
export function describeAddress(text: string): Address {
  const bytes = parseAddress(text);
  if (bytes === null) return { isLoopback: false, isPrivate: false, network: text };
  const isLoopback = fits(bytes, LOOPBACK);
  return {
    isLoopback,
    isPrivate: isLoopback || fits(bytes, PRIVATE),
    network: (isV4(bytes) ? bytes.subarray(12) : bytes.subarray(0, 8)).toHex(),
  };
}

interface Range {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** RFC 4291, 2.5.5.2 */
const V4_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255];
const LOOPBACK = ["127.0.0.0/8", "::1"].map(parseRange);
/** RFC 1918, RFC 3927, RFC 6598 (as Tailscale has it), RFC 4193, RFC 4291 2.5.6. */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "fc00::/7", "fe80::/10"].map(
  parseRange,
);

function parseRange(text: string): Range {
  const [address = "", bits] = text.split("/");
  const bytes = parseAddress(address);
  if (bytes === null) throw new SyntaxError(`Cannot read ${text}: it is no address`);
  const width = isV4(bytes) ? 32 : 128;
  const wanted = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : NaN;
  if (!(wanted <= width)) throw new SyntaxError(`Cannot read ${text}: a network has 0 to ${width} bits`);
  return { bytes, bits: wanted + 128 - width };
}

function fits(address: Uint8Array, ranges: readonly Range[]): boolean {
  return ranges.some(({ bytes, bits }) =>
    bytes.every((byte, at) => {
      const wanted = Math.min(8, Math.max(0, bits - 8 * at));
      return (byte ^ address[at]!) >> (8 - wanted) === 0;
    })
  );
}

/** 16 bytes; an IPv4 address as an IPv6 one that stands for it (RFC 4291, 2.5.5.2). Null where the text is neither. */
function parseAddress(text: string): Uint8Array | null {
  const v4 = parseV4(text);
  if (v4 !== null) return Uint8Array.of(...V4_PREFIX, ...v4);
  const [bare = ""] = text.split("%"); // a zone, as in fe80::1%eth0
  const sides = bare.split("::");
  if (sides.length > 2 || !bare.includes(":")) return null;
  const [head, tail] = [parseGroups(sides[0]!), parseGroups(sides[1] ?? "")];
  if (head === null || tail === null) return null;
  const missing = 16 - head.length - tail.length;
  if (sides.length === 1 ? missing !== 0 : missing < 2) return null;
  return Uint8Array.from([...head, ...new Array<number>(missing).fill(0), ...tail]);
}

function parseGroups(text: string): number[] | null {
  if (text === "") return [];
  const bytes: number[] = [];
  for (const group of text.split(":")) {
    const v4 = parseV4(group);
    if (v4 !== null) bytes.push(...v4);
    else if (/^[0-9a-fA-F]{1,4}$/.test(group)) bytes.push(parseInt(group, 16) >> 8, parseInt(group, 16) & 255);
    else return null;
  }
  return bytes;
}

function parseV4(text: string): number[] | null {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return null;
  const bytes = text.split(".").map(Number);
  return bytes.every((byte) => byte < 256) ? bytes : null;
}

function isV4(bytes: Uint8Array): boolean {
  return V4_PREFIX.every((byte, at) => bytes[at] === byte);
}
