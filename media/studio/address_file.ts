import { join } from "node:path";
import { writeWhole } from "../whole_file.ts";

/** In the data folder: where the studio of the server that last used it is opened, the addresses on one line. */
export const STUDIO_ADDRESS_FILE = "studio.address";

/** For `deno task studio-link`. Throws an Error that names the file. */
export async function keepStudioAddresses(dataDir: string, addresses: readonly string[]): Promise<void> {
  await writeWhole(join(dataDir, STUDIO_ADDRESS_FILE), `${addresses.join(" ")}\n`);
}
