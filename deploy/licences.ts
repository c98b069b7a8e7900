/**
 * Lists every package of deno.lock with its licence and where it is used, and ends with 1 where one is not on the list below: `deno task licences`. With
 * `--cyclonedx` the same as a bill of materials (CycloneDX 1.6), for machines. Reads what `deno install` has put into Deno's cache, asks nobody.
 */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** As SPDX writes it; null where the package does not say. */
  readonly licence: string | null;
  /** `served`: in the server or in what browsers are sent; `tests`: nothing of it reaches anybody. */
  readonly used: "served" | "tests";
  /** SHA-512, base64. */
  readonly integrity: string;
}

/** Permissive ones: what is served stays MIT. Tests may also use what asks to share changes to itself (MPL). */
const SERVED = ["MIT", "ISC", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "0BSD"];
const TESTS = [...SERVED, "MPL-2.0"];
/** What the server and the pages import; everything else in deno.json is for tests. */
const SERVED_ROOTS = ["canvas-confetti", "hls.js", "hono", "linkify-it", "prom-client", "stripe", "uplot", "uqr", "zod"];

if (import.meta.main) {
  const packages = await listPackages();
  console.log(Deno.args.includes("--cyclonedx") ? JSON.stringify(describeBill(packages), null, 2) : renderTable(packages));
  const strange = findStrange(packages);
  for (const { name, licence } of strange) {
    console.error(`${name}: ${licence ?? "says no licence"}, which is not on the list in deploy/licences.ts`);
  }
  Deno.exit(strange.length > 0 ? 1 : 0);
}

/** By name. Throws where a package is not in the cache: `deno install` brings it there. */
export async function listPackages(): Promise<readonly Package[]> {
  const lock = JSON.parse(await Deno.readTextFile(new URL("../deno.lock", import.meta.url))) as Lock;
  const served = walk(lock, SERVED_ROOTS);
  const caches = await findCaches();
  const found = Object.entries(lock.npm).map(async ([key, { integrity }]) => {
    const [, name = "", version = ""] = /^(@?[^@]+)@([^_]+)/.exec(key) ?? [];
    const described = JSON.parse(await readFirst(caches.map((cache) => `${cache}/${name}/${version}/package.json`)));
    const licence = typeof described.license === "string"
      ? described.license
      : described.license?.type ?? described.licenses?.[0]?.type ?? null;
    return { name, version, licence, used: served.has(key) ? "served" : "tests", integrity: integrity.replace(/^sha512-/, "") } as const;
  });
  return (await Promise.all(found)).sort((a, b) => a.name.localeCompare(b.name));
}

export function findStrange(packages: readonly Package[]): readonly Package[] {
  return packages.filter(({ licence, used }) => licence === null || !(used === "served" ? SERVED : TESTS).includes(licence));
}

/** A bill of materials (https://cyclonedx.org/docs/1.6/json/). */
export function describeBill(packages: readonly Package[]): Record<string, unknown> {
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", name: "tercet", "bom-ref": "tercet", licenses: [{ license: { id: "MIT" } }] } },
    components: packages.map(({ name, version, licence, used, integrity }) => ({
      type: "library",
      "bom-ref": addressOf(name, version),
      name,
      version,
      purl: addressOf(name, version),
      scope: used === "served" ? "required" : "excluded",
      ...(licence === null ? {} : { licenses: [licence.includes(" ") ? { expression: licence } : { license: { id: licence } }] }),
      hashes: [{ alg: "SHA-512", content: toHex(integrity) }],
    })),
  };
}

interface Lock {
  readonly specifiers: Readonly<Record<string, string>>;
  readonly npm: Readonly<
    Record<
      string,
      { readonly integrity: string; readonly dependencies?: readonly string[]; readonly optionalDependencies?: readonly string[] }
    >
  >;
}

/** The lock's keys of these packages and of all that they need. */
function walk(lock: Lock, roots: readonly string[]): ReadonlySet<string> {
  const keys = Object.keys(lock.npm);
  // A need is written as `name`, or as `name@version` where there are several.
  const find = (need: string) => keys.filter((key) => key === need || key.startsWith(`${need}@`) || key.startsWith(`${need}_`));
  const found = new Set(roots.flatMap(find));
  for (const key of found) for (const need of lock.npm[key]?.dependencies ?? []) for (const next of find(need)) found.add(next);
  return found;
}

/** A folder for each registry that packages came from. */
async function findCaches(): Promise<readonly string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(stdout));
  const entries = await Array.fromAsync(Deno.readDir(npmCache));
  return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => `${npmCache}/${name}`);
}

async function readFirst(paths: readonly string[]): Promise<string> {
  const [path, ...others] = paths;
  if (path === undefined) throw new Error("A package of the lock file is not in the cache: run deno install");
  return await Deno.readTextFile(path).catch(() => readFirst(others));
}

function renderTable(packages: readonly Package[]): string {
  const width = (read: (each: Package) => string) => Math.max(...packages.map((each) => read(each).length));
  const [names, versions, licences] = [width(({ name }) => name), width(({ version }) => version), width(({ licence }) => String(licence))];
  return packages.map(({ name, version, licence, used }) =>
    `${name.padEnd(names)}  ${version.padEnd(versions)}  ${String(licence).padEnd(licences)}  ${used}`
  ).join("\n");
}

function addressOf(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function toHex(base64: string): string {
  return [...atob(base64)].map((each) => each.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
