import { type BitReader, createBitReader } from "./bits.ts";

/**
 * Width and height in pixels, cropping applied, of a sequence parameter set NAL unit (H.264 section 7.3.2.1.1; up to frame_cropping).
 * Throws a SyntaxError if it is no SPS or is cut short, a RangeError if its size is none.
 */
export function readSpsPictureSize(nalUnit: Uint8Array): { width: number; height: number } {
  const nalUnitType = (nalUnit[0] ?? 0) & 31;
  if (nalUnitType !== 7) throw new SyntaxError(`Cannot read SPS: nal_unit_type is ${nalUnitType}, not 7`);
  const bits = createBitReader(withoutEmulationPrevention(nalUnit.subarray(1)), "SPS");

  const profileIdc = bits.u(8);
  bits.u(16); // constraint flags, level_idc
  bits.ue(); // seq_parameter_set_id
  let chromaFormatIdc = 1;
  let isSeparatePlanes = false;
  if (PROFILES_WITH_CHROMA.has(profileIdc)) {
    chromaFormatIdc = bits.ue();
    if (chromaFormatIdc > 3) throw new SyntaxError(`Cannot read SPS: chroma_format_idc is ${chromaFormatIdc}`);
    if (chromaFormatIdc === 3) isSeparatePlanes = bits.u(1) === 1; // separate_colour_plane_flag
    bits.ue(); // bit_depth_luma_minus8
    bits.ue(); // bit_depth_chroma_minus8
    bits.u(1); // qpprime_y_zero_transform_bypass_flag
    if (bits.u(1) === 1) skipScalingMatrix(bits, chromaFormatIdc === 3 ? 12 : 8);
  }
  bits.ue(); // log2_max_frame_num_minus4
  skipPictureOrder(bits);
  bits.ue(); // max_num_ref_frames
  bits.u(1); // gaps_in_frame_num_value_allowed_flag
  const widthInMacroblocks = bits.ue() + 1; // pic_width_in_mbs_minus1
  const heightInMapUnits = bits.ue() + 1; // pic_height_in_map_units_minus1
  const isFramesOnly = bits.u(1) === 1; // frame_mbs_only_flag
  if (!isFramesOnly) bits.u(1); // mb_adaptive_frame_field_flag
  bits.u(1); // direct_8x8_inference_flag
  const crop = bits.u(1) === 1 ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0]; // left, right, top, bottom

  // 7.4.2.1.1: cropping counts in chroma samples, and in lines of a field where fields are allowed
  const linesPerMapUnit = isFramesOnly ? 1 : 2;
  const chromaArrayType = isSeparatePlanes ? 0 : chromaFormatIdc;
  const cropUnitX = chromaArrayType === 1 || chromaArrayType === 2 ? 2 : 1;
  const cropUnitY = (chromaArrayType === 1 ? 2 : 1) * linesPerMapUnit;
  const width = widthInMacroblocks * 16 - (crop[0]! + crop[1]!) * cropUnitX;
  const height = heightInMapUnits * 16 * linesPerMapUnit - (crop[2]! + crop[3]!) * cropUnitY;
  if (width < 1 || height < 1 || width > 0xffff || height > 0xffff) {
    throw new RangeError(`Cannot read SPS: its pictures are ${width}x${height}`);
  }
  return { width, height };
}

/** The profiles whose SPS says something of chroma and scaling (7.3.2.1.1). */
const PROFILES_WITH_CHROMA = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/** H.264 section 7.3.1 (H.265 7.3.1.1 is the same): a 3 after two zeros is not part of the payload. */
export function withoutEmulationPrevention(bytes: Uint8Array): Uint8Array {
  let zeros = 0;
  return bytes.filter((byte) => {
    const isPayload = zeros < 2 || byte !== 3;
    zeros = byte === 0 ? zeros + 1 : 0;
    return isPayload;
  });
}

/** scaling_list (7.3.2.1.1.1). */
function skipScalingMatrix(bits: BitReader, lists: number): void {
  for (let list = 0; list < lists; list++) {
    if (bits.u(1) === 0) continue; // seq_scaling_list_present_flag
    let lastScale = 8;
    let nextScale = 8;
    for (let i = 0; i < (list < 6 ? 16 : 64); i++) {
      if (nextScale !== 0) nextScale = (lastScale + bits.se() + 256) % 256; // delta_scale
      if (nextScale !== 0) lastScale = nextScale;
    }
  }
}

function skipPictureOrder(bits: BitReader): void {
  const type = bits.ue(); // pic_order_cnt_type
  if (type > 2) throw new SyntaxError(`Cannot read SPS: pic_order_cnt_type is ${type}`);
  if (type === 0) bits.ue(); // log2_max_pic_order_cnt_lsb_minus4
  if (type !== 1) return;
  bits.u(1); // delta_pic_order_always_zero_flag
  bits.se(); // offset_for_non_ref_pic
  bits.se(); // offset_for_top_to_bottom_field
  const count = bits.ue(); // num_ref_frames_in_pic_order_cnt_cycle
  if (count > 255) throw new SyntaxError(`Cannot read SPS: num_ref_frames_in_pic_order_cnt_cycle is ${count}`);
  for (let i = 0; i < count; i++) bits.se();
}
