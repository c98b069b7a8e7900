import { resolve } from "node:path";
import project from "../deno.json" with { type: "json" };
import type { Ladder } from "./hls/rendition.ts";
import { describeOptions, OPTION_NAMES, type OptionName, OPTIONS, type OptionValues } from "./settings_options.ts";
import { gatherArguments, gatherEnvironment, gatherFile, type Given } from "./settings_places.ts";
import { tidy } from "./settings_spelling.ts";
import { hideSecrets, type SourceWish } from "./settings_source.ts";

export type { SourceWish };

export interface Settings {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  readonly title: string;
  readonly source: SourceWish;
  /** The source as the user wrote it, without the passwords of an address. */
  readonly sourceText: string;
  readonly uplinkBitsPerSecond: number;
  readonly segmentSeconds: number;
  readonly partSeconds: number;
  /** Pictures a second. */
  readonly rate: number;
  readonly encoder: "auto" | "libx264";
  readonly ladder: Ladder;
  /** The three renditions keep one size, whatever size the source has. */
  readonly isEvenLadder: boolean;
  /** Null for any number. */
  readonly maxViewers: number | null;
  /** The share of the picture, 0 to 1, from which on it counts as moving. */
  readonly motionThreshold: number;
  /** Absolute. */
  readonly slatePicture: string | null;
  /** Absolute. */
  readonly dataDir: string;
  /** How far back viewers can go; null for what is in memory. */
  readonly dvrSeconds: number | null;
  /** Null without a chat. */
  readonly chat: ChatSettings | null;
  /** Null without donations. */
  readonly donations: DonationSettings | null;
}

export interface ChatSettings {
  /** How long each viewer waits between two messages; 0 for not at all. */
  readonly slowSeconds: number;
  /** Whether addresses in messages can be clicked. */
  readonly links: boolean;
}

export interface DonationSettings {
  /** Of donations made on the page: three capital letters (ISO 4217). */
  readonly currency: string;
  /** The streamer's page elsewhere where the money really goes. */
  readonly link: URL | null;
  /** What Ko-fi and Stripe prove with that a message is theirs; null where their messages are not taken. Never to be printed. */
  readonly kofiToken: string | null;
  readonly stripeSecret: string | null;
}

export type SettingsOutcome =
  | { readonly kind: "settings"; readonly settings: Settings }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version"; readonly text: string }
  | { readonly kind: "problems"; readonly problems: readonly string[] };

/**
 * Defaults, then file, then environment, then command line, then checks. Every problem of all places is listed, each in
 * the spelling of whoever wrote it. `readFile` may throw: then the file is the problem.
 */
export function readSettings(input: {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
  readFile: (path: string) => string;
  cwd: string;
}): SettingsOutcome {
  const line = gatherArguments(input.args);
  if (line.isHelp) return { kind: "help", text: describeOptions() };
  if (line.isVersion) return { kind: "version", text: `tercet ${project.version}` };
  const environment = gatherEnvironment(input.env);
  const config = line.config ?? environment.config;
  const file = config === null ? { given: [], problems: [] } : gatherFile(config, input.readFile);

  const problems = [...file.problems, ...environment.problems, ...line.problems];
  const { values, spelled } = readValues([...file.given, ...environment.given, ...line.given], problems);
  problems.push(...checkTogether(values, spelled));
  if (problems.length > 0) return { kind: "problems", problems: Object.freeze(problems) };
  return { kind: "settings", settings: freezeSettings(values, spelled.source.text, input.cwd) };
}

/** The sentence for a data folder that this process may not write. `deno task serve` learns the folder from the environment alone. */
export function explainUnwritableData(dataDir: string): string {
  const quoted = /^[\w./:@%+-]+$/.test(dataDir) ? dataDir : `'${dataDir.replaceAll("'", "'\\''")}'`;
  return `--data ${quoted}: the task may write only ./data and the folder that TERCET_DATA names; start it as TERCET_DATA=${quoted} deno task serve`;
}

type Spelled = Record<OptionName, { text: string; spelled: string }>;

/** Reads every text, so that a bad one is told even where a stronger place overrules it. A setting whose last text is bad has the value null. */
function readValues(given: readonly Given[], problems: string[]): { values: OptionValues; spelled: Spelled } {
  const values: Partial<Record<OptionName, unknown>> = {};
  const spelled: Partial<Spelled> = {};
  for (const name of OPTION_NAMES) {
    const { fallback, schema } = OPTIONS[name];
    values[name] = fallback === null ? null : schema.parse(fallback);
    spelled[name] = { text: fallback ?? "", spelled: `--${name} ${fallback}` };
  }
  for (const one of given) {
    const read = OPTIONS[one.name].schema.safeParse(one.text);
    values[one.name] = read.success ? read.data : null;
    spelled[one.name] = one;
    if (!read.success) problems.push(...read.error.issues.map((issue) => `${one.spelled}: ${tidy(issue.message)}`));
  }
  return { values: values as OptionValues, spelled: spelled as Spelled };
}

function checkTogether({ segment, part, rate }: OptionValues, spelled: Spelled): string[] {
  const problems: string[] = [];
  if (segment !== null && part !== null && part > segment) {
    problems.push(`${spelled.part.spelled}: longer than a segment (${spelled.segment.spelled})`);
  }
  if (segment !== null && rate !== null && Math.abs(segment * rate - Math.round(segment * rate)) > 1e-6) {
    const frames = Number((segment * rate).toFixed(3));
    problems.push(`${spelled.segment.spelled}: makes ${frames} pictures (${spelled.rate.spelled}); a segment is a whole number of them`);
  }
  return problems;
}

/** Only called without problems: then the sole values that may be null are those whose default is. */
function freezeSettings(values: OptionValues, sourceText: string, cwd: string): Settings {
  const { ladder, isEven } = values.ladder!;
  const source = values.source ?? { kind: "default" };
  return Object.freeze({
    port: values.port!,
    host: values.host!,
    title: values.title!,
    // ffmpeg would take a relative path with a colon in it for a protocol.
    source: Object.freeze(source.kind === "file" ? { ...source, path: resolve(cwd, source.path) } : source),
    sourceText: source.kind === "default" ? "camera, or test where there is none" : hideSecrets(sourceText),
    uplinkBitsPerSecond: values.uplink!,
    segmentSeconds: values.segment!,
    partSeconds: values.part!,
    rate: values.rate!,
    encoder: values.encoder!,
    ladder,
    isEvenLadder: isEven,
    maxViewers: values["max-viewers"],
    motionThreshold: values["motion-threshold"]!,
    slatePicture: values.slate === null ? null : resolve(cwd, values.slate),
    dataDir: resolve(cwd, values.data!),
    dvrSeconds: values.dvr,
    chat: values["no-chat"] ? null : Object.freeze({ slowSeconds: values["chat-slow"]!, links: values["chat-links"]! }),
    donations: values["no-donate"] ? null : Object.freeze({
      currency: values.currency!,
      link: values["donate-link"],
      kofiToken: values["kofi-token"],
      stripeSecret: values["stripe-secret"],
    }),
  });
}
