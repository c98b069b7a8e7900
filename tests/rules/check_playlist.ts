import {
  hintedPosition,
  lastPosition,
  readAttributes,
  type ReadPlaylist,
  readPlaylist,
  type ReadSegment,
  SEGMENT_TAGS,
  totalSeconds,
  unquote,
} from "./read_playlist.ts";

/** A broken rule of llhls-rules.md, by its number (see `RULES`). */
export interface Violation {
  readonly rule: number;
  readonly says: string;
}

/** What the text alone cannot tell. A check is left out where its wish is not given. */
export interface MediaWishes {
  /** The addresses of the other slots, as the reports should give them. */
  readonly otherSlots?: readonly string[];
  /** Apple's dialect: true, any other: false. */
  readonly marksDiscontinuities?: boolean;
  /** How far a date may be from the one before plus EXTINF; 3 ms unless told (two roundings and the correction of 1 ms a segment). */
  readonly dateToleranceMs?: number;
}

/** Checks one Media Playlist for itself. */
export function checkMediaPlaylist(text: string, wishes: MediaWishes = {}): Violation[] {
  const found = createFindings();
  const playlist = readPlaylist(text);
  checkBytes(found, text);
  checkTagCounts(found, playlist, MEDIA_SINGLES);
  checkOrder(found, playlist);
  if (playlist.tags.some((tag) => MULTIVARIANT_TAGS.has(tag.name))) found(5, "a tag of a Multivariant Playlist");
  checkAttributeLists(found, playlist);
  checkVersion(found, playlist);
  checkServerControl(found, playlist);
  checkDurations(found, playlist);
  for (const segment of playlist.segments) checkSegmentOrder(found, segment);
  checkParts(found, playlist);
  checkHints(found, playlist);
  checkReports(found, playlist, wishes);
  checkDates(found, playlist, wishes.dateToleranceMs ?? 3);
  checkMaps(found, playlist, wishes);
  if (playlist.tags.some((tag) => tag.name === "EXT-X-PLAYLIST-TYPE")) found(72, "PLAYLIST-TYPE");
  return found.list;
}

/** Checks a Multivariant Playlist and, where they are given, its Media Playlists of the same moment against each other. */
export function checkMultivariant(text: string, mediaTexts: readonly string[] = []): Violation[] {
  const found = createFindings();
  const playlist = readPlaylist(text);
  checkBytes(found, text);
  checkTagCounts(found, playlist, MULTIVARIANT_SINGLES);
  if (playlist.tags.some((tag) => MEDIA_TAGS.has(tag.name))) found(5, "a tag of a Media Playlist");
  checkAttributeLists(found, playlist);
  const version = playlist.tags.find((tag) => tag.name === "EXT-X-VERSION");
  if (Number(version?.value ?? 1) > 6) found(7, `VERSION ${version?.value}`);
  for (const tag of playlist.tags) {
    if (tag.name !== "EXT-X-STREAM-INF") continue;
    const uri = playlist.lines[tag.line + 1] ?? "";
    if (uri === "" || uri.startsWith("#")) found(6, "STREAM-INF without an address");
    if (uri.includes("?")) found(41, `a query in ${uri}`);
    if (!readAttributes(tag.value).has("BANDWIDTH")) found(6, "STREAM-INF without BANDWIDTH");
  }
  checkSlots(found, mediaTexts.map(readPlaylist));
  return found.list;
}

/**
 * Checks successive texts of one address, oldest first. Texts in between may be missing. `mayRestart`: the server was started again in between,
 * so a list may begin anew, short, at a higher MEDIA-SEQUENCE.
 */
export function checkSequence(texts: readonly string[], o: { mayRestart?: boolean } = {}): Violation[] {
  const found = createFindings();
  const playlists = texts.map(readPlaylist);
  const facts = new Map<string, string>();
  for (const [index, playlist] of playlists.entries()) {
    rememberFacts(found, facts, playlist);
    const before = playlists[index - 1];
    if (before !== undefined) checkStep(found, before, playlist, o.mayRestart ?? false);
  }
  return found.list;
}

