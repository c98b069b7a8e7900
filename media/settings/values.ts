import { type Ladder, RENDITION_NAMES, SOUND_BITS_PER_SECOND } from "../hls/rendition.ts";

const DEFAULT_SIZES = ["1280x720@2500k", "854x480@1000k", "426x240@400k"];
export const DEFAULT_LADDER_TEXT = DEFAULT_SIZES.join(",");
const MOST_BITS_PER_SECOND = 1e12;
const SMALLEST_SIDE = 64;
const LARGEST_SIDE = 7680;

/** `200ms`, `1s`, `0.5s` in seconds. Throws a SyntaxError. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,9})?)(ms|s)$/.exec(text);
  if (!match) throw new SyntaxError("not a length of time; write it as 200ms or 0.5s");
  return match[2] === "ms" ? Number(match[1]) / 1000 : Number(match[1]);
}

/** `30m`, `90s`, `1.5h` in seconds, from `leastSeconds` to `mostSeconds`. Throws a SyntaxError or RangeError. */
export function parseSpan(text: string, leastSeconds: number, mostSeconds: number): number {
  const match = /^(\d{1,9}(?:\.\d{1,9})?)([smh])$/.exec(text);
  if (!match) throw new SyntaxError("not a span of time; write it as 90s, 30m or 2h");
  const seconds = Number(match[1]) * { s: 1, m: 60, h: 3600 }[match[2] as "s" | "m" | "h"];
  if (seconds < leastSeconds) throw new RangeError(`shorter than ${leastSeconds / 60}m`);
  if (seconds > mostSeconds) throw new RangeError(`longer than ${mostSeconds / 3600}h`);
  return seconds;
}

/** `yes` or `no`. Throws a SyntaxError. */
export function parseFlag(text: string): boolean {
  if (/^(yes|true|1)$/i.test(text)) return true;
  if (/^(no|false|0)$/i.test(text)) return false;
  throw new SyntaxError("not yes and not no");
}

/** `100M`, `2500k`, `10G` or a plain number, in bits per second. Throws a SyntaxError or RangeError. */
export function parseBits(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)([kMG]?)$/i.exec(text);
  if (!match) throw new SyntaxError("not a number of bits per second; write it as 2500k, 100M or 10G");
  const bits = Math.round(Number(match[1]) * { "": 1, k: 1e3, m: 1e6, g: 1e9 }[(match[2] ?? "").toLowerCase() as "" | "k" | "m" | "g"]);
  if (bits > MOST_BITS_PER_SECOND) throw new RangeError(`more than ${MOST_BITS_PER_SECOND / 1e9}G`);
  return bits;
}

/** A whole number from `least` to `most`. Throws a RangeError that calls it `what`. */
export function parseWhole(text: string, what: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (!(number >= least && number <= most)) throw new RangeError(`not ${what}; it is a whole number from ${least} to ${most}`);
  return number;
}

/** `0.8%`, as a share of 1. Throws a SyntaxError or RangeError. */
export function parseShare(text: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,9})?)%$/.exec(text);
  if (!match) throw new SyntaxError("not a share; write it as 0.8%");
  const share = Number(match[1]) / 100;
  if (share <= 0 || share > 1) throw new RangeError("not a share above 0% and up to 100%");
  return share;
}

export interface LadderWish {
  readonly ladder: Ladder;
  readonly isEven: boolean;
}

/** `1280x720@2500k,854x480@1000k,426x240@400k`, best first, or `even`: one size, the default bit rates. Throws a SyntaxError with every problem of it. */
export function parseLadder(text: string): LadderWish {
  const isEven = text === "even";
  const size = DEFAULT_SIZES[0]!.split("@")[0];
  const entries = (isEven ? DEFAULT_SIZES.map((entry) => `${size}@${entry.split("@")[1]}`) : text.split(",")).map((entry) => entry.trim());
  const problems: string[] = [];
  if (entries.length !== RENDITION_NAMES.length) {
    problems.push(`has ${entries.length} of 3 renditions; write it as ${DEFAULT_LADDER_TEXT} or even`);
  }
  const sizes = entries.slice(0, RENDITION_NAMES.length).map((entry) => parseEntry(entry, problems));
  for (const [at, { bitsPerSecond }] of sizes.entries()) {
    const before = sizes[at - 1]?.bitsPerSecond;
    if (before !== undefined && bitsPerSecond >= before) {
      problems.push(`${entries[at]} must have fewer bits than ${entries[at - 1]} before it`);
    }
  }
  if (problems.length > 0) throw new SyntaxError(problems.join("; "));
  const [hq, mq, lq] = sizes.map((entry, at) => Object.freeze({ name: RENDITION_NAMES[at]!, ...entry }));
  return Object.freeze({ ladder: Object.freeze([hq!, mq!, lq!] as const), isEven });
}

function parseEntry(entry: string, problems: string[]): { width: number; height: number; bitsPerSecond: number } {
  const match = /^(\d{1,5})x(\d{1,5})@(.+)$/.exec(entry);
  const width = Number(match?.[1] ?? NaN), height = Number(match?.[2] ?? NaN);
  let bitsPerSecond = NaN;
  if (!match) {
    problems.push(`"${entry}" is not WIDTHxHEIGHT@BITS, such as 854x480@1000k`);
  } else {
    for (const side of [width, height]) {
      if (side < SMALLEST_SIDE || side > LARGEST_SIDE || side % 2 !== 0) {
        problems.push(`${entry}: ${side} must be even and from ${SMALLEST_SIDE} to ${LARGEST_SIDE}`);
      }
    }
    try {
      bitsPerSecond = parseBits(match[3]!);
      if (bitsPerSecond <= SOUND_BITS_PER_SECOND) {
        problems.push(`${entry}: the sound alone takes ${SOUND_BITS_PER_SECOND / 1000}k, so nothing is left for the picture`);
      }
    } catch (error) {
      problems.push(`${entry}: ${match[3]} ${(error as Error).message}`);
    }
  }
  return { width, height, bitsPerSecond };
}
