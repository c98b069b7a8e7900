import { checkMediaPlaylist, checkMultivariant, checkSequence, type MediaWishes, type Violation } from "./check_playlist.ts";
import { lastPosition, type ReadPlaylist, readPlaylist, totalSeconds } from "./read_playlist.ts";

/** One request of a recorded run and its answer. Times are of one clock, in milliseconds. */
export interface RecordedRequest {
  readonly url: string;
  /** GET unless told. */
  readonly method?: string;
  /** When it was sent. */
  readonly atMs: number;
  /** When the first byte of the answer came. */
  readonly releasedAtMs: number;
  readonly status: number;
  /** Names in lower case, as they were on the wire: a client that unpacks gzip and hides `content-encoding` is no recorder for rule 62. */
  readonly headers: Readonly<Record<string, string>>;
  /** False where the request did not offer gzip. */
  readonly acceptsGzip?: boolean;
  /** Of a playlist, unpacked. */
  readonly text?: string;
  /** Of anything else. */
  readonly bytesLength?: number;
}

export interface Recording {
  readonly requests: readonly RecordedRequest[];
}

export interface RecordingWishes extends Omit<MediaWishes, "otherSlots"> {
  /** What a busy machine may be late by; 150 ms unless told. */
  readonly slackMs?: number;
  readonly mayRestart?: boolean;
}

/**
 * Judges a whole recorded run: each playlist for itself, each address in its order, all slots of a viewer against each other, and what only HTTP shows.
 * For rules 21 and 69 the run must hold blocking requests without a break; for 20 and 49 it must ask for hinted parts, for 54 for invented ones.
 */
export function checkRecording(recording: Recording, wishes: RecordingWishes = {}): Violation[] {
  const slackMs = wishes.slackMs ?? 150;
  const run = readRun(recording);
  const list: Violation[] = [];
  const found: Found = (rule, says) => void list.push({ rule, says });
  checkTexts(list, run, wishes);
  for (const request of run.requests) {
    checkHeaders(found, request);
    if (request.method === "HEAD" && request.releasedAtMs - request.atMs > slackMs) found(87, `HEAD ${request.url} was held`);
  }
  for (const answer of run.media) checkDirectives(found, answer, slackMs);
  for (const request of run.requests) checkRefusal(found, request, slackMs);
  for (const answers of run.mediaByPath.values()) {
    checkPace(found, answers, slackMs);
    checkEnd(found, answers, slackMs);
  }
  checkFetched(found, run, slackMs);
  checkSegmentBytes(found, run);
  return list;
}

type Found = (rule: number, says: string) => void;

interface PlaylistAnswer {
  readonly request: RecordedRequest;
  readonly url: URL;
  readonly playlist: ReadPlaylist;
}

/** When an address was first and last named by a playlist, and how. */
interface Listing {
  firstAtMs: number;
  lastAtMs: number;
  /** When it was first listed as a part or segment, not merely hinted; Infinity where it never was. */
  listedAtMs: number;
  kind: "segment" | "part" | "init" | "hint";
  durationSeconds: number;
  playlistSeconds: number;
}

interface Run {
  readonly requests: readonly RecordedRequest[];
  readonly media: readonly PlaylistAnswer[];
  readonly mediaByPath: ReadonlyMap<string, readonly PlaylistAnswer[]>;
  readonly multivariants: readonly PlaylistAnswer[];
  readonly listings: ReadonlyMap<string, Listing>;
  readonly targetDurationSeconds: number;
}

/** Recorded addresses may be absolute or begin with a slash. */
const NOWHERE = "http://recording.invalid/";