interface Findings {
  (rule: number, says: string): void;
  readonly list: Violation[];
}

function createFindings(): Findings {
  const list: Violation[] = [];
  return Object.assign((rule: number, says: string) => void list.push({ rule, says }), { list });
}

const MULTIVARIANT_TAGS = new Set([
  "EXT-X-MEDIA",
  "EXT-X-STREAM-INF",
  "EXT-X-I-FRAME-STREAM-INF",
  "EXT-X-SESSION-DATA",
  "EXT-X-SESSION-KEY",
  "EXT-X-CONTENT-STEERING",
]);
const MULTIVARIANT_SINGLES = ["EXTM3U", "EXT-X-VERSION", "EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-START", "EXT-X-CONTENT-STEERING"];
const MEDIA_SINGLES = [
  "EXTM3U",
  "EXT-X-VERSION",
  "EXT-X-INDEPENDENT-SEGMENTS",
  "EXT-X-START",
  "EXT-X-TARGETDURATION",
  "EXT-X-MEDIA-SEQUENCE",
  "EXT-X-DISCONTINUITY-SEQUENCE",
  "EXT-X-SERVER-CONTROL",
  "EXT-X-PART-INF",
  "EXT-X-PLAYLIST-TYPE",
  "EXT-X-I-FRAMES-ONLY",
  "EXT-X-SKIP",
  "EXT-X-ENDLIST",
];
const MEDIA_TAGS = new Set([
  ...MEDIA_SINGLES.slice(4),
  ...SEGMENT_TAGS,
  "EXT-X-PRELOAD-HINT",
  "EXT-X-RENDITION-REPORT",
]);
/** Printed decimals are off by half a millionth each. */
const PRINTED = 1e-6;

function checkBytes(found: Findings, text: string): void {
  if (!/^#EXTM3U\r?\n/.test(text)) found(1, "does not begin with #EXTM3U");
  // deno-lint-ignore no-control-regex -- the rule is about control characters
  if (/[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]/.test(text)) found(1, "a control character or BOM");
  for (const line of text.split(/\r?\n/)) if (line !== line.trim()) found(1, `stray blanks: ${JSON.stringify(line)}`);
}

function checkTagCounts(found: Findings, playlist: ReadPlaylist, singles: readonly string[]): void {
  for (const name of singles) {
    const count = playlist.tags.filter((tag) => tag.name === name).length;
    if (count > 1) found(3, `${count} times ${name}`);
  }
}

function checkOrder(found: Findings, playlist: ReadPlaylist): void {
  const lineOf = (name: string) => playlist.tags.find((tag) => tag.name === name)?.line ?? null;
  const firstUri = playlist.lines.findIndex((line) => line !== "" && !line.startsWith("#"));
  const firstSegment = Math.min(firstUri < 0 ? Infinity : firstUri, lineOf("EXTINF") ?? Infinity, lineOf("EXT-X-PART") ?? Infinity);
  for (const name of ["EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE"]) {
    if ((lineOf(name) ?? -1) > firstSegment) found(4, `${name} after the first segment`);
  }
  if ((lineOf("EXT-X-DISCONTINUITY-SEQUENCE") ?? -1) > (lineOf("EXT-X-DISCONTINUITY") ?? Infinity)) {
    found(4, "DISCONTINUITY-SEQUENCE after DISCONTINUITY");
  }
}

const LIST_TAGS = new Set([
  "EXT-X-STREAM-INF",
  "EXT-X-SERVER-CONTROL",
  "EXT-X-PART-INF",
  "EXT-X-PART",
  "EXT-X-MAP",
  "EXT-X-PRELOAD-HINT",
  "EXT-X-RENDITION-REPORT",
  "EXT-X-START",
]);
const ATTRIBUTE_SHAPES: Readonly<Record<string, RegExp>> = {
  "URI": /^"[^"]*"$/,
  "BYTERANGE": /^"[^"]*"$/,
  "CODECS": /^"[^"]*"$/,
  "TYPE": /^[A-Z]+$/,
  "INDEPENDENT": /^YES$/,
  "GAP": /^YES$/,
  "CAN-BLOCK-RELOAD": /^YES$/,
  "DURATION": /^\d+(\.\d+)?$/,
  "PART-TARGET": /^\d+(\.\d+)?$/,
  "PART-HOLD-BACK": /^\d+(\.\d+)?$/,
  "HOLD-BACK": /^\d+(\.\d+)?$/,
  "CAN-SKIP-UNTIL": /^\d+(\.\d+)?$/,
  "FRAME-RATE": /^\d+(\.\d+)?$/,
  "LAST-MSN": /^\d+$/,
  "LAST-PART": /^\d+$/,
  "BANDWIDTH": /^\d+$/,
  "AVERAGE-BANDWIDTH": /^\d+$/,
  "RESOLUTION": /^\d+x\d+$/,
};

