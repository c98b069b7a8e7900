/** Writes ISO base media boxes (ISO/IEC 14496-12, 4.2) one after the other into memory that is there already. */
export interface BoxWriter {
  /** Bytes written so far. */
  readonly position: number;
  u8(value: number): void;
  u16(value: number): void;
  u24(value: number): void;
  /** The value's lowest 32 bits. */
  u32(value: number): void;
  /** Throws a RangeError for what is not a whole number from 0 to 2^53 - 1. */
  u64(value: number): void;
  /** Writes characters as single bytes. */
  text(value: string): void;
  bytes(value: Uint8Array): void;
  zeros(count: number): void;
  /** A box whose content `write` writes; its size is filled in afterwards. */
  box(type: string, write: () => void): void;
  fullBox(type: string, version: number, flags: number, write: () => void): void;
}

/** A writer that begins at the first byte of `target`. Throws a RangeError past its end. */
export function createBoxWriter(target: Uint8Array): BoxWriter {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  let position = 0;

  const writer: BoxWriter = {
    get position() {
      return position;
    },
    u8(value) {
      view.setUint8(position, value);
      position += 1;
    },
    u16(value) {
      view.setUint16(position, value);
      position += 2;
    },
    u24(value) {
      writer.u8(value >>> 16);
      writer.u16(value);
    },
    u32(value) {
      view.setUint32(position, value);
      position += 4;
    },
    u64(value) {
      if (!Number.isSafeInteger(value) || value < 0) {
        throw new RangeError(`Cannot write ${value} in 64 bits: no whole number from 0 to 2^53 - 1`);
      }
      writer.u32(Math.floor(value / 2 ** 32));
      writer.u32(value);
    },
    text(value) {
      for (let i = 0; i < value.length; i++) writer.u8(value.charCodeAt(i));
    },
    bytes(value) {
      target.set(value, position);
      position += value.length;
    },
    zeros(count) {
      target.fill(0, position, position + count);
      position += count;
    },
    box(type, write) {
      const start = position;
      position += 4;
      writer.text(type);
      write();
      view.setUint32(start, position - start);
    },
    fullBox(type, version, flags, write) {
      writer.box(type, () => {
        writer.u8(version);
        writer.u24(flags);
        write();
      });
    },
  };
  return writer;
}
