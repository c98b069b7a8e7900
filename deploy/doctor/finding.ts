/** One thing that was looked at. */
export interface Finding {
  readonly what: string;
  /** `note`: the show goes on, with less. `stops`: there would be none. */
  readonly verdict: "ok" | "note" | "stops";
  /** What is so, and unless all is well what to do. */
  readonly says: string;
}

export const ok = (what: string, says: string): Finding => ({ what, verdict: "ok", says });
export const note = (what: string, says: string): Finding => ({ what, verdict: "note", says });
export const stops = (what: string, says: string): Finding => ({ what, verdict: "stops", says });

/** The outcome of a program as far as it was let: what it printed, or null where it failed or is not there. */
export async function ask(program: string, args: readonly string[], limitMs = 5000): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args: [...args],
      stdin: "null",
      stderr: "null",
      signal: AbortSignal.timeout(limitMs),
    }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
}

/** In MB or GB. */
export function sayBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.floor(bytes / 1e6)} MB`;
}
