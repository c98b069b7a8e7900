import type { Experience } from "../media/audience/experience.ts";
import { isDriven, type SlotChoice, type Viewer } from "../media/audience/viewer.ts";
import type { Viewers } from "../media/audience/viewers.ts";
import type { ShowAbout } from "../media/life/show_desk.ts";
import type { DonateAnswer } from "./donations/schemas.ts";
import type { ChoiceAnswer, ViewerAnswer } from "./schemas.ts";

export interface DescribeDeps {
  readonly viewers: Pick<Viewers, "circumstances" | "count">;
  readonly about: () => ShowAbout;
  readonly experiences: { of(viewer: Viewer): Experience | null };
  /** Until when a donation lifts a viewer's cap, in ms since 1970; null where none does. */
  readonly boostedUntilMs?: (viewer: Viewer) => number | null;
  /** How a viewer can donate; left out where nobody can. */
  readonly donate?: (viewer: Viewer) => DonateAnswer;
}

/** What a viewer may know of itself. */
export function describeViewer(deps: DescribeDeps, viewer: Viewer): ViewerAnswer {
  const experience = deps.experiences.of(viewer);
  return {
    id: viewer.id,
    publicId: viewer.publicId,
    // Relative to the server's root, which a proxy may have put in a folder.
    playlist: `v/${viewer.id}/live.m3u8`,
    title: deps.about().title,
    client: viewer.client,
    ...describeChoice(deps, viewer, () => deps.viewers.count().total),
    experience: experience === null ? null : {
      bufferSeconds: experience.bufferSeconds,
      throughputBitsPerSecond: experience.throughputBitsPerSecond,
      starvations: experience.starvations,
      reportedAt: new Date(experience.reportedAtMs).toISOString(),
    },
    ...(deps.donate ? { donate: deps.donate(viewer) } : {}),
  };
}

/** What a viewer wishes and what it gets. */
export function describeChoice(deps: DescribeDeps, viewer: Viewer, countViewers: () => number): ChoiceAnswer {
  const shown = viewer.choices[viewer.lastSlot ?? viewer.slots[0] ?? 0];
  const boostedUntilMs = deps.boostedUntilMs?.(viewer) ?? null;
  return {
    mode: viewer.mode,
    quality: viewer.quality,
    cap: deps.viewers.circumstances(viewer).cap,
    rendition: shown?.rendition ?? null,
    reason: shown?.reason ?? null,
    reasonText: shown === undefined ? null : explain(shown, viewer, countViewers),
    boostedUntil: boostedUntilMs === null ? null : new Date(boostedUntilMs).toISOString(),
  };
}

/** A choice's reason in words for its viewer, as in "MQ: 23 are watching, the uplink is full". */
function explain({ rendition, reason }: SlotChoice, viewer: Pick<Viewer, "client">, countViewers: () => number): string {
  const name = rendition.toUpperCase();
  switch (reason) {
    case "pinned":
      return `${name}: your choice`;
    case "auto":
      return isDriven(viewer.client) ? `${name}: as fast as your player keeps up` : `${name}: your player's choice`;
    case "motion":
      return `${name}: ${MOTION_WORDS[rendition]}`;
    case "budget": {
      const total = countViewers();
      return total === 1 ? `${name}: the uplink is full` : `${name}: ${total} are watching, the uplink is full`;
    }
    case "boost":
      return `${name}: thank you for your donation`;
  }
}

const MOTION_WORDS = { hq: "the picture moves", mq: "the picture moves a little", lq: "the picture is still" } as const;
