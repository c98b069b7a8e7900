import { join } from "node:path";
import { writeWhole } from "../../whole_file.ts";
import type { PublisherKey } from "../publishers.ts";
import type { PublisherKeys } from "../publishers_file.ts";

/** Who publishes by SRT. */
const SRT_KEY = { id: "srt", name: "SRT" };

/**
 * The passphrase of SRT: the text of a key like other publishers' keys, which is listed, renamed and withdrawn as they are. SRT encrypts with it, so its hash
 * is not enough: it stands in `srt.key` of the data folder too, for the owner's eyes only. Made where it is missing or was withdrawn. Throws an Error where
 * the file cannot be read or written, or no key can be made.
 */
export async function openSrtPassphrase(
  keys: PublisherKeys,
  dataDir: string,
): Promise<{ readonly key: PublisherKey; readonly text: string }> {
  const path = join(dataDir, "srt.key");
  const text = await readText(path);
  const known = text === null ? null : keys.find([text]);
  if (text !== null && known?.id === SRT_KEY.id) return { key: known, text };
  await keys.withdraw(SRT_KEY.id); // its text is lost
  const made = await keys.make(SRT_KEY.name, SRT_KEY.id);
  if (made.kind !== "made") {
    throw new Error(`Cannot make a key for SRT: ${made.kind === "too_many" ? "there are too many" : "its name is taken"}`);
  }
  await writeWhole(path, `${made.text}\n`);
  return { key: made.key, text: made.text };
}

async function readText(path: string): Promise<string | null> {
  try {
    return (await Deno.readTextFile(path)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