function checkAttributeLists(found: Findings, playlist: ReadPlaylist): void {
  for (const { name, value } of playlist.tags) {
    if (name === "EXTINF" && !/^\d+(\.\d+)?,/.test(value)) found(6, `EXTINF:${value}`);
    if (!LIST_TAGS.has(name)) continue;
    if (!/^[A-Z0-9-]+=("[^"]*"|[^",\s]+)(,[A-Z0-9-]+=("[^"]*"|[^",\s]+))*$/.test(value)) found(6, `${name}:${value}`);
    const names = [...value.matchAll(/(?:^|,)([A-Z0-9-]+)=(?:"[^"]*"|[^",]*)/g)].map((match) => match[1]!);
    if (new Set(names).size !== names.length) found(6, `an attribute twice in ${name}:${value}`);
    for (const [attribute, raw] of readAttributes(value)) {
      if (!(ATTRIBUTE_SHAPES[attribute] ?? /^/).test(raw)) found(6, `${name} ${attribute}=${raw}`);
    }
  }
}

function checkVersion(found: Findings, playlist: ReadPlaylist): void {
  if (playlist.segments.length === 0) return;
  const has = (name: string) => playlist.tags.some((tag) => tag.name === name);
  const needed = Math.max(
    playlist.segments.some((segment) => !Number.isInteger(segment.durationSeconds)) ? 3 : 1,
    has("EXT-X-MAP") ? 6 : 1,
    has("EXT-X-DEFINE") || has("EXT-X-GAP") ? 8 : 1,
    has("EXT-X-SKIP") ? 9 : 1,
  );
  const version = Number(playlist.tags.find((tag) => tag.name === "EXT-X-VERSION")?.value ?? 1);
  if (version !== needed) found(7, `VERSION ${version} where ${needed} is needed`);
}

function checkServerControl(found: Findings, playlist: ReadPlaylist): void {
  const control = readAttributes(playlist.serverControl ?? "");
  const targetDuration = playlist.targetDurationSeconds;
  const partTarget = playlist.partTargetSeconds;
  if (!Number.isInteger(targetDuration) || targetDuration < 1) found(10, `TARGETDURATION ${targetDuration}`);
  if (partTarget !== null) {
    const partHoldBack = control.get("PART-HOLD-BACK");
    if (partHoldBack === undefined) found(25, "PART-INF without PART-HOLD-BACK");
    else if (Number(partHoldBack) < 3 * partTarget - PRINTED) found(26, `PART-HOLD-BACK ${partHoldBack} for parts of ${partTarget} s`);
  }
  const holdBack = Number(control.get("HOLD-BACK") ?? NaN);
  if (!(holdBack >= 3 * targetDuration)) found(27, `HOLD-BACK ${control.get("HOLD-BACK")} for segments of ${targetDuration} s`);
  const canSkipUntil = control.get("CAN-SKIP-UNTIL");
  if (canSkipUntil !== undefined && Number(canSkipUntil) < 6 * targetDuration) found(28, `CAN-SKIP-UNTIL ${canSkipUntil}`);
  const start = playlist.tags.find((tag) => tag.name === "EXT-X-START");
  const offset = Number(readAttributes(start?.value ?? "").get("TIME-OFFSET") ?? NaN);
  if (offset < 0 && -offset < 3 * targetDuration && !playlist.hasEnd) found(30, `START ${offset}`);
}

