import { measureBitRates } from "./hls/bit_rates.ts";
import type { ListedVariant } from "./hls/multivariant.ts";
import type { Ladder, RenditionName } from "./hls/rendition.ts";
import type { Window } from "./hls/window.ts";
import type { Inits } from "./mp4/inits.ts";

/** One row of the ladder as the multivariant playlist tells it: held to `bandwidth` (or the heaviest segment, where that was more), `averageBandwidth` as measured. */
export interface Variant extends Omit<ListedVariant, "uri"> {
  readonly name: RenditionName;
}

/** The rows of the ladder, best first, measured once a segment; none until the first is closed. `rate` in pictures a second. */
export function createVariants(
  o: { window: Pick<Window, "segments">; inits: Pick<Inits, "find">; ladder: Ladder; rate: number },
): () => readonly Variant[] {
  let variants: readonly Variant[] = [];
  let measuredMsn = -1;
  return () => {
    const { segments } = o.window;
    const newest = segments.findLast((segment) => segment.isClosed);
    if (!newest || newest.msn === measuredMsn) return variants;
    measuredMsn = newest.msn;
    const rates = measureBitRates(segments, o.ladder.length)!;
    variants = o.ladder.flatMap(({ name, bitsPerSecond }, rendition) => {
      const init = o.inits.find(newest.initRuns[rendition]!, rendition);
      if (!init) return [];
      const { peak, average } = rates[rendition]!;
      const { codecs, width, height } = init;
      return { name, width, height, codecs, frameRate: o.rate, bandwidth: Math.max(bitsPerSecond, peak), averageBandwidth: average };
    });
    return variants;
  };
}
