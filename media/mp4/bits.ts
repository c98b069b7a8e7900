/** Reads a record bit by bit, most significant first. Each read throws a SyntaxError past the end. */
export interface BitReader {
  /** `count` bits, at most 32. */
  u(count: number): number;
  /** ue(v), H.264 section 9.1. */
  ue(): number;
  /** se(v), H.264 section 9.1.1. */
  se(): number;
}

/** `name` says in errors what is being read. */
export function createBitReader(bytes: Uint8Array, name: string): BitReader {
  let at = 0;

  function bit(): number {
    const byte = bytes[at >> 3];
    if (byte === undefined) throw new SyntaxError(`Cannot read ${name}: it ends after ${bytes.length} bytes`);
    return (byte >> (7 - (at++ & 7))) & 1;
  }
  function u(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 2 + bit();
    return value;
  }
  function ue(): number {
    let zeros = 0;
    while (bit() === 0) {
      zeros++;
      if (zeros > 31) throw new SyntaxError(`Cannot read ${name}: an exp-Golomb code begins with ${zeros} zeros`);
    }
    return 2 ** zeros - 1 + u(zeros);
  }
  function se(): number {
    const code = ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
  return { u, ue, se };
}
