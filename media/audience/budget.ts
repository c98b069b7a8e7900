import { RENDITION_NAMES, type RenditionName } from "../hls/rendition.ts";

/** One viewer that is present, as the budget sees it. */
export interface Watcher {
  readonly id: string;
  /** The best rendition that it may want before the next plan: its pin; `hq` on auto and while gaming. */
  readonly wish: RenditionName;
  readonly sinceMs: number;
  /** A donation's boost lasts. */
  readonly isDonor: boolean;
}

export interface BudgetInput {
  readonly nowMs: number;
  readonly uplinkBitsPerSecond: number;
  /** What each rendition really weighs, best first, sound included, in bits per second (a moving average over the last segments). */
  readonly ratesBitsPerSecond: readonly [number, number, number];
  /** What playlists and headers cost each viewer, as measured, in bits per second. */
  readonly overheadBitsPerSecond: number;
  /** What one more viewer pulls at once when it joins, in bits: about a segment of LQ, and the page. */
  readonly joinBits: number;
  readonly watchers: readonly Watcher[];
}

/** The best rendition one viewer may have. `boost` is there where its donation gives it more than its time of watching would. */
export interface Grant {
  readonly cap: RenditionName;
  readonly boost: RenditionName | null;
}

/** What the uplink can carry, and each viewer's share. All money is in bits per second. */
export interface Budget {
  /** By viewer id. */
  readonly grants: ReadonlyMap<string, Grant>;
  /** For a viewer that arrives before the next plan: the first so many of them have the rung of the house, the others LQ. */
  readonly newcomer: Grant;
  readonly newcomerPlaces: number;
  readonly spendable: number;
  /** What it would come to if each viewer took the best it may have and wants. */
  readonly spent: number;
  /** Kept free of what is spendable for those who join, and used up by them before anybody is lowered. */
  readonly reserve: number;
  /** Even LQ for all does not fit: the streamer is to be warned. */
  readonly isOverfull: boolean;
  readonly watching: number;
  readonly memory: BudgetMemory;
}

/** What one plan leaves to the next. */
export interface BudgetMemory {
  readonly level: Level;
  readonly watching: number;
  /** Those who were raised above the rung. When one of them leaves, nobody moves up into its place before the next step. */
  readonly raisedIds: ReadonlySet<string>;
  /** Where the house was before it was lowered for arrivals. When they have left it may come back there, even into the reserve. */
  readonly former: { readonly level: Level; readonly watching: number } | null;
  readonly loweredMs: number | null;
  /** Since when, without a break, there has been room for more, and the least that there was room for in that time. */
  readonly room: { readonly sinceMs: number; readonly level: Level } | null;
  /** The last step up, while the house has not been lowered since. */
  readonly grownMs: number | null;
  /** How long there must be room before the first step up, and when that was last made longer. */
  readonly calmMs: number;
  readonly mistakenMs: number | null;
}

/**
 * How far the house has been raised: those who want more than the `rung` have it (0 LQ, 1 MQ, 2 HQ), and the first `raised` of them, donors
 * and then those who have watched longest, one more. So equal wishes are never more than one rung apart.
 */
export interface Level {
  readonly rung: number;
  readonly raised: number;
}

/**
 * Shares the uplink out anew. It lowers at once, as soon as what is promised does not fit, and raises one step (at most one rung for
 * anybody) when there has been room for it for ten seconds, the next step four seconds later. A house that was lowered soon after
 * it was raised waits twice as long the next time. A house that arrivals lowered comes back to where it was. The first plan, `memory` being null, gives all there is.
 */
export function planBudget(input: BudgetInput, memory: BudgetMemory | null): Budget {
  const spendable = input.uplinkBitsPerSecond * (1 - HEADROOM);
  const reserve = Math.min(spendable * MOST_RESERVE, Math.max(spendable * LEAST_RESERVE, input.joinBits));
  const house = surveyHouse(input);
  const isNew = memory === null || house.watching === 0;
  const next = isNew ? startAt(findLevel(house, spendable - reserve)) : moveOn(memory, { input, house, spendable, reserve });
  const { level } = next;
  const spent = costOf(level, house);
  const raised = pickRaised(level, input.watchers);
  const raisedIds = new Set(raised.map(({ watcher }) => watcher.id));
  const cap = NAMES[level.rung]!;
  const newcomerPlaces = Math.max(0, Math.floor((spendable - spent) * NEWCOMERS_SHARE / house.rungCosts[level.rung]!));
  const grants = new Map<string, Grant>(input.watchers.map(({ id }) => [id, { cap, boost: null }]));
  for (const { watcher, grant } of raised) grants.set(watcher.id, grant);
  return {
    grants,
    newcomer: { cap: newcomerPlaces > 0 ? cap : NAMES[0]!, boost: null },
    newcomerPlaces,
    spendable,
    spent,
    reserve,
    isOverfull: spent > spendable,
    watching: house.watching,
    memory: { ...next, watching: house.watching, raisedIds },
  };
}

