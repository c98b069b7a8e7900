/** A playlist as its text says it, read without forgiveness and without help from the code under test. */
export interface ReadPlaylist {
  readonly lines: readonly string[];
  readonly tags: readonly ReadTag[];
  /** Complete segments, then at most one that has no URI yet. */
  readonly segments: readonly ReadSegment[];
  readonly targetDurationSeconds: number;
  readonly partTargetSeconds: number | null;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly serverControl: string | null;
  readonly hints: readonly { readonly type: string; readonly uri: string }[];
  readonly reports: readonly ReadonlyMap<string, string>[];
  readonly hasEnd: boolean;
}

export interface ReadTag {
  readonly name: string;
  readonly value: string;
  /** Index of its line. */
  readonly line: number;
}

export interface ReadSegment {
  readonly msn: number;
  /** Null while it is open. */
  readonly uri: string | null;
  readonly durationSeconds: number;
  readonly isDiscontinuity: boolean;
  /** The MAP that stands before it, and the one in force. */
  readonly ownMapUri: string | null;
  readonly mapUri: string | null;
  readonly dateText: string | null;
  readonly dateMs: number;
  readonly parts: readonly ReadPart[];
  /** Names of its tags in their order. */
  readonly order: readonly string[];
}

export interface ReadPart {
  readonly uri: string | null;
  readonly durationSeconds: number;
  readonly isIndependent: boolean;
  readonly isGap: boolean;
}

/** Checkers come back to a text several times: the last ones read are kept. */
export function readPlaylist(text: string): ReadPlaylist {
  const known = lastRead.get(text);
  if (known !== undefined) return known;
  if (lastRead.size >= KEPT_TEXTS) lastRead.clear();
  const playlist = read(text);
  lastRead.set(text, playlist);
  return playlist;
}

const KEPT_TEXTS = 1000;
const lastRead = new Map<string, ReadPlaylist>();

function read(text: string): ReadPlaylist {
  const lines = text.split(/\r?\n/);
  const tags: ReadTag[] = [];
  const segments: ReadSegment[] = [];
  const valueOf = (name: string) => tags.find((tag) => tag.name === name)?.value ?? null;
  let own: ReadTag[] = [];
  let mapUri: string | null = null;

  function endSegment(uri: string | null): void {
    const find = (name: string) => own.find((tag) => tag.name === name);
    const ownMap = find("EXT-X-MAP");
    mapUri = ownMap === undefined ? mapUri : uriOf(ownMap) ?? mapUri;
    const parts = own.filter((tag) => tag.name === "EXT-X-PART").map(readPart);
    segments.push({
      msn: Number(valueOf("EXT-X-MEDIA-SEQUENCE") ?? 0) + segments.length,
      uri,
      durationSeconds: uri === null
        ? parts.reduce((sum, part) => sum + part.durationSeconds, 0)
        : parseFloat(find("EXTINF")?.value ?? "NaN"),
      isDiscontinuity: find("EXT-X-DISCONTINUITY") !== undefined,
      ownMapUri: ownMap === undefined ? null : uriOf(ownMap),
      mapUri,
      dateText: find("EXT-X-PROGRAM-DATE-TIME")?.value ?? null,
      dateMs: Date.parse(find("EXT-X-PROGRAM-DATE-TIME")?.value ?? ""),
      parts,
      order: own.map((tag) => tag.name),
    });
    own = [];
  }

  for (const [line, content] of lines.entries()) {
    if (content.startsWith("#EXT")) {
      const colon = content.indexOf(":");
      const tag = { name: content.slice(1, colon < 0 ? undefined : colon), value: colon < 0 ? "" : content.slice(colon + 1), line };
      tags.push(tag);
      if (SEGMENT_TAGS.has(tag.name)) own.push(tag);
    } else if (content !== "" && !content.startsWith("#")) {
      endSegment(content);
    }
  }
  if (own.length > 0) endSegment(null);

  const partTarget = readAttributes(valueOf("EXT-X-PART-INF") ?? "").get("PART-TARGET");
  return {
    lines,
    tags,
    segments,
    targetDurationSeconds: Number(valueOf("EXT-X-TARGETDURATION") ?? NaN),
    partTargetSeconds: partTarget === undefined ? null : Number(partTarget),
    mediaSequence: Number(valueOf("EXT-X-MEDIA-SEQUENCE") ?? 0),
    discontinuitySequence: Number(valueOf("EXT-X-DISCONTINUITY-SEQUENCE") ?? 0),
    serverControl: valueOf("EXT-X-SERVER-CONTROL"),
    hints: tags.filter((tag) => tag.name === "EXT-X-PRELOAD-HINT").map((tag) => ({
      type: readAttributes(tag.value).get("TYPE") ?? "",
      uri: uriOf(tag) ?? "",
    })),
    reports: tags.filter((tag) => tag.name === "EXT-X-RENDITION-REPORT").map((tag) => readAttributes(tag.value)),
    hasEnd: tags.some((tag) => tag.name === "EXT-X-ENDLIST"),
  };
}

/** Name and raw value (quotes included) of each attribute; whatever is malformed is left out. */
export function readAttributes(list: string): Map<string, string> {
  return new Map([...list.matchAll(/([A-Z0-9-]+)=("[^"]*"|[^",]*)/g)].map((match) => [match[1]!, match[2]!]));
}

export function unquote(value: string | undefined): string | null {
  return value === undefined ? null : value.replace(/^"(.*)"$/, "$1");
}

/** Where the newest part or, in a list without parts, the newest segment stands; `part` is null there. */
export function lastPosition(playlist: ReadPlaylist): { msn: number; part: number | null } | null {
  const last = playlist.segments.at(-1);
  if (last === undefined) return null;
  return { msn: last.msn, part: last.parts.length === 0 ? null : last.parts.length - 1 };
}

/** The position that a hint for a part is about. */
export function hintedPosition(playlist: ReadPlaylist): { msn: number; part: number } {
  const last = playlist.segments.at(-1);
  if (last === undefined) return { msn: playlist.mediaSequence, part: 0 };
  return last.uri === null ? { msn: last.msn, part: last.parts.length } : { msn: last.msn + 1, part: 0 };
}

export function totalSeconds(playlist: ReadPlaylist): number {
  return playlist.segments.reduce((sum, segment) => sum + segment.durationSeconds, 0);
}

/** The tags that belong to the segment after them. */
export const SEGMENT_TAGS: ReadonlySet<string> = new Set([
  "EXTINF",
  "EXT-X-BITRATE",
  "EXT-X-BYTERANGE",
  "EXT-X-DISCONTINUITY",
  "EXT-X-GAP",
  "EXT-X-KEY",
  "EXT-X-MAP",
  "EXT-X-PART",
  "EXT-X-PROGRAM-DATE-TIME",
]);

function uriOf(tag: ReadTag): string | null {
  return unquote(readAttributes(tag.value).get("URI"));
}

function readPart(tag: ReadTag): ReadPart {
  const attributes = readAttributes(tag.value);
  return {
    uri: uriOf(tag),
    durationSeconds: Number(attributes.get("DURATION") ?? NaN),
    isIndependent: attributes.get("INDEPENDENT") === "YES",
    isGap: attributes.get("GAP") === "YES",
  };
}
