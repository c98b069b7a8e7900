import { explainUnwritableData } from "./settings/settings.ts";

export type DataFolder = { readonly kind: "claimed" } | { readonly kind: "refused"; readonly reason: string };

/** Makes the data folder where it is missing, and keeps other servers off it for as long as this process lives. */
export async function claimDataFolder(dataDir: string): Promise<DataFolder> {
  try {
    await Deno.mkdir(dataDir, { recursive: true });
    const lock = await Deno.open(`${dataDir}/lock`, { create: true, write: true });
    // Never closed: the system lets go of it with the process, however that ends.
    if (await lock.tryLock(true)) return { kind: "claimed" };
    return {
      kind: "refused",
      reason: `${dataDir} is in use by another Tercet: name another data folder, as in: deno task serve --data data2`,
    };
  } catch (problem) {
    if (problem instanceof Deno.errors.NotCapable) return { kind: "refused", reason: explainUnwritableData(dataDir) };
    return { kind: "refused", reason: `Cannot use ${dataDir} as the data folder: ${problem instanceof Error ? problem.message : problem}` };
  }
}
