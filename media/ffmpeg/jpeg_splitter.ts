/** Takes bytes in whatever pieces, gives each whole JPEG of them. */
export interface JpegSplitter {
  push(bytes: Uint8Array): Uint8Array<ArrayBuffer>[];
}

const START = 0xd8, END = 0xd9, SCAN = 0xda;
/** A small picture has some KB. */
const MOST_BYTES = 1 << 20;

/**
 * Cuts what an mjpeg encoder writes, one JPEG behind the other (ITU-T T.81, B.1): marker segments are stepped over by their length, since their bytes may
 * look like an end; in the scan FF is followed by 00 or RST, so the first other marker is the end. Throws a SyntaxError for anything else.
 */
export function createJpegSplitter(): JpegSplitter {
  let kept = new Uint8Array(0);
  /** What stands in front of it was looked at. */
  let at = 0;
  let isInScan = false;

  /** Where the JPEG ends that `kept` begins with; null where that has not come yet. */
  function findEnd(): number | null {
    while (at + 1 < kept.length) {
      const marker = kept[at + 1]!;
      if (isInScan) {
        if (kept[at] === 0xff && marker === END) return at + 2;
        at++;
      } else if (kept[at] !== 0xff) {
        throw new SyntaxError(`Cannot read a JPEG: 0x${kept[at]!.toString(16)} at ${at} instead of a marker`);
      } else if (marker === START) {
        at += 2;
      } else {
        if (at + 3 >= kept.length) return null;
        at += 2 + (kept[at + 2]! << 8 | kept[at + 3]!);
        isInScan = marker === SCAN;
      }
    }
    return null;
  }

  return {
    push(bytes) {
      if (kept.length + bytes.length > MOST_BYTES) throw new SyntaxError(`Cannot read a JPEG of more than ${MOST_BYTES} bytes`);
      const joined = new Uint8Array(kept.length + bytes.length);
      joined.set(kept);
      joined.set(bytes, kept.length);
      kept = joined;
      const found: Uint8Array<ArrayBuffer>[] = [];
      for (let end = findEnd(); end !== null; end = findEnd()) {
        found.push(kept.slice(0, end));
        kept = kept.slice(end);
        at = 0;
        isInScan = false;
      }
      return found;
    },
  };
}
