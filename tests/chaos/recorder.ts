import { pause } from "../fixtures/condition.ts";
import { hintedPosition, lastPosition, type ReadPlaylist, readPlaylist } from "../rules/read_playlist.ts";
import { checkContinuity, type Jump, type RecordedPart } from "./continuity.ts";
import { isWholeFragment, readFragmentTimes, readTracks, type Tracks } from "./fragment_times.ts";

/** What a viewer was given. Times are performance.now() of this process. */
export interface Recording {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly parts: readonly RecordedPart[];
  /** Holes, overlaps and disagreements: must be empty. */
  readonly faults: readonly string[];
  /** Steps forward that a restart of the server may make. */
  readonly jumps: readonly Jump[];
  /** Answers by what was asked and status, as in "playlist 200", "part 404", "part no answer". */
  readonly answers: Readonly<Record<string, number>>;
  /** Hints that got a 404 and were never listed: a fault made them void. */
  readonly voidHints: number;
  /** Between two publications, and when. */
  readonly longestGap: { readonly forMs: number; readonly atMs: number };
  /** How often a part had another MAP than the one before. */
  readonly mapChanges: number;
  /** Under whose name segments were published, and from when on: of a run or of a stint of the slate. */
  readonly runs: readonly RecordedRun[];
}

export interface RecordedRun {
  readonly run: string;
  readonly atMs: number;
}

