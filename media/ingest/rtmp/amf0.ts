/** A value of AMF 0. An object's fields are a Map: no name of theirs can mean anything to us by accident. */
export type Amf = number | boolean | string | null | undefined | AmfObject | readonly Amf[];
export type AmfObject = ReadonlyMap<string, Amf>;

const DEEPEST = 4;
/** Fields and elements of all objects and arrays of one message. */
const MOST_FIELDS = 256;

/**
 * Reads the values of one message, one after the other (AMF 0 specification, section 2). Throws a SyntaxError at what is none, and a RangeError at what
 * stands too deep or is too much. References are refused: no publisher sends one.
 */
export function readAmf(bytes: Uint8Array): Amf[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let fields = 0;

  function advance(count: number): number {
    if (bytes.length - at < count) throw new SyntaxError(`Cannot read AMF: ${bytes.length - at} bytes left of ${count}`);
    at += count;
    return at - count;
  }
  function text(length: number): string {
    const from = advance(length);
    return new TextDecoder().decode(bytes.subarray(from, at));
  }
  function shortText(): string {
    return text(view.getUint16(advance(2)));
  }
  function countField(): void {
    if (++fields > MOST_FIELDS) throw new RangeError(`Cannot read AMF: more than ${MOST_FIELDS} fields`);
  }
  function object(depth: number): AmfObject {
    const found = new Map<string, Amf>();
    while (true) {
      const name = shortText();
      if (name === "" && bytes[at] === 9) { // object-end-marker (2.11)
        at++;
        return found;
      }
      countField();
      found.set(name, value(depth));
    }
  }
  function array(depth: number): Amf[] {
    const count = view.getUint32(advance(4));
    const found: Amf[] = [];
    for (let i = 0; i < count; i++) {
      countField();
      found.push(value(depth));
    }
    return found;
  }
  function value(depth: number): Amf {
    if (depth > DEEPEST) throw new RangeError(`Cannot read AMF: objects stand more than ${DEEPEST} deep in each other`);
    const marker = bytes[advance(1)]!;
    switch (marker) {
      case 0:
        return view.getFloat64(advance(8));
      case 1:
        return bytes[advance(1)] !== 0;
      case 2:
        return shortText();
      case 3:
        return object(depth + 1);
      case 5:
        return null;
      case 6: // undefined
      case 13: // unsupported
        return undefined;
      case 8: // ECMA array: its count is a hint (2.10)
        advance(4);
        return object(depth + 1);
      case 10:
        return array(depth + 1);
      case 11: { // date: milliseconds, and a time zone that is not used (2.13)
        const milliseconds = view.getFloat64(advance(8));
        advance(2);
        return milliseconds;
      }
      case 12: // long string
      case 15: // XML document
        return text(view.getUint32(advance(4)));
      case 16: // typed object
        shortText();
        return object(depth + 1);
      default:
        throw new SyntaxError(`Cannot read AMF: marker ${marker}`);
    }
  }

  const values: Amf[] = [];
  while (at < bytes.length) {
    countField();
    values.push(value(0));
  }
  return values;
}

/** What `writeAmf` takes: fields as they stand in a literal. */
export type Writable = number | boolean | string | null | undefined | readonly Writable[] | { readonly [field: string]: Writable };

/** The values of one message. Texts are short ones (up to 65535 bytes). */
export function writeAmf(...values: readonly Writable[]): Uint8Array {
  const bytes: number[] = [];
  for (const value of values) append(bytes, value);
  return Uint8Array.from(bytes);
}

function append(bytes: number[], value: Writable): void {
  if (value === undefined) {
    bytes.push(6);
  } else if (value === null) {
    bytes.push(5);
  } else if (typeof value === "number") {
    const number = new Uint8Array(8);
    new DataView(number.buffer).setFloat64(0, value);
    bytes.push(0, ...number);
  } else if (typeof value === "boolean") {
    bytes.push(1, value ? 1 : 0);
  } else if (typeof value === "string") {
    bytes.push(2);
    appendText(bytes, value);
  } else if (isList(value)) {
    bytes.push(10, value.length >>> 24, (value.length >> 16) & 255, (value.length >> 8) & 255, value.length & 255);
    for (const one of value) append(bytes, one);
  } else {
    bytes.push(3);
    for (const [name, field] of Object.entries(value)) {
      appendText(bytes, name);
      append(bytes, field);
    }
    bytes.push(0, 0, 9);
  }
}

function isList(value: Writable): value is readonly Writable[] {
  return Array.isArray(value);
}

function appendText(bytes: number[], text: string): void {
  const encoded = new TextEncoder().encode(text);
  bytes.push(encoded.length >> 8, encoded.length & 255, ...encoded);
}
