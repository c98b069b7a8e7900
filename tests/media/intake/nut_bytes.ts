/** What a test wants of a frame; what it does not name is left out of the header. */
export interface FrameWish {
  /** Of the frame code; default 0, which has flags 4096 (FLAG_CODED). */
  readonly code?: number;
  /** Before the coded ones are folded in. */
  readonly flags: number;
  readonly streamId?: number;
  readonly codedPts?: number;
  readonly size?: number;
  readonly matchTimeDelta?: number;
  readonly headerIndex?: number;
  readonly reserved?: readonly number[];
  readonly data: readonly number[];
}

export const NUT_ID = new TextEncoder().encode("nut/multimedia container\0");
export const STARTCODE = {
  main: [0x4e, 0x4d, 0x7a, 0x56, 0x1f, 0x5f, 0x04, 0xad],
  stream: [0x4e, 0x53, 0x11, 0x40, 0x5b, 0xf2, 0xf9, 0xdb],
  syncpoint: [0x4e, 0x4b, 0xe4, 0xad, 0xee, 0xca, 0x45, 0x69],
  index: [0x4e, 0x58, 0xdd, 0x67, 0x2f, 0x23, 0xe6, 0x4e],
  info: [0x4e, 0x49, 0xab, 0x68, 0xb5, 0x96, 0xba, 0x78],
};

/** A stream of what stands before the first frame, then `rest`. */
export function nutStream(
  rest: readonly (readonly number[])[],
  o: { main?: readonly number[]; stream?: readonly number[] } = {},
): Uint8Array {
  return Uint8Array.from([
    ...NUT_ID,
    ...nutPacket(STARTCODE.main, o.main ?? mainBody()),
    ...nutPacket(STARTCODE.stream, o.stream ?? soundBody()),
    ...rest.flat(),
  ]);
}

/** One stream; times in ms unless said otherwise; frame code 0 (and all others) has flags 4096 and nothing else. */
export function mainBody(
  o: {
    version?: number;
    streams?: number;
    bases?: readonly (readonly [number, number])[];
    codes?: readonly number[];
    elisions?: readonly (readonly number[])[];
  } = {},
): number[] {
  const bases = o.bases ?? [[1, 1000]];
  const elisions = o.elisions ?? [];
  return [
    ...[
      ...v(o.version ?? 3),
      ...v(o.streams ?? 1),
      ...v(65_536),
      ...v(bases.length),
      ...bases.flatMap(([num, den]) => [...v(num), ...v(den)]),
    ],
    ...o.codes ?? [...v(4096), ...v(6), ...v(0), ...v(1), ...v(0), ...v(0), ...v(0), ...v(255)],
    ...[...v(elisions.length), ...elisions.flatMap((bytes) => [...v(bytes.length), ...bytes])],
  ];
}

/** s16le, 48 kHz, stereo. */
export function soundBody(o: { streamId?: number; streamClass?: number; baseId?: number; shift?: number } = {}): number[] {
  return [
    ...[...v(o.streamId ?? 0), ...v(o.streamClass ?? 1), ...v(4), 0x50, 0x53, 0x44, 16, ...v(o.baseId ?? 0), ...v(o.shift ?? 7)],
    ...[...v(1000), ...v(0), ...v(0), ...v(0), ...v(48_000), ...v(1), ...v(2)],
  ];
}

export function syncpoint(coded: number): number[] {
  return nutPacket(STARTCODE.syncpoint, [...v(coded), ...v(0)]);
}

/** Of a frame code with FLAG_CODED and no other. */
export function nutFrame(wish: FrameWish): number[] {
  const has = (bit: number) => (wish.flags & bit) !== 0;
  const header = [
    ...[wish.code ?? 0, ...v(wish.flags & ~4096)],
    ...has(16) ? v(wish.streamId ?? 0) : [],
    ...has(8) ? v(wish.codedPts ?? 0) : [],
    ...has(32) ? v(wish.size ?? wish.data.length) : [],
    ...has(2048) ? s(wish.matchTimeDelta ?? 0) : [],
    ...has(1024) ? v(wish.headerIndex ?? 0) : [],
    ...has(128) ? [...v(wish.reserved?.length ?? 0), ...(wish.reserved ?? []).flatMap(v)] : [],
  ];
  return [...header, ...has(64) ? checksum(header) : [], ...wish.data];
}

export function nutPacket(startcode: readonly number[], body: readonly number[]): number[] {
  const head = [...startcode, ...v(body.length + 4)];
  return [...head, ...body.length + 4 > 4096 ? checksum(head) : [], ...body, ...checksum(body)];
}

export function v(value: number): number[] {
  const bytes = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) bytes.unshift(rest % 128 + 128);
  return bytes;
}

export function s(value: number): number[] {
  return v(value > 0 ? 2 * value - 1 : -2 * value);
}

export function checksum(bytes: readonly number[]): number[] {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = crc << 1 ^ (crc < 0 ? 0x04c1_1db7 : 0);
  }
  return [crc >>> 24, crc >>> 16 & 255, crc >>> 8 & 255, crc & 255];
}
