/// <reference lib="dom" />

/** A copy of what a `decoderConfig` describes itself with; empty where it has nothing to tell. */
export function bytesOf(source: AllowSharedBufferSource | undefined): Uint8Array<ArrayBuffer> {
  if (source === undefined) return new Uint8Array(0);
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source).slice();
}
