import type { Viewer } from "./viewer.ts";

/** What a player tells of itself with a request (CMCD, CTA-5004); null where it does not say. */
export interface PlayerReport {
  /** The player's own name for this session, the same with each request (`sid`). */
  readonly sessionId: string | null;
  /** Media that is buffered ahead of the picture (`bl`). */
  readonly bufferSeconds: number | null;
  /** The way from the server to the player, as the player measures it (`mtp`). */
  readonly throughputBitsPerSecond: number | null;
  /** The picture stood for want of media since the report before (`bs`). */
  readonly isStarved: boolean;
}

/** How one viewer fares, by its player's newest words. */
export interface Experience {
  readonly bufferSeconds: number | null;
  readonly throughputBitsPerSecond: number | null;
  /** How often it has starved. */
  readonly starvations: number;
  readonly reportedAtMs: number;
}

export interface Experiences {
  /** Takes in what came with a request that names its viewer. From then on the session belongs to that viewer. */
  noteOf(viewer: Viewer, report: PlayerReport): void;
  /** Takes in what came with a request for media, whose address names nobody: the session tells who it is. */
  noteOfSession(report: PlayerReport): void;
  /** Null where the player has said nothing. */
  of(viewer: Viewer): Experience | null;
}

const MOST_SESSIONS = 20_000;

/**
 * Keeps what players tell. `heard` gets every report. A session once named belongs to the viewer that named it first, so that nobody can speak for another
 * whose session he has overheard.
 */
export function createExperiences(o: { now: () => number; heard?: (report: PlayerReport) => void }): Experiences {
  const experiences = new WeakMap<Viewer, Experience>();
  const sessions = new Map<string, WeakRef<Viewer>>();

  function note(viewer: Viewer, report: PlayerReport): void {
    const before = experiences.get(viewer);
    experiences.set(viewer, {
      bufferSeconds: report.bufferSeconds ?? before?.bufferSeconds ?? null,
      throughputBitsPerSecond: report.throughputBitsPerSecond ?? before?.throughputBitsPerSecond ?? null,
      starvations: (before?.starvations ?? 0) + (report.isStarved ? 1 : 0),
      reportedAtMs: o.now(),
    });
  }

  function learn(sessionId: string, viewer: Viewer): void {
    if (sessions.get(sessionId)?.deref() !== undefined) return;
    sessions.set(sessionId, new WeakRef(viewer));
    if (sessions.size > MOST_SESSIONS) sessions.delete(sessions.keys().next().value!);
  }

  return {
    noteOf(viewer, report) {
      o.heard?.(report);
      if (report.sessionId !== null) learn(report.sessionId, viewer);
      note(viewer, report);
    },
    noteOfSession(report) {
      o.heard?.(report);
      const viewer = report.sessionId === null ? undefined : sessions.get(report.sessionId)?.deref();
      if (viewer !== undefined) note(viewer, report);
    },
    of: (viewer) => experiences.get(viewer) ?? null,
  };
}
