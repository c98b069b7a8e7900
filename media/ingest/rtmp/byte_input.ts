/** Bytes that come in pieces, for a reader that is written as if they were all there: it yields `null` where it must wait for the next piece. */
export interface ByteInput {
  /** The next piece. What `takeSome` hands out is a view of it. */
  give(bytes: Uint8Array): void;
  /** Exactly `count` bytes, valid until the next take. */
  take(count: number): Generator<null, Uint8Array, void>;
  /** At least one byte, at most `count`, uncopied. */
  takeSome(count: number): Generator<null, Uint8Array, void>;
  /** What of the last piece has not been taken. */
  rest(): Uint8Array;
}

/** `take` is for at most `longest` bytes at a time. */
export function createByteInput(longest: number): ByteInput {
  const scratch = new Uint8Array(longest);
  let piece: Uint8Array = NOTHING;
  let at = 0;

  return {
    give(bytes) {
      if (at < piece.length) throw new TypeError(`Cannot take more bytes: ${piece.length - at} of the last ones are not read`);
      piece = bytes;
      at = 0;
    },
    *take(count) {
      if (piece.length - at >= count) {
        at += count;
        return piece.subarray(at - count, at);
      }
      let filled = 0;
      while (true) {
        const step = Math.min(count - filled, piece.length - at);
        scratch.set(piece.subarray(at, at + step), filled);
        at += step;
        filled += step;
        if (filled === count) return scratch.subarray(0, count);
        yield null;
      }
    },
    *takeSome(count) {
      while (at === piece.length) yield null;
      const step = Math.min(count, piece.length - at);
      at += step;
      return piece.subarray(at - step, at);
    },
    rest: () => piece.subarray(at),
  };
}

const NOTHING = new Uint8Array(0);