export interface Recorder {
  soFar(): Recording;
  /** Ends the recording; the file is whole then. */
  stop(): Promise<Recording>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface RecorderOptions {
  /** Which variant of the multivariant playlist, 0 unless told. */
  readonly slot?: number;
  /** All inits and parts are written behind each other into this file. */
  readonly saveTo?: string;
  /** Asks for which parts are kept in that file; all unless told. */
  readonly keeps?: (part: RecordedPart) => boolean;
  /** Also requests each hinted part as soon as it is hinted, as Apple's player does. */
  readonly followsHints?: boolean;
}

/** Watches an address as a careful Low-Latency player does (blocking reload, every part), and checks all it gets. */
export function startRecorder(entryUrl: string, options: RecorderOptions = {}): Recorder {
  const startedAtMs = performance.now();
  const ending = new AbortController();
  const parts: RecordedPart[] = [];
  const problems: string[] = [];
  const answers: Record<string, number> = {};
  const hints = new Map<string, Promise<Fetched>>();
  const inits = new Map<string, Tracks>();
  const voids = new Set<string>();
  const file = options.saveTo === undefined ? null : Deno.openSync(options.saveTo, { write: true, create: true, truncate: true });
  let fileInit = "";

  const working = work();

  async function work(): Promise<void> {
    let slotUrl: URL | null = null;
    let playlist: ReadPlaylist | null = null;
    while (!ending.signal.aborted) {
      if (slotUrl === null) {
        slotUrl = await findSlot();
        if (slotUrl === null) await pause(100);
        continue;
      }
      const asked: URL = new URL(slotUrl);
      const next = playlist && hintedPosition(playlist);
      if (next) asked.search = `?_HLS_msn=${next.msn}&_HLS_part=${next.part}`;
      const answer = await get(asked, "playlist");
      if (answer.kind !== "bytes") {
        playlist = null;
        await pause(100);
        continue;
      }
      const listedAtMs = performance.now();
      const text = new TextDecoder().decode(answer.bytes);
      playlist = readPlaylist(text);
      if (next && isBehind(playlist, next)) problems.push(`asked for ${next.msn}.${next.part}, got a playlist without it`);
      if (options.followsHints) followHint(playlist, slotUrl);
      await takeNew(playlist, slotUrl, listedAtMs);
    }
  }

  async function findSlot(): Promise<URL | null> {
    const answer = await get(new URL(entryUrl), "multivariant");
    if (answer.kind !== "bytes") return null;
    const uris = new TextDecoder().decode(answer.bytes).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const uri = uris[options.slot ?? 0] ?? uris[0];
    return uri === undefined ? null : new URL(uri, answer.url);
  }

  async function takeNew(playlist: ReadPlaylist, base: URL, listedAtMs: number): Promise<void> {
    const last = parts.at(-1);
    const isNew = (msn: number, part: number) => !last || msn > last.msn || msn === last.msn && part > last.part;
    const segments = last ? playlist.segments : playlist.segments.slice(-1);
    for (const segment of segments) {
      for (const [index, listed] of segment.parts.entries()) {
        if (!isNew(segment.msn, index) || listed.uri === null || segment.mapUri === null) continue;
        const url = new URL(listed.uri, base);
        const initUrl = new URL(segment.mapUri, base);
        const [tracks, body] = await Promise.all([init(initUrl), hints.get(url.href) ?? get(url, "part")]);
        hints.delete(url.href);
        voids.delete(url.href);
        const answer = body.kind === "bytes" ? body : await get(url, "part");
        if (ending.signal.aborted || !tracks || answer.kind !== "bytes") continue;
        if (!isWholeFragment(answer.bytes)) problems.push(`${url.pathname} is no whole fragment`);
        const part: RecordedPart = {
          ...readFragmentTimes(answer.bytes, tracks),
          msn: segment.msn,
          part: index,
          run: /\/media\/([^/]+)\//.exec(url.pathname)?.[1] ?? "",
          uri: url.pathname,
          mapUri: initUrl.pathname,
          durationSeconds: listed.durationSeconds,
          segmentDateMs: Number.isNaN(segment.dateMs) ? null : segment.dateMs,
          bytes: answer.bytes.length,
          listedAtMs,
          receivedAtMs: performance.now(),
        };
        parts.push(part);
        save(part, answer.bytes, initUrl);
      }
    }
  }

  const initBytes = new Map<string, Uint8Array>();
  async function init(url: URL): Promise<Tracks | null> {
    const known = inits.get(url.href);
    if (known) return known;
    const answer = await get(url, "init");
    if (answer.kind !== "bytes") return null;
    const tracks = readTracks(answer.bytes);
    inits.set(url.href, tracks);
    initBytes.set(url.href, answer.bytes);
    return tracks;
  }

  function save(part: RecordedPart, bytes: Uint8Array, initUrl: URL): void {
    if (!file || options.keeps?.(part) === false) return;
    if (fileInit !== initUrl.href) file.writeSync(initBytes.get(initUrl.href) ?? new Uint8Array());
    fileInit = initUrl.href;
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
  }

  function followHint(playlist: ReadPlaylist, base: URL): void {
    const hint = playlist.hints.find((hint) => hint.type === "PART");
    if (!hint) return;
    const { href } = new URL(hint.uri, base);
    if (hints.has(href)) return;
    const asking = get(new URL(href), "hint");
    hints.set(href, asking);
    asking.then((answer) => answer.kind === "status" && answer.status === 404 && voids.add(href));
    if (hints.size > 50) hints.delete(hints.keys().next().value ?? "");
  }

  async function get(url: URL, what: string): Promise<Fetched> {
    try {
      const signal = AbortSignal.any([ending.signal, AbortSignal.timeout(10_000)]);
      const answer = await fetch(url, { signal, headers: { "user-agent": CHROME } });
      const bytes = await answer.bytes();
      count(`${what} ${answer.status}`);
      return answer.status === 200 ? { kind: "bytes", bytes, url: new URL(answer.url) } : { kind: "status", status: answer.status };
    } catch {
      if (!ending.signal.aborted) count(`${what} no answer`);
      return { kind: "no_answer" };
    }
  }
  function count(what: string): void {
    answers[what] = (answers[what] ?? 0) + 1;
  }

  function soFar(): Recording {
    const { faults, jumps } = checkContinuity(parts);
    return {
      startedAtMs,
      endedAtMs: performance.now(),
      parts,
      faults: [...problems, ...faults],
      jumps,
      answers,
      voidHints: voids.size,
      longestGap: longestGap(parts),
      mapChanges: parts.filter(({ mapUri }, at) => at > 0 && mapUri !== parts[at - 1]!.mapUri).length,
      runs: listRuns(parts),
    };
  }
  let result: Promise<Recording> | null = null;
  async function end(): Promise<Recording> {
    const recording = soFar();
    ending.abort();
    await working;
    file?.close();
    return recording;
  }
  const stop = () => result ??= end();
  return { soFar, stop, [Symbol.asyncDispose]: async () => void await stop() };
}

/** Answers that no viewer may ever get: everything but 200, and but hints that a fault made void. */
export function badAnswers(recording: Recording): string[] {
  return Object.entries(recording.answers).filter(([what]) => !what.endsWith(" 200") && what !== "hint 404").map(([what, n]) =>
    `${n} x ${what}`
  );
}

type Fetched =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array; readonly url: URL }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "no_answer" };

/** The playlists a browser gets; unknown programs may be given shorter ones. */
const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36";

function isBehind(playlist: ReadPlaylist, asked: { msn: number; part: number }): boolean {
  const last = playlist.segments.at(-1);
  const position = lastPosition(playlist);
  if (!last || !position) return true;
  return position.msn < asked.msn || position.msn === asked.msn && last.uri === null && (position.part ?? -1) < asked.part;
}

function longestGap(parts: readonly RecordedPart[]): { forMs: number; atMs: number } {
  let longest = { forMs: 0, atMs: 0 };
  for (const [at, part] of parts.entries()) {
    const before = parts[at - 1];
    if (before && part.listedAtMs - before.listedAtMs > longest.forMs) {
      longest = { forMs: Math.round(part.listedAtMs - before.listedAtMs), atMs: before.listedAtMs };
    }
  }
  return longest;
}

function listRuns(parts: readonly RecordedPart[]): RecordedRun[] {
  return parts.filter((part, at) => part.run !== parts[at - 1]?.run).map(({ run, listedAtMs }) => ({ run, atMs: listedAtMs }));
}
