/** What we send: an answer, of a few hundred bytes. */
export interface OutgoingMessage {
  /** 2 for protocol control (5.4), 3 for commands. */
  readonly chunkStreamId: number;
  /** Message Type ID. */
  readonly type: number;
  readonly streamId: number;
  readonly body: Uint8Array;
}

/** A message as one chunk of kind 0 and as many of kind 3 as it takes (RTMP 1.0 section 5.3.1), at time 0. */
export function writeMessage({ chunkStreamId, type, streamId, body }: OutgoingMessage, chunkBytes: number): Uint8Array {
  const chunks = Math.max(1, Math.ceil(body.length / chunkBytes));
  const bytes = new Uint8Array(12 + body.length + chunks - 1);
  bytes[0] = chunkStreamId;
  bytes.set([body.length >> 16, (body.length >> 8) & 255, body.length & 255, type], 4);
  bytes.set([streamId & 255, (streamId >> 8) & 255, (streamId >> 16) & 255, streamId >>> 24], 8);
  let at = 12;
  for (let from = 0; from < body.length; from += chunkBytes) {
    if (from > 0) bytes[at++] = 0xc0 | chunkStreamId;
    bytes.set(body.subarray(from, from + chunkBytes), at);
    at += Math.min(chunkBytes, body.length - from);
  }
  return bytes;
}
