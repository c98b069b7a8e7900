import { dirname, join } from "node:path";
import { composeAgent, composeUnit, type Place, SERVICE_PATH } from "./service_file.ts";

/**
 * `deno task install-service [--user | --system] [--start]`: writes the service's file for this checkout, fetches what it needs into a folder of the
 * checkout and builds the pages once, so that the service itself needs neither network nor write rights there. Starts nothing unless asked.
 */
/** What the machine is, as far as it matters here. */
export interface Machine {
  readonly os: string;
  readonly isRoot: boolean;
  /** systemd runs this machine. */
  readonly hasSystemd: boolean;
  readonly systemdVersion: number;
  readonly home: string;
  /** Where a user's settings stand. */
  readonly configHome: string;
  /** Of the system. */
  readonly etc: string;
  readonly root: string;
  readonly deno: string;
  /** Null where there is none. */
  readonly ffmpeg: string | null;
  readonly groups: readonly string[];
  readonly say: (line: string) => void;
  readonly complain: (line: string) => void;
}

const USAGE = "deno task install-service [--user | --system] [--start]";
const KNOWN = ["--user", "--system", "--start"];
const SETTINGS_TEXT = `# Settings of Tercet, a line each; deno task serve --help lists them. For example:
# TERCET_SOURCE=camera
# TERCET_PORT=8080
# TERCET_UPLINK=20M
# It comes up off the air, and the studio starts the show. On air from the start:
# TERCET_OFF_AIR=no
`;

if (import.meta.main) Deno.exit(await install(Deno.args, lookAround()));

/** Resolves to the code to end with: 2 for a wrong command line, 1 for what cannot be done; the reason has been told. */
export async function install(args: readonly string[], machine: Machine): Promise<number> {
  const { say, complain } = machine;
  const strange = args.find((arg) => !KNOWN.includes(arg));
  if (strange !== undefined) return refuse(complain, 2, `${strange}: not understood; it is ${USAGE}`);
  if (args.includes("--user") && args.includes("--system")) return refuse(complain, 2, "--user --system: one of the two");
  const isSystem = args.includes("--system") || machine.isRoot && !args.includes("--user");
  const problem = await findObstacle(machine, isSystem);
  if (problem !== null) return refuse(complain, 1, problem);
  try {
    const start = machine.os === "darwin" ? await writeAgent(machine) : await writeUnit(machine, isSystem);
    if (!args.includes("--start")) {
      say("Nothing has been started. This starts it, now and after each boot:");
      say(`  ${start.join(" ")}`);
      return 0;
    }
    await run(start[0]!, start.slice(1));
    say(`Started by: ${start.join(" ")}`);
    return 0;
  } catch (error) {
    return refuse(complain, 1, error instanceof Error ? error.message : String(error));
  }
}

function refuse(complain: (line: string) => void, code: number, problem: string): number {
  complain(problem);
  return code;
}

/** Why it cannot be, in words; null where it can. */
async function findObstacle(machine: Machine, isSystem: boolean): Promise<string | null> {
  const { os, root, deno, ffmpeg } = machine;
  if (os !== "linux" && os !== "darwin") {
    return `${os} has services of another kind, which this cannot make; deno task serve runs there as it is.`;
  }
  if (os === "linux" && !machine.hasSystemd) {
    return "systemd does not run this machine, so there is nothing to install a service in. deploy/tercet.service shows what one has to do.";
  }
  if (ffmpeg === null) return "ffmpeg is not on the PATH: run sh setup.sh first.";
  if (os === "darwin" && isSystem) {
    return "On a Mac the service is a user's own: a camera belongs to who is signed in. Run this as that user, without sudo.";
  }
  if (isSystem && !machine.isRoot) {
    return "--system: only root may install a service of the system; run this with sudo, or without --system for your own.";
  }
  if (!isSystem) return null;
  for (const path of [join(root, "main.ts"), deno, ffmpeg]) {
    const closed = await findClosed(path);
    if (closed !== null) {
      return `${closed} is closed to other users, and the service runs as a user of its own: it could not read ${path}. Move that to where all may ` +
        "read, such as /opt/tercet or /usr/local/bin, or install a service of your own with --user.";
    }
  }
  return null;
}

/** The first folder on the way to a file, or the file, that others may not enter or read. */
async function findClosed(path: string): Promise<string | null> {
  for (const [at] of [...path.matchAll(/\/[^/]*/g)].map(({ index }) => [index] as const).slice(1)) {
    const folder = path.slice(0, at);
    if ((((await Deno.stat(folder)).mode ?? 0o777) & 0o001) === 0) return folder;
  }
  return (((await Deno.stat(path)).mode ?? 0o777) & 0o004) === 0 ? path : null;
}

