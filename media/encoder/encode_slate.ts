import { type Listening, openSocketFolder } from "../ffmpeg/sockets.ts";
import { runTool } from "../ffmpeg/tool.ts";
import type { Grid } from "../timeline/grid.ts";
import { buildSlateArguments, type PictureEncoding } from "./arguments.ts";
import { findCard } from "../intake/card.ts";
import { readConnection } from "./output.ts";

export type EncodedSlate =
  /** FLV, as a run's outputs are: the pictures in the ladder's order. */
  | { readonly kind: "encoded"; readonly pictures: readonly Uint8Array[]; readonly sound: Uint8Array }
  | { readonly kind: "failed"; readonly reason: string };

/**
 * Encodes three segments of a still card with silence, by a run's own settings, so that run and slate share one init. Picture and
 * sound of the first segment are still settling; the second is the loop.
 */
export async function encodeSlate(o: {
  encoding: PictureEncoding;
  grid: Grid;
  /** Path of the card; null for our own. */
  picture: string | null;
  /** For the sockets while it is encoded. */
  folder: string;
  program?: string;
}): Promise<EncodedSlate> {
  const card = await findCard(o.picture, o.encoding.ladder[0]);
  const sockets = await openSocketFolder({ folder: o.folder });
  try {
    const seconds = SEGMENTS * o.grid.framesPerSegment / o.grid.rate;
    const pictures = o.encoding.ladder.map((_, rendition) => sockets.listen(`${rendition}`));
    const sound = sockets.listen("sound");
    const urls = { pictures: pictures.map(({ url }) => url), sound: sound.url };
    const args = buildSlateArguments({ picture: card.input, seconds, encoding: o.encoding, grid: o.grid, urls });
    const reading = Promise.all([...pictures, sound].map(gather));
    const outcome = await runTool(o.program ?? "ffmpeg", args, { limitMs: LIMIT_MS });
    await sockets.close();
    const encoded = await reading;
    if (outcome.kind === "cannot_start") return { kind: "failed", reason: outcome.reason };
    if (outcome.kind === "timed_out") return { kind: "failed", reason: `The slate was not encoded within ${LIMIT_MS / 1000} s` };
    if (outcome.code !== 0) {
      const said = outcome.stderr.trim().split("\n").at(-1) || `ffmpeg ended with code ${outcome.code}`;
      return { kind: "failed", reason: `The slate ${card.path ?? ""} cannot be encoded: ${said}` };
    }
    return { kind: "encoded", pictures: encoded.slice(0, -1), sound: encoded.at(-1)! };
  } finally {
    await sockets.close();
  }
}

const SEGMENTS = 3;
const LIMIT_MS = 60_000;

async function gather(listening: Listening): Promise<Uint8Array> {
  const connection = await listening.accept();
  const chunks: Uint8Array[] = [];
  if (connection) await readConnection(connection, (bytes) => void chunks.push(bytes));
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}
