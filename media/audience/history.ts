/**
 * What one viewer's slots show, segment by segment: decided when a segment is announced, kept as long as the segment can be listed, never
 * changed. Each row is a string with one digit a segment (the rendition's place in the ladder), so that a stretch of it is a cheap cache key:
 * viewers with equal stretches get the very same playlist text.
 */
export interface History {
  /** The segment of the first digit. */
  firstMsn: number;
  /** One for each place in the ladder. */
  slots: readonly SlotHistory[];
}

export interface SlotHistory {
  readonly row: string;
  /** As long as the row: `1` where another init begins than the segment before had, else `0`. */
  readonly splices: string;
  /** Splices before the first digit: where EXT-X-DISCONTINUITY-SEQUENCE counts from (rule 80). */
  readonly forgottenSplices: number;
  /** The init of the last digit. */
  readonly init: string | null;
}

/** What is decided for one segment in one slot: the rendition's place in the ladder, and a name for its init. */
export interface Decision {
  readonly place: number;
  readonly init: string;
}

export function createHistory(slots: number): History {
  return { firstMsn: 0, slots: Array.from({ length: slots }, () => ({ row: "", splices: "", forgottenSplices: 0, init: null })) };
}

/** Decides for the segments up to `lastMsn` that are not decided yet, and lets go of those before `firstMsn`. `decide` gives one decision a slot. */
export function extendHistory(history: History, firstMsn: number, lastMsn: number, decide: (msn: number) => readonly Decision[]): void {
  if (nextMsn(history) > lastMsn) return;
  forgetBefore(history, firstMsn);
  for (let msn = nextMsn(history); msn <= lastMsn; msn++) {
    const decisions = decide(msn);
    history.slots = history.slots.map((slot, index) => append(slot, decisions[index]!));
  }
}

/** The digits of one slot from segment to segment, both included; segments before the first digit are left out. */
export function readRow(history: History, slot: number, fromMsn: number, toMsn: number): string {
  return history.slots[slot]!.row.slice(Math.max(0, fromMsn - history.firstMsn), toMsn - history.firstMsn + 1);
}

/** The place in the ladder that was decided for a segment. Throws a RangeError where nothing was. */
export function readPlace(history: History, slot: number, msn: number): number {
  const digit = history.slots[slot]!.row[msn - history.firstMsn];
  if (digit === undefined) {
    throw new RangeError(`Cannot tell the choice for segment ${msn}: only ${history.firstMsn} to ${nextMsn(history) - 1} are decided`);
  }
  return Number(digit);
}

/** EXT-X-DISCONTINUITY-SEQUENCE of a playlist whose first segment is `msn`: the splices at segments before it. */
export function countSplicesBefore(history: History, slot: number, msn: number): number {
  const { forgottenSplices, splices } = history.slots[slot]!;
  return forgottenSplices + countOnes(splices.slice(0, Math.max(0, msn - history.firstMsn)));
}

/** Letting go builds new strings: done for so many segments at once. */
const FORGOTTEN_AT_ONCE = 32;

function nextMsn(history: History): number {
  return history.firstMsn + history.slots[0]!.row.length;
}

function append(slot: SlotHistory, { place, init }: Decision): SlotHistory {
  const isSplice = slot.init !== null && slot.init !== init;
  return { row: slot.row + place, splices: slot.splices + (isSplice ? "1" : "0"), forgottenSplices: slot.forgottenSplices, init };
}

function forgetBefore(history: History, msn: number): void {
  const gone = msn - history.firstMsn;
  const isGap = msn > nextMsn(history);
  if (gone < FORGOTTEN_AT_ONCE && !isGap) return;
  history.firstMsn = msn;
  history.slots = history.slots.map(({ row, splices, forgottenSplices, init }) => ({
    row: row.slice(gone),
    splices: splices.slice(gone),
    forgottenSplices: forgottenSplices + countOnes(splices.slice(0, gone)),
    init: isGap ? null : init,
  }));
}

function countOnes(digits: string): number {
  let ones = 0;
  for (const digit of digits) if (digit === "1") ones++;
  return ones;
}
