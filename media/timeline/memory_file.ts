import { createTeller, sayDuration } from "../teller.ts";
import type { TimelineMemory } from "./resume.ts";

/** Reads what an earlier life of the server left; null where there is nothing, or nothing that can be used. */
export async function loadMemory(path: string): Promise<TimelineMemory | null> {
  try {
    const found: unknown = JSON.parse(await Deno.readTextFile(path));
    return readMemory(found);
  } catch {
    return null;
  }
}

/** Writes the newest memory, one write at a time; what comes during a write replaces what waits. `log` hears when that fails, and when it works again. */
export function createMemoryWriter(
  path: string,
  log: (line: string) => void,
): { save(memory: TimelineMemory): void; settled(): Promise<void> } {
  const teller = createTeller({
    now: () => performance.now(),
    log,
    say: {
      begins: (reason) => `Cannot write ${path}: ${reason}. The show goes on; a server that is started again may not find its place.`,
      lasts: (reason, forMs) => `Cannot write ${path} for ${sayDuration(forMs)} now: ${reason}.`,
      isOver: (forMs) => `${path} is written again, after ${sayDuration(forMs)}.`,
    },
  });
  let waiting: TimelineMemory | null = null;
  let writing: Promise<void> | null = null;

  async function write(): Promise<void> {
    while (waiting) {
      const memory = waiting;
      waiting = null;
      try {
        await Deno.writeTextFile(`${path}.new`, JSON.stringify(memory));
        await Deno.rename(`${path}.new`, path);
        teller.over();
      } catch (problem) {
        teller.trouble(problem instanceof Error ? problem.message : String(problem));
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

function readMemory(value: unknown): TimelineMemory | null {
  if (typeof value !== "object" || value === null) return null;
  const { msn, mediaTimeSeconds, spentSeconds, offsetMs } = value as TimelineMemory;
  if (!Number.isSafeInteger(msn) || ![mediaTimeSeconds, spentSeconds, offsetMs].every(Number.isFinite)) return null;
  // Version 0.1 told what it knew.
  const { toldOffsetMs = offsetMs } = value as Partial<TimelineMemory>;
  return Number.isFinite(toldOffsetMs) ? { msn, mediaTimeSeconds, spentSeconds, offsetMs, toldOffsetMs } : null;
}
