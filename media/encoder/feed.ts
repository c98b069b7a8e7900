import { closeQuietly } from "../ffmpeg/sockets.ts";

/** Hands items to one process, one after the other, each written whole. */
export interface Feed<Item> {
  give(position: number, item: Item): void;
  /** Nothing more comes: the input is closed behind what was given. */
  finish(): void;
  stop(): void;
}

/** An item is kept from `give` until it is written. */
export function createFeed<Item>(o: {
  readonly connecting: Promise<Deno.Conn | null>;
  readonly header: Uint8Array;
  readonly headOf: (position: number, item: Item) => Uint8Array;
  readonly bytesOf: (item: Item) => Uint8Array;
  readonly keep: (item: Item) => Item;
  readonly letGo: (item: Item) => void;
}): Feed<Item> {
  const waiting: { position: number; item: Item }[] = [];
  let isOver = false;
  let isStopped = false;
  let wake = () => {};

  async function run(): Promise<void> {
    const connection = await o.connecting;
    if (connection === null) return stop();
    try {
      await writeAll(connection, o.header);
      while (!isStopped) {
        const next = waiting.shift();
        if (next) {
          try {
            await writeAll(connection, o.headOf(next.position, next.item));
            await writeAll(connection, o.bytesOf(next.item));
          } finally {
            o.letGo(next.item);
          }
        } else if (isOver) break;
        else await new Promise<void>((resolve) => wake = resolve);
      }
    } catch {
      // it is gone: its end tells why
    } finally {
      closeQuietly(connection);
      stop();
    }
  }

  function stop(): void {
    isStopped = true;
    for (const { item } of waiting.splice(0)) o.letGo(item);
    wake();
  }

  run();
  return {
    give(position, item) {
      if (isStopped || isOver) return;
      waiting.push({ position, item: o.keep(item) });
      wake();
    },
    finish() {
      isOver = true;
      wake();
    },
    stop,
  };
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.byteLength;) written += await connection.write(bytes.subarray(written));
}

/** Waits for something, but not for long. */
export async function atMost(limitMs: number, wanted: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([wanted, new Promise((resolve) => timer = setTimeout(resolve, limitMs))]);
  clearTimeout(timer);
}
