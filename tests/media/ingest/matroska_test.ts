import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { writeBlock, writeHead } from "../../../media/ingest/matroska.ts";
import { AUDIO_SPECIFIC_CONFIG, AVCC, joined } from "../flv/flv_bytes.ts";
import { readMatroska } from "./read_matroska.ts";

const PICTURE = { header: { kind: "picture_header", codec: "h264", record: AVCC }, frameRate: 30, width: 640, height: 360 } as const;
const SOUND = { kind: "sound_header", codec: "aac", record: AUDIO_SPECIFIC_CONFIG, sampleRate: 48000, channels: 2 } as const;

describe("the Matroska writer", () => {
  it("writes frames that can be read back, whatever their times are", () => {
    const stream = joined([
      writeHead({ picture: PICTURE, sound: SOUND }),
      writeBlock("picture", 1000, true, Uint8Array.of(1, 2)),
      writeBlock("sound", 0, true, new Uint8Array(0)),
      writeBlock("picture", 2 ** 40, false, new Uint8Array(100_000).fill(7)),
    ]);
    assert.deepEqual(readMatroska(stream), {
      codecIds: ["V_MPEG4/ISO/AVC", "A_AAC"],
      blocks: [
        { track: "picture", timeMs: 1000, isKey: true, data: Uint8Array.of(1, 2) },
        { track: "sound", timeMs: 0, isKey: true, data: new Uint8Array(0) },
        { track: "picture", timeMs: 2 ** 40, isKey: false, data: new Uint8Array(100_000).fill(7) },
      ],
    });
  });

  it("writes picture alone, sound alone, and every codec", () => {
    assert.deepEqual(readMatroska(writeHead({ picture: null, sound: SOUND })).codecIds, ["A_AAC"]);
    const codecIds = (["h264", "hevc", "av1", "vp9", "vp8"] as const).flatMap((codec) =>
      readMatroska(writeHead({ picture: { ...PICTURE, frameRate: null, header: { ...PICTURE.header, codec } }, sound: null })).codecIds
    );
    assert.deepEqual(codecIds, ["V_MPEG4/ISO/AVC", "V_MPEGH/ISO/HEVC", "V_AV1", "V_VP9", "V_VP8"]);
    assert.deepEqual(readMatroska(writeHead({ picture: null, sound: { ...SOUND, codec: "opus" } })).codecIds, ["A_OPUS"]);
    assert.deepEqual(readMatroska(writeHead({ picture: null, sound: { ...SOUND, codec: "mp3" } })).codecIds, ["A_MPEG/L3"]);
  });

  it("writes a head that says what RFC 8794 and RFC 9559 ask for", () => {
    assert.equal(
      writeHead({ picture: null, sound: { ...SOUND, codec: "mp3", record: new Uint8Array(0) } }).toHex(),
      [
        "1a45dfa3 10000038  4286 10000001 01  42f7 10000001 01  42f2 10000001 04  42f3 10000001 08  4282 10000008 6d6174726f736b61",
        "  4287 10000001 04  4285 10000001 02",
        "18538067 01ffffffffffffff",
        "1549a966 10000022  2ad7b1 10000003 0f4240  4d80 10000006 546572636574  5741 10000006 546572636574",
        "1654ae6b 10000044  ae 1000003f  d7 10000001 02  73c5 10000001 02  83 10000001 02  9c 10000001 00  86 10000009 415f4d5045472f4c33",
        "    e1 10000013  b5 10000008 40e7700000000000  9f 10000001 02",
      ].join("").replaceAll(" ", ""),
    );
  });
});
