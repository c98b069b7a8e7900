import { type Writable, writeAmf } from "./amf0.ts";
import { writeMessage } from "./chunk_writer.ts";
import { PICTURE_FOUR_CCS } from "./pictures.ts";
import { SOUND_FOUR_CCS } from "./sounds.ts";

/** What we write after the answer to `connect`: one chunk a message. */
const CHUNK_BYTES = 4096;
/** As librtmp asks for. */
export const WINDOW_BYTES = 2_500_000;

const PROTOCOL_CONTROL = 2, COMMANDS = 3; // chunk streams
const SET_CHUNK_SIZE = 1, ACKNOWLEDGEMENT = 3, USER_CONTROL = 4, WINDOW_ACKNOWLEDGEMENT_SIZE = 5, SET_PEER_BANDWIDTH = 6, COMMAND = 20;
/** The one message stream that `createStream` hands out. */
export const MEDIA_STREAM = 1;

/** RTMP 1.0 section 7.2.1.1, and Enhanced RTMP ("Enhancing NetConnection connect Command"): some look for the codecs in one place, some in the other. */
export function answerConnect(transaction: number): readonly Uint8Array[] {
  const fourCcList = [...PICTURE_FOUR_CCS, ...SOUND_FOUR_CCS];
  return [
    control(WINDOW_ACKNOWLEDGEMENT_SIZE, u32(WINDOW_BYTES)),
    control(SET_PEER_BANDWIDTH, [...u32(WINDOW_BYTES), 2]), // dynamic
    control(SET_CHUNK_SIZE, u32(CHUNK_BYTES)),
    command(0, "_result", transaction, { fmsVer: "FMS/3,5,7,7009", capabilities: 31, fourCcList }, {
      level: "status",
      code: "NetConnection.Connect.Success",
      description: "Connected.",
      objectEncoding: 0,
      fourCcList,
    }),
  ];
}

export function refuseConnect(transaction: number, description: string): Uint8Array {
  return command(0, "_error", transaction, null, { level: "error", code: "NetConnection.Connect.Rejected", description });
}

/** What `createStream`, and commands that are only to be acknowledged, wait for. */
export function answerResult(transaction: number, result?: number): Uint8Array {
  return command(0, "_result", transaction, null, result);
}

/** onStatus (7.2.2.6). OBS says at BadName that the stream key cannot be used, and does not try again; ffmpeg prints the description. */
export function sayStatus(
  code: "Publish.Start" | "Publish.BadName" | "Publish.Rejected" | "Unpublish.Success" | "Play.StreamNotFound",
  description: string,
): Uint8Array {
  const level = code === "Publish.Start" || code === "Unpublish.Success" ? "status" : "error";
  return command(MEDIA_STREAM, "onStatus", 0, null, { level, code: `NetStream.${code}`, description });
}

/** The sequence number (5.4.3) wraps. */
export function acknowledge(receivedBytes: number): Uint8Array {
  return control(ACKNOWLEDGEMENT, u32(receivedBytes));
}

/** PingResponse, with the time of the request (7.1.7). */
export function answerPing(time: Uint8Array): Uint8Array {
  return control(USER_CONTROL, [0, 7, ...time]);
}

/** StreamBegin (7.1.7). */
export function beginStream(): Uint8Array {
  return control(USER_CONTROL, [0, 0, ...u32(MEDIA_STREAM)]);
}

function control(type: number, body: readonly number[]): Uint8Array {
  return writeMessage({ chunkStreamId: PROTOCOL_CONTROL, type, streamId: 0, body: Uint8Array.from(body) }, CHUNK_BYTES);
}

function command(streamId: number, ...values: readonly Writable[]): Uint8Array {
  return writeMessage({ chunkStreamId: COMMANDS, type: COMMAND, streamId, body: writeAmf(...values) }, CHUNK_BYTES);
}

function u32(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
