/** A viewer whose quality a bench changes, and what was listed to it. */
export interface SteeredViewer {
  /** Its multivariant playlist, as a path. */
  readonly path: string;
  /** The rendition of each whole segment in the playlists that were looked at, by MSN. */
  readonly listed: ReadonlyMap<number, string>;
  /** Asks for a quality by PATCH; it acts from the next segment that is announced. */
  wish(quality: string): Promise<void>;
  /** Reads its media playlist. That also settles what it gets for the segment announced last, as its player's own request would. */
  look(): Promise<void>;
}

export const QUALITIES = ["hq", "lq", "mq"] as const;

/** Makes a viewer that begins pinned to MQ, for a player with this User-Agent. */
export async function makeViewer(baseUrl: string, o: { userAgent: string; player?: "hls.js" }): Promise<SteeredViewer> {
  const made = await ask(`${baseUrl}/api/viewers`, {
    method: "POST",
    headers: { "user-agent": o.userAgent },
    body: JSON.stringify({ quality: "mq", ...o.player ? { player: o.player } : {} }),
  });
  const { id } = JSON.parse(made);
  const listed = new Map<number, string>();
  return {
    path: `/v/${id}/live.m3u8`,
    listed,
    wish: async (quality) => void await ask(`${baseUrl}/api/viewers/${id}`, { method: "PATCH", body: JSON.stringify({ quality }) }),
    async look() {
      const text = await ask(`${baseUrl}/v/${id}/mq.m3u8`);
      for (const [, rendition, msn] of text.matchAll(/^\S*\/media\/\S+\/(\w+)\/(\d+)\.m4s$/gm)) listed.set(Number(msn), rendition!);
    },
  };
}

/** Yields the MSN of each segment whose first part has just come out, for ever. */
export async function* followSegments(baseUrl: string): AsyncGenerator<number, never> {
  const guide = await makeViewer(baseUrl, { userAgent: "bench", player: "hls.js" });
  await guide.look();
  const media = baseUrl + guide.path.replace("live.m3u8", "mq.m3u8");
  for (let msn = Math.max(...guide.listed.keys()) + 2;; msn++) {
    await ask(`${media}?_HLS_msn=${msn}&_HLS_part=0`);
    yield msn;
  }
}

/** The MSNs of the listed segments with another rendition than the one before them. */
export function findSplices(listed: ReadonlyMap<number, string>): number[] {
  return [...listed.keys()].filter((msn) => listed.has(msn - 1) && listed.get(msn - 1) !== listed.get(msn));
}

async function ask(url: string, init: RequestInit = {}): Promise<string> {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
  const text = await answer.text();
  if (!answer.ok) {
    throw new Error(`${init.method ?? "GET"} ${new URL(url).pathname} was answered with ${answer.status}: ${text.slice(0, 200)}`);
  }
  return text;
}
