/** Bytes on their way from a socket to one reader. */
export interface ByteQueue extends AsyncIterable<Uint8Array> {
  /** Bytes pushed so far. */
  readonly received: number;
  /** The reader is so far behind that nothing more is taken from the socket. */
  readonly isFull: boolean;
  /** Resolves when there is room for more. After `end` the bytes are dropped. */
  push(bytes: Uint8Array): Promise<void>;
  /** What is queued can still be read. */
  end(): void;
}

/**
 * A queue for one reader. `limitBytes` is more than any hiccup of that reader can gather: only one that really lags pushes back, or, with
 * `drop_oldest`, loses what it did not read.
 */
export function createByteQueue(limitBytes: number, whenFull: "wait" | "drop_oldest" = "wait"): ByteQueue {
  const chunks: Uint8Array[] = [];
  let queuedBytes = 0;
  let received = 0;
  let isEnded = false;
  let hasReader = false;
  let wakeReader: (() => void) | null = null;
  let wakeWriter: (() => void) | null = null;

  function wake(): void {
    wakeReader?.();
    wakeReader = null;
  }

  function makeRoom(): void {
    wakeWriter?.();
    wakeWriter = null;
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    if (hasReader) throw new TypeError("Cannot read a queue of bytes twice: its bytes go to one reader");
    hasReader = true;
    try {
      while (true) {
        const chunk = chunks.shift();
        if (chunk) {
          queuedBytes -= chunk.byteLength;
          if (queuedBytes < limitBytes) makeRoom();
          yield chunk;
        } else if (isEnded) {
          return;
        } else {
          await new Promise<void>((resolve) => wakeReader = resolve);
        }
      }
    } finally {
      // A reader that turns away must not block ffmpeg: the rest is dropped.
      isEnded = true;
      chunks.length = 0;
      queuedBytes = 0;
      makeRoom();
    }
  }

  return {
    get received() {
      return received;
    },
    get isFull() {
      return whenFull === "wait" && queuedBytes >= limitBytes;
    },
    async push(bytes) {
      received += bytes.byteLength;
      if (isEnded) return;
      chunks.push(bytes);
      queuedBytes += bytes.byteLength;
      wake();
      if (whenFull === "drop_oldest") {
        while (queuedBytes > limitBytes) queuedBytes -= chunks.shift()!.byteLength;
        return; // never waits: nobody may be reading at all
      }
      while (queuedBytes >= limitBytes && !isEnded) await new Promise<void>((resolve) => wakeWriter = resolve);
    },
    end() {
      isEnded = true;
      wake();
      makeRoom();
    },
    [Symbol.asyncIterator]: read,
  };
}
