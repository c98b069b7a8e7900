import { closeQuietly, type Listening } from "../ffmpeg/sockets.ts";
import type { FlvItem } from "../flv/frame.ts";
import { createFlvReader } from "../flv/reader.ts";

/** One output of an encoder on its way to us. */
export interface OutputReading {
  /** All that came in was handed over. Never rejects. */
  readonly done: Promise<void>;
  /** Whoever writes is gone: what is still open is let go. */
  drop(): void;
}

/** Reads an encoder's FLV output to its end. Whatever is broken in it, in its bytes or to `onItem`, is told once, and nothing more is handed over. */
export function readFlv(listening: Listening, onItem: (item: FlvItem) => void, onBroken: (problem: string) => void): OutputReading {
  const reader = createFlvReader();
  let connection: Deno.Conn | null = null;
  let isBroken = false;

  async function read(): Promise<void> {
    connection = await listening.accept();
    listening.close();
    if (connection === null) return;
    await readConnection(connection, (bytes) => {
      if (isBroken) return;
      try {
        for (const item of reader.push(bytes)) onItem(item);
      } catch (problem) {
        isBroken = true;
        onBroken(problem instanceof Error ? problem.message : String(problem));
      }
    });
  }

  return {
    done: read(),
    drop() {
      listening.close();
      if (connection) closeQuietly(connection);
    },
  };
}

const SLAB_BYTES = 64 << 10;
const LEAST_READ_BYTES = 4 << 10;

/** Hands over what comes until the other side closes. Chunks are views of a slab that is never written twice, so that they need no copy. Never rejects. */
export async function readConnection(connection: Deno.Conn, onBytes: (bytes: Uint8Array) => void): Promise<void> {
  let slab = new Uint8Array(SLAB_BYTES);
  try {
    for (;;) {
      if (slab.byteLength < LEAST_READ_BYTES) slab = new Uint8Array(SLAB_BYTES);
      const bytes = await connection.read(slab);
      if (bytes === null) break;
      onBytes(slab.subarray(0, bytes));
      slab = slab.subarray(bytes);
    }
  } catch {
    // a connection that breaks has ended, whatever the reason
  }
  closeQuietly(connection);
}
