import type { OutputUrls } from "./arguments.ts";
import { type ByteQueue, createByteQueue } from "./byte_queue.ts";

export type Transport = "unix" | "tcp";

/** Listeners that one ffmpeg writes to, and what came in. */
export interface Sockets {
  readonly transport: Transport;
  readonly urls: OutputUrls;
  readonly pictures: readonly ByteQueue[];
  readonly sound: ByteQueue;
  readonly motion: ByteQueue;
  /** So much of each output the system keeps until it is asked for. */
  readonly keptBytes: number;
  /** Takes what is still on the way, then lets everything go, files and folder too. Closing twice is harmless. */
  close(): Promise<void>;
}

/**
 * Opens a listener for each output, in a fresh folder under `folder` (a file left by a killed server cannot be in the way).
 * Where the system has no unix sockets, or their path would be too long, they are TCP ports of the loopback address.
 */
export async function openSockets(o: { folder: string; pictures: number; transport?: Transport }): Promise<Sockets> {
  const wanted = o.transport ?? (Deno.build.os === "windows" ? "tcp" : "unix");
  const fresh = wanted === "unix" ? await Deno.makeTempDir({ dir: o.folder, prefix: "run-" }) : null;
  const isTooLong = fresh !== null && new TextEncoder().encode(`${fresh}/motion`).byteLength > MAX_UNIX_PATH_BYTES;
  const transport = isTooLong ? "tcp" : wanted;
  const sources: OpenSocket[] = [];

  async function close(): Promise<void> {
    for (const source of sources) source.stopListening();
    const settled = Promise.all(sources.map((source) => source.settled));
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([settled, new Promise((resolve) => timer = setTimeout(resolve, DRAIN_LIMIT_MS))]);
    clearTimeout(timer);
    for (const source of sources) source.drop();
    await settled;
    if (fresh !== null) await Deno.remove(fresh, { recursive: true }).catch(() => {});
  }

  function open(name: string, isOpenedAgain = false): OpenSocket {
    const source = transport === "unix" ? openUnix(`${fresh}/${name}`, isOpenedAgain) : openTcp(isOpenedAgain);
    sources.push(source);
    return source;
  }

  try {
    const pictures = Array.from({ length: o.pictures }, (_, index) => open(`${index}`));
    const sound = open("sound");
    // The metadata filter opens its file twice, because ffmpeg sets the graph up twice.
    const motion = open("motion", true);
    let closing: Promise<void> | null = null;
    return {
      transport,
      urls: { pictures: pictures.map(({ url }) => url), sound: sound.url, motion: motion.url },
      pictures: pictures.map(({ queue }) => queue),
      sound: sound.queue,
      motion: motion.queue,
      keptBytes: KEPT_BYTES,
      close: () => closing ??= close(),
    };
  } catch (problem) {
    await close();
    throw problem;
  }
}

/** Of sockaddr_un: 108 bytes on Linux, 104 elsewhere, with a 0 at the end. */
const MAX_UNIX_PATH_BYTES = 100;
/** Linux keeps 208 KiB by default (net.core.wmem_default) and counts its own upkeep: written 4 KB at a time, 176,000 bytes fitted. macOS keeps 8 KiB. */
const KEPT_BYTES = Deno.build.os === "linux" ? 128 << 10 : 0;
const DRAIN_LIMIT_MS = 500;
const SLAB_BYTES = 64 << 10;
const LEAST_READ_BYTES = 4 << 10;

interface OpenSocket {
  readonly url: string;
  readonly queue: ByteQueue;
  /** All that came in is in the queue. */
  readonly settled: Promise<void>;
  stopListening(): void;
  drop(): void;
}

function openUnix(path: string, isOpenedAgain: boolean): OpenSocket {
  return openSocket(Deno.listen({ transport: "unix", path }), `unix:${path}`, isOpenedAgain);
}

function openTcp(isOpenedAgain: boolean): OpenSocket {
  const listener = Deno.listen({ transport: "tcp", hostname: "127.0.0.1", port: 0 });
  return openSocket(listener, `tcp://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`, isOpenedAgain);
}

function openSocket(listener: Deno.Listener, url: string, isOpenedAgain: boolean): OpenSocket {
  const queue = createByteQueue();
  const connections = new Set<Deno.Conn>();

  async function acceptAll(): Promise<void> {
    const reading: Promise<void>[] = [];
    try {
      do {
        const connection = await listener.accept();
        connections.add(connection);
        reading.push(readAll(connection, queue));
      } while (isOpenedAgain);
      stopListening();
    } catch {
      // closed by us
    }
    await Promise.all(reading);
    queue.end();
  }

  function stopListening(): void {
    try {
      listener.close();
    } catch {
      // closed before
    }
  }

  const settled = acceptAll();
  return {
    url,
    queue,
    settled,
    stopListening,
    drop() {
      queue.end();
      for (const connection of connections) {
        try {
          connection.close();
        } catch {
          // closed before
        }
      }
    },
  };
}

/** Chunks are views of a slab that is never written twice, so that they need no copy. */
async function readAll(connection: Deno.Conn, queue: ByteQueue): Promise<void> {
  let slab = new Uint8Array(SLAB_BYTES);
  try {
    while (true) {
      if (slab.byteLength < LEAST_READ_BYTES) slab = new Uint8Array(SLAB_BYTES);
      const bytes = await connection.read(slab);
      if (bytes === null) return;
      await queue.push(slab.subarray(0, bytes));
      slab = slab.subarray(bytes);
    }
  } catch {
    // a connection that breaks has ended, whatever the reason
  }
}
