import { resolve } from "node:path";
import project from "../../deno.json" with { type: "json" };
import type { Ladder } from "../hls/rendition.ts";
import { describeOptions, OPTION_NAMES, type OptionName, OPTIONS, type OptionValues } from "./options.ts";
import { gatherArguments, gatherEnvironment, gatherFile, type Given } from "./places.ts";
import type { Network } from "./networks.ts";
import type { RtmpWish, SrtWish } from "./publishing.ts";
import { checkRelay } from "./check_relay.ts";
import type { RelayWish } from "./relay.ts";
import { tidy } from "./spelling.ts";
import { hideSecrets } from "./secrets.ts";
import { parseSources, SCREEN_AND_CAMERA, type SourceWish } from "./source.ts";

export type { SourceWish };

export interface Settings {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host: string;
  /** Whose word about whom they ask for is believed, beside programs on this machine. */
  readonly trustedProxies: readonly Network[];
  /** The folder under which a proxy asks: a slash at both ends, `/` for none. */
  readonly base: string;
  readonly title: string;
  /** What one must have to watch; null where everybody may. Never to be printed. */
  readonly roomKey: string | null;
  /** Search engines and link previews are told nothing; with a room key always. */
  readonly isPrivate: boolean;
  /** At least one; the first is on air. */
  readonly sources: readonly NamedSource[];
  /** The show waits for the studio to start it, unless it was on when the server ended. */
  readonly isOffAir: boolean;
  /** The second is the inset of the first at the start (`screen+camera`). */
  readonly beginsWithInset: boolean;
  /** The first of them. */
  readonly source: SourceWish;
  /** What is on air at the start. */
  readonly sourceText: string;
  readonly uplinkBitsPerSecond: number;
  readonly segmentSeconds: number;
  readonly partSeconds: number;
  /** Pictures a second. */
  readonly rate: number;
  /** Who encodes HQ; the smaller renditions are libx264's. */
  readonly encoder: "auto" | "libx264" | "nvenc" | "vaapi" | "qsv" | "videotoolbox";
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
  /** Null where nobody publishes by RTMP. */
  readonly rtmp: (RtmpWish & { readonly host: string }) | null;
  /** Null where nobody publishes by SRT. */
  readonly srt: (SrtWish & { readonly host: string }) | null;
  /** Print the keys of publishers that nobody has been shown yet. */
  readonly showKeys: boolean;
  /** Over what the show goes to other boxes, or comes from one; null where there is one box. */
  readonly relay: RelayWish | null;
  /** This box serves a show that another one makes. */
  readonly isEdge: boolean;
  /** Under which this edge's folder `media/` is found past the balancer, with a slash at its end; null for nowhere else. */
  readonly publicUrl: string | null;
  /** The same of a CDN. */
  readonly mediaBase: string | null;
  /** Null without a chat. */
  readonly chat: ChatSettings | null;
  /** Null without donations. */
  readonly donations: DonationSettings | null;
}

export interface NamedSource {
  readonly wish: SourceWish;
  /** As the user wrote it, without the secrets of an address. */
  readonly text: string;
}

export interface ChatSettings {
  /** How long each viewer waits between two messages; 0 for not at all. */
  readonly slowSeconds: number;
  /** Whether addresses in messages can be clicked. */
  readonly links: boolean;
  /** Those that somebody has set: they count at each start, whatever the studio has kept. */
  readonly fixed: readonly ("slowSeconds" | "links")[];
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
  const sources = pickSources([line.given, environment.given, file.given]);
  problems.push(...checkTogether(values, spelled), ...checkSources(sources, values));
  problems.push(...checkRelay(values, [...file.given, ...environment.given, ...line.given]));
  const isGiven = (name: OptionName) => [file, environment, line].some(({ given }) => given.some((one) => one.name === name));
  if (problems.length > 0) return { kind: "problems", problems: Object.freeze(problems) };
  return {
    kind: "settings",
    settings: freezeSettings(values, nameSources(sources, input.cwd), input.cwd, sources[0]?.text === SCREEN_AND_CAMERA, isGiven),
  };
}

