import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import type { PictureCodec } from "../../../media/ingest/items.ts";
import { readPictureSize } from "../../../media/ingest/picture_size.ts";
import { AVCC } from "../flv/flv_bytes.ts";

const size = (codec: PictureCodec, record: Uint8Array) => readPictureSize({ kind: "picture_header", codec, record });

describe("the size of a picture", () => {
  it("stands in avcC", () => assert.deepEqual(size("h264", AVCC), { width: 426, height: 240 }));

  for (
    const [codec, encoder] of [["hevc", ["libx265", "-x265-params", "log-level=none"]], ["av1", ["libaom-av1", "-cpu-used", "8"]]] as const
  ) {
    it(`stands in ${codec}'s record, as ffmpeg makes it`, async () => {
      for (const [width, height] of [[428, 242], [240, 320]] as const) {
        assert.deepEqual(size(codec, await recordOf(codec, encoder, `${width}x${height}`)), { width, height });
      }
    });
  }

  it("is not known of VP8, VP9 and of records that cannot be read", () => {
    assert.equal(size("vp9", new Uint8Array(0)), null);
    fc.assert(
      fc.property(fc.constantFrom("h264" as const, "hevc" as const, "av1" as const), fc.uint8Array({ maxLength: 60 }), (codec, record) => {
        size(codec, record);
      }),
      { numRuns: 2000 },
    );
  });
});

/** The hvcC or av1C box of one picture in MP4. */
async function recordOf(codec: "hevc" | "av1", encoder: readonly string[], pictureSize: string): Promise<Uint8Array> {
  const path = await Deno.makeTempFile({ suffix: ".mp4" });
  try {
    const source = ["-f", "lavfi", "-i", `color=size=${pictureSize}:rate=5`, "-frames:v", "1", "-pix_fmt", "yuv420p"];
    await new Deno.Command("ffmpeg", { args: ["-v", "error", "-y", ...source, "-c:v", ...encoder, path], stderr: "inherit" }).output();
    const file = await Deno.readFile(path);
    const at = findBytes(file, new TextEncoder().encode(codec === "hevc" ? "hvcC" : "av1C"));
    return file.subarray(at + 4, at - 4 + new DataView(file.buffer).getUint32(at - 4));
  } finally {
    await Deno.remove(path);
  }
}

function findBytes(bytes: Uint8Array, wanted: Uint8Array): number {
  for (let at = 0; at < bytes.length; at++) if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  throw new Error("not found");
}
