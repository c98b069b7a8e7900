import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { barcodeAgeMs, readLumaBarcode } from "./luma_barcode.ts";
import { createY4mReader } from "./y4m.ts";

const WIDTH = 480, HEIGHT = 270;

/** A y4m frame whose barcode says `clockMs`. */
function frame(clockMs: number): Uint8Array {
  const luma = new Uint8Array(WIDTH * HEIGHT).fill(100);
  const block = WIDTH / 24;
  for (let index = 0; index < 22; index++) {
    const isWhite = index === 0 || index > 1 && (clockMs >> (index - 2)) & 1;
    for (let y = block; y < 2 * block; y++) luma.fill(isWhite ? 235 : 16, y * WIDTH + (index + 1) * block, y * WIDTH + (index + 2) * block);
  }
  const bytes = new Uint8Array(6 + WIDTH * HEIGHT * 3 / 2);
  bytes.set(new TextEncoder().encode("FRAME\n"));
  bytes.set(luma, 6);
  return bytes;
}

describe("VLC's pictures", () => {
  it("are read from YUV4MPEG2 however it is cut, over a change of size", () => {
    const header = (width: number, height: number) => new TextEncoder().encode(`YUV4MPEG2 W${width} H${height} F30:1 Ip A1:1 C420jpeg\n`);
    const stream = [
      header(WIDTH, HEIGHT),
      frame(12_345),
      frame(1_000_001),
      header(2, 2),
      new TextEncoder().encode("FRAME\nabcdef"),
      header(WIDTH, HEIGHT),
      frame(7),
    ];
    const bytes = new Uint8Array(stream.reduce((sum, piece) => sum + piece.length, 0));
    stream.reduce((at, piece) => (bytes.set(piece, at), at + piece.length), 0);
    for (const step of [1, 1000, 65_536, bytes.length]) {
      const seen: (number | null)[] = [];
      const reader = createY4mReader((picture) => seen.push(picture.width === WIDTH ? readLumaBarcode(picture) : picture.luma.length));
      for (let at = 0; at < bytes.length; at += step) reader.push(bytes.subarray(at, at + step));
      assert.deepEqual(seen, [12_345, 1_000_001, 2, 7]);
    }
  });
  it("have no barcode where there is only grey", () => {
    assert.equal(readLumaBarcode({ width: WIDTH, luma: new Uint8Array(WIDTH * 100).fill(100) }), null);
  });
  it("are as old as the barcode says, also when its clock has run around", () => {
    assert.equal(barcodeAgeMs(1000, 2 ** 20 * 5 + 1500), 500);
    assert.equal(barcodeAgeMs(2 ** 20 - 100, 2 ** 20 * 5 + 400), 500);
  });
});
