import { join } from "node:path";
import { makeCode } from "../media/studio/codes.ts";
import { STUDIO_ADDRESS_FILE } from "../media/studio/address_file.ts";
import { findNamed } from "../serve.ts";

/**
 * Prints a link that opens the studio, once and within ten minutes: `deno task studio-link [--data DIR]`. Reads the streamer's key and the server's address in the
 * data folder and asks nobody: a code is good because the key has signed it. So it needs no network, and no key leaves this process.
 */
if (import.meta.main) {
  const code = await printLink().catch((problem: Error) => {
    console.error(problem.message);
    return 1;
  });
  Deno.exit(code);
}

async function printLink(): Promise<number> {
  const { data } = findNamed({ args: Deno.args, env: (name) => Deno.env.get(name), readFile: Deno.readTextFileSync });
  const key = await readLine(join(data, "streamer.key"));
  const addresses = await readLine(join(data, STUDIO_ADDRESS_FILE));
  if (key === null || addresses === null) {
    console.error(`There is no server's data in ${data}: start the server once, or name its folder by --data DIR.`);
    return 1;
  }
  const code = makeCode(key, Date.now());
  for (const address of addresses.split(" ")) console.log(`${address}#code=${code}`);
  return 0;
}

/** Null where there is no such file, or nothing in it. Throws an Error that names one that cannot be read. */
async function readLine(path: string): Promise<string | null> {
  try {
    return (await Deno.readTextFile(path)).trim() || null;
  } catch (problem) {
    if (problem instanceof Deno.errors.NotFound) return null;
    throw new Error(`Cannot read ${path}: ${problem instanceof Error ? problem.message : problem}`, { cause: problem });
  }
}
