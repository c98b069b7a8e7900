/** Writes bit fields, for records that no encoder here makes. */
export function bits(
  ...fields: readonly (readonly ["u", number, number] | readonly ["ue", number] | readonly ["se", number])[]
): Uint8Array {
  let text = "";
  for (const field of fields) {
    if (field[0] === "u") text += field[2].toString(2).padStart(field[1], "0");
    else text += golomb(field[0] === "ue" ? field[1] : field[1] > 0 ? field[1] * 2 - 1 : -field[1] * 2);
  }
  text += "1"; // rbsp_stop_one_bit
  return Uint8Array.from(text.padEnd(Math.ceil(text.length / 8) * 8, "0").match(/.{8}/g)!, (byte) => parseInt(byte, 2));
}

function golomb(value: number): string {
  const code = (value + 1).toString(2);
  return "0".repeat(code.length - 1) + code;
}

/** An avcC around one SPS payload (without its NAL header). */
export function avcCOf(payload: Uint8Array): Uint8Array {
  return Uint8Array.of(
    1,
    payload[0]!,
    payload[1]!,
    payload[2]!,
    0xff,
    0xe1,
    (payload.length + 1) >> 8,
    (payload.length + 1) & 255,
    0x67,
    ...payload,
  );
}
