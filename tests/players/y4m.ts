export interface Y4mPicture {
  readonly width: number;
  readonly height: number;
  /** The top quarter of the picture's brightness, row by row. Its memory is used again for the next picture. */
  readonly luma: Uint8Array;
  /** performance.now() when the first byte of the picture came. */
  readonly atMs: number;
}

/** Reads YUV4MPEG2 with 4:2:0 pictures, cut anyhow; a second header (a new size) may follow at any time. */
export function createY4mReader(onPicture: (picture: Y4mPicture) => void): { push(bytes: Uint8Array): void } {
  const decoder = new TextDecoder("latin1");
  let line = "";
  let width = 0, height = 0, luma = new Uint8Array(0);
  let left = 0; // bytes of the picture still to come
  let have = 0, atMs = 0;

  function push(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at = left > 0 ? readPicture(bytes, at) : readLine(bytes, at);
  }
  function readPicture(bytes: Uint8Array, at: number): number {
    const piece = bytes.subarray(at, at + left);
    if (have < luma.length) luma.set(piece.subarray(0, luma.length - have), have);
    have += piece.length;
    left -= piece.length;
    if (left === 0) onPicture({ width, height, luma, atMs });
    return at + piece.length;
  }
  function readLine(bytes: Uint8Array, at: number): number {
    const end = bytes.indexOf(10, at);
    line += decoder.decode(bytes.subarray(at, end < 0 ? bytes.length : end));
    if (end < 0) return bytes.length;
    const header = /YUV4MPEG2 W(\d+) H(\d+)/.exec(line);
    if (header) {
      [width, height] = [Number(header[1]), Number(header[2])];
      luma = new Uint8Array(width * Math.ceil(height / 4));
    } else if (line.endsWith("FRAME") && width > 0) {
      left = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
      have = 0;
      atMs = performance.now();
    }
    line = "";
    return end + 1;
  }
  return { push };
}
