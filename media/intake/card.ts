/** The picture that is shown where there is none. */
export interface Card {
  /** ffmpeg's arguments that read it, one picture. */
  readonly input: readonly string[];
  /** Null for a plain colour. */
  readonly path: string | null;
}

/** The streamer's card, else our own, else a plain colour of this size. */
export async function findCard(wanted: string | null, size: { readonly width: number; readonly height: number }): Promise<Card> {
  const path = wanted ?? await findOwn();
  return path === null ? plainCard(size) : { input: ["-i", `file:${path}`], path };
}

export function plainCard(size: { readonly width: number; readonly height: number }): Card {
  return { input: ["-f", "lavfi", "-t", "0.04", "-i", `color=0x1b2030:size=${size.width}x${size.height}`], path: null };
}

async function findOwn(): Promise<string | null> {
  const path = decodeURIComponent(new URL("../../static/slate.png", import.meta.url).pathname);
  return await Deno.stat(path).then(() => path, () => null);
}
