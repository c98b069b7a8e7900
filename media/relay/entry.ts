import { crc32 } from "node:zlib";
import { z } from "zod";
import { RENDITION_NAMES } from "../hls/rendition.ts";
import type { Part, SegmentHead } from "../hls/segment.ts";

/** One life of an origin. Of two the one with the higher number is the newer; the name parts those that began in the same millisecond. */
export interface Term {
  /** When it began, in ms since 1970. */
  readonly number: number;
  readonly name: string;
}

/** An init as the other boxes serve it, and what a multivariant playlist says of it. */
export interface RelayedInit {
  /** The run under which it is served. */
  readonly run: string;
  /** Its place in the ladder. */
  readonly rendition: number;
  readonly bytes: Uint8Array;
  readonly codecs: string;
  readonly width: number;
  readonly height: number;
}

/** One part as it goes to the other boxes, with all that they need to serve it. Where it stands in a log is its position, so no part is ever there twice. */
export interface Entry {
  readonly term: Term;
  readonly part: Part;
  /** With part 0: what is known of its segment. */
  readonly head: SegmentHead | null;
  /** Where the part is its segment's last: the segment to come. */
  readonly next: SegmentHead | null;
  /** Those that `head` and `next` name, where a reader may not have them. */
  readonly inits: readonly RelayedInit[];
  readonly motion: { readonly score: number; readonly isMoving: boolean; readonly pick: typeof RENDITION_NAMES[number] };
  readonly state: "live" | "card";
  /** The origin's wall clock, in ms since 1970. */
  readonly sentAtMs: number;
}

export type ReadEntry =
  | { readonly kind: "entry"; readonly entry: Entry }
  /** Written by another version of this server, whose entries mean something else. */
  | { readonly kind: "other_version"; readonly version: number }
  | { readonly kind: "damaged"; readonly reason: string };

/** One more whenever bytes come to mean something else. */
export const FORMAT_VERSION = 1;

/** A part of ten seconds at 50 Mbit/s is less. */
const MOST_BODY_BYTES = 64 * 2 ** 20;
const MOST_INIT_BYTES = 64 * 1024;
const MOST_HEAD_BYTES = 64 * 1024;
const MAGIC = [0x54, 0x43, 0x54] as const;
/** Magic, version, checksum, length of the head. */
const FIXED_BYTES = 12;