/** Of the uplink: for everything that is no stream. */
const HEADROOM = 0.15;
/** Of what is spendable. Bit rates waver by so much from segment to segment; more would leave the link idle. */
const LEAST_RESERVE = 0.025;
const MOST_RESERVE = 0.03;

/**
 * Of the room that is left. Who joins pulls up to 1.6 s of media at once, and seldom comes alone: twenty that all began with HQ on an empty link of
 * 20 Mbit/s were still 8 s behind after a minute.
 */
const NEWCOMERS_SHARE = 0.25;

const CALM_MS = 10_000;
const STEP_MS = 4_000;
const LONGEST_CALM_MS = 80_000;
/** Lowered within this time after a step up, that step was a mistake. */
const MISTAKE_MS = 20_000;
/** So long after the last step up all mistakes are forgotten. */
const FORGIVEN_MS = 120_000;

/** Worst first: the rungs. */
const NAMES: readonly RenditionName[] = RENDITION_NAMES.toReversed();
const TOP = NAMES.length - 1;

interface House {
  readonly watching: number;
  /** For each rung what one viewer on it costs. */
  readonly rungCosts: readonly number[];
  /** For each rung how many want it or better. */
  readonly wanting: readonly number[];
}

function surveyHouse({ watchers, ratesBitsPerSecond, overheadBitsPerSecond }: BudgetInput): House {
  const wanting = NAMES.map(() => 0);
  for (const { wish } of watchers) {
    for (let rung = rungOf(wish); rung >= 0; rung--) wanting[rung]!++;
  }
  const rungCosts = ratesBitsPerSecond.toReversed().map((rate) => rate + overheadBitsPerSecond);
  return { watching: watchers.length, rungCosts, wanting };
}

function rungOf(name: RenditionName): number {
  return NAMES.indexOf(name);
}

function stepCost(rung: number, { rungCosts }: House): number {
  // Two rungs may weigh the same where the picture is simple, or even the other way round for a moment.
  return Math.max(0, rungCosts[rung]! - rungCosts[rung - 1]!);
}

function costOf(level: Level, house: House): number {
  let cost = house.watching * house.rungCosts[0]!;
  for (let rung = 1; rung <= level.rung; rung++) cost += house.wanting[rung]! * stepCost(rung, house);
  return level.raised === 0 ? cost : cost + level.raised * stepCost(level.rung + 1, house);
}

/** The highest level for this money. LQ is for all, whatever it costs. */
function findLevel(house: House, money: number): Level {
  let left = money - house.watching * house.rungCosts[0]!;
  for (let rung = 0; rung < TOP; rung++) {
    const each = stepCost(rung + 1, house);
    const wanting = house.wanting[rung + 1]!;
    if (wanting * each > left) return { rung, raised: Math.max(0, Math.min(wanting - 1, Math.floor(left / each))) };
    left -= wanting * each;
  }
  return { rung: TOP, raised: 0 };
}

function startAt(level: Level): BudgetMemory {
  return {
    level,
    watching: 0,
    raisedIds: new Set(),
    former: null,
    loweredMs: null,
    room: null,
    grownMs: null,
    calmMs: CALM_MS,
    mistakenMs: null,
  };
}

interface Now {
  readonly input: BudgetInput;
  readonly house: House;
  readonly spendable: number;
  readonly reserve: number;
}

