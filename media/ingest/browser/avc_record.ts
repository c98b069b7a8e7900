const SPS = 0x67, PPS = 0x68;

/**
 * An AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1) in which each parameter set has its first byte once. Firefox 153 puts it there twice; what is
 * right comes back as it is, and so does what cannot be read: the decoder will say what is wrong with it.
 */
export function mendAvcRecord(record: Uint8Array): Uint8Array {
  // 103 is no profile_idc, so behind the first byte of an SPS it can only be that byte again.
  if (record[8] !== SPS || record[9] !== SPS) return record;
  const mended = [...record.subarray(0, 5)];
  let at = 5;
  for (const [mask, first] of [[31, SPS], [255, PPS]] as const) {
    if (at >= record.length) return record;
    const count = record[at]! & mask;
    mended.push(record[at++]!);
    for (let set = 0; set < count; set++) {
      const length = record[at]! * 256 + record[at + 1]!;
      const bytes = record.subarray(at + 2, at + 2 + length);
      if (!(length >= 2 && bytes.length === length)) return record; // also where the length itself is cut off
      const once = bytes[0] === first && bytes[1] === first ? bytes.subarray(1) : bytes;
      mended.push(once.length >> 8, once.length & 255, ...once);
      at += 2 + length;
    }
  }
  return Uint8Array.of(...mended, ...record.subarray(at));
}
