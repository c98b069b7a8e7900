/** The path of the first program of these names that the PATH has; null where it has none. */
export function findOnPath(names: readonly string[]): string | null {
  for (const folder of (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":")) {
    for (const name of names) {
      try {
        const path = `${folder}/${name}`;
        if (Deno.statSync(path).isFile) return path;
      } catch {
        // Not in this folder.
      }
    }
  }
  return null;
}
