/** C1, S1, C2 and S2 (RTMP 1.0 section 5.2.3 and 5.2.4). */
export const HANDSHAKE_BYTES = 1536;
/** C0 and S0: plain RTMP. 6 is RTMPE, 22 the beginning of TLS, 71 the G of GET. */
export const RTMP_VERSION = 3;

/**
 * S0, S1 and S2 for a client's C1. Version 0 in S1 and an echo as S2 are the plain handshake, which ffmpeg, librtmp (OBS) and GStreamer are content with;
 * digests are asked for by Flash players only. `random` fills S1.
 */
export function answerHandshake(c1: Uint8Array, random: (bytes: Uint8Array<ArrayBuffer>) => void): Uint8Array {
  const s1 = new Uint8Array(HANDSHAKE_BYTES);
  random(s1);
  s1.fill(0, 0, 8); // time, zero
  const answer = new Uint8Array(1 + 2 * HANDSHAKE_BYTES);
  answer[0] = RTMP_VERSION;
  answer.set(s1, 1);
  answer.set(c1, 1 + HANDSHAKE_BYTES);
  return answer;
}