function checkDurations(found: Findings, playlist: ReadPlaylist): void {
  const { targetDurationSeconds } = playlist;
  for (const segment of playlist.segments) {
    const { durationSeconds } = segment;
    if (segment.uri !== null && !(Math.round(durationSeconds) <= targetDurationSeconds)) {
      found(9, `segment ${segment.msn} of ${durationSeconds} s`);
    }
  }
  const complete = playlist.segments.filter((segment) => segment.uri !== null);
  const first = complete[0];
  const last = complete.at(-1);
  if (first === undefined || last === undefined || first === last) return;
  const counted = complete.slice(0, -1).reduce((sum, segment) => sum + segment.durationSeconds, 0);
  const driftMs = Math.abs(last.dateMs - first.dateMs - counted * 1000);
  if (driftMs > complete.length + 2) found(11, `durations and dates are ${driftMs} ms apart after ${complete.length} segments`);
}

function checkSegmentOrder(found: Findings, segment: ReadSegment): void {
  const { order, msn } = segment;
  const at = (name: string) => order.indexOf(name);
  const firstPart = at("EXT-X-PART");
  const named = ["EXT-X-DISCONTINUITY", "EXT-X-MAP", "EXT-X-KEY", "EXT-X-PROGRAM-DATE-TIME"];
  if (firstPart >= 0 && named.some((name) => order.lastIndexOf(name) > firstPart)) found(17, `segment ${msn}: ${order.join(" ")}`);
  if (at("EXTINF") >= 0 && order.lastIndexOf("EXT-X-PART") > at("EXTINF")) found(16, `segment ${msn}: a part after EXTINF`);
  const present = ["EXT-X-DISCONTINUITY", "EXT-X-MAP", "EXT-X-PROGRAM-DATE-TIME"].map(at).filter((index) => index >= 0);
  if (present.some((index, i) => i > 0 && index < present[i - 1]!)) found(79, `segment ${msn}: ${order.join(" ")}`);
}

function checkParts(found: Findings, playlist: ReadPlaylist): void {
  const { partTargetSeconds, segments } = playlist;
  const withParts = segments.filter((segment) => segment.parts.length > 0);
  if (withParts.length > 0 && partTargetSeconds === null) found(15, "parts without PART-INF");
  if (withParts.some((segment, index) => index > 0 && segment.msn !== withParts[index - 1]!.msn + 1)) {
    found(23, "parts are not removed in order");
  }
  if (withParts.length > 0 && withParts.at(-1) !== segments.at(-1)) found(23, "the newest segment has no parts and older ones have");
  for (const { name, value } of playlist.tags) if (name === "EXT-X-PART" && /BYTERANGE/.test(value)) found(24, value);

  let startSeconds = totalSeconds(playlist);
  for (const segment of segments) {
    if (segment.parts.length > 0 && startSeconds > 3 * playlist.targetDurationSeconds + 10 * PRINTED) {
      found(23, `parts of segment ${segment.msn}, ${startSeconds} s from the end`);
    }
    startSeconds -= segment.durationSeconds;
    checkPartsOf(found, segment, partTargetSeconds ?? Infinity);
  }
}

