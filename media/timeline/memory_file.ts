import type { TimelineMemory } from "./resume.ts";

/** Reads what an earlier life of the server left; null where there is nothing, or nothing that can be used. */
export async function loadMemory(path: string): Promise<TimelineMemory | null> {
  try {
    const found: unknown = JSON.parse(await Deno.readTextFile(path));
    return isMemory(found) ? found : null;
  } catch {
    return null;
  }
}

/** Writes the newest memory, one write at a time; what comes during a write replaces what waits. */
export function createMemoryWriter(
  path: string,
  onProblem: (problem: unknown) => void,
): { save(memory: TimelineMemory): void; settled(): Promise<void> } {
  let waiting: TimelineMemory | null = null;
  let writing: Promise<void> | null = null;

  async function write(): Promise<void> {
    while (waiting) {
      const memory = waiting;
      waiting = null;
      try {
        await Deno.writeTextFile(`${path}.new`, JSON.stringify(memory));
        await Deno.rename(`${path}.new`, path);
      } catch (problem) {
        onProblem(problem);
      }
    }
    writing = null;
  }

  return {
    save(memory) {
      waiting = memory;
      writing ??= write();
    },
    settled: () => writing ?? Promise.resolve(),
  };
}

function isMemory(value: unknown): value is TimelineMemory {
  if (typeof value !== "object" || value === null) return false;
  const { msn, mediaTimeSeconds, spentSeconds, offsetMs } = value as Record<string, unknown>;
  return Number.isSafeInteger(msn) && [mediaTimeSeconds, spentSeconds, offsetMs].every((number) => Number.isFinite(number));
}
