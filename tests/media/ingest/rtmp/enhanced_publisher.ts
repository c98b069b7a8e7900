import { type Writable, writeAmf } from "../../../../media/ingest/rtmp/amf0.ts";
import { joined } from "../../flv/flv_bytes.ts";
import { fourCc, message, publishing, u24 } from "./rtmp_bytes.ts";

/** Encoded frames, as a container has them. */
export interface Stream {
  readonly record: Uint8Array;
  readonly packets: readonly { readonly dtsMs: number; readonly ptsMs: number; readonly isKey: boolean; readonly data: Uint8Array }[];
}

/** Encodes with ffmpeg into a container and reads its packets by ffprobe: this ffmpeg (5.1) cannot send Enhanced RTMP itself. */
export async function encode(container: "mp4" | "webm" | "ogg", args: readonly string[]): Promise<Stream> {
  const path = await Deno.makeTempFile({ suffix: `.${container}` });
  try {
    const made = await new Deno.Command("ffmpeg", { args: ["-v", "error", "-y", ...args, path] }).output();
    if (!made.success) throw new Error(new TextDecoder().decode(made.stderr));
    const { stdout } = await new Deno.Command("ffprobe", {
      args: ["-v", "error", "-show_data", "-show_packets", "-show_streams", "-of", "json", path],
    }).output();
    const { streams, packets } = JSON.parse(new TextDecoder().decode(stdout)) as {
      streams: { extradata?: string }[];
      packets: { pts_time: string; dts_time: string; flags: string; data: string }[];
    };
    return {
      record: parseDump(streams[0]!.extradata ?? ""),
      packets: packets.map(({ pts_time, dts_time, flags, data }) => ({
        dtsMs: Math.round(Number(dts_time) * 1000),
        ptsMs: Math.round(Number(pts_time) * 1000),
        isKey: flags.startsWith("K"),
        data: parseDump(data),
      })),
    };
  } finally {
    await Deno.remove(path);
  }
}

/** Lines as `00000010: 6162 63    abc`. */
function parseDump(text: string): Uint8Array {
  return Uint8Array.fromHex(
    text.split("\n").map((line) => line.slice(10, 50).replaceAll(" ", "")).join(""),
  );
}

/** All that an Enhanced RTMP publisher sends: picture and perhaps sound, in the order of their times. */
export function enhancedStream(o: {
  key: string;
  codec: "hvc1" | "av01" | "vp09" | "avc1";
  picture: Stream;
  sound?: Stream;
  metadata?: { readonly [field: string]: Writable };
}): Uint8Array {
  const hasComposition = o.codec === "hvc1" || o.codec === "avc1";
  const shiftMs = Math.max(0, -Math.min(...o.picture.packets.map(({ dtsMs }) => dtsMs)));
  const media = [
    ...o.picture.packets.map(({ dtsMs, ptsMs, isKey, data }) => ({
      timeMs: dtsMs + shiftMs,
      type: 9,
      body: joined([
        Uint8Array.from([isKey ? 0x91 : 0xa1, ...fourCc(o.codec), ...(hasComposition ? u24((ptsMs - dtsMs) & 0xffffff) : [])]),
        data,
      ]),
    })),
    ...(o.sound?.packets ?? []).map(({ ptsMs, data }) => ({
      timeMs: Math.max(0, ptsMs),
      type: 8,
      body: joined([Uint8Array.from([0x91, ...fourCc("Opus")]), data]),
    })),
  ].sort((a, b) => a.timeMs - b.timeMs);
  return joined([
    publishing(o.key),
    message({ type: 18, body: writeAmf("@setDataFrame", "onMetaData", o.metadata ?? {}), streamId: 1 }, 4096),
    message({ type: 9, body: [0x90, ...fourCc(o.codec), ...o.picture.record], streamId: 1, chunkStreamId: 6 }, 4096),
    ...(o.sound ? [message({ type: 8, body: [0x90, ...fourCc("Opus"), ...o.sound.record], streamId: 1, chunkStreamId: 5 }, 4096)] : []),
    ...media.map((one) => message({ ...one, streamId: 1, chunkStreamId: one.type === 9 ? 6 : 5 }, 4096)),
    message({ type: 20, body: writeAmf("deleteStream", 9, null, 1) }, 4096),
  ]);
}