function checkPartsOf(found: Findings, segment: ReadSegment, partTargetSeconds: number): void {
  const { parts, msn } = segment;
  for (const [index, part] of parts.entries()) {
    const name = `part ${msn}.${index}`;
    if (part.uri === null || Number.isNaN(part.durationSeconds)) found(16, `${name} lacks URI or DURATION`);
    if (part.durationSeconds > partTargetSeconds) found(12, `${name} of ${part.durationSeconds} s, PART-TARGET ${partTargetSeconds}`);
    const mayBeShort = index === parts.length - 1 || part.isIndependent || part.isGap || parts[index + 1]?.isGap;
    if (part.durationSeconds < 0.85 * partTargetSeconds && partTargetSeconds < Infinity && !mayBeShort) {
      found(13, `${name} of ${part.durationSeconds} s`);
    }
  }
  if (parts.length === 0) return;
  if (!parts[0]!.isIndependent) found(18, `part ${msn}.0 begins with an IDR and does not say so`);
  const sum = parts.reduce((total, part) => total + part.durationSeconds, 0);
  if (segment.uri !== null && Math.abs(sum - segment.durationSeconds) > PRINTED * (parts.length + 1)) {
    found(14, `segment ${msn} of ${segment.durationSeconds} s has parts of ${sum} s`);
  }
}

function checkHints(found: Findings, playlist: ReadPlaylist): void {
  const { hints } = playlist;
  const partHints = hints.filter((hint) => hint.type === "PART");
  if (playlist.hasEnd) {
    if (hints.length > 0) found(52, "a hint together with ENDLIST");
    return;
  }
  if (playlist.partTargetSeconds !== null && partHints.length !== 1) found(48, `${partHints.length} hints for a part`);
  for (const type of ["PART", "MAP"]) if (hints.filter((hint) => hint.type === type).length > 1) found(51, `two hints of type ${type}`);
  const listed = new Set(playlist.segments.flatMap((segment) => segment.parts.map((part) => part.uri)));
  for (const hint of partHints) if (listed.has(hint.uri)) found(49, `${hint.uri} is hinted and listed`);
  const map = playlist.segments.at(-1)?.mapUri;
  for (const hint of hints) if (hint.type === "MAP" && hint.uri === map) found(50, `the init in force is hinted: ${hint.uri}`);
}

function checkReports(found: Findings, playlist: ReadPlaylist, wishes: MediaWishes): void {
  // Of what has ended nothing newer is to be reported.
  if (playlist.segments.length === 0 || playlist.hasEnd) return;
  const uris = playlist.reports.map((report) => unquote(report.get("URI")) ?? "");
  if (wishes.otherSlots !== undefined && uris.toSorted().join() !== wishes.otherSlots.toSorted().join()) {
    found(56, `reports for ${uris.join(", ") || "nobody"} instead of ${wishes.otherSlots.join(", ") || "nobody"}`);
  }
  for (const uri of uris) if (/^([a-z][a-z0-9+.-]*:|\/)/i.test(uri)) found(57, `${uri} is not relative`);
  const last = lastPosition(playlist);
  for (const report of playlist.reports) {
    if (Number(report.get("LAST-MSN")) !== last?.msn || Number(report.get("LAST-PART")) !== last.part) {
      found(57, `a report of ${report.get("LAST-MSN")}.${report.get("LAST-PART")} in a playlist that ends with ${last?.msn}.${last?.part}`);
    }
  }
}

function checkDates(found: Findings, playlist: ReadPlaylist, toleranceMs: number): void {
  for (const [index, segment] of playlist.segments.entries()) {
    if (segment.dateText === null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)$/.test(segment.dateText)) {
      found(58, `segment ${segment.msn} is dated ${segment.dateText}`);
    }
    const before = playlist.segments[index - 1];
    if (before === undefined) continue;
    const offMs = segment.dateMs - (before.dateMs + before.durationSeconds * 1000);
    if (offMs > HOLE_MS) found(82, `a hole of ${offMs} ms before segment ${segment.msn}`);
    else if (!(Math.abs(offMs) <= toleranceMs)) found(58, `segment ${segment.msn} is dated ${offMs} ms off`);
  }
}

