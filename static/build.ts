import { EN } from "./words/en.ts";
import { ZH_TW } from "./words/zh_tw.ts";

/**
 * Makes static/dist from static: each page (`index.html`, `embed.html` and whatever else ends in .html here), and in dist/assets its script, its
 * style sheets as one, what its script loads later, and the icon, each with a hash of its content in its name so that it can be cached for
 * ever. Does nothing when dist is newer than its sources.
 * Run by `deno run --allow-run=deno --allow-read --allow-write --allow-env static/build.ts` (`deno task build`); `--force` builds in any case.
 */
const here = new URL(".", import.meta.url);
const dist = new URL("dist/", here);
const assets = new URL("assets/", dist);
/** What is made here, and pictures for the README: not a source. */
const NO_SOURCES = ["dist", "readme"];
/** An import that is left when types are gone, as `deno fmt` writes it. */
const OWN_IMPORT = /^(?:import|export) (?!type )(?:[^"]*? from )?"(\.[^"]+\.ts)";/gm;
const WORDS: Readonly<Record<string, { readonly noScript: string }>> = { "en": EN.notice, "zh-TW": ZH_TW.notice };

if (import.meta.main) {
  if (Deno.args.includes("--force") || !isFresh()) await build();
}

/** Whether every page in dist is newer than every source and than deno.lock, which says which hls.js is bundled. */
function isFresh(): boolean {
  const builtMs = Math.min(...listPages().map((name) => modifiedMs(new URL(name, dist))));
  return builtMs > 0 && [...listSources(), new URL("../deno.lock", here)].every((file) => modifiedMs(file) < builtMs);
}

/** All that a page is made of: what stands here, and what is imported from outside. */
export function listSources(): URL[] {
  const found = new Map(listFiles(here).map((file) => [file.href, file]));
  // A map that grows while it is walked: what is imported is looked into as well.
  for (const file of found.values()) {
    if (!file.pathname.endsWith(".ts")) continue;
    for (const [, path] of Deno.readTextFileSync(file).matchAll(OWN_IMPORT)) {
      const imported = new URL(path!, file);
      found.set(imported.href, imported);
    }
  }
  return [...found.values()];
}

function listPages(): string[] {
  return [...Deno.readDirSync(here)].map(({ name }) => name).filter((name) => name.endsWith(".html"));
}

/** All files in a folder and in those below. */
function listFiles(folder: URL): URL[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    !isDirectory ? [new URL(name, folder)] : NO_SOURCES.includes(name) ? [] : listFiles(new URL(`${name}/`, folder))
  );
}

async function build(): Promise<void> {
  Deno.mkdirSync(assets, { recursive: true });
  const written = new Set<string>();
  const icon = Deno.readTextFileSync(new URL("favicon.svg", here));
  written.add("favicon.svg");
  Deno.writeTextFileSync(new URL("favicon.svg", assets), icon);
  for (const page of listPages()) await buildPage(page, written);
  for (const { name } of Deno.readDirSync(assets)) if (!written.has(name)) Deno.removeSync(new URL(name, assets));
}

async function buildPage(page: string, written: Set<string>): Promise<void> {
  let html = Deno.readTextFileSync(new URL(page, here)).replaceAll('"favicon.svg"', '"assets/favicon.svg"');
  html = html.replace(/\{([\w-]+)\.noScript\}/g, (_, language) => WORDS[language]!.noScript);
  html = await replaceStyles(html, page, written);
  html = await replaceScript(html, written);
  // Last, and in one step: whoever serves meanwhile sees the old page or the new one, each with its own files.
  const unfinished = new URL(`${page}.new`, dist);
  Deno.writeTextFileSync(unfinished, html.replace(/>\s+</g, "><"));
  Deno.renameSync(unfinished, new URL(page, dist));
}

/** All style sheets of a page in one file: one request, in the page's order. */
async function replaceStyles(html: string, page: string, written: Set<string>): Promise<string> {
  const link = /<link rel="stylesheet" href="([^"]+)">\s*/g;
  const text = [...html.matchAll(link)].map(([, name]) => tighten(Deno.readTextFileSync(new URL(name!, here)))).join("");
  if (text === "") return html;
  const name = await put(page.replace(/\.html$/, ""), "css", text, written);
  let isFirst = true;
  return html.replace(link, () => {
    if (!isFirst) return "";
    isFirst = false;
    return `<link rel="stylesheet" href="assets/${name}">`;
  });
}

/** The page's script and, beside it, what it imports later. What it needs from the start is asked for by the page already. */
async function replaceScript(html: string, written: Set<string>): Promise<string> {
  const [whole, source] = html.match(/<script type="module" src="([^"]+)"><\/script>/) ?? [];
  if (whole === undefined || source === undefined) return html;
  const entry = source.replace(/\.ts$/, ".js");
  const files = await bundle(new URL(source, here));
  const names = new Map<string, string>();
  for (const [file, text] of files) names.set(file, await nameFor(file.replace(/(-[A-Z0-9]{8})?\.js$/, ""), "js", file + text));
  const rename = (text: string) => [...names].reduce((renamed, [from, to]) => renamed.replaceAll(`"./${from}"`, `"./${to}"`), text);
  for (const [file, text] of files) write(names.get(file)!, rename(text), written);
  const needed = [...files.get(entry)!.matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map(([, file]) => names.get(file!)!);
  const tags = [...new Set(needed)].map((name) => `<link rel="modulepreload" href="assets/${name}">`);
  return html.replace(whole, `${tags.join("")}<script type="module" src="assets/${names.get(entry)}"></script>`);
}

/** File names with their text: the entry, and a chunk for each part that is imported later or shared. */
async function bundle(entry: URL): Promise<Map<string, string>> {
  const out = new URL(`bundle.${Deno.pid}/`, dist);
  try {
    const args = ["bundle", "--quiet", "--platform", "browser", "--minify", "--code-splitting", "--outdir", out.pathname, entry.href];
    const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).output();
    if (code !== 0) throw new Error(`Cannot bundle ${entry.pathname}: ${new TextDecoder().decode(stderr)}`);
    return new Map([...Deno.readDirSync(out)].map(({ name }) => [name, Deno.readTextFileSync(new URL(name, out))]));
  } finally {
    removeFolder(out);
  }
}

function removeFolder(folder: URL): void {
  try {
    Deno.removeSync(folder, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function put(stem: string, ending: string, text: string, written: Set<string>): Promise<string> {
  const name = await nameFor(stem, ending, text);
  write(name, text, written);
  return name;
}

function write(name: string, text: string, written: Set<string>): void {
  written.add(name);
  Deno.writeTextFileSync(new URL(name, assets), text);
}

async function nameFor(stem: string, ending: string, content: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(content)));
  const hash = [...digest.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${stem}-${hash}.${ending}`;
}

function tighten(css: string): string {
  return css.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\s+/g, " ").replace(/ ?([{};]) ?/g, "$1");
}

function modifiedMs(file: URL): number {
  try {
    return Deno.statSync(file).mtime?.getTime() ?? 0;
  } catch {
    return 0;
  }
}
