import { writeBlock, writeHead } from "../../media/ingest/matroska.ts";
import { pictureMessage, soundMessage, webmMessage } from "../media/ingest/browser/browser_bytes.ts";
import { AUDIO_SPECIFIC_CONFIG, AVCC, joined } from "../media/flv/flv_bytes.ts";

const header = { kind: "picture_header", codec: "h264", record: AVCC } as const;
const sound = { kind: "sound_header", codec: "aac", record: AUDIO_SPECIFIC_CONFIG, sampleRate: 48000, channels: 2 } as const;

/** A short one of picture and sound. */
export const WEBM: Uint8Array = joined([
  writeHead({ picture: { header, frameRate: 30, width: 640, height: 360 }, sound }),
  writeBlock("picture", 1000, true, Uint8Array.of(0, 0, 0, 2, 0x65, 1)),
  writeBlock("sound", 1010, true, new Uint8Array(30).fill(5)),
  writeBlock("picture", 1033, false, Uint8Array.of(0, 0, 0, 2, 0x41, 1)),
]);

/** One of each kind. */
export const BROWSER_MESSAGES: readonly Uint8Array[] = [
  Uint8Array.of(1, 1, ...AVCC),
  Uint8Array.of(1, 1),
  Uint8Array.of(1, 2),
  pictureMessage(1_790_000_000_000_000, 1, [0, 0, 0, 1, ...AVCC.subarray(8, 30), 0, 0, 1, 0x65, 7]),
  pictureMessage(1_790_000_000_033_333, 3, [0, 0, 1, 0x41, 7], false),
  Uint8Array.of(3, 1),
  Uint8Array.of(3, 2, ...AUDIO_SPECIFIC_CONFIG),
  soundMessage(1_790_000_000_021_000, [9, 9, 9]),
  webmMessage(1, true, WEBM),
  webmMessage(2, false, WEBM.subarray(200)),
];