/** From here on a date that does not fit is a hole in the show rather than a wrong date. */
const HOLE_MS = 250;

function checkMaps(found: Findings, playlist: ReadPlaylist, wishes: MediaWishes): void {
  const { segments } = playlist;
  if (segments.length > 0 && !playlist.tags.some((tag) => tag.name === "EXT-X-INDEPENDENT-SEGMENTS")) found(59, "no INDEPENDENT-SEGMENTS");
  if (segments.length > 0 && segments[0]!.ownMapUri === null) found(76, "the first segment has no MAP of its own");
  const hasDiscontinuity = segments.some((segment) => segment.isDiscontinuity);
  if (hasDiscontinuity && !playlist.tags.some((tag) => tag.name === "EXT-X-DISCONTINUITY-SEQUENCE")) found(80, "no DISCONTINUITY-SEQUENCE");
  if (wishes.marksDiscontinuities === false && hasDiscontinuity) found(77, "a DISCONTINUITY in a dialect without");
  for (const [index, segment] of segments.entries()) {
    if (segment.mapUri === null) found(75, `segment ${segment.msn} has no init`);
    if (index === 0 || wishes.marksDiscontinuities !== true) continue;
    const isSplice = segment.mapUri !== segments[index - 1]!.mapUri;
    if (isSplice && !segment.isDiscontinuity) found(77, `segment ${segment.msn}: another init without DISCONTINUITY`);
  }
}

/** The slots of one viewer at one moment: they may differ in what they show, never in when. */
function checkSlots(found: Findings, slots: readonly ReadPlaylist[]): void {
  const first = slots[0];
  for (const slot of slots.slice(1)) {
    if (first === undefined) return;
    if (slot.targetDurationSeconds !== first.targetDurationSeconds) found(10, "slots with different target durations");
    if (slot.serverControl !== first.serverControl) found(29, `${slot.serverControl} and ${first.serverControl}`);
    const [a, b] = [lastPosition(first), lastPosition(slot)];
    if (a?.msn !== b?.msn || a?.part !== b?.part) found(63, `one slot ends with ${a?.msn}.${a?.part}, another with ${b?.msn}.${b?.part}`);
    if (slot.discontinuitySequence !== first.discontinuitySequence) found(81, "slots with different DISCONTINUITY-SEQUENCE");
    for (const segment of slot.segments) {
      const same = first.segments.find((other) => other.msn === segment.msn);
      if (same === undefined) continue;
      if (segment.isDiscontinuity !== same.isDiscontinuity) found(81, `segment ${segment.msn} has a DISCONTINUITY in one slot only`);
      if (segment.dateMs !== same.dateMs) found(58, `segment ${segment.msn} has different dates in two slots`);
    }
  }
}

/** Whatever was once said of an MSN or a part stays so. */
function rememberFacts(found: Findings, facts: Map<string, string>, playlist: ReadPlaylist): void {
  function fact(about: string, says: string | null): void {
    const before = facts.get(about);
    if (before !== undefined && before !== String(says)) found(67, `${about} was ${before} and is ${says}`);
    facts.set(about, String(says));
  }
  for (const segment of playlist.segments) {
    const name = `segment ${segment.msn}`;
    fact(`the init of ${name}`, segment.mapUri);
    fact(`the date of ${name}`, segment.dateText);
    fact(`the discontinuity of ${name}`, String(segment.isDiscontinuity));
    if (segment.uri !== null) fact(`the address of ${name}`, `${segment.uri}, ${segment.durationSeconds} s`);
    if (segment.uri !== null && segment.parts.length > 0) fact(`the number of parts of ${name}`, String(segment.parts.length));
    for (const [index, part] of segment.parts.entries()) {
      fact(`part ${segment.msn}.${index}`, `${part.uri}, ${part.durationSeconds} s${part.isIndependent ? ", independent" : ""}`);
    }
  }
}