/** `TCT`, the version, CRC-32 of the rest, the length of the head, the head as JSON, then the bytes of inits and bodies as the head lists them. Big-endian. */
export function writeEntry(entry: Entry): Uint8Array<ArrayBuffer> {
  const { term, part, inits, motion, state, sentAtMs } = entry;
  const { msn, part: index, durationSeconds, isIndependent, bodies } = part;
  const blobs = [...inits.map(({ bytes }) => bytes), ...bodies];
  const told = {
    term: [term.number, term.name],
    part: [msn, index, durationSeconds, isIndependent],
    head: entry.head && packHead(entry.head),
    next: entry.next && packHead(entry.next),
    inits: inits.map(({ run, rendition, codecs, width, height, bytes }) => [run, rendition, codecs, width, height, bytes.length]),
    bodies: bodies.map(({ length }) => length),
    motion: [motion.score, motion.isMoving, motion.pick],
    state,
    sentAtMs,
  } satisfies Told;
  const head = new TextEncoder().encode(JSON.stringify(told));
  const bytes = new Uint8Array(FIXED_BYTES + head.length + blobs.reduce((sum, { length }) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  bytes.set([...MAGIC, FORMAT_VERSION]);
  view.setUint32(8, head.length);
  bytes.set(head, FIXED_BYTES);
  let at = FIXED_BYTES + head.length;
  for (const blob of blobs) {
    bytes.set(blob, at);
    at += blob.length;
  }
  view.setUint32(4, crc32(bytes.subarray(8)));
  return bytes;
}

/** Reads what `writeEntry` has written, whoever may have had it in between. Bodies and inits are views of `bytes`. Never throws. */
export function readEntry(bytes: Uint8Array): ReadEntry {
  if (bytes.length < FIXED_BYTES || MAGIC.some((byte, at) => bytes[at] !== byte)) return damaged("it is no entry of a show");
  if (bytes[3] !== FORMAT_VERSION) return { kind: "other_version", version: bytes[3]! };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(4) !== crc32(bytes.subarray(8))) return damaged("its checksum is wrong");
  const headBytes = view.getUint32(8);
  if (headBytes > MOST_HEAD_BYTES || FIXED_BYTES + headBytes > bytes.length) return damaged(`its head has ${headBytes} bytes`);
  const told = readTold(bytes.subarray(FIXED_BYTES, FIXED_BYTES + headBytes));
  if (told === null) return damaged("its head is not understood");

  let at = FIXED_BYTES + headBytes;
  const blobBytes = [...told.inits.map((init) => init[5]), ...told.bodies].reduce((sum, length) => sum + length, 0);
  if (at + blobBytes !== bytes.length) return damaged(`it has ${bytes.length} bytes, and tells of ${at + blobBytes}`);
  const take = (length: number) => bytes.subarray(at, at += length);
  const inits = told.inits.map(([run, rendition, codecs, width, height, length]) => ({
    run,
    rendition,
    codecs,
    width,
    height,
    bytes: take(length),
  }));
  const [msn, part, durationSeconds, isIndependent] = told.part;
  const head = told.head && unpackHead(told.head);
  const next = told.next && unpackHead(told.next);
  const isOdd = (part === 0) !== (head !== null) || (head !== null && head.msn !== msn) || (next !== null && next.msn !== msn + 1) ||
    [head, next].some((each) => each !== null && each.initRuns.length !== told.bodies.length);
  if (isOdd) return damaged("its pieces do not belong together");
  return {
    kind: "entry",
    entry: {
      term: { number: told.term[0], name: told.term[1] },
      part: Object.freeze({ msn, part, durationSeconds, isIndependent, bodies: Object.freeze(told.bodies.map(take)) }),
      head,
      next,
      inits,
      motion: { score: told.motion[0], isMoving: told.motion[1], pick: told.motion[2] },
      state: told.state,
      sentAtMs: told.sentAtMs,
    },
  };
}

/** Below zero where `a` is the older life. */
export function compareTerms(a: Term, b: Term): number {
  return a.number - b.number || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

const WHOLE = z.int().nonnegative();
/** As addresses of media have them. */
const RUN = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/);
const SIDE = z.int().min(1).max(16_384);
const HEAD = z.tuple([WHOLE, RUN, z.array(RUN).min(1).max(RENDITION_NAMES.length), z.number(), z.number()]);
const TOLD = z.strictObject({
  term: z.tuple([WHOLE, z.string().regex(/^[\w-]{1,64}$/)]),
  part: z.tuple([WHOLE, z.int().min(0).max(100_000), z.number().positive().max(60), z.boolean()]),
  head: HEAD.nullable(),
  next: HEAD.nullable(),
  inits: z.array(
    z.tuple([RUN, z.int().min(0).max(RENDITION_NAMES.length - 1), z.string().max(100), SIDE, SIDE, z.int().min(0).max(MOST_INIT_BYTES)]),
  ).max(2 * RENDITION_NAMES.length),
  bodies: z.array(z.int().min(0).max(MOST_BODY_BYTES)).min(1).max(RENDITION_NAMES.length),
  motion: z.tuple([z.number().min(0).max(100), z.boolean(), z.enum(RENDITION_NAMES)]),
  state: z.enum(["live", "card"]),
  sentAtMs: z.number(),
});
type Told = z.infer<typeof TOLD>;

function readTold(bytes: Uint8Array): Told | null {
  try {
    return TOLD.safeParse(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes))).data ?? null;
  } catch {
    return null;
  }
}

function packHead({ msn, run, initRuns, mediaTimeSeconds, programDateTimeMs }: SegmentHead): z.infer<typeof HEAD> {
  return [msn, run, [...initRuns], mediaTimeSeconds, programDateTimeMs];
}

function unpackHead([msn, run, initRuns, mediaTimeSeconds, programDateTimeMs]: z.infer<typeof HEAD>): SegmentHead {
  return Object.freeze({ msn, run, initRuns: Object.freeze(initRuns), mediaTimeSeconds, programDateTimeMs });
}

function damaged(reason: string): ReadEntry {
  return { kind: "damaged", reason };
}
