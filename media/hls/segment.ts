/** Where a part stands: Media Sequence Number and part index. */
export interface Position {
  readonly msn: number;
  readonly part: number;
}

/** One row of the window: the same stretch of time in every rendition, published at one moment. */
export interface Part extends Position {
  /** Duration of its pictures. */
  readonly durationSeconds: number;
  /** Its first picture is an IDR. */
  readonly isIndependent: boolean;
  /** One fragment (moof+mdat, sound and picture) for each rendition, in the ladder's order. */
  readonly bodies: readonly Uint8Array[];
}

/** What is known of a segment when it opens. */
export interface SegmentHead {
  readonly msn: number;
  /** Whose frames it holds: a run of ffmpeg or a stint of the slate. Stands in its media addresses. */
  readonly run: string;
  /** For each rendition, the run under which its init was first published (runs with equal inits share one). */
  readonly initRuns: readonly string[];
  /** Of its first picture, in seconds since 1970, as `tfdt` says it. */
  readonly mediaTimeSeconds: number;
  readonly programDateTimeMs: number;
}

/** A Media Segment. Open while parts are added; once closed it never changes. */
export interface Segment extends SegmentHead {
  readonly parts: readonly Part[];
  /** The sum of its parts' durations. */
  readonly durationSeconds: number;
  readonly isClosed: boolean;
}