/** The sentence for a data folder that this process may not write: `deno task serve` would have seen to it, so it was started in another way. */
export function explainUnwritableData(dataDir: string): string {
  const quoted = /^[\w./:@%+-]+$/.test(dataDir) ? dataDir : `'${dataDir.replaceAll("'", "'\\''")}'`;
  return `--data ${quoted}: may not be written; start it as deno task serve --data ${quoted}, or with --allow-write=${quoted}`;
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
    if (!read.success) problems.push(...read.error.issues.map((issue) => `${one.spelled}: ${tidy(hideSecrets(issue.message))}`));
  }
  return { values: values as OptionValues, spelled: spelled as Spelled };
}

/** Those of the strongest place that names any. */
function pickSources(places: readonly (readonly Given[])[]): Given[] {
  const named = places.map((given) => given.filter(({ name }) => name === "source"));
  return named.find((sources) => sources.length > 0) ?? [];
}

function checkSources(sources: readonly Given[], { rtmp, srt }: OptionValues): string[] {
  const list = sources.length > 1 ? sources.find(({ text }) => text === "camera:?") : undefined;
  const obs = rtmp === "off" ? sources.find(({ text }) => text === "obs") : undefined;
  const bySrt = srt === null ? sources.find(({ text }) => text === "srt") : undefined;
  return [
    ...(bySrt ? [`${bySrt.spelled}: comes by SRT, which is only there when asked for: --srt 9000`] : []),
    ...(list ? [`${list.spelled}: lists the cameras, and is no source to show beside others`] : []),
    ...(obs ? [`${obs.spelled}: comes by RTMP, and --rtmp is off`] : []),
  ];
}

function nameSources(sources: readonly Given[], cwd: string): readonly NamedSource[] {
  const named = sources.flatMap(({ text }) =>
    parseSources(text).map((wish) => ({ wish: resolvePaths(wish, cwd), text: text === SCREEN_AND_CAMERA ? wish.kind : hideSecrets(text) }))
  );
  const fallback = { wish: Object.freeze({ kind: "default" } as const), text: "camera, or test where there is none" };
  return Object.freeze((named.length > 0 ? named : [fallback]).map((source) => Object.freeze(source)));
}

/** ffmpeg would take a relative path with a colon in it for a protocol. */
function resolvePaths(wish: SourceWish, cwd: string): SourceWish {
  if (wish.kind === "file") return Object.freeze({ ...wish, path: resolve(cwd, wish.path) });
  if (wish.kind === "files") return Object.freeze({ ...wish, paths: Object.freeze(wish.paths.map((path) => resolve(cwd, path))) });
  return Object.freeze(wish);
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
function freezeSettings(
  values: OptionValues,
  sources: readonly NamedSource[],
  cwd: string,
  beginsWithInset: boolean,
  isGiven: (name: OptionName) => boolean,
): Settings {
  const { ladder, isEven } = values.ladder!;
  return Object.freeze({
    port: values.port!,
    host: values.host!,
    trustedProxies: values["trusted-proxy"] ?? Object.freeze([]),
    base: values.base!,
    title: values.title!,
    roomKey: values["room-key"],
    isPrivate: values["room-key"] !== null || values.private!,
    sources,
    isOffAir: values["off-air"]!,
    beginsWithInset,
    source: sources[0]!.wish,
    sourceText: beginsWithInset ? SCREEN_AND_CAMERA : sources[0]!.text,
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
    rtmp: values.rtmp === "off" ? null : Object.freeze({ ...values.rtmp!, host: values.rtmp!.host ?? values.host! }),
    srt: values.srt && Object.freeze({ ...values.srt, host: values.srt.host ?? values.host! }),
    showKeys: values["show-keys"]!,
    relay: values.relay,
    isEdge: values.edge!,
    publicUrl: values.public,
    mediaBase: values["media-base"],
    chat: values["no-chat"] ? null : Object.freeze({
      slowSeconds: values["chat-slow"]!,
      links: values["chat-links"]!,
      fixed: Object.freeze([
        ...(isGiven("chat-slow") ? ["slowSeconds" as const] : []),
        ...(isGiven("chat-links") ? ["links" as const] : []),
      ]),
    }),
    donations: values["no-donate"] ? null : Object.freeze({
      currency: values.currency!,
      link: values["donate-link"],
      kofiToken: values["kofi-token"],
      stripeSecret: values["stripe-secret"],
    }),
  });
}
