/** One file of a tar archive: what stands before its bytes. */
export interface TarEntry {
  readonly name: string;
  readonly size: number;
}

/** Everything in a tar archive stands in blocks of so many bytes. */
export const BLOCK_BYTES = 512;

/** So many bytes follow an entry's own, up to the next block. */
export function paddingAfter(size: number): number {
  return (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES;
}

/** A header (POSIX.1-1988, "ustar") of a plain file for its owner's eyes. Throws a RangeError for a name of more than 100 ASCII characters. */
export function writeTarHeader({ name, size }: TarEntry, seconds: number): Uint8Array<ArrayBuffer> {
  if (!/^[\x21-\x7e]{1,100}$/.test(name)) throw new RangeError(`Cannot write ${JSON.stringify(name)} into a tar archive`);
  const header = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0");
  put(0, name);
  put(100, "0000600\0");
  put(108, "0000000\0");
  put(116, "0000000\0");
  put(124, `${octal(size, 11)}\0`);
  put(136, `${octal(Math.floor(seconds), 11)}\0`);
  put(156, "0");
  put(257, "ustar\x0000");
  put(148, `${octal(sumOf(header), 6)}\0 `);
  return header;
}

/** What a header says, or null for the zeros at an archive's end. Throws a SyntaxError for all that is not a plain file with a plain name and size. */
export function readTarHeader(header: Uint8Array): TarEntry | null {
  if (header.every((byte) => byte === 0)) return null;
  const text = (at: number, length: number) => {
    const field = header.subarray(at, at + length);
    const end = field.indexOf(0);
    return new TextDecoder("latin1").decode(end < 0 ? field : field.subarray(0, end));
  };
  if (text(257, 5) !== "ustar" || readOctal(text(148, 8)) !== sumOf(header)) {
    throw new SyntaxError("it is no tar archive, or a damaged one");
  }
  const name = text(0, 100);
  const kind = header[156]!;
  if (kind !== 0x30 && kind !== 0) throw new SyntaxError(`${show(name)} is ${KINDS[String.fromCharCode(kind)] ?? "no plain file"}`);
  if (text(345, 155) !== "" || text(157, 100) !== "") throw new SyntaxError(`${show(name)} leads elsewhere`);
  const size = readOctal(text(124, 12));
  if (size === null) throw new SyntaxError(`${show(name)} has no size that can be read`);
  return { name, size };
}

const KINDS: Readonly<Record<string, string>> = {
  "1": "a link",
  "2": "a link",
  "3": "a device",
  "4": "a device",
  "5": "a folder",
  "6": "a pipe",
};

function readOctal(text: string): number | null {
  const digits = /^ *([0-7]{1,11}) *$/.exec(text)?.[1];
  return digits === undefined ? null : parseInt(digits, 8);
}

/** The checksum's own eight bytes count as spaces. */
function sumOf(header: Uint8Array): number {
  return header.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

function show(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);
}