function checkStep(found: Findings, before: ReadPlaylist, after: ReadPlaylist, mayRestart: boolean): void {
  if (after.targetDurationSeconds !== before.targetDurationSeconds) found(10, "TARGETDURATION has changed");
  if (after.serverControl !== before.serverControl) found(29, "SERVER-CONTROL has changed");
  if (after.mediaSequence < before.mediaSequence) found(68, `MEDIA-SEQUENCE ${before.mediaSequence}, then ${after.mediaSequence}`);
  if (after.discontinuitySequence < before.discontinuitySequence) found(80, "DISCONTINUITY-SEQUENCE has stepped back");
  if (isBefore(after, before)) found(67, "the end of the playlist has stepped back");

  const lastMsn = before.segments.at(-1)?.msn ?? before.mediaSequence;
  const isRestart = mayRestart && after.mediaSequence > lastMsn;
  if (
    after.mediaSequence > before.mediaSequence && !isRestart &&
    totalSeconds(after) < 3 * after.targetDurationSeconds - PRINTED * after.segments.length
  ) {
    found(70, `${totalSeconds(after)} s are left after segments were removed`);
  }
  if (after.mediaSequence <= lastMsn) {
    const gone = before.segments.filter((segment) => segment.msn < after.mediaSequence && segment.isDiscontinuity).length;
    const counted = after.discontinuitySequence - before.discontinuitySequence;
    if (counted !== gone) found(80, `${gone} DISCONTINUITY tags have left and ${counted} were counted`);
  }
  checkPartsOfStep(found, before, after);
  checkHintOfStep(found, before, after);
}

function checkPartsOfStep(found: Findings, before: ReadPlaylist, after: ReadPlaylist): void {
  for (const segment of before.segments) {
    const later = after.segments.find((other) => other.msn === segment.msn);
    if (later === undefined) continue;
    if (segment.uri !== null && later.uri === null) found(67, `segment ${segment.msn} is open again`);
    if (segment.uri !== null && segment.parts.length === 0 && later.parts.length > 0) {
      found(67, `the parts of segment ${segment.msn} are back`);
    }
    const lastPart = segment.parts.at(-1);
    const wasLast = later.parts.length > segment.parts.length;
    if (lastPart === undefined || !wasLast || lastPart.isIndependent || lastPart.isGap) continue;
    if (lastPart.durationSeconds < 0.85 * (before.partTargetSeconds ?? 0)) {
      found(13, `short part ${segment.msn}.${segment.parts.length - 1} was not the last`);
    }
  }
}

/** A hint may become void only because its run has ended: the segment is cut there, or another run fills it (rule 53). */
function checkHintOfStep(found: Findings, before: ReadPlaylist, after: ReadPlaylist): void {
  const hint = before.hints.find((each) => each.type === "PART");
  if (hint === undefined) return;
  const { msn, part } = hintedPosition(before);
  const segment = after.segments.find((other) => other.msn === msn);
  const listed = segment?.parts[part];
  if (segment === undefined || listed === undefined) return;
  if (listed.uri !== hint.uri) {
    const isOtherRun = part === 0 && runOf(listed.uri ?? "") !== runOf(hint.uri);
    if (!isOtherRun) found(part === 0 ? 53 : 49, `${hint.uri} was hinted and ${listed.uri} came`);
    return;
  }
  const hintedMap = before.hints.find((each) => each.type === "MAP")?.uri ?? before.segments.at(-1)?.mapUri;
  if (hintedMap !== segment.mapUri) found(50, `part ${msn}.${part} needs ${segment.mapUri}, hinted or in force was ${hintedMap}`);
}

function runOf(uri: string): string {
  return uri.split("/").at(-3) ?? "";
}

function isBefore(a: ReadPlaylist, b: ReadPlaylist): boolean {
  const [x, y] = [hintedPosition(a), hintedPosition(b)];
  return x.msn < y.msn || (x.msn === y.msn && x.part < y.part);
}
