import { findCard, plainCard } from "../intake/card.ts";
import { escapeInGraph } from "../ffmpeg/graph.ts";
import { drawOnePicture } from "../ffmpeg/one_picture.ts";
import type { PicturePool, RawPicture } from "../intake/raw_picture.ts";

/** A card on the canvas. Until it is drawn, and where it cannot be, a plain dark picture. */
export interface DrawnCard {
  picture(): RawPicture;
  readonly drawn: Promise<void>;
  /** Lets the picture go; it is not asked for afterwards. */
  close(): Promise<void>;
}

/** Decodes the card once and keeps it. `text` stands on it where this ffmpeg can write. */
export function drawCard(o: {
  /** The streamer's own; null for ours. */
  readonly path: string | null;
  readonly canvas: { readonly width: number; readonly height: number };
  readonly pool: PicturePool;
  readonly text?: string;
  /** The text alone, in the middle, unless the streamer has a card: ours says that the show comes back. */
  readonly isTextAlone?: boolean;
  readonly log: (line: string) => void;
}): DrawnCard {
  let shown = plain(o.pool, o.canvas);

  async function draw(): Promise<void> {
    const bytes = await decode(o, o.text) ?? (o.text === undefined ? null : await decode(o));
    if (bytes === null) return o.log(`The card ${o.path ?? ""} cannot be drawn; a plain picture stands in its place.`);
    const picture = o.pool.take();
    picture.bytes.set(bytes);
    // What the encoder still owes keeps a count of its own.
    shown.release();
    shown = picture;
  }

  const drawn = draw();
  return {
    picture: () => shown,
    drawn,
    async close() {
      await drawn;
      shown.release();
    },
  };
}

const DARK = { luma: 40, chroma: 128 };

function plain(pool: PicturePool, { width, height }: { readonly width: number; readonly height: number }): RawPicture {
  const picture = pool.take();
  picture.bytes.fill(DARK.luma, 0, width * height);
  picture.bytes.fill(DARK.chroma, width * height);
  return picture;
}

/** Null where there is none. */
async function decode(o: Parameters<typeof drawCard>[0], text?: string): Promise<Uint8Array | null> {
  const { width, height } = o.canvas;
  const isAlone = o.isTextAlone === true && o.path === null;
  const card = isAlone ? plainCard(o.canvas) : await findCard(o.path, o.canvas);
  const graph = [
    `scale=${width}:${height}:force_original_aspect_ratio=decrease:flags=lanczos:out_color_matrix=bt709:out_range=tv`,
    `pad=${width}:${height}:-1:-1`,
    ...(text === undefined ? [] : [
      `drawtext=expansion=none:text=${escapeInGraph(text)}:fontcolor=white:fontsize=h/12:x=(w-tw)/2:y=${isAlone ? "(h-th)/2" : "h*0.78"}`,
    ]),
    "format=yuv420p",
  ].join(",");
  const drawn = await drawOnePicture({ input: card.input, graph, byteLength: o.pool.bytesPerPicture });
  return typeof drawn === "string" ? null : drawn;
}
