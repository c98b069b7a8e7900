// Entries and rows for tests of the relay.
import fc from "fast-check";
import type { Entry } from "../../../media/relay/entry.ts";

export const TERM = { number: 1_700_000_000_000, name: "one" };

/** Part `part` of segment `msn`, of five; `isLast` closes the segment. Its bytes tell what it is. */
export function makeEntry(msn: number, part: number, o: Partial<Entry> & { isLast?: boolean } = {}): Entry {
  const { isLast = part === 4, ...rest } = o;
  const head = (of: number) => ({
    msn: of,
    run: "runa",
    initRuns: ["runa", "runa", "runa"],
    mediaTimeSeconds: of,
    programDateTimeMs: of * 1000,
  });
  return {
    term: TERM,
    part: {
      msn,
      part,
      durationSeconds: 0.2,
      isIndependent: part === 0,
      bodies: ["hq", "mq", "lq"].map((name) => new TextEncoder().encode(`${name} ${msn}.${part}`)),
    },
    head: part === 0 ? head(msn) : null,
    next: isLast ? head(msn + 1) : null,
    inits: part === 0
      ? [0, 1, 2].map((rendition) => ({
        run: "runa",
        rendition,
        bytes: Uint8Array.of(rendition),
        codecs: "avc1.64001f,mp4a.40.2",
        width: 640,
        height: 360,
      }))
      : [],
    motion: { score: 50, isMoving: false, pick: "mq" },
    state: "live",
    sentAtMs: msn * 1000 + part * 200,
    ...rest,
  };
}

const RUN = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,20}$/);
const BYTES = fc.uint8Array({ maxLength: 300 });
const NUMBER = fc.double({ noNaN: true, noDefaultInfinity: true });

/** Any entry that may be written. */
export const ANY_ENTRY: fc.Arbitrary<Entry> = fc.record({
  msn: fc.nat(2 ** 40),
  part: fc.nat(50),
  renditions: fc.integer({ min: 1, max: 3 }),
}).chain(({ msn, part, renditions }) => {
  const head = (of: number) =>
    fc.record({
      msn: fc.constant(of),
      run: RUN,
      initRuns: fc.array(RUN, { minLength: renditions, maxLength: renditions }),
      mediaTimeSeconds: NUMBER,
      programDateTimeMs: NUMBER,
    });
  return fc.record({
    term: fc.record({ number: fc.nat(2 ** 42), name: fc.stringMatching(/^[\w-]{1,36}$/) }),
    part: fc.record({
      msn: fc.constant(msn),
      part: fc.constant(part),
      durationSeconds: fc.double({ min: 0.01, max: 10, noNaN: true }),
      isIndependent: fc.boolean(),
      bodies: fc.array(BYTES, { minLength: renditions, maxLength: renditions }),
    }),
    head: part === 0 ? head(msn) : fc.constant(null),
    next: fc.option(head(msn + 1)),
    inits: fc.array(
      fc.record({
        run: RUN,
        rendition: fc.nat(2),
        bytes: BYTES,
        codecs: fc.constant("avc1.64001f,mp4a.40.2"),
        width: fc.integer({ min: 1, max: 7680 }),
        height: fc.integer({ min: 1, max: 7680 }),
      }),
      { maxLength: 6 },
    ),
    motion: fc.record({
      score: fc.double({ min: 1, max: 100, noNaN: true }),
      isMoving: fc.boolean(),
      pick: fc.constantFrom("hq" as const, "mq" as const, "lq" as const),
    }),
    state: fc.constantFrom("live" as const, "card" as const),
    sentAtMs: fc.nat(2 ** 42),
  });
});
