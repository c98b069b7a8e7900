/** The folder in which an archive keeps its files, with the little that is asked of a disk. Everything may reject. */
export interface PieceFiles {
  /** Throws away what an earlier life left behind. */
  clear(): Promise<void>;
  /** A new file to append to. */
  create(name: string): Promise<PieceWriter>;
  read(name: string, offset: number, length: number): Promise<Uint8Array>;
  /** Removing what is not there is harmless. */
  remove(name: string): Promise<void>;
}

export interface PieceWriter {
  /** Appends all of it. */
  write(bytes: Uint8Array): Promise<void>;
  close(): void;
}

/** The files of an archive in a folder of their own, which is made when first needed. */
export function openPieceFiles(folder: string): PieceFiles {
  const pathOf = (name: string) => `${folder}/${name}`;
  return {
    async clear() {
      try {
        for await (const { name } of Deno.readDir(folder)) if (PIECE_NAME.test(name)) await Deno.remove(pathOf(name));
      } catch (problem) {
        if (!(problem instanceof Deno.errors.NotFound)) throw problem;
      }
    },
    async create(name) {
      await Deno.mkdir(folder, { recursive: true });
      const file = await Deno.open(pathOf(name), { write: true, create: true, truncate: true });
      return {
        async write(bytes) {
          for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await file.write(rest));
        },
        close: () => file.close(),
      };
    },
    // Opened for each reading: a file that is shared by several readings has one position only.
    async read(name, offset, length) {
      using file = await Deno.open(pathOf(name));
      await file.seek(offset, Deno.SeekMode.Start);
      const bytes = new Uint8Array(length);
      for (let filled = 0; filled < length;) {
        const count = await file.read(bytes.subarray(filled));
        if (count === null) throw new RangeError(`Cannot read ${length} bytes at ${offset} of ${name}: it ends after ${filled} of them`);
        filled += count;
      }
      return bytes;
    },
    async remove(name) {
      await Deno.remove(pathOf(name)).catch((problem) => {
        if (!(problem instanceof Deno.errors.NotFound)) throw problem;
      });
    },
  };
}

/** The name of the file that holds one rendition of the segments from `firstMsn` on. */
export function pieceName(firstMsn: number, rendition: string): string {
  return `${firstMsn}-${rendition}.m4s`;
}

const PIECE_NAME = /^\d+-[a-z]+\.m4s$/;
