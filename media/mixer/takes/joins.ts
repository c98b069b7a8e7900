/**
 * Where a stored source's times stand once its jumps are joined: a step back of more than a second, and one forward of more than 10 s that the
 * other stream does not fill. Where picture and sound step by nearly the same (1 s), they step by exactly the same. All in milliseconds.
 */
export interface Joins {
  /** Each picture once; gives its joined time. `soundEndMs`: the joined time that sound is known up to. */
  placePicture(sourceMs: number, soundEndMs: number | null): PlacedPicture;
  /** Each packet once; gives its joined time. A jump forward is closed up for now: whether it is a gap is known when it is heard. */
  placeSound(sourceMs: number, soundEndMs: number | null): number;
  /** Settles the first jump forward of the sound that stands before `untilMs`: a gap of that length, or null for none (left). */
  takeGap(untilMs: number, isPictureGoing: boolean): { readonly atMs: number; readonly lengthMs: number } | null;
  /** Where the picture after the newest is expected; null before the first. */
  readonly nextPictureMs: number | null;
  /** Where the picture that stands last ends; null before the first. */
  readonly pictureEndMs: number | null;
}

export interface PlacedPicture {
  readonly joinedMs: number;
  /** The picture before had a single wrong time, which passed for a gap: it does not stand anywhere. */
  readonly wasStray: boolean;
}

/** `usualIntervalMs`: of a picture that has no other beside it. */
export function createJoins(usualIntervalMs: number): Joins {
  const intervals: number[] = [];
  let picture: Place | null = null;
  let beforeGap: Place | null = null;
  let latest: Place | null = null;
  let pictureStepMs = 0, formerStepMs = 0, soundStepMs = 0;
  /** Jumps that the other stream has not made. */
  let seams: Seam[] = [];

  function expectAfter(place: Place): number {
    return place.joinedMs + (intervals.toSorted((a, b) => a - b)[intervals.length >> 1] ?? usualIntervalMs);
  }

  function note(seam: Seam): void {
    seams = [...seams, seam].slice(-MOST_SEAMS);
  }

  /** The other stream's seam for the same jump; it is met by that. */
  function meet(of: Seam["of"], jumpMs: number, atMs: number): Seam | null {
    const met = seams.find((seam) =>
      seam.of === of && Math.abs(seam.jumpMs - jumpMs) <= SAME_JUMP_MS && Math.abs(seam.atMs - atMs) <= SAME_PLACE_MS
    );
    seams = seams.filter((seam) => seam !== met);
    return met ?? null;
  }

  /** By how much the picture's times have jumped; 0 for a gap. */
  function judgePicture(last: Place, sourceMs: number, soundEndMs: number | null): number {
    const nextMs = expectAfter(last);
    const jumpMs = sourceMs + pictureStepMs - nextMs;
    const met = meet("sound", jumpMs, nextMs);
    if (met) return met.jumpMs;
    if (jumpMs > 0 && soundEndMs !== null && soundEndMs > last.joinedMs + SAME_JUMP_MS) {
      beforeGap = last;
      return 0;
    }
    const isBackAgain = Math.abs(sourceMs + formerStepMs - nextMs) <= SAME_JUMP_MS;
    const settledMs = isBackAgain ? pictureStepMs - formerStepMs : jumpMs;
    note({ of: "picture", atMs: nextMs, jumpMs: settledMs, isOpen: false });
    return settledMs;
  }

  return {
    placePicture(sourceMs, soundEndMs) {
      const wasStray = picture !== null && beforeGap !== null && sourceMs < picture.sourceMs &&
        Math.abs(sourceMs + pictureStepMs - expectAfter(beforeGap)) <= SAME_JUMP_MS;
      const last: Place | null = wasStray ? beforeGap : picture;
      beforeGap = null;
      const steppedMs = last ? sourceMs - last.sourceMs : 0;
      if (last && (steppedMs < -STEP_BACK_MS || steppedMs > STEP_FORWARD_MS)) {
        const jumpMs = judgePicture(last, sourceMs, soundEndMs);
        if (jumpMs !== 0) [formerStepMs, pictureStepMs] = [pictureStepMs, pictureStepMs - jumpMs];
      } else if (steppedMs > 0) {
        intervals.push(steppedMs);
        if (intervals.length > MOST_INTERVALS) intervals.shift();
      }
      picture = { sourceMs, joinedMs: sourceMs + pictureStepMs };
      if (!latest || wasStray || picture.joinedMs > latest.joinedMs) latest = picture;
      return { joinedMs: picture.joinedMs, wasStray };
    },
    placeSound(sourceMs, soundEndMs) {
      const jumpMs = soundEndMs === null ? 0 : sourceMs + soundStepMs - soundEndMs;
      if (jumpMs < -STEP_BACK_MS || jumpMs > STEP_FORWARD_MS) {
        const met = meet("picture", jumpMs, soundEndMs!);
        soundStepMs -= met?.jumpMs ?? jumpMs;
        if (!met) note({ of: "sound", atMs: soundEndMs!, jumpMs, isOpen: jumpMs > 0 });
      }
      return sourceMs + soundStepMs;
    },
    takeGap(untilMs, isPictureGoing) {
      const seam = seams.find((seam) => seam.isOpen && seam.atMs < untilMs);
      if (!seam) return null;
      // Closed up, it can still be met by a picture that is read late.
      seams = seams.map((other) => other === seam ? { ...seam, isOpen: false } : other);
      if (!isPictureGoing) return null;
      soundStepMs += seam.jumpMs;
      seams = seams.filter(({ jumpMs, atMs }) => jumpMs !== seam.jumpMs || atMs !== seam.atMs)
        .map((other) => other.of === "sound" ? { ...other, atMs: other.atMs + seam.jumpMs } : other);
      return { atMs: seam.atMs, lengthMs: seam.jumpMs };
    },
    get nextPictureMs() {
      return picture && expectAfter(picture);
    },
    get pictureEndMs() {
      return latest && expectAfter(latest);
    },
  };
}

const STEP_BACK_MS = 1000;
const STEP_FORWARD_MS = 10_000;
const SAME_JUMP_MS = 1000;
/** The streams of one recording end at most that far apart. */
const SAME_PLACE_MS = 3000;
const MOST_SEAMS = 64;
const MOST_INTERVALS = 16;

/** Where a picture stands: as the source said, and joined. */
interface Place {
  readonly sourceMs: number;
  readonly joinedMs: number;
}

interface Seam {
  readonly of: "picture" | "sound";
  /** Joined time. */
  readonly atMs: number;
  readonly jumpMs: number;
  /** A jump forward of the sound which may yet be a gap. */
  readonly isOpen: boolean;
}
