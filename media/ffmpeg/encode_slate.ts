import type { Ladder } from "../hls/rendition.ts";
import type { Grid } from "../timeline/grid.ts";
import { buildSlateArguments } from "./arguments.ts";
import type { ByteQueue } from "./byte_queue.ts";
import { openSockets } from "./sockets.ts";
import { runTool } from "./tool.ts";

export type EncodedSlate =
  /** FLV, as a run's outputs are: the pictures in the ladder's order. */
  | { readonly kind: "encoded"; readonly pictures: readonly Uint8Array[]; readonly sound: Uint8Array }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Encodes three segments of a still card with silence, by a run's own settings, so that run and slate share one init. Picture and
 * sound of the first segment are still settling; the second is the loop.
 */
export async function encodeSlate(o: {
  ladder: Ladder;
  grid: Grid;
  /** Path of the card; null for our own. */
  picture: string | null;
  /** For the sockets while it is encoded. */
  folder: string;
  program?: string;
}): Promise<EncodedSlate> {
  const card = o.picture ?? await findOwnCard();
  const picture = card === null
    ? ["-f", "lavfi", "-t", "0.04", "-i", `color=0x1b2030:size=${o.ladder[0].width}x${o.ladder[0].height}`]
    : ["-i", `file:${card}`];
  const sockets = await openSockets({ folder: o.folder, pictures: o.ladder.length });
  try {
    const seconds = SEGMENTS * o.grid.framesPerSegment / o.grid.rate;
    const args = buildSlateArguments({ picture, seconds, ladder: o.ladder, grid: o.grid, urls: sockets.urls });
    const reading = Promise.all([...sockets.pictures, sockets.sound].map(gather));
    const outcome = await runTool(o.program ?? "ffmpeg", args, { limitMs: LIMIT_MS });
    await sockets.close();
    const encoded = await reading;
    if (outcome.kind === "cannot_start") return { kind: "failed", reason: outcome.reason };
    if (outcome.kind === "timed_out") return { kind: "failed", reason: `The slate was not encoded within ${LIMIT_MS / 1000} s` };
    if (outcome.code !== 0) {
      const said = outcome.stderr.trim().split("\n").at(-1) || `ffmpeg ended with code ${outcome.code}`;
      return { kind: "failed", reason: `The slate ${card ?? ""} cannot be encoded: ${said}` };
    }
    return { kind: "encoded", pictures: encoded.slice(0, -1), sound: encoded.at(-1)! };
  } finally {
    await sockets.close();
  }
}

const SEGMENTS = 3;
const LIMIT_MS = 60_000;

async function findOwnCard(): Promise<string | null> {
  const path = decodeURIComponent(new URL("../../static/slate.png", import.meta.url).pathname);
  return await Deno.stat(path).then(() => path, () => null);
}

async function gather(queue: ByteQueue): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of queue) chunks.push(chunk);
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
