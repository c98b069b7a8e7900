/**
 * The lowest H.264 level that all of these pictures fit into, as ffmpeg's `-level:v` takes it (ITU-T H.264, table A-1, with the
 * bit rates of the High profile). One level for a whole ladder, so that a splice does not change the decoder's set-up.
 */
export function pickLevel(
  renditions: readonly { readonly width: number; readonly height: number; readonly bitsPerSecond: number }[],
  rate: number,
): string {
  const fits = LEVELS.find(([, macroblocksPerSecond, macroblocks, kilobitsPerSecond]) =>
    renditions.every(({ width, height, bitsPerSecond }) => {
      const [columns, rows] = [Math.ceil(width / 16), Math.ceil(height / 16)];
      return columns * rows <= macroblocks && columns * rows * rate <= macroblocksPerSecond &&
        Math.max(columns, rows) ** 2 <= 8 * macroblocks && bitsPerSecond <= kilobitsPerSecond * 1250;
    })
  );
  return (fits ?? LEVELS[LEVELS.length - 1]!)[0];
}

/** Level, macroblocks a second, macroblocks a picture, kbit/s of the Main profile. */
const LEVELS: readonly (readonly [string, number, number, number])[] = [
  ["2.1", 19_800, 792, 4_000],
  ["3.0", 40_500, 1_620, 10_000],
  ["3.1", 108_000, 3_600, 14_000],
  ["3.2", 216_000, 5_120, 20_000],
  ["4.0", 245_760, 8_192, 20_000],
  ["4.1", 245_760, 8_192, 50_000],
  ["4.2", 522_240, 8_704, 50_000],
  ["5.0", 589_824, 22_080, 135_000],
  ["5.1", 983_040, 36_864, 240_000],
  ["5.2", 2_073_600, 36_864, 240_000],
];
