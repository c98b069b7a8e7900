import type { TrackName } from "./matroska.ts";

/** Which tracks a reader wants: `picture` and `sound` where one decoder each reads them. */
export type Wanted = "both" | "picture" | "sound";

/** Why an envelope came to its end. */
export type EnvelopeEnd =
  /** The publisher sends with another codec or size from here on: open the next one. */
  | "new_headers"
  | "publisher_ended"
  /** It was not read for so long that the publisher had to wait: open the next one. */
  | "too_slow"
  | "closed";

/** One stream of Matroska for one reader: head, the publisher's last group of pictures, and then what comes, as it comes. */
export interface Envelope extends AsyncIterable<Uint8Array> {
  /** The envelope's time of the newest picture there was when it began: what is older is only for decoding on. Null until it has begun. */
  readonly edgeMs: number | null;
  /** The envelope's time of the newest that has been written to it; null until it has begun. A decoder that is behind it still has to catch up. */
  readonly newestMs: number | null;
  readonly ended: Promise<EnvelopeEnd>;
  /** Nobody reads on. Closing twice is harmless. */
  close(): void;
}

/** The side of an envelope that is written to. */
export interface EnvelopeWriter {
  readonly envelope: Envelope;
  readonly wanted: Wanted;
  readonly hasBegun: boolean;
  /** The track stands in its head. */
  carries(track: TrackName): boolean;
  begin(
    head: Uint8Array,
    tracks: readonly TrackName[],
    kept: readonly Uint8Array[],
    times: { readonly edgeMs: number | null; readonly newestMs: number | null },
  ): void;
  push(block: Uint8Array, outMs: number): void;
  end(why: EnvelopeEnd): void;
  /** What came live and is not read yet, in milliseconds of the envelope and in bytes. */
  readonly owedMs: number;
  readonly owedBytes: number;
}

/** `onRead` is called whenever something was read or the reader has gone. */
export function createEnvelope(o: { wanted: Wanted; onRead: () => void }): EnvelopeWriter {
  const { promise, resolve } = Promise.withResolvers<EnvelopeEnd>();
  let queue: { readonly bytes: Uint8Array; readonly outMs: number | null }[] = []; // a time: it came live
  let tracks: readonly TrackName[] | null = null;
  let edgeMs: number | null = null;
  let newestMs: number | null = null;
  let owedBytes = 0;
  let isEnded = false;
  let hasReader = false;
  let wake: (() => void) | null = null;

  function wakeReader(): void {
    wake?.();
    wake = null;
  }

  /** What is queued can still be read, unless the reader was too slow for it. */
  function end(why: EnvelopeEnd): void {
    if (isEnded) return;
    isEnded = true;
    if (why === "too_slow") forget();
    resolve(why);
    wakeReader();
  }

  function drop(): void {
    forget();
    end("closed");
    o.onRead();
  }

  function forget(): void {
    queue = [];
    owedBytes = 0;
  }

  async function* read(): AsyncGenerator<Uint8Array> {
    if (hasReader) throw new TypeError("Cannot read an envelope twice: its bytes go to one reader");
    hasReader = true;
    try {
      while (true) {
        const next = queue.shift();
        if (next !== undefined) {
          if (next.outMs !== null) owedBytes -= next.bytes.length;
          o.onRead();
          yield next.bytes;
        } else if (isEnded) {
          return;
        } else {
          await new Promise<void>((resolve) => wake = resolve);
        }
      }
    } finally {
      drop();
    }
  }

  return {
    envelope: {
      get edgeMs() {
        return edgeMs;
      },
      get newestMs() {
        return newestMs;
      },
      ended: promise,
      close: drop,
      [Symbol.asyncIterator]: read,
    },
    wanted: o.wanted,
    get hasBegun() {
      return tracks !== null;
    },
    carries: (track) => tracks !== null && tracks.includes(track),
    begin(head, named, kept, times) {
      if (isEnded) return;
      tracks = named;
      ({ edgeMs, newestMs } = times);
      queue.push(...[head, ...kept].map((bytes) => ({ bytes, outMs: null })));
      wakeReader();
    },
    push(bytes, outMs) {
      if (isEnded) return;
      queue.push({ bytes, outMs });
      newestMs = outMs;
      owedBytes += bytes.length;
      wakeReader();
    },
    end,
    get owedMs() {
      const oldest = queue.find(({ outMs }) => outMs !== null)?.outMs ?? null;
      return oldest === null ? 0 : queue.at(-1)!.outMs! - oldest;
    },
    get owedBytes() {
      return owedBytes;
    },
  };
}
