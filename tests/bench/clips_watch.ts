import { RENDITION_NAMES, type RenditionName } from "../../media/hls/rendition.ts";
import { readPlaylist } from "../rules/read_playlist.ts";

/** A segment as one viewer got it, and the same in every rendition. */
export interface WatchedSegment {
  readonly msn: number;
  /** Since the first picture of its run: counted by EXTINF, so whole pictures. */
  readonly startSeconds: number;
  readonly durationSeconds: number;
  readonly rendition: RenditionName;
  /** Init and segment in one, so that each can be decoded by itself; `segmentBytes` of them are the segment. */
  readonly files: Readonly<Record<RenditionName, Uint8Array>>;
  readonly segmentBytes: Readonly<Record<RenditionName, number>>;
}

/**
 * Watches the show from its first segment on in gaming mode, as a low-latency player does: each playlist by a blocking request for the next
 * part. Ends when `seconds` of the run have been seen. Throws where the beginning of the run is not in the playlist any more.
 */
export async function watchGaming(baseUrl: string, seconds: number): Promise<WatchedSegment[]> {
  const made = await fetch(`${baseUrl}/api/viewers`, { method: "POST", body: JSON.stringify({ mode: "gaming", player: "hls.js" }) });
  if (made.status !== 201) throw new Error(`Cannot become a viewer: ${made.status} ${await made.text()}`);
  const { playlist } = await made.json();
  const multivariant = await ask(new URL(playlist, `${baseUrl}/`).href);
  const slots = multivariant.text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  if (slots.length !== 1) throw new Error(`A gaming viewer has ${slots.length} variants`);
  const address = new URL(slots[0]!, multivariant.url).href;

  const fetching: Promise<WatchedSegment>[] = [];
  let run: string | null = null;
  let nextMsn = 0;
  let seenSeconds = 0;
  for (let { text } = await ask(address); seenSeconds < seconds;) {
    for (const { msn, uri, mapUri, durationSeconds } of readPlaylist(text).segments) {
      if (uri === null || msn < nextMsn) continue;
      if (run !== null && msn !== nextMsn) throw new Error(`Segment ${nextMsn} was never listed`);
      nextMsn = msn + 1;
      const ownRun = uri.split("/").at(-3)!;
      if (run !== ownRun) {
        // The slate, where a show begins with it; the run comes after.
        if (run !== null && seenSeconds > 5) throw new Error(`The run ended after ${seenSeconds} s`);
        run = ownRun;
        seenSeconds = 0;
        fetching.length = 0;
      }
      fetching.push(fetchAll({ msn, startSeconds: seenSeconds, durationSeconds, uri, mapUri: mapUri! }, address));
      seenSeconds += durationSeconds;
    }
    const hint = /TYPE=PART,URI="[^"]+?(\d+)\.(\d+)\.m4s"/.exec(text);
    if (!hint) throw new Error(`No hint in ${address}`);
    ({ text } = await ask(`${address}?_HLS_msn=${hint[1]}&_HLS_part=${hint[2]}`));
  }
  return await Promise.all(fetching);
}

async function ask(url: string): Promise<{ text: string; url: string }> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text.slice(0, 200)}`);
  return { text, url: answer.url };
}

interface Listed {
  readonly msn: number;
  readonly startSeconds: number;
  readonly durationSeconds: number;
  readonly uri: string;
  readonly mapUri: string;
}

async function fetchAll({ uri, mapUri, ...listed }: Listed, address: string): Promise<WatchedSegment> {
  const rendition = renditionOf(uri);
  const files: Partial<Record<RenditionName, Uint8Array>> = {};
  const segmentBytes: Partial<Record<RenditionName, number>> = {};
  for (const name of RENDITION_NAMES) {
    const own = (of: string) => new URL(of.replace(`/${renditionOf(of)}/`, `/${name}/`), address).href;
    const [init, segment] = await Promise.all([fetchBytes(own(mapUri)), fetchBytes(own(uri))]);
    files[name] = new Uint8Array([...init, ...segment]);
    segmentBytes[name] = segment.length;
  }
  return {
    ...listed,
    rendition,
    files: files as WatchedSegment["files"],
    segmentBytes: segmentBytes as WatchedSegment["segmentBytes"],
  };
}

function renditionOf(uri: string): RenditionName {
  const name = uri.split("/").at(-2);
  const known = RENDITION_NAMES.find((each) => each === name);
  if (known === undefined) throw new Error(`${uri} is of no known rendition`);
  return known;
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return await answer.bytes();
}
