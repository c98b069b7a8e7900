import type { RenditionName } from "../media/hls/rendition.ts";

/**
 * The header that tells a player how many kilobits a second it should ask for at most (CMSD-Dynamic `mb`, CTA-5006), where the budget holds its viewer below
 * the best rendition. Else none: most answers stay as short as they are. It belongs to a cohort's prototype, so it costs nothing a request.
 */
export function suggestBitRate(
  cap: RenditionName | null,
  variants: readonly { readonly name: RenditionName; readonly bandwidth: number }[],
): Readonly<Record<string, string>> {
  const place = variants.findIndex((variant) => variant.name === cap);
  if (place <= 0) return {};
  return { "cmsd-dynamic": `"tercet";mb=${Math.ceil(variants[place]!.bandwidth / 1000)}` };
}
