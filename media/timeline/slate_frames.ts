import type { DecoderConfigs, FlvItem } from "../flv/frame.ts";
import { createFlvReader } from "../flv/reader.ts";
import type { Grid } from "./grid.ts";
import type { Slate } from "./slate.ts";

/**
 * Cuts the loop out of an encoded slate: the pictures of its second segment, where the encoder's rate control has settled,
 * and one AAC frame from late in its silence. (Silence encodes to the same few bytes over and over, so one frame is a loop of
 * any length.) Throws a SyntaxError where the encoding is not what was asked for.
 */
export function readSlate(
  encoded: { pictures: readonly Uint8Array[]; sound: Uint8Array },
  grid: Grid,
): { slate: Slate; configs: DecoderConfigs } {
  const renditions = encoded.pictures.map((bytes) => readAll(bytes));
  const sound = readAll(encoded.sound);
  const silence = sound.filter((item) => item.kind === "audio").at(-2);
  if (!silence) throw new SyntaxError("Cannot read the slate: it has no sound");
  return {
    slate: {
      silence: silence.data.slice(),
      pictures: renditions.map((items) => {
        const loop = items.filter((item) => item.kind === "video").slice(grid.framesPerSegment, 2 * grid.framesPerSegment);
        if (loop.length !== grid.framesPerSegment || !loop[0]!.isKey) {
          throw new SyntaxError(`Cannot read the slate: a loop of ${loop.length} pictures`);
        }
        return loop.map((picture) => picture.data.slice());
      }),
    },
    configs: {
      pictures: renditions.map((items) => findConfig(items, "video_config")),
      sound: findConfig(sound, "audio_config"),
    },
  };
}

function readAll(bytes: Uint8Array): FlvItem[] {
  const reader = createFlvReader();
  const items = reader.push(bytes);
  reader.end();
  return items;
}

function findConfig(items: readonly FlvItem[], kind: "video_config" | "audio_config"): Uint8Array {
  const found = items.find((item) => item.kind === kind);
  if (!found) throw new SyntaxError(`Cannot read the slate: no ${kind}`);
  return found.data.slice();
}
