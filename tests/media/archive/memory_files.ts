import type { PieceFiles } from "../../../media/archive/pieces.ts";

/** A disk in memory that can be full, or hang. */
export interface MemoryDisk {
  readonly files: PieceFiles;
  readonly contents: ReadonlyMap<string, Uint8Array>;
  /** Bytes that still fit. */
  room: number;
  /** Writings wait until it is released. */
  hang(): { release(): void };
}

export function createMemoryDisk(left: readonly string[] = []): MemoryDisk {
  const contents = new Map<string, Uint8Array>(left.map((name) => [name, new Uint8Array(1)]));
  let hanging: Promise<void> = Promise.resolve();
  const disk: MemoryDisk = {
    contents,
    room: Infinity,
    hang() {
      const { promise, resolve } = Promise.withResolvers<void>();
      hanging = promise;
      return { release: resolve };
    },
    files: {
      async clear() {
        await hanging;
        contents.clear();
      },
      async create(name) {
        await hanging;
        contents.set(name, new Uint8Array());
        return {
          async write(bytes) {
            await hanging;
            const fitting = bytes.subarray(0, disk.room);
            contents.set(name, new Uint8Array([...contents.get(name)!, ...fitting]));
            disk.room -= fitting.length;
            if (fitting.length < bytes.length) throw new Error("No space left on device");
          },
          close() {},
        };
      },
      read(name, offset, length) {
        const bytes = contents.get(name)?.slice(offset, offset + length);
        return bytes?.length === length ? Promise.resolve(bytes) : Promise.reject(new Error(`Cannot read ${name}`));
      },
      remove(name) {
        disk.room += contents.get(name)?.length ?? 0;
        contents.delete(name);
        return Promise.resolve();
      },
    },
  };
  return disk;
}
