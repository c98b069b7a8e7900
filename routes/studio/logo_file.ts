import { createTurns } from "../../media/whole_file.ts";

/** The picture of the logo that is kept, in a file of its own. */
export interface LogoFile {
  read(): Promise<{ readonly kind: "png"; readonly png: Uint8Array } | { readonly kind: "refused"; readonly reason: string }>;
  /** Null takes it away. Rejects with an Error that names the file. */
  write(png: Uint8Array | null): Promise<void>;
}

/** As much as the door takes. */
const LARGEST_BYTES = 1 << 20;

export function openLogoFile(path: string): LogoFile {
  const inTurn = createTurns();
  return {
    async read() {
      try {
        const { isFile, size } = await Deno.lstat(path);
        if (!isFile || size > LARGEST_BYTES) return { kind: "refused", reason: `${path} is no file of up to 1 MB` };
        return { kind: "png", png: await Deno.readFile(path) };
      } catch (error) {
        return { kind: "refused", reason: `${path} cannot be read (${error instanceof Error ? error.message : error})` };
      }
    },
    write: (png) =>
      inTurn(async () => {
        const draft = `${path}.${crypto.randomUUID()}`;
        try {
          if (png === null) return await Deno.remove(path).catch(forgiveMissing);
          await Deno.writeFile(draft, png, { createNew: true, mode: 0o600 });
          await Deno.rename(draft, path);
        } catch (error) {
          await Deno.remove(draft).catch(() => {});
          throw new Error(`Cannot write ${path}: ${error instanceof Error ? error.message : error}`, { cause: error });
        }
      }),
  };
}

function forgiveMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
