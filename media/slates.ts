import type { DecoderConfigs } from "./flv/frame.ts";
import type { PictureEncoding } from "./encoder/arguments.ts";
import { encodeSlate } from "./encoder/encode_slate.ts";
import type { Grid } from "./timeline/grid.ts";
import type { Slate } from "./timeline/slate.ts";
import { readSlate } from "./timeline/slate_frames.ts";

export type SlateOutcome =
  | { readonly kind: "slate"; readonly slate: Slate; readonly configs: DecoderConfigs }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * The slate for a way to encode: from the data folder where it was encoded before with the same settings, ffmpeg and picture, else
 * encoded now (well under a second of work) and kept.
 */
export async function prepareSlate(o: {
  encoding: PictureEncoding;
  grid: Grid;
  /** The card to show; null for our own. */
  picture: string | null;
  ffmpegVersion: string;
  folder: string;
}): Promise<SlateOutcome> {
  const key = await hash(JSON.stringify([SLATE_FORMAT, o.encoding, o.grid, o.picture, await modifiedAt(o.picture), o.ffmpegVersion]));
  const path = `${o.folder}/slate-${key}`;
  const kept = await readKept(path, o.encoding.ladder.length, o.grid);
  if (kept) return kept;
  const encoded = await encodeSlate(o);
  if (encoded.kind === "failed") {
    // Graphics cards encode only so many at a time. A slate with an init of its own is better than none.
    const { hardware, ...plain } = o.encoding;
    return hardware === undefined ? encoded : await prepareSlate({ ...o, encoding: plain });
  }
  try {
    const read = readSlate(encoded, o.grid);
    // A full disk costs the encoding next time, not the slate.
    await keep(path, encoded).catch(() => {});
    return { kind: "slate", ...read };
  } catch (problem) {
    return { kind: "failed", reason: problem instanceof Error ? problem.message : String(problem) };
  }
}

/** Raise it when the way slates are encoded changes. */
const SLATE_FORMAT = 3;

async function readKept(path: string, renditions: number, grid: Grid): Promise<SlateOutcome | null> {
  try {
    const pictures = await Promise.all(Array.from({ length: renditions }, (_, rendition) => Deno.readFile(`${path}.${rendition}.flv`)));
    return { kind: "slate", ...readSlate({ pictures, sound: await Deno.readFile(`${path}.sound.flv`) }, grid) };
  } catch {
    return null; // not there, or damaged: it is encoded anew
  }
}

async function keep(path: string, encoded: { pictures: readonly Uint8Array[]; sound: Uint8Array }): Promise<void> {
  await Promise.all(encoded.pictures.map((bytes, rendition) => Deno.writeFile(`${path}.${rendition}.flv`, bytes)));
  await Deno.writeFile(`${path}.sound.flv`, encoded.sound);
}

async function modifiedAt(path: string | null): Promise<number | null> {
  if (path === null) return null;
  return await Deno.stat(path).then((found) => found.mtime?.getTime() ?? null, () => null);
}

async function hash(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(digest.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
