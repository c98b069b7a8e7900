import { readSpsPictureSize } from "./sps.ts";

/** The CODECS string of the picture, for example `avc1.64001f` (RFC 6381, 3.3): profile, constraints, level. Throws a SyntaxError at a broken avcC. */
export function videoCodecString(avcC: Uint8Array): string {
  checkAvcC(avcC);
  return "avc1." + [...avcC.subarray(1, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Width and height in pixels as they are shown, from the first SPS. Throws a SyntaxError or RangeError at a broken avcC or SPS. */
export function pictureSize(avcC: Uint8Array): { width: number; height: number } {
  checkAvcC(avcC);
  const spsCount = avcC[5]! & 31; // numOfSequenceParameterSets
  if (spsCount === 0) throw new SyntaxError("Cannot read avcC: it has no SPS");
  const spsBytes = (avcC[6]! << 8) | avcC[7]!; // sequenceParameterSetLength
  if (spsBytes > avcC.length - 8) throw new SyntaxError(`Cannot read avcC: ${avcC.length - 8} bytes left of an SPS of ${spsBytes}`);
  return readSpsPictureSize(avcC.subarray(8, 8 + spsBytes));
}

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1), as far as the first SPS. */
function checkAvcC(avcC: Uint8Array): void {
  if (avcC.length < 8) throw new SyntaxError(`Cannot read avcC: ${avcC.length} bytes of at least 8`);
  if (avcC[0] !== 1) throw new SyntaxError(`Cannot read avcC: its version is ${avcC[0]}, not 1`);
}
