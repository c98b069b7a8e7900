/** The forwarded address, or null where the proxy speaks for itself or of something that is no IP address. */
export type ProxyHeader =
  | { readonly kind: "more" }
  | { readonly kind: "address"; readonly address: string | null; readonly length: number }
  /** No such header: RTMP begins at the first byte. */
  | { readonly kind: "none" }
  | { readonly kind: "broken" };

/** "\r\n\r\n\0\r\nQUIT\n" */
const SIGNATURE_2 = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10);
const LONGEST_1 = 107;
/** Its length is 16 bits; with all extensions nginx and HAProxy stay under this. */
const LONGEST_2 = 1024;

/**
 * Reads the PROXY protocol's header, version 1 or 2 (haproxy.org, proxy-protocol.txt, sections 2.1 and 2.2), at the beginning of `bytes`, which are all that
 * came so far. Only to be asked about peers that are trusted to send one. RTMP begins with 3, so that its absence is no guess.
 */
export function readProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (bytes.length === 0) return { kind: "more" };
  if (bytes[0] === 80) return readVersion1(bytes); // P
  return bytes[0] === SIGNATURE_2[0] ? readVersion2(bytes) : { kind: "none" };
}

function readVersion1(bytes: Uint8Array): ProxyHeader {
  const end = bytes.subarray(0, LONGEST_1).indexOf(10);
  if (end < 0) return bytes.length >= LONGEST_1 ? { kind: "broken" } : { kind: "more" };
  const line = String.fromCharCode(...bytes.subarray(0, end + 1));
  const match = /^PROXY (?:(UNKNOWN)[^\r]*|TCP[46] ([0-9a-fA-F.:]{2,45}) [0-9a-fA-F.:]{2,45} \d{1,5} \d{1,5})\r\n$/.exec(line);
  return match ? { kind: "address", address: match[2] ?? null, length: end + 1 } : { kind: "broken" };
}

function readVersion2(bytes: Uint8Array): ProxyHeader {
  if (!SIGNATURE_2.every((byte, at) => at >= bytes.length || bytes[at] === byte)) return { kind: "broken" };
  if (bytes.length < 16) return { kind: "more" };
  const command = bytes[12]!; // version 2, then 0 LOCAL, 1 PROXY
  const family = bytes[13]! >> 4; // 1 AF_INET, 2 AF_INET6
  const length = 16 + bytes[14]! * 256 + bytes[15]!;
  if (command >> 4 !== 2 || (command & 15) > 1 || length > LONGEST_2) return { kind: "broken" };
  if (bytes.length < length) return { kind: "more" };
  if (command === 0x20 || family < 1 || family > 2) return { kind: "address", address: null, length };
  const addressBytes = family === 1 ? 4 : 16;
  if (length < 16 + 2 * addressBytes + 4) return { kind: "broken" };
  return { kind: "address", address: print(bytes.subarray(16, 16 + addressBytes)), length };
}

function print(address: Uint8Array): string {
  if (address.length === 4) return address.join(".");
  return Array.from({ length: 8 }, (_, at) => (address[2 * at]! * 256 + address[2 * at + 1]!).toString(16)).join(":");
}
