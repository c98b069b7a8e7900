/** What the player knows when it asks for a playlist. */
export interface PlayerMoment {
  readonly bufferedSeconds: number;
  /** As measured; null before anything was. */
  readonly bitsPerSecond: number | null;
  /** The picture stood for want of media since the last request. */
  readonly isStarved: boolean;
}

/** The headers that tell the server how this player fares (CMCD, CTA-5004): `bl` in ms and `mtp` in kbit/s, both to the nearest hundred, and `bs`. */
export function describeCmcd({ bufferedSeconds, bitsPerSecond, isStarved }: PlayerMoment): Readonly<Record<string, string>> {
  const keys = [`bl=${hundreds(bufferedSeconds * 1000)}`];
  if (bitsPerSecond !== null) keys.push(`mtp=${hundreds(bitsPerSecond / 1000)}`);
  return { "CMCD-Request": keys.join(","), ...(isStarved ? { "CMCD-Status": "bs" } : {}) };
}

function hundreds(value: number): number {
  return Math.max(0, Math.round(value / 100) * 100);
}
