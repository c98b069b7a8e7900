import { parseArgs } from "node:util";
import { FLAG_NAMES, OPTION_NAMES, type OptionName } from "./options.ts";
import { hideSecrets } from "./secrets.ts";
import { quote, show, suggest, tidy } from "./spelling.ts";

/** One setting as somebody wrote it, and how to name it to that person. */
export interface Given {
  readonly name: OptionName;
  readonly text: string;
  /** `--part 3s`, `TERCET_PART=3s` or `tercet.json: "part": "3s"`. */
  readonly spelled: string;
}

export interface Gathered {
  /** The later wins. */
  readonly given: readonly Given[];
  readonly problems: readonly string[];
}

const PREFIX = "TERCET_";
/** Read before the settings are, by whoever prints what is wrong with them. */
const READ_ELSEWHERE = ["TERCET_LOG"];
const VALUED = [...OPTION_NAMES.filter((name) => name !== "port" && !FLAG_NAMES.includes(name)), "config"];
const BARE = ["help", "version", ...FLAG_NAMES];

/** What the command line says. An option without its value, an unknown one and a second plain word are problems. */
export function gatherArguments(args: readonly string[]): Gathered & { config: string | null; isHelp: boolean; isVersion: boolean } {
  const given: Given[] = [], problems: string[] = [];
  const seen = new Set<string>();
  let config: string | null = null;
  let unknownAt = NaN, groupAt = NaN;
  for (const token of tokenize(args)) {
    const written = args[token.index]!;
    if (token.kind === "positional" && token.index !== unknownAt + 1) {
      const problem = judgePlainWord(token.value, given);
      if (problem === null) given.push({ name: "port", text: token.value, spelled: show(hideSecrets(token.value)) });
      else problems.push(`${show(hideSecrets(token.value))}: ${problem}`);
    }
    if (token.kind !== "option") continue;
    const isLong = written.startsWith("--");
    if (isLong && VALUED.includes(token.name)) {
      const text = token.value;
      if (!text) problems.push(`--${token.name}: needs a value`);
      else if (token.name === "config") config = text;
      else {
        const name = token.name as OptionName;
        given.push({ name, text, spelled: `--${name}${token.inlineValue ? "=" : " "}${hideSecret(name, text)}` });
      }
    } else if (isLong && FLAG_NAMES.includes(token.name as OptionName)) {
      given.push({ name: token.name as OptionName, text: token.value ?? "yes", spelled: show(written) });
    } else if ((isLong && BARE.includes(token.name)) || written === "-h") {
      seen.add(written === "-h" ? "help" : token.name);
    } else if (token.index !== groupAt) {
      groupAt = token.index;
      // A plain word after it is taken for its value: one mistake, one line.
      unknownAt = token.value === undefined ? token.index : NaN;
      problems.push(`${hideSecret(written, written, { instead: show(written.split("=")[0]!) })}: ${describeUnknown(token.name)}`);
    }
  }
  return { given, problems, config, isHelp: seen.has("help"), isVersion: seen.has("version") };
}

/** What the environment says. A name that begins with TERCET_ and means nothing is a problem. */
export function gatherEnvironment(env: Readonly<Record<string, string>>): Gathered & { config: string | null } {
  const given: Given[] = [], problems: string[] = [];
  const names = new Map([...OPTION_NAMES, "config"].map((name) => [PREFIX + name.toUpperCase().replaceAll("-", "_"), name]));
  let config: string | null = null;
  for (const [key, text] of Object.entries(env).filter(([key]) => key.startsWith(PREFIX) && !READ_ELSEWHERE.includes(key)).sort()) {
    const name = names.get(key);
    const spelled = `${show(key)}=${text === "" ? "" : hideSecret(key, text)}`;
    if (name === undefined) problems.push(`${spelled}: no such setting.${suggest(key, [...names.keys()])}`);
    else if (text === "") problems.push(`${spelled}: needs a value; unset it to have the default`);
    else if (name === "config") config = text;
    else if (name === "source") given.push(...splitSources(key, text));
    else given.push({ name: name as OptionName, text, spelled });
  }
  return { given, problems, config };
}