function readRun({ requests }: Recording): Run {
  const answers = requests.filter((request) => request.status === 200 && request.text?.startsWith("#EXTM3U"))
    .map((request) => ({ request, url: new URL(request.url, NOWHERE), playlist: readPlaylist(request.text!) }));
  const isMultivariant = ({ playlist }: PlaylistAnswer) => playlist.tags.some((tag) => tag.name === "EXT-X-STREAM-INF");
  const media = answers.filter((answer) => !isMultivariant(answer)).sort(byPosition);
  const mediaByPath = new Map<string, PlaylistAnswer[]>();
  for (const answer of media) mediaByPath.set(answer.url.pathname, [...mediaByPath.get(answer.url.pathname) ?? [], answer]);
  return {
    requests,
    media,
    mediaByPath,
    multivariants: answers.filter(isMultivariant),
    listings: readListings(media),
    targetDurationSeconds: media[0]?.playlist.targetDurationSeconds ?? 1,
  };
}

/** Two answers of the same turn may arrive in either order; what they list tells which is newer. */
function byPosition(a: PlaylistAnswer, b: PlaylistAnswer): number {
  const [x, y] = [lastPosition(a.playlist), lastPosition(b.playlist)];
  const msns = (x?.msn ?? -1) - (y?.msn ?? -1);
  if (msns !== 0) return msns;
  const parts = (x?.part ?? -1) - (y?.part ?? -1);
  if (parts !== 0) return parts;
  // The same parts: a playlist in which the last segment is complete is the newer one.
  const complete = Number(b.playlist.segments.at(-1)?.uri === null) - Number(a.playlist.segments.at(-1)?.uri === null);
  return complete !== 0 ? complete : a.request.releasedAtMs - b.request.releasedAtMs;
}

function readListings(media: readonly PlaylistAnswer[]): Map<string, Listing> {
  const listings = new Map<string, Listing>();
  for (const { request, url, playlist } of media.toSorted((a, b) => a.request.releasedAtMs - b.request.releasedAtMs)) {
    const atMs = request.releasedAtMs;
    const playlistSeconds = totalSeconds(playlist);
    const name = (uri: string | null, kind: Listing["kind"], durationSeconds: number) => {
      if (uri === null) return;
      const path = new URL(uri, url).pathname;
      const before = listings.get(path);
      const listedAtMs = kind === "hint" ? Infinity : atMs;
      if (before === undefined) {
        listings.set(path, { firstAtMs: atMs, lastAtMs: atMs, listedAtMs, kind, durationSeconds, playlistSeconds });
      } else {
        before.lastAtMs = Math.max(before.lastAtMs, atMs);
        before.listedAtMs = Math.min(before.listedAtMs, listedAtMs);
        if (kind !== "hint") Object.assign(before, { kind, durationSeconds });
        before.playlistSeconds = Math.max(before.playlistSeconds, playlistSeconds);
      }
    };
    for (const segment of playlist.segments) {
      name(segment.mapUri, "init", segment.durationSeconds);
      name(segment.uri, "segment", segment.durationSeconds);
      for (const part of segment.parts) name(part.uri, "part", part.durationSeconds);
    }
    for (const hint of playlist.hints) name(hint.uri, "hint", playlist.partTargetSeconds ?? 0);
  }
  return listings;
}

/** Everything that the texts alone can show. */
function checkTexts(list: Violation[], run: Run, wishes: RecordingWishes): void {
  const slots = new Map<string, string[]>();
  for (const { request, url, playlist } of run.multivariants) {
    list.push(...checkMultivariant(request.text!));
    const paths = playlist.segments.map((variant) => new URL(variant.uri ?? "", url).pathname);
    for (const path of paths) slots.set(path, paths.filter((other) => other !== path));
    list.push(...checkSlotsOf(request.text!, paths, run));
  }
  for (const [path, answers] of run.mediaByPath) {
    const others = slots.get(path);
    for (const { request, playlist } of answers) {
      const isLowLatency = playlist.partTargetSeconds !== null;
      const otherSlots = others === undefined ? {} : { otherSlots: isLowLatency ? others.map((other) => other.split("/").at(-1)!) : [] };
      list.push(...checkMediaPlaylist(request.text!, { ...wishes, ...otherSlots }));
    }
    list.push(...checkSequence(answers.map(({ request }) => request.text!), wishes));
  }
}

