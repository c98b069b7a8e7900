import { z } from "zod";
import { RULE_FIELDS, WORDS } from "../chat/schemas.ts";
import { STORED_GOAL } from "../donations/schemas.ts";
import { CORNER, FILTER, NEW_TEXT, SOURCE } from "./schemas.ts";

/**
 * What the streamer changes while the show is on and finds again after a restart, each with what may stand there: names and numbers only. Nothing in it is ever
 * a part of a graph, an address or a path, so a file that somebody else has written opens nothing.
 */
export const KEPT = {
  goal: STORED_GOAL.nullable(),
  ...RULE_FIELDS,
  heldWords: WORDS,
  filter: FILTER.shape.filter,
  text: z.union(NEW_TEXT.options).nullable(),
  /** Its picture stands in a file beside (`logo_file.ts`). */
  logo: z.strictObject({ corner: CORNER }).nullable(),
  /** Of the sources that the server was started with, by their names: ids are given anew at each start. */
  sounds: z.array(z.strictObject({ source: z.string().max(300), gain: SOURCE.shape.gain, muted: SOURCE.shape.muted })).max(50),
} as const;

/** Those that were ever changed. */
export type KeptValues = { readonly [name in keyof typeof KEPT]?: z.infer<(typeof KEPT)[name]> };

const VERSION = 1;

export function writeKept(values: KeptValues): string {
  return `${JSON.stringify({ version: VERSION, settings: values }, null, 2)}\n`;
}

/**
 * Each setting is judged by itself: one that will not do is left out, and `problems` has a sentence on it. Throws a SyntaxError where it is no such file at all.
 */
export function readKept(text: string): { readonly values: KeptValues; readonly problems: readonly string[] } {
  const found = FILE.safeParse(JSON.parse(text));
  if (!found.success) throw new SyntaxError("it is no file of the studio's settings");
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(found.data.settings)) {
    const schema = Object.hasOwn(KEPT, name) ? KEPT[name as keyof typeof KEPT] : null;
    const read = schema?.safeParse(value);
    if (read?.success) values[name] = read.data;
    else problems.push(`${name} = ${shorten(JSON.stringify(value))}: ${read ? sayIssues(read.error) : "there is no such setting"}`);
  }
  return { values, problems };
}

const FILE = z.object({ version: z.literal(VERSION), settings: z.record(z.string(), z.unknown()) });
const LONGEST_SHOWN = 120;

function sayIssues({ issues }: z.ZodError): string {
  return issues.slice(0, 3).map(({ path, message }) => path.length === 0 ? message : `${path.join(".")}: ${message}`).join("; ");
}

function shorten(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}
