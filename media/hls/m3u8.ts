/** A Media Playlist as plain values. Addresses are printed as they stand; durations are in seconds. */
export interface MediaPlaylist {
  readonly targetDurationSeconds: number;
  readonly holdBackSeconds: number;
  /** What only a low-latency playlist says; null: no parts, no hints, no blocking reload. */
  readonly lowLatency: { readonly partTargetSeconds: number; readonly partHoldBackSeconds: number } | null;
  readonly mediaSequence: number;
  /** Null where the playlist has no discontinuities at all. */
  readonly discontinuitySequence: number | null;
  readonly segments: readonly ListedSegment[];
  /** The init of the upcoming part, where it is another than the last part's. */
  readonly hintedMapUri: string | null;
  readonly hintedPartUri: string | null;
  readonly reports: readonly RenditionReport[];
  /** Nothing will ever be added. */
  readonly hasEnd: boolean;
  /** Where delta updates are offered: how far from the end a segment must be to be skipped. */
  readonly canSkipUntilSeconds?: number;
  /** A delta update leaves so many of the oldest segments out. */
  readonly skippedSegments?: number;
}

export interface ListedSegment {
  readonly isDiscontinuity: boolean;
  /** Printed where it is not null. */
  readonly mapUri: string | null;
  readonly programDateTimeMs: number;
  readonly parts: readonly ListedPart[];
  /** Null while the segment is open: only its parts are listed. */
  readonly whole: { readonly uri: string; readonly durationSeconds: number } | null;
}

export interface ListedPart {
  readonly uri: string;
  readonly durationSeconds: number;
  readonly isIndependent: boolean;
}

export interface RenditionReport {
  readonly uri: string;
  readonly lastMsn: number;
  readonly lastPart: number;
}

/** The text of a Media Playlist, in the order in which AVPlayer is known to take its tags (rules 17 and 79). */
export function renderMediaPlaylist(playlist: MediaPlaylist): string {
  const lines = [
    "#EXTM3U",
    `#EXT-X-VERSION:${playlist.skippedSegments ? 9 : 6}`,
    "#EXT-X-INDEPENDENT-SEGMENTS",
    `#EXT-X-TARGETDURATION:${playlist.targetDurationSeconds}`,
    `#EXT-X-SERVER-CONTROL:${serverControl(playlist)}`,
  ];
  if (playlist.lowLatency !== null) lines.push(`#EXT-X-PART-INF:PART-TARGET=${decimal(playlist.lowLatency.partTargetSeconds)}`);
  lines.push(`#EXT-X-MEDIA-SEQUENCE:${playlist.mediaSequence}`);
  if (playlist.discontinuitySequence !== null) lines.push(`#EXT-X-DISCONTINUITY-SEQUENCE:${playlist.discontinuitySequence}`);
  if (playlist.skippedSegments) lines.push(`#EXT-X-SKIP:SKIPPED-SEGMENTS=${playlist.skippedSegments}`);
  for (const segment of playlist.segments) pushSegment(lines, segment);
  if (playlist.hintedMapUri !== null) lines.push(`#EXT-X-PRELOAD-HINT:TYPE=MAP,URI=${quoted(playlist.hintedMapUri)}`);
  if (playlist.hintedPartUri !== null) lines.push(`#EXT-X-PRELOAD-HINT:TYPE=PART,URI=${quoted(playlist.hintedPartUri)}`);
  for (const { uri, lastMsn, lastPart } of playlist.reports) {
    lines.push(`#EXT-X-RENDITION-REPORT:URI=${quoted(uri)},LAST-MSN=${lastMsn},LAST-PART=${lastPart}`);
  }
  if (playlist.hasEnd) lines.push("#EXT-X-ENDLIST");
  lines.push("");
  return lines.join("\n");
}

/** A decimal-floating-point of at most six decimals, without an exponent. */
export function decimal(value: number): string {
  if (!(value >= 0 && value < 1e9)) throw new RangeError(`Cannot print ${value} as a duration`);
  return String(Math.round(value * 1e6) / 1e6);
}

/** A quoted-string. Throws a RangeError where the text cannot stand in one. */
export function quoted(text: string): string {
  // deno-lint-ignore no-control-regex -- control characters are what must not get in
  if (/["\x00-\x1f\x7f]/.test(text)) throw new RangeError(`Cannot print ${JSON.stringify(text)} as a quoted string`);
  return `"${text}"`;
}

function serverControl({ holdBackSeconds, lowLatency, canSkipUntilSeconds }: MediaPlaylist): string {
  const skip = canSkipUntilSeconds === undefined ? "" : `CAN-SKIP-UNTIL=${decimal(canSkipUntilSeconds)},`;
  const holdBack = `${skip}HOLD-BACK=${decimal(holdBackSeconds)}`;
  return lowLatency === null ? holdBack : `CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=${decimal(lowLatency.partHoldBackSeconds)},${holdBack}`;
}

function pushSegment(lines: string[], segment: ListedSegment): void {
  if (segment.isDiscontinuity) lines.push("#EXT-X-DISCONTINUITY");
  if (segment.mapUri !== null) lines.push(`#EXT-X-MAP:URI=${quoted(segment.mapUri)}`);
  lines.push(`#EXT-X-PROGRAM-DATE-TIME:${new Date(Math.round(segment.programDateTimeMs)).toISOString()}`);
  for (const part of segment.parts) {
    lines.push(
      `#EXT-X-PART:DURATION=${decimal(part.durationSeconds)},URI=${quoted(part.uri)}${part.isIndependent ? ",INDEPENDENT=YES" : ""}`,
    );
  }
  if (segment.whole !== null) lines.push(`#EXTINF:${decimal(segment.whole.durationSeconds)},`, segment.whole.uri);
}
