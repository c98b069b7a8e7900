/** What a backup holds of a data folder: the files that stand right in it and end in one of these, up to so many bytes each. */
export const MOST_BYTES: Readonly<Record<string, number>> = { key: 4096, json: 8 << 20, png: 4 << 20, sqlite: 1 << 30 };

export const MOST_FILES = 100;

/** Stands first in a backup and tells what follows. */
export const CONTENTS_NAME = "tercet-backup.json";

export interface Contents {
  readonly version: 1;
  /** When it was made, ISO 8601. */
  readonly made: string;
  /** By which Tercet. */
  readonly tercet: string;
  readonly files: readonly KeptFile[];
}

export interface KeptFile {
  readonly name: string;
  readonly size: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** The ending of a file that is kept; null for a name that is not. */
export function endingOf(name: string): string | null {
  const ending = /^[a-z0-9][a-z0-9_-]{0,62}\.([a-z]+)$/.exec(name)?.[1];
  return ending !== undefined && Object.hasOwn(MOST_BYTES, ending) && name !== CONTENTS_NAME ? ending : null;
}

/** Reads the first file of a backup. Throws a SyntaxError that says what is wrong. */
export function readContents(text: string): Contents {
  const read = parse(text);
  const files = (read as Partial<Contents> | null)?.files;
  if (!Array.isArray(files)) throw new SyntaxError("it is no backup of a Tercet");
  const version = (read as { version: unknown }).version;
  if (version !== 1) throw new SyntaxError(`it is of version ${JSON.stringify(version)}, and this Tercet reads version 1`);
  if (files.length > MOST_FILES) throw new SyntaxError(`it has ${files.length} files, more than ${MOST_FILES}`);
  const seen = new Set<string>();
  for (const { name, size, sha256 } of files.map((file) => file ?? {})) {
    const ending = typeof name === "string" ? endingOf(name) : null;
    if (ending === null) throw new SyntaxError(`${JSON.stringify(name)?.slice(0, 80)} is no name of a file that a backup holds`);
    if (seen.has(name)) throw new SyntaxError(`${name} stands in it twice`);
    seen.add(name);
    if (!Number.isSafeInteger(size) || size < 0 || size > MOST_BYTES[ending]!) {
      throw new SyntaxError(`${name} would have ${JSON.stringify(size)} bytes; ${MOST_BYTES[ending]} are the most`);
    }
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new SyntaxError(`${name} has no checksum`);
  }
  return read as Contents;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new SyntaxError("it is no backup of a Tercet");
  }
}
