/**
 * The wall clock in a picture's luma plane, in milliseconds modulo 2^20, or null where there is no barcode (the slate).
 * The picture is 24 blocks wide; the barcode stands in its second row of blocks: one white, one black, then bits 0 to 19.
 */
export function readLumaBarcode(picture: { width: number; luma: Uint8Array }): number | null {
  const { width, luma } = picture;
  const block = width / 24;
  const row = Math.round(block * 1.5) * width;
  const at = (k: number) => luma[row + Math.round(block * (k + 1.5))] ?? 0;
  const [white, black] = [at(0), at(1)];
  if (white < 150 || black > 90) return null;
  let clockMs = 0;
  for (let bit = 0; bit < 20; bit++) if (at(bit + 2) > (white + black) / 2) clockMs |= 1 << bit;
  return clockMs;
}

/** How old a barcode is at a moment of the wall clock. */
export function barcodeAgeMs(clockMs: number, nowMs: number): number {
  const age = nowMs % 2 ** 20 - clockMs;
  return age < -(2 ** 19) ? age + 2 ** 20 : age;
}
