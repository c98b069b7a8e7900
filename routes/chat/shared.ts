import { z } from "zod";
import { BADGES } from "./schemas.ts";

const LINE = z.strictObject({
  atMs: z.number(),
  publicId: z.string().max(100),
  name: z.string().max(1000),
  badge: z.enum(BADGES).nullable(),
  text: z.string().max(10_000),
  key: z.string().max(1000),
  address: z.string().max(100),
});
const BAN = z.strictObject({
  publicId: z.string(),
  name: z.string().nullable(),
  address: z.string().nullable(),
  untilMs: z.number().nullable(),
});
const CHANGE = z.discriminatedUnion("kind", [
  LINE.extend({ kind: z.literal("said") }),
  LINE.extend({ kind: z.literal("held"), id: z.string().max(100) }),
  z.strictObject({ kind: z.literal("refused"), id: z.string().max(100) }),
  z.strictObject({ kind: z.literal("words"), words: z.array(z.string().max(1000)).max(10_000) }),
  z.strictObject({ kind: z.literal("pinned"), number: z.int().nullable() }),
  z.strictObject({ kind: z.literal("deleted"), numbers: z.array(z.int()).max(100_000) }),
  z.strictObject({ kind: z.literal("cleared") }),
  z.strictObject({ kind: z.literal("banned"), ban: BAN }),
  z.strictObject({ kind: z.literal("unbanned"), publicId: z.string() }),
  z.strictObject({ kind: z.literal("rules"), rules: z.strictObject({ slowSeconds: z.number().min(0), links: z.boolean() }) }),
]);

/** What happens in the chat, as boxes tell each other. */
export type SharedChange = z.infer<typeof CHANGE>;

/** The chat of a show's other boxes. */
export interface ChatWire {
  /** Tells all boxes; gives the number that it has everywhere, more than `floor`. Rejects where they cannot be told now. */
  share(change: SharedChange, floor: number): Promise<number>;
  /** The same as soon as it can be. */
  tell(change: SharedChange): void;
  /** Whatever is told, by this box too, in one order for all. */
  hear(listener: (change: SharedChange, number: number) => void): void;
  /** Waits until what has this number was heard here, for a second at most. */
  heard(number: number): Promise<void>;
}

/** What carries texts from box to box. */
export interface Carrier {
  share(text: string, o: { readonly floor: number }): Promise<number | null>;
  tell(text: string): void;
  hear(listener: (note: { readonly number: number; readonly text: string }) => void): void;
}

const HEARD_WITHIN_MS = 1000;

export function createChatWire(carrier: Carrier): ChatWire {
  let newest = 0;
  let waiting: { readonly number: number; readonly go: () => void }[] = [];
  return {
    async share(change, floor) {
      return (await carrier.share(JSON.stringify(change), { floor }))!;
    },
    tell: (change) => carrier.tell(JSON.stringify(change)),
    hear(listener) {
      carrier.hear(({ number, text }) => {
        const change = readChange(text);
        if (change !== null) listener(change, number);
        newest = Math.max(newest, number);
        for (const each of waiting) if (each.number <= newest) each.go();
        waiting = waiting.filter((each) => each.number > newest);
      });
    },
    heard(number) {
      if (number <= newest) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, HEARD_WITHIN_MS);
        waiting.push({
          number,
          go() {
            clearTimeout(timer);
            resolve();
          },
        });
      });
    },
  };
}

/** Null for what no box of this version has told. */
function readChange(text: string): SharedChange | null {
  try {
    return CHANGE.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
