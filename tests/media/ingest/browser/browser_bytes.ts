/** A picture as the page writes it; `timeUs` in microseconds. */
export function pictureMessage(timeUs: number, number: number, data: readonly number[], isKey = true): Uint8Array {
  const bytes = new Uint8Array(14 + data.length);
  const view = new DataView(bytes.buffer);
  bytes.set([2, isKey ? 1 : 0]);
  view.setBigInt64(2, BigInt(timeUs));
  view.setUint32(10, number);
  bytes.set(data, 14);
  return bytes;
}

export function soundMessage(timeUs: number, data: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(10 + data.length);
  bytes.set([4, 0]);
  new DataView(bytes.buffer).setBigInt64(2, BigInt(timeUs));
  bytes.set(data, 10);
  return bytes;
}

export function webmMessage(number: number, isFirst: boolean, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(6 + data.length);
  bytes.set([5, isFirst ? 1 : 0]);
  new DataView(bytes.buffer).setUint32(2, number);
  bytes.set(data, 6);
  return bytes;
}