/** For each state of the first slot the other slots' playlists of the same state. */
function checkSlotsOf(multivariant: string, paths: readonly string[], run: Run): Violation[] {
  const states = paths.map((path) => new Map((run.mediaByPath.get(path) ?? []).map((answer) => [stateOf(answer), answer.request.text!])));
  const found: Violation[] = [];
  for (const [state, text] of states[0] ?? []) {
    const same = states.slice(1).map((texts) => texts.get(state)).filter((other) => other !== undefined);
    if (same.length > 0) found.push(...checkMultivariant(multivariant, [text, ...same]));
  }
  return found;
}

function stateOf({ playlist }: PlaylistAnswer): string {
  const last = playlist.segments.at(-1);
  return `${playlist.mediaSequence} ${last?.msn} ${last?.parts.length} ${last?.uri === null}`;
}

const isPlaylistPath = (path: string) => path.endsWith(".m3u8");
const isMediaPath = (path: string) => /\/media\/.*\.(m4s|mp4)$/.test(path);

function checkHeaders(found: Found, request: RecordedRequest): void {
  const { headers, status } = request;
  const path = new URL(request.url, NOWHERE).pathname;
  const isPlaylist = request.text?.startsWith("#EXTM3U") || isPlaylistPath(path);
  if (!isPlaylist && !isMediaPath(path)) return;
  const header = (name: string) => headers[name] ?? "";
  if (header("access-control-allow-origin") === "") found(83, `no CORS on ${path} (${status})`);
  const cacheControl = header("cache-control");

  if (isPlaylist) {
    if (!/no-store|private/.test(cacheControl)) found(84, `${path}: Cache-Control "${cacheControl}"`);
    if (status !== 200) return;
    const type = header("content-type").split(";")[0]!.trim().toLowerCase();
    if (!/\.m3u8?$/.test(path) || !["application/vnd.apple.mpegurl", "audio/mpegurl"].includes(type)) found(2, `${path} as "${type}"`);
    if (!/accept-encoding/i.test(header("vary"))) found(86, `${path}: Vary "${header("vary")}"`);
    if (request.acceptsGzip !== false && request.method !== "HEAD" && header("content-encoding") !== "gzip") {
      found(62, `${path} is not gzipped`);
    }
    for (const name of ["age", "date"]) {
      if (!header("access-control-expose-headers").toLowerCase().includes(name)) found(83, `${path} does not expose ${name}`);
    }
    return;
  }
  if (status !== 200 && status !== 206) return;
  if (!/public/.test(cacheControl) || !/immutable/.test(cacheControl)) found(84, `${path}: Cache-Control "${cacheControl}"`);
  if (!/max-age=\d+/.test(cacheControl) && header("expires") === "") found(73, `${path} does not say how long it lives`);
  if (!/^\d+$/.test(header("content-length"))) found(86, `${path} has no Content-Length`);
  else if (request.bytesLength !== undefined && request.method !== "HEAD" && Number(header("content-length")) !== request.bytesLength) {
    found(86, `${path}: Content-Length ${header("content-length")} of ${request.bytesLength}`);
  }
}

function numberOf(url: URL, name: string): number | null {
  const text = url.searchParams.get(name);
  return text === null || !/^\d+$/.test(text) ? null : Number(text);
}

/** What a 200 to a blocking (or plain) playlist request must hold. */
function checkDirectives(found: Found, { request, url, playlist }: PlaylistAnswer, slackMs: number): void {
  if (playlist.hasEnd) return;
  const heldMs = request.releasedAtMs - request.atMs;
  const msn = numberOf(url, "_HLS_msn");
  const part = numberOf(url, "_HLS_part");
  if (msn === null) {
    if (heldMs > slackMs) found(40, `${request.url} was held for ${heldMs} ms`);
    return;
  }
  if (heldMs > 3000 * playlist.targetDurationSeconds + slackMs) found(38, `${request.url} was held for ${heldMs} ms`);
  if (msn < playlist.mediaSequence && heldMs > slackMs) found(34, `${request.url} was held for ${heldMs} ms`);
  const last = playlist.segments.at(-1);
  const lastComplete = last?.uri === null ? last.msn - 1 : last?.msn ?? -1;
  if (part === null) {
    if (lastComplete < msn) found(31, `${request.url} was answered with ${lastComplete}`);
    return;
  }
  const asked = playlist.segments.find((segment) => segment.msn === msn);
  const isPastItsEnd = asked !== undefined && asked.uri !== null && asked.parts.length > 0 && part >= asked.parts.length;
  const wanted = isPastItsEnd ? { msn: msn + 1, part: 0 } : { msn, part };
  const holds = last !== undefined && (last.msn > wanted.msn || (last.msn === wanted.msn && last.parts.length > wanted.part));
  if (!holds) found(isPastItsEnd ? 33 : 32, `${request.url} was answered with ${last?.msn} of ${last?.parts.length} parts`);
}

