/** What goes into a made-up FLV tag. `previousTagSize` is right unless given. */
export interface TagWish {
  readonly type: number;
  readonly timeMs?: number;
  readonly body: Uint8Array | readonly number[];
  readonly streamId?: number;
  readonly previousTagSize?: number;
}

export const FLV_HEADER = Uint8Array.of(0x46, 0x4c, 0x56, 1, 1, 0, 0, 0, 9, 0, 0, 0, 0);

export const AVCC = Uint8Array.from(
  "0164001fffe100186764001facb40d8ff2780880000003008000001e478c195001000468ef3cb0fdf8f800".match(/../g)!,
  (byte) => parseInt(byte, 16),
);
export const AUDIO_SPECIFIC_CONFIG = Uint8Array.of(0x11, 0x90, 0x56, 0xe5, 0x00);

export const VIDEO_CONFIG_TAG: TagWish = { type: 9, body: [0x17, 0, 0, 0, 0, ...AVCC] };
export const AUDIO_CONFIG_TAG: TagWish = { type: 8, body: [0xaf, 0, ...AUDIO_SPECIFIC_CONFIG] };

export function flvTag(wish: TagWish): Uint8Array {
  const timeMs = wish.timeMs ?? 0;
  const size = wish.body.length;
  const bytes = new Uint8Array(11 + size + 4);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (wish.type << 24) | size);
  view.setUint32(4, ((timeMs & 0xffffff) << 8) | (timeMs >>> 24));
  view.setUint32(7, ((timeMs >>> 24) << 24) | (wish.streamId ?? 0));
  bytes.set(wish.body, 11);
  view.setUint32(11 + size, wish.previousTagSize ?? 11 + size);
  return bytes;
}

export function flvStream(tags: readonly TagWish[]): Uint8Array {
  return joined([FLV_HEADER, ...tags.map(flvTag)]);
}

/** Length-prefixed NAL units. */
export function nalUnits(...units: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return joined(units.map((unit) => joined([Uint8Array.of(0, 0, unit.length >> 8, unit.length & 255), Uint8Array.from(unit)])));
}

export function pictureTag(timeMs: number, data: Uint8Array | readonly number[], isKey: boolean, compositionTimeMs = 0): TagWish {
  const ct = compositionTimeMs & 0xffffff;
  return { type: 9, timeMs, body: [isKey ? 0x17 : 0x27, 1, ct >> 16, (ct >> 8) & 255, ct & 255, ...data] };
}

export function soundTag(timeMs: number, data: Uint8Array | readonly number[]): TagWish {
  return { type: 8, timeMs, body: [0xaf, 1, ...data] };
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The pieces between the given places, in memory of their own. Places may be given twice (an empty piece) and in any order. */
export function cutAt(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, i) => bytes.slice(sorted[i]!, end));
}
