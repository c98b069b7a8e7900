import { killQuietly } from "./tool.ts";

/**
 * Whether there is such a folder. The server may not read outside of its own, but it may start ffmpeg in any: that fails at once where there is none, and
 * costs nothing then.
 */
export async function hasFolder(path: string, program = "ffmpeg"): Promise<boolean> {
  try {
    const child = new Deno.Command(program, { args: ["-version"], cwd: path, stdin: "null", stdout: "null", stderr: "null" }).spawn();
    killQuietly(child, "SIGKILL");
    await child.status;
    return true;
  } catch {
    return false;
  }
}