/** Requests that should have been refused; and refusals that take their time. */
function checkRefusal(found: Found, request: RecordedRequest, slackMs: number): void {
  const url = new URL(request.url, NOWHERE);
  if (!isPlaylistPath(url.pathname)) return;
  const [msns, parts] = ["_HLS_msn", "_HLS_part"].map((name) => url.searchParams.getAll(name));
  if (request.status === 400 && request.releasedAtMs - request.atMs > slackMs) found(37, `${request.url} was refused late`);
  if (request.status !== 200) return;
  if (msns!.length === 0 && parts!.length > 0) found(36, `${request.url} was answered`);
  for (const text of [...msns!, ...parts!]) if (!/^\d+$/.test(text) || Number(text) > 2 ** 64) found(39, `${request.url} was answered`);
}

/** Rule 35: who asks after the end is not held, whatever it asks to wait for. */
function checkEnd(found: Found, answers: readonly PlaylistAnswer[], slackMs: number): void {
  const ended = answers.filter(({ playlist }) => playlist.hasEnd);
  const endedAtMs = Math.min(...ended.map(({ request }) => request.releasedAtMs));
  for (const { request } of ended) {
    const heldMs = request.releasedAtMs - request.atMs;
    if (request.atMs > endedAtMs && heldMs > slackMs) found(35, `${request.url} was held for ${heldMs} ms after the end`);
  }
}

interface Pace {
  readonly msn: number;
  readonly part: number;
  readonly atMs: number;
  /** The newest complete segment, and when it was first seen. */
  readonly complete: number;
  readonly completeAtMs: number;
}

/** Rules 21 and 69: how fast the end moves on. Positions that no answer showed break the row. */
function checkPace(found: Found, answers: readonly PlaylistAnswer[], slackMs: number): void {
  let before: Pace | null = null;
  for (const answer of answers) {
    const pace = paceOf(answer, before);
    if (pace === null) continue;
    if (before !== null) checkPaceStep(found, before, pace, answer.playlist, slackMs);
    before = pace;
  }
}

function paceOf({ request, playlist }: PlaylistAnswer, before: Pace | null): Pace | null {
  const last = playlist.segments.at(-1);
  if (last === undefined) return null;
  const atMs = request.releasedAtMs;
  const part = last.parts.length - 1;
  const complete = last.uri === null ? last.msn - 1 : last.msn;
  return {
    msn: last.msn,
    part,
    atMs: before?.msn === last.msn && before.part === part ? Math.min(before.atMs, atMs) : atMs,
    complete,
    completeAtMs: before?.complete === complete ? Math.min(before.completeAtMs, atMs) : atMs,
  };
}

function checkPaceStep(found: Found, before: Pace, pace: Pace, playlist: ReadPlaylist, slackMs: number): void {
  const isNextPart = pace.msn === before.msn ? pace.part === before.part + 1 : pace.msn === before.msn + 1 && pace.part === 0;
  const partGapMs = pace.atMs - before.atMs;
  if (playlist.partTargetSeconds !== null && isNextPart && partGapMs > playlist.partTargetSeconds * 1000 + slackMs) {
    found(21, `part ${pace.msn}.${pace.part} came ${partGapMs} ms after the one before`);
  }
  const segmentGapMs = pace.completeAtMs - before.completeAtMs;
  if (pace.complete === before.complete + 1 && segmentGapMs > 1500 * playlist.targetDurationSeconds + slackMs) {
    found(69, `segment ${pace.complete} came ${segmentGapMs} ms after the one before`);
  }
}

