import { type BitReader, createBitReader } from "../mp4/bits.ts";
import { readSpsPictureSize, withoutEmulationPrevention } from "../mp4/sps.ts";
import type { PictureHeader } from "./items.ts";

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

/** The size that a decoder's record speaks of; null where it says nothing, or nothing that can be read. */
export function readPictureSize({ codec, record }: PictureHeader): PictureSize | null {
  try {
    if (codec === "h264") return readAvcC(record);
    if (codec === "hevc") return readHvcC(record);
    return codec === "av1" ? readAv1C(record) : null;
  } catch {
    return null; // the decoder will say what is wrong with it
  }
}

/** ISO/IEC 14496-15, 5.3.3.1.2 */
function readAvcC(record: Uint8Array): PictureSize | null {
  if ((record[5]! & 31) === 0) return null; // numOfSequenceParameterSets
  return readSpsPictureSize(record.subarray(8, 8 + record[6]! * 256 + record[7]!));
}

const HEVC_SPS = 33;

/** ISO/IEC 14496-15, 8.3.3.1.2 */
function readHvcC(record: Uint8Array): PictureSize | null {
  let at = 23;
  for (let array = record[22]!; array > 0; array--) {
    const nalUnitType = record[at]! & 63;
    let nalUnits = record[at + 1]! * 256 + record[at + 2]!;
    at += 3;
    for (; nalUnits > 0 && at < record.length; nalUnits--) {
      const length = record[at]! * 256 + record[at + 1]!;
      if (nalUnitType === HEVC_SPS) return readHevcSps(record.subarray(at + 4, at + 2 + length)); // behind a header of two bytes
      at += 2 + length;
    }
  }
  return null;
}

/** seq_parameter_set_rbsp (H.265, 7.3.2.2.1), up to the conformance window. */
function readHevcSps(payload: Uint8Array): PictureSize {
  const bits = createBitReader(withoutEmulationPrevention(payload), "SPS");
  bits.u(4); // sps_video_parameter_set_id
  const subLayers = bits.u(3); // sps_max_sub_layers_minus1
  bits.u(1); // sps_temporal_id_nesting_flag
  skipProfileTierLevel(bits, subLayers);
  bits.ue(); // sps_seq_parameter_set_id
  const chromaFormat = bits.ue(); // chroma_format_idc
  if (chromaFormat === 3) bits.u(1); // separate_colour_plane_flag
  const width = bits.ue(); // pic_width_in_luma_samples
  const height = bits.ue(); // pic_height_in_luma_samples
  const window = bits.u(1) === 1 ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0]; // left, right, top, bottom
  const unitX = chromaFormat === 1 || chromaFormat === 2 ? 2 : 1;
  const unitY = chromaFormat === 1 ? 2 : 1;
  return { width: width - unitX * (window[0]! + window[1]!), height: height - unitY * (window[2]! + window[3]!) };
}

/** 7.3.3 */
function skipProfileTierLevel(bits: BitReader, subLayers: number): void {
  for (let i = 0; i < 11; i++) bits.u(8); // of the whole: 88 bits
  bits.u(8); // general_level_idc
  const isPresent = Array.from({ length: subLayers }, () => ({ profile: bits.u(1) === 1, level: bits.u(1) === 1 }));
  if (subLayers > 0) { for (let i = subLayers; i < 8; i++) bits.u(2); // reserved_zero_2bits
   }
  for (const { profile, level } of isPresent) {
    if (profile) { for (let i = 0; i < 11; i++) bits.u(8); }
    if (level) bits.u(8);
  }
}

/** AV1 Codec ISO Media File Format Binding, 2.3.3: four bytes, then OBUs, the sequence header first (AV1 5.3). */
function readAv1C(record: Uint8Array): PictureSize | null {
  const header = record[4]!;
  const type = (header >> 3) & 15;
  if (type !== 1) return null; // OBU_SEQUENCE_HEADER
  let at = header & 4 ? 6 : 5; // obu_extension_flag
  if (header & 2) { while (record[at++]! & 0x80); // obu_size, leb128
   }
  return readAv1SequenceHeader(createBitReader(record.subarray(at), "AV1 sequence header"));
}

/** sequence_header_obu (AV1 5.5.1), up to the largest size of a picture. */
function readAv1SequenceHeader(bits: BitReader): PictureSize {
  bits.u(3); // seq_profile
  bits.u(1); // still_picture
  if (bits.u(1) === 1) bits.u(5); // reduced_still_picture_header: seq_level_idx
  else skipAv1OperatingPoints(bits);
  const widthBits = bits.u(4) + 1;
  const heightBits = bits.u(4) + 1;
  return { width: bits.u(widthBits) + 1, height: bits.u(heightBits) + 1 };
}

function skipAv1OperatingPoints(bits: BitReader): void {
  let delayBits: number | null = null;
  if (bits.u(1) === 1) { // timing_info_present_flag
    bits.u(32);
    bits.u(32);
    if (bits.u(1) === 1) bits.ue(); // equal_picture_interval: uvlc, which counts as ue does
    if (bits.u(1) === 1) { // decoder_model_info_present_flag
      delayBits = bits.u(5) + 1;
      bits.u(32);
      bits.u(10);
    }
  }
  const hasDisplayDelay = bits.u(1) === 1; // initial_display_delay_present_flag
  for (let point = bits.u(5); point >= 0; point--) {
    bits.u(12); // operating_point_idc
    if (bits.u(5) > 7) bits.u(1); // seq_level_idx, seq_tier
    if (delayBits !== null && bits.u(1) === 1) {
      bits.u(delayBits);
      bits.u(delayBits);
      bits.u(1);
    }
    if (hasDisplayDelay && bits.u(1) === 1) bits.u(4);
  }
}