async function writeUnit(machine: Machine, isSystem: boolean): Promise<string[]> {
  const { root, say } = machine;
  const unit = composeUnit(
    await Deno.readTextFile(join(root, "deploy/tercet.service")),
    findPlace(machine, SERVICE_PATH),
    isSystem ? { groups: machine.groups } : null,
  );
  await prepare(machine, isSystem);
  const settings = join(isSystem ? machine.etc : machine.configHome, "tercet.env");
  await write(join(isSystem ? join(machine.etc, "systemd/system") : join(machine.configHome, "systemd/user"), "tercet.service"), unit, say);
  await writeSettings(settings, say);
  const data = isSystem
    ? "/var/lib/tercet"
    : join(machine.systemdVersion >= 254 ? join(machine.home, ".local/state") : machine.configHome, "tercet");
  say(
    `It runs ${
      isSystem ? "as a user of its own (systemd makes one while it runs)" : "as you"
    }, from ${root}, and keeps its data in ${data}, not in ` +
      `${join(root, "data")}: deno task backup and restore take that along.`,
  );
  if (!isSystem) say("A user's service ends with the last session. So that it lasts: loginctl enable-linger");
  return ["systemctl", ...(isSystem ? [] : ["--user"]), "enable", "--now", "tercet"];
}

async function writeAgent(machine: Machine): Promise<string[]> {
  const { root, say } = machine;
  const text = composeAgent(
    await Deno.readTextFile(join(root, "deploy/tercet.plist")),
    findPlace(machine, ["/opt/homebrew/bin", "/usr/local/bin"]),
  );
  await prepare(machine, false);
  await Deno.mkdir(join(root, "data"), { recursive: true });
  const path = join(machine.home, "Library/LaunchAgents/tercet.plist");
  await write(path, text, say);
  say(
    "This file has not been tried on a Mac yet: tell us how it goes. Settings go into its EnvironmentVariables, as TERCET_SOURCE and the like.",
  );
  return ["launchctl", "load", "-w", path];
}

function findPlace({ root, deno, ffmpeg }: Machine, found: readonly string[]): Place {
  const folder = dirname(ffmpeg!);
  return { root, deno, ffmpegFolder: found.includes(folder) ? null : folder };
}

/** The packages in a folder of the checkout, so that no cleaned cache ends the service, and the pages. */
async function prepare({ root, deno, say }: Machine, isSystem: boolean): Promise<void> {
  await run(deno, ["task", "--quiet", "build"], { cwd: root });
  await run(deno, ["cache", "--frozen", "--quiet", "main.ts"], { cwd: root, env: { DENO_DIR: join(root, ".deno") } });
  // What root has made belongs to whom the checkout belongs to, and a umask is not asked.
  if (isSystem) {
    for (const made of [join(root, ".deno"), join(root, "static/dist")]) {
      await run("chown", ["-R", `--reference=${root}`, made]);
      await run("chmod", ["-R", "a+rX", made]);
    }
  }
  say(`Built the pages, and fetched the server's packages into ${join(root, ".deno")}. After an update of the checkout run this again.`);
}

async function write(path: string, text: string, say: (line: string) => void): Promise<void> {
  const before = await Deno.readTextFile(path).catch(() => null);
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text, { mode: 0o644 });
  say(`${before === null ? "Wrote" : before === text ? "Left as it was:" : "Replaced"} ${path}.`);
}

/** Keys may stand in it. One that is there is left alone. */
async function writeSettings(path: string, say: (line: string) => void): Promise<void> {
  try {
    await Deno.writeTextFile(path, SETTINGS_TEXT, { createNew: true, mode: 0o600 });
  } catch (problem) {
    if (!(problem instanceof Deno.errors.AlreadyExists)) throw problem;
  }
  say(`Its settings stand in ${path}.`);
}

/** Throws an Error with what the program said where it fails. */
async function run(program: string, args: readonly string[], o: { cwd?: string; env?: Record<string, string> } = {}): Promise<void> {
  const { success, code, stderr } = await new Deno.Command(program, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    ...o,
  }).output();
  if (success) return;
  const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1) || `it ended with code ${code}`;
  throw new Error(`${[program, ...args].join(" ")}: ${said}`);
}

function lookAround(): Machine {
  const env = (name: string) => Deno.env.get(name) || null;
  const home = env("HOME") ?? "/";
  return {
    os: Deno.build.os,
    isRoot: Deno.build.os !== "windows" && Deno.uid() === 0,
    hasSystemd: isFolder("/run/systemd/system"),
    systemdVersion: readSystemdVersion(),
    home,
    configHome: env("XDG_CONFIG_HOME") ?? join(home, ".config"),
    etc: "/etc",
    root: decodeURIComponent(new URL("..", import.meta.url).pathname).replace(/\/$/, ""),
    deno: Deno.execPath(),
    ffmpeg: findProgram("ffmpeg", env("PATH") ?? ""),
    groups: readGroups(),
    say: console.log,
    complain: console.error,
  };
}

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}

function findProgram(name: string, path: string): string | null {
  for (const folder of path.split(":").filter((folder) => folder.startsWith("/"))) {
    try {
      if (Deno.statSync(join(folder, name)).isFile) return join(folder, name);
    } catch {
      // Not here.
    }
  }
  return null;
}

function readGroups(): string[] {
  try {
    return Deno.readTextFileSync("/etc/group").split("\n").map((line) => line.split(":")[0]!);
  } catch {
    return [];
  }
}

/** Zero where there is none. */
function readSystemdVersion(): number {
  if (Deno.build.os !== "linux") return 0;
  try {
    const { stdout } = new Deno.Command("systemctl", { args: ["--version"], stderr: "null" }).outputSync();
    return Number(/^systemd (\d+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? 0);
  } catch {
    return 0;
  }
}