/** Rules 20, 23, 49, 54, 71: what may be fetched, and when. */
function checkFetched(found: Found, run: Run, slackMs: number): void {
  const voidHints = findVoidHints(run);
  const longestSeconds = Math.max(0, ...run.media.map(({ playlist }) => totalSeconds(playlist)));
  for (const request of run.requests) {
    const path = new URL(request.url, NOWHERE).pathname;
    if (!isMediaPath(path)) continue;
    const isServed = request.status === 200 || request.status === 206;
    const listing = run.listings.get(path);
    if (listing === undefined) {
      if (!isServed && request.status !== 404) found(54, `${path}: ${request.status}`);
      if (isServed && !couldHaveBeenListed(path, run)) found(54, `${path} was served and never listed`);
      continue;
    }
    if (!isServed) {
      if (request.status === 304 || request.status === 416) continue;
      if (voidHints.has(path)) continue;
      if (request.atMs < listing.listedAtMs) found(49, `hinted ${path}: ${request.status}`);
      else if (request.atMs <= listing.lastAtMs) found(20, `listed ${path}: ${request.status}`);
      else if (listing.kind === "part" && request.atMs <= listing.lastAtMs + 3000 * run.targetDurationSeconds) {
        found(23, `${path}: ${request.status}`);
      } else if (request.atMs <= listing.firstAtMs + 1000 * (listing.durationSeconds + longestSeconds)) {
        found(71, `${path}: ${request.status}`);
      }
      continue;
    }
    const lateMs = request.releasedAtMs - Math.max(listing.listedAtMs, request.atMs);
    if (Number.isFinite(listing.listedAtMs) && lateMs > slackMs) found(20, `${path} came ${lateMs} ms after it was listed and asked for`);
    if (request.bytesLength === 0 && request.method !== "HEAD") found(20, `${path} is empty`);
  }
}

/** Hints whose place was taken by something else, and the last ones, of which nothing more is known. */
function findVoidHints(run: Run): Set<string> {
  return new Set([...run.listings].filter(([, listing]) => !Number.isFinite(listing.listedAtMs)).map(([path]) => path));
}

/** Playlists show only some renditions and drop old parts: whatever belongs to a known run and is not ahead of the show may be real. */
function couldHaveBeenListed(path: string, run: Run): boolean {
  const [, runId, , file] = /\/media\/([^/]+)\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  const newestMsn = Math.max(-1, ...run.media.map(({ playlist }) => playlist.segments.at(-1)?.msn ?? -1));
  const isKnownRun = [...run.listings.keys()].some((known) => known.includes(`/media/${runId}/`));
  return isKnownRun && (file === "init.mp4" || parseInt(file ?? "") <= newestMsn + 1);
}

/** Rule 22, as far as lengths tell: where a segment and all its parts were fetched. */
function checkSegmentBytes(found: Found, run: Run): void {
  const lengths = new Map<string, number>();
  for (const request of run.requests) {
    if (request.status === 200 && request.bytesLength !== undefined && request.method !== "HEAD") {
      lengths.set(new URL(request.url, NOWHERE).pathname, request.bytesLength);
    }
  }
  const checked = new Set<string>();
  for (const { url, playlist } of run.media) {
    for (const segment of playlist.segments) {
      if (segment.uri === null || segment.parts.length === 0) continue;
      const path = new URL(segment.uri, url).pathname;
      const whole = lengths.get(path);
      const parts = segment.parts.map((part) => lengths.get(new URL(part.uri ?? "", url).pathname));
      if (whole === undefined || parts.includes(undefined) || checked.has(path)) continue;
      checked.add(path);
      const sum = parts.reduce<number>((total, length) => total + length!, 0);
      if (sum !== whole) found(22, `${path} has ${whole} bytes, its parts ${sum}`);
    }
  }
}
