/** One picture of raw yuv420p (the planes Y, U and V one behind the other, without padding), shared by whoever counts himself in. */
export interface RawPicture {
  /** Of the pool's size. A new picture holds what the buffer held before. Throws a TypeError once the picture was given back. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** One more who holds it. Throws a TypeError once the picture was given back. */
  retain(): RawPicture;
  /** One fewer; the last gives the buffer back to the pool. Throws a TypeError below zero. */
  release(): void;
}

/** Pictures of one size, in buffers that are used again: at 30 a second, fresh 1.38 MB each would keep the garbage collector busy. */
export interface PicturePool {
  readonly bytesPerPicture: number;
  /** A picture held once, by the caller. Its bytes are whatever they were. */
  take(): RawPicture;
  /** Pictures that somebody holds. */
  readonly taken: number;
}

/** Throws a RangeError for a size that is no whole number from 1. */
export function createPicturePool(bytesPerPicture: number): PicturePool {
  if (!Number.isSafeInteger(bytesPerPicture) || bytesPerPicture < 1) {
    throw new RangeError(`Cannot make a pool of pictures of ${bytesPerPicture} bytes`);
  }
  const free: Uint8Array<ArrayBuffer>[] = [];
  let taken = 0;

  function giveBack(buffer: Uint8Array<ArrayBuffer>): void {
    taken--;
    if (free.length < MAX_FREE) free.push(buffer);
  }

  return {
    bytesPerPicture,
    take() {
      taken++;
      return holdPicture(free.pop() ?? new Uint8Array(bytesPerPicture), giveBack);
    },
    get taken() {
      return taken;
    },
  };
}

/** What a burst took beyond that, the garbage collector has back. */
const MAX_FREE = 4;

/** Each life of a buffer is an object of its own: who held an earlier one can neither see nor release a later one. */
function holdPicture(buffer: Uint8Array<ArrayBuffer>, giveBack: (buffer: Uint8Array<ArrayBuffer>) => void): RawPicture {
  let holders = 1;

  function check(action: string): void {
    if (holders === 0) throw new TypeError(`Cannot ${action} a picture that was given back`);
  }

  const picture: RawPicture = {
    get bytes() {
      check("read");
      return buffer;
    },
    retain() {
      check("retain");
      holders++;
      return picture;
    },
    release() {
      check("release");
      holders--;
      if (holders === 0) giveBack(buffer);
    },
  };
  return picture;
}
