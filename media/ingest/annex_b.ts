/** H.264 as a byte stream (ITU-T H.264, Annex B), made into what Matroska holds: avcC, and NAL units behind their lengths. */
export interface AnnexBReader {
  /** One access unit. `record`: another avcC that holds from it on; null where the one before still does, or none is known yet. */
  read(accessUnit: Uint8Array): { readonly record: Uint8Array | null; readonly data: Uint8Array; readonly isKey: boolean };
}

const IDR = 5, SPS = 7, PPS = 8, DELIMITER = 9;
/** ISO/IEC 14496-15 has 16 bits for the length of a parameter set. */
const LONGEST_SET = 0xffff;

/** Parameter sets are taken out of the pictures and into the record; of several the newest counts. */
export function createAnnexBReader(): AnnexBReader {
  let [sps, pps]: (Uint8Array | null)[] = [null, null];
  let known: Uint8Array | null = null;

  return {
    read(accessUnit) {
      const units = splitAnnexB(accessUnit);
      const newest = (type: number) => units.findLast((unit) => (unit[0]! & 31) === type && unit.length >= 4 && unit.length <= LONGEST_SET);
      sps = newest(SPS)?.slice() ?? sps;
      pps = newest(PPS)?.slice() ?? pps;
      let record = sps && pps ? writeAvcC(sps, pps) : null;
      if (record !== null && known !== null && isSame(record, known)) record = null;
      known = record ?? known;
      const kept = units.filter((unit) => ![SPS, PPS, DELIMITER].includes(unit[0]! & 31));
      return { record, data: writeLengths(kept), isKey: kept.some((unit) => (unit[0]! & 31) === IDR) };
    },
  };
}

/** The NAL units between start codes (Annex B.1.1), without the zeros that may follow one; views. What stands before the first start code is none. */
export function splitAnnexB(bytes: Uint8Array): Uint8Array[] {
  const units: Uint8Array[] = [];
  let begin: number | null = null;
  const close = (end: number) => {
    if (begin === null) return;
    while (end > begin && bytes[end - 1] === 0) end--;
    if (end > begin) units.push(bytes.subarray(begin, end));
  };
  for (let at = bytes.indexOf(1, 2); at >= 0; at = bytes.indexOf(1, at + 1)) {
    if (bytes[at - 1] !== 0 || bytes[at - 2] !== 0) continue;
    close(at - 2);
    begin = at + 1;
  }
  close(bytes.length);
  return units;
}

/** AVCDecoderConfigurationRecord (ISO/IEC 14496-15, 5.3.3.1.2) with one of each set. */
function writeAvcC(sps: Uint8Array, pps: Uint8Array): Uint8Array {
  const lengths = [sps, pps].map(({ length }) => [length >> 8, length & 255]);
  // Version, profile, compatibility, level, lengths of 4 bytes, one SPS; one PPS.
  return Uint8Array.of(1, sps[1]!, sps[2]!, sps[3]!, 0xff, 0xe1, ...lengths[0]!, ...sps, 1, ...lengths[1]!, ...pps);
}

function writeLengths(units: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(units.reduce((sum, { length }) => sum + 4 + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const unit of units) {
    view.setUint32(at, unit.length);
    bytes.set(unit, at + 4);
    at += 4 + unit.length;
  }
  return bytes;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
