import { buildWhereStale } from "./static/build.ts";

/**
 * Starts the server with the least it needs: `deno task serve` runs this, as only a program can read from the command line which data folder and which
 * settings file are meant. It builds the pages where they are older than what they are made of, runs main.ts with rights to those two and nothing more,
 * hands signals on and ends as it ends.
 */
/** Measured; ARCHITECTURE.md says how. */
export const V8_FLAGS = "--v8-flags=--min-semi-space-size=8,--max-semi-space-size=32";
const DEFAULT_DATA = "data";

if (import.meta.main) await serve();

async function serve(): Promise<void> {
  await buildWhereStale();
  const named = findNamed({ args: Deno.args, env: (name) => Deno.env.get(name), readFile: Deno.readTextFileSync });
  for (const [name, path] of Object.entries(named)) {
    // Deno takes it for two paths, and has no way to write it otherwise.
    if (path?.includes(",")) {
      Deno.exit(refuse(`--${name} ${path}: there is a comma in this path, with which Deno cannot be told to allow it`));
    }
  }
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", V8_FLAGS, ...listRights(named), "main.ts", ...Deno.args],
    cwd: new URL(".", import.meta.url),
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const signals: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) Deno.addSignalListener(signal, () => handOn(server, signal));
  const { code } = await server.status;
  Deno.exit(code);
}

function refuse(problem: string): number {
  console.error(problem);
  return 2;
}

function handOn(server: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    server.kill(signal);
  } catch {
    // It has ended.
  }
}

/** What the command line, the environment or the file name: these win in that order. Whether it is right is for main.ts to say. */
export function findNamed(o: {
  readonly args: readonly string[];
  readonly env: (name: string) => string | undefined;
  readonly readFile: (path: string) => string;
}): { readonly data: string; readonly config: string | null } {
  const config = findOption(o.args, "config") ?? (o.env("TERCET_CONFIG") || null);
  const data = findOption(o.args, "data") ?? (o.env("TERCET_DATA") || null) ?? (config === null ? null : readData(config, o.readFile));
  return { data: data ?? DEFAULT_DATA, config };
}

/** The rights of the server. */
export function listRights({ data, config }: { readonly data: string; readonly config: string | null }): string[] {
  const list = (...paths: string[]) => paths.join();
  return [
    "--allow-net",
    "--allow-env",
    "--allow-sys=networkInterfaces,statfs",
    "--allow-run=ffmpeg,ffprobe",
    `--allow-read=${list(".", data, ...(config === null ? [] : [config]))}`,
    `--allow-write=${list(data)}`,
  ];
}

function findOption(args: readonly string[], name: string): string | null {
  const end = args.indexOf("--");
  let found: string | null = null;
  for (const [at, arg] of (end < 0 ? args : args.slice(0, end)).entries()) {
    const next = args[at + 1];
    if (arg === `--${name}` && next !== undefined && !next.startsWith("--")) found = next;
    else if (arg.startsWith(`--${name}=`)) found = arg.slice(name.length + 3);
  }
  return found || null;
}

function readData(config: string, readFile: (path: string) => string): string | null {
  try {
    const { data } = JSON.parse(readFile(config).replace(/^\uFEFF/, ""));
    return typeof data === "string" && data !== "" ? data : null;
  } catch {
    return null;
  }
}
