/** Bytes on their way from a socket to one reader. */
export interface ByteQueue extends AsyncIterable<Uint8Array> {
  /** Bytes pushed so far. */
  readonly received: number;
  /** The reader has not taken all that came: what is missing is its own doing. */
  readonly hasUnread: boolean;
  /** Resolves when more is wanted. After `end` the bytes are dropped. */
  push(bytes: Uint8Array): Promise<void>;
  /** What is queued can still be read. */
  end(): void;
}

/** A queue for one reader. More is wanted when that reader asks for more than there is: what comes while it rests, the kernel keeps. */
export function createByteQueue(): ByteQueue {
  const chunks: Uint8Array[] = [];
  let received = 0;
  let isEnded = false;
  let hasReader = false;
  let wakeReader: (() => void) | null = null;
  let wakeWriters: (() => void)[] = [];

  function wake(): void {
    wakeReader?.();
    wakeReader = null;
  }

  function askForMore(): void {
    const waiting = wakeWriters;
    wakeWriters = [];
    for (const wakeWriter of waiting) wakeWriter();
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    if (hasReader) throw new TypeError("Cannot read a queue of bytes twice: its bytes go to one reader");
    hasReader = true;
    try {
      while (true) {
        const chunk = chunks.shift();
        if (chunk) {
          yield chunk;
        } else if (isEnded) {
          return;
        } else {
          askForMore();
          await new Promise<void>((resolve) => wakeReader = resolve);
        }
      }
    } finally {
      // A reader that turns away must not block ffmpeg: the rest is dropped.
      isEnded = true;
      chunks.length = 0;
      askForMore();
    }
  }

  return {
    get received() {
      return received;
    },
    get hasUnread() {
      return chunks.length > 0;
    },
    async push(bytes) {
      received += bytes.byteLength;
      if (isEnded) return;
      chunks.push(bytes);
      wake();
      await new Promise<void>((resolve) => wakeWriters.push(resolve));
    },
    end() {
      isEnded = true;
      wake();
      askForMore();
    },
    [Symbol.asyncIterator]: read,
  };
}
