/** Where a service stands and runs. Paths are absolute. */
export interface Place {
  /** The checkout. */
  readonly root: string;
  readonly deno: string;
  /** The folder of ffmpeg and ffprobe; null where a service finds them by itself. */
  readonly ffmpegFolder: string | null;
}

/** What this machine has for a service of the whole system. */
export interface SystemParts {
  /** Names of groups. A unit that names another does not start. */
  readonly groups: readonly string[];
}

/** Where a service of systemd finds programs by itself. */
export const SERVICE_PATH: readonly string[] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * `deploy/tercet.service`, the text of `template`, for this place: as a unit of the system (`system`), or without it as a user's own. Throws a RangeError
 * for a path that a unit cannot name.
 */
export function composeUnit(template: string, { root, deno, ffmpegFolder }: Place, system: SystemParts | null): string {
  for (const path of [root, deno, ffmpegFolder ?? "/"]) checkPath(path, UNIT_PATH);
  const path = ffmpegFolder === null ? [] : [`Environment=PATH=${[ffmpegFolder, ...SERVICE_PATH].join(":")}`];
  const lines = (system === null ? dropSystemOnly(template) : template).split("\n").flatMap((line) => {
    if (line.startsWith("# ---")) return [];
    if (line.startsWith("EnvironmentFile=")) return [line, ...path];
    if (system && line.startsWith("SupplementaryGroups=")) return nameGroups(line, system.groups);
    if (system && line === "ProtectHome=yes" && [root, deno].some(isUnderHome)) return ["ProtectHome=read-only"];
    if (!system && line === "WantedBy=multi-user.target") return ["WantedBy=default.target"];
    return [line.replaceAll("/opt/tercet", root).replace("ExecStart=/usr/bin/deno ", `ExecStart=${deno} `)];
  });
  return `# Written by deno task install-service.\n${lines.join("\n").replace(/^(#.*\n)+/, "")}`;
}

/** `deploy/tercet.plist`, the text of `template`, for this place. Throws a RangeError for a path that it cannot name. */
export function composeAgent(template: string, { root, deno, ffmpegFolder }: Place): string {
  for (const path of [root, deno, ffmpegFolder ?? "/"]) checkPath(path, AGENT_PATH);
  const text = template.replaceAll("/opt/tercet", root).replace("<string>/usr/bin/deno<", `<string>${deno}<`);
  return ffmpegFolder === null ? text : text.replace("<string>/opt/homebrew/bin:", `<string>${ffmpegFolder}:/opt/homebrew/bin:`);
}

/** systemd cuts at spaces and reads `%`, `$`, `\` and quotes; Deno cuts at commas. */
const UNIT_PATH = /^\/[\p{L}\p{N}_./@+~:-]*$/u;
const AGENT_PATH = /^\/[^<>&,\p{Cc}]*$/u;

function checkPath(path: string, pattern: RegExp): void {
  if (!pattern.test(path)) throw new RangeError(`${path}: a service cannot name this path; letters, digits and _ . / @ + ~ : - would do`);
}

function dropSystemOnly(template: string): string {
  return template.replace(/^# --- system only.*\n(?:.*\n)*?# --- end\n/gm, "");
}

function nameGroups(line: string, has: readonly string[]): string[] {
  const groups = line.slice(line.indexOf("=") + 1).split(" ").filter((group) => has.includes(group));
  return groups.length === 0 ? [] : [`SupplementaryGroups=${groups.join(" ")}`];
}

function isUnderHome(path: string): boolean {
  return /^\/(home|root|run\/user)\//.test(path);
}