/** What a JSON file says: one object, the options' names as keys, texts or numbers as values. */
export function gatherFile(path: string, readFile: (path: string) => string): Gathered {
  const file = show(path);
  let content: unknown;
  try {
    content = JSON.parse(readFile(path).replace(/^\uFEFF/, ""));
  } catch (error) {
    return { given: [], problems: [`${file}: ${tidy(describeUnreadable(error as Error))}`] };
  }
  if (typeof content !== "object" || content === null || Array.isArray(content)) {
    return { given: [], problems: [`${file}: holds no settings; write {"rate": 25, "title": "My show"}`] };
  }
  const given: Given[] = [], problems: string[] = [];
  for (const [key, value] of Object.entries(content)) {
    const spelled = `${file}: ${quote(key)}: ${hideSecret(key, value, { present: quote })}`;
    if (key === "config") problems.push(`${spelled}: a file cannot name another`);
    else if (!OPTION_NAMES.includes(key as OptionName)) problems.push(`${spelled}: no such setting.${suggest(key, OPTION_NAMES)}`);
    else if (typeof value === "boolean" && FLAG_NAMES.includes(key as OptionName)) {
      given.push({ name: key as OptionName, text: value ? "yes" : "no", spelled });
    } else if (key === "source" && Array.isArray(value)) {
      for (const text of value) {
        if (typeof text === "string") given.push({ name: key, text, spelled: `${file}: "source": ${quote(hideSecrets(text))}` });
        else problems.push(`${file}: "source": ${quote(text)}: must be a text`);
      }
      if (value.length === 0) problems.push(`${spelled}: names no source`);
    } else if (typeof value !== "string" && typeof value !== "number") problems.push(`${spelled}: must be a text or a number`);
    else given.push({ name: key as OptionName, text: String(value), spelled });
  }
  return { given, problems };
}

/** Several sources: a line each. */
function splitSources(key: string, text: string): Given[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== "");
  return (lines.length > 0 ? lines : [text]).map((line) => ({ name: "source", text: line, spelled: `${key}=${show(hideSecrets(line))}` }));
}

/** Problems are printed, and copied into questions: what may be a secret, misspelled names included, stays out of them. */
function hideSecret(name: string, value: unknown, o: { present?: (value: never) => string; instead?: string } = {}): string {
  if (/tok|secr|pass|kofi|stripe|room|key(?!s)/i.test(name)) return o.instead ?? "…";
  const present: (value: never) => string = o.present ?? show;
  return present(JSON.parse(JSON.stringify(value, (_key, it) => typeof it === "string" ? hideSecrets(it) : it)) as never);
}

/** parseArgs would swallow `--title --help` as a title; an option that is followed by another has no value. */
function tokenize(args: readonly string[]) {
  const end = args.indexOf("--");
  const parted = args.map((arg, at) => {
    const next = args[at + 1];
    const isAlone = next === undefined || next.startsWith("--");
    return (end < 0 || at < end) && isAlone && VALUED.some((name) => arg === `--${name}`) ? `${arg}=` : arg;
  });
  const options = Object.fromEntries([
    ...VALUED.map((name) => [name, { type: "string" as const }]),
    ...BARE.map((name) => [name, { type: "boolean" as const }]),
  ]);
  return parseArgs({ args: parted, options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function judgePlainWord(word: string, given: readonly Given[]): string | null {
  if (!/^[\d+-]/.test(word)) return "not understood; the only plain word is the port, such as 8081";
  return given.some(({ name }) => name === "port") ? "a port is given already" : null;
}

function describeUnknown(name: string): string {
  if (name === "port") return "no such option; the port is a plain word: deno task serve 8081";
  return `no such option.${suggest(`--${name}`, [...VALUED, ...BARE].map((it) => `--${it}`)) || " --help lists them."}`;
}

function describeUnreadable(error: Error): string {
  const reasons: Record<string, string> = {
    NotFound: "there is no such file",
    PermissionDenied: "may not be read",
    NotCapable: "may not be read; start it with deno task serve, or with --allow-read=FILE",
    IsADirectory: "is a folder",
    SyntaxError: `not valid JSON (${error.message})`,
  };
  return reasons[error.name] ?? `cannot be read (${error.message})`;
}
