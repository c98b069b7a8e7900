/**
 * Writes a text file for its owner's eyes only. It stands under its name only when it is whole and on the disk. Throws an Error that names the file.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}`;
  try {
    {
      using file = await Deno.open(draft, { write: true, createNew: true, mode: 0o600 });
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
      await file.sync();
    }
    await Deno.rename(draft, path);
  } catch (error) {
    await Deno.remove(draft).catch(() => {});
    throw new Error(`Cannot write ${path}: ${sayWhy(error)}`, { cause: error });
  }
}

/**
 * What `read` makes of a file's text; null where there is none. A file that it throws at is put aside under another name: `problem` says so, and ends with
 * `consequence`. Throws an Error that names a file which cannot be read at all.
 */
export async function readOrPutAside<T>(
  path: string,
  o: { read: (text: string) => T; nowMs: number; consequence: string },
): Promise<{ readonly found: T | null; readonly problem: string | null }> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { found: null, problem: null };
    throw new Error(`Cannot use ${path}: ${sayWhy(error)}`, { cause: error });
  }
  try {
    return { found: o.read(text), problem: null };
  } catch (error) {
    const aside = `${path}.damaged-${o.nowMs}`;
    await Deno.rename(path, aside);
    return { found: null, problem: `Cannot use ${path}: ${sayWhy(error)}; it is kept as ${aside}. ${o.consequence}` };
  }
}

/** Lets one change follow the other: each begins with what the one before has left, also where that has failed. */
export function createTurns(): <T>(change: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (change) => {
    const done = last.then(change);
    last = done.catch(() => {});
    return done;
  };
}

function sayWhy(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}
