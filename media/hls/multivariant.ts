import { quoted } from "./m3u8.ts";

/** One slot of a viewer's ladder, as the Multivariant Playlist announces it. */
export interface ListedVariant {
  readonly uri: string;
  readonly width: number;
  readonly height: number;
  readonly codecs: string;
  readonly frameRate: number;
  /** Bits per second, the peak over any segment, measured. */
  readonly bandwidth: number;
  /** Bits per second, measured. */
  readonly averageBandwidth: number;
}

/** The text of a Multivariant Playlist; the first variant is what most players begin with. */
export function buildMultivariant(o: { variants: readonly ListedVariant[] }): string {
  const lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-INDEPENDENT-SEGMENTS"];
  for (const variant of o.variants) lines.push(`#EXT-X-STREAM-INF:${attributes(variant)}`, variant.uri);
  lines.push("");
  return lines.join("\n");
}

/** A measured average can pass a measured peak by rounding; the peak is then what is printed for both. */
function attributes(variant: ListedVariant): string {
  const bandwidth = Math.ceil(variant.bandwidth);
  return [
    `BANDWIDTH=${bandwidth}`,
    `AVERAGE-BANDWIDTH=${Math.min(bandwidth, Math.ceil(variant.averageBandwidth))}`,
    `CODECS=${quoted(variant.codecs)}`,
    `RESOLUTION=${variant.width}x${variant.height}`,
    `FRAME-RATE=${variant.frameRate.toFixed(3)}`,
  ].join(",");
}
