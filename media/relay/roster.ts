import { z } from "zod";

/** How an edge stands, as it tells the others every second. */
const EDGE = z.strictObject({
  id: z.string().regex(/^[\w-]{1,64}$/),
  /** What its machine is called, or where its media are found. */
  name: z.string().max(300),
  publicUrl: z.string().max(1000).nullable(),
  viewers: z.int().nonnegative(),
  /** How much later than usual its newest part came, and for how long none has come. */
  lateMs: z.number(),
  silentMs: z.number().nullable(),
  isReady: z.boolean(),
  isDraining: z.boolean(),
  /** Of one core, over the last second. */
  load: z.number(),
  spentBitsPerSecond: z.number(),
  spendableBitsPerSecond: z.number(),
  startedAtMs: z.number(),
});
export type Edge = z.infer<typeof EDGE>;

export function writeEdge(edge: Edge): string {
  return JSON.stringify(edge);
}

/** Those that can be read, by name. Never throws. */
export function readEdges(texts: readonly string[]): readonly Edge[] {
  return texts.flatMap((text) => {
    try {
      const read = EDGE.safeParse(JSON.parse(text));
      return read.success ? [read.data] : [];
    } catch {
      return [];
    }
  }).sort((a, b) => a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1);
}