function moveOn(memory: BudgetMemory, now: Now): BudgetMemory {
  const { input, house, spendable, reserve } = now;
  const { rung } = memory.level;
  const stillRaised = input.watchers.filter(({ id, wish }) => memory.raisedIds.has(id) && rungOf(wish) > rung);
  const held = complete({ rung, raised: stillRaised.length }, house);
  const affordable = findLevel(house, spendable - reserve);
  if (costOf(held, house) > spendable) {
    // A whole rung is not given up for the reserve: else a viewer that wishes for more could end with less.
    const whole = { rung: findLevel(house, spendable).rung, raised: 0 };
    return lower(higher(affordable, whole), memory, now);
  }
  const goal = higher(affordable, formerLevel(memory, now) ?? affordable);
  return raise(held, goal, memory, now);
}

function formerLevel({ former }: BudgetMemory, { house, spendable }: Now): Level | null {
  if (former === null || house.watching > former.watching) return null;
  const level = complete(former.level, house);
  return costOf(level, house) <= spendable ? level : null;
}

/** Where nobody is left who wants more than the rung and has not been raised, the rung above it is the house's. */
function complete({ rung, raised }: Level, house: House): Level {
  return rung < TOP && raised >= house.wanting[rung + 1]! ? complete({ rung: rung + 1, raised: 0 }, house) : { rung, raised };
}

function compareLevels(a: Level, b: Level): number {
  return a.rung - b.rung || a.raised - b.raised;
}

function higher(a: Level, b: Level): Level {
  return compareLevels(a, b) < 0 ? b : a;
}

function lower(level: Level, memory: BudgetMemory, { house, input: { nowMs } }: Now): BudgetMemory {
  const isGoingOn = memory.loweredMs !== null && nowMs - memory.loweredMs < CALM_MS;
  const hasArrivals = house.watching > memory.watching;
  const former = hasArrivals && !isGoingOn ? { level: memory.level, watching: memory.watching } : memory.former;
  const lowered = { ...memory, level, former, loweredMs: nowMs, room: null, grownMs: null };
  const isSoon = memory.grownMs !== null && nowMs - memory.grownMs < MISTAKE_MS;
  // The first crowd tells nothing against the step before it.
  const isMistake = isSoon && (!hasArrivals || memory.former !== null);
  return isMistake ? { ...lowered, calmMs: Math.min(LONGEST_CALM_MS, 2 * memory.calmMs), mistakenMs: nowMs } : lowered;
}

/** `goal` is what there is room for now; what counts is the least of it in the whole calm time. */
function raise(held: Level, goal: Level, memory: BudgetMemory, { house, input: { nowMs } }: Now): BudgetMemory {
  const isForgiven = memory.mistakenMs !== null && nowMs - memory.mistakenMs > FORGIVEN_MS;
  const calm = { ...memory, level: held, ...isForgiven ? { calmMs: CALM_MS, mistakenMs: null } : {} };
  if (compareLevels(goal, held) <= 0) return { ...calm, room: null };
  const { room: before, grownMs } = memory;
  const least = before === null || compareLevels(goal, before.level) < 0 ? goal : complete(before.level, house);
  const room = { sinceMs: before?.sinceMs ?? nowMs, level: least };
  const isOnItsWay = grownMs !== null && grownMs > room.sinceMs;
  const isDue = isOnItsWay ? nowMs - grownMs >= STEP_MS : nowMs - room.sinceMs >= calm.calmMs;
  if (!isDue || compareLevels(least, held) <= 0) return { ...calm, room };
  const step = least.rung > held.rung ? { rung: held.rung + 1, raised: 0 } : least;
  return { ...calm, level: step, room: compareLevels(least, step) > 0 ? room : null, grownMs: nowMs };
}

function pickRaised({ rung, raised }: Level, watchers: readonly Watcher[]): { watcher: Watcher; grant: Grant }[] {
  if (raised === 0) return [];
  const cap = NAMES[rung]!;
  const better = NAMES[rung + 1]!;
  const eager = watchers.filter(({ wish }) => rungOf(wish) > rung).sort(byTime);
  const withoutDonations = new Set(eager.slice(0, raised));
  const inTurn = [...eager.filter(({ isDonor }) => isDonor), ...eager.filter(({ isDonor }) => !isDonor)];
  return inTurn.slice(0, raised).map((watcher) => ({
    watcher,
    grant: withoutDonations.has(watcher) ? { cap: better, boost: null } : { cap, boost: better },
  }));
}

function byTime(a: Watcher, b: Watcher): number {
  return a.sinceMs - b.sinceMs || (a.id < b.id ? -1 : 1);
}
