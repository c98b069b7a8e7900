/**
 * Checks that a picture's NAL units (4-byte lengths, ISO/IEC 14496-15 section 5.2.3) add up to exactly its bytes, and that it is an IDR just when it
 * says so: the server cuts segments there. Only the NAL headers are looked at. Throws a SyntaxError.
 */
export function checkPicture(data: Uint8Array, isKey: boolean, timeMs: number): void {
  if (data.length === 0) throw new SyntaxError(`Cannot read picture at ${timeMs} ms: the frame is empty`);
  let isIdr = false;
  let at = 0;
  while (at < data.length) {
    const left = data.length - at - 4;
    if (left < 0) throw new SyntaxError(`Cannot read picture at ${timeMs} ms: ${left + 4} bytes left of a NAL length of 4`);
    const nalBytes = ((data[at]! << 24) | (data[at + 1]! << 16) | (data[at + 2]! << 8) | data[at + 3]!) >>> 0;
    if (nalBytes === 0) throw new SyntaxError(`Cannot read picture at ${timeMs} ms: a NAL unit is empty`);
    if (nalBytes > left) throw new SyntaxError(`Cannot read picture at ${timeMs} ms: ${left} bytes left of a NAL unit of ${nalBytes}`);
    const header = data[at + 4]!; // forbidden_zero_bit, nal_ref_idc, nal_unit_type (H.264 section 7.3.1)
    if (header & 0x80) throw new SyntaxError(`Cannot read picture at ${timeMs} ms: a NAL unit has its forbidden bit set (${header})`);
    if ((header & 31) === 5) isIdr = true;
    at += 4 + nalBytes;
  }
  if (isIdr !== isKey) throw new SyntaxError(`Cannot read picture at ${timeMs} ms: its tag says key ${isKey}, its NAL units say ${isIdr}`);
}
