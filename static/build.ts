import { EN, type Words } from "./shared/words/en.ts";
import { ZH_TW } from "./shared/words/zh_tw.ts";

/**
 * Makes static/dist from static: each page (`watch/index.html`, `watch/embed.html` and whatever else ends in .html in a room; one that says its
 * `{language}` once for each: `room.en.html`), and in dist/assets its script, its style sheets as one, what its script loads later, and the icon, each with a hash of its content in its name so that it can be cached for
 * ever. Does nothing when dist is newer than its sources.
 * Run by `deno run --allow-run=deno --allow-read --allow-write --allow-env static/build.ts` (`deno task build`); `--force` builds in any case.
 */
const here = new URL(".", import.meta.url);
const dist = new URL("dist/", here);
const assets = new URL("assets/", dist);
/** What is made here, and pictures for the README: not a source. */
const NO_SOURCES = ["dist", "readme"];
const ICON = new URL("shared/favicon.svg", here);
/** An import that is left when types are gone, as `deno fmt` writes it. */
const OWN_IMPORT = /^(?:import|export) (?!type )(?:[^"]*? from )?"(\.[^"]+\.ts)";/gm;
/** Rooms whose pages stand in a folder of that name: `/overlay/chat`. */
const FOLDERS = ["overlay"];
const WORDS: Readonly<Record<string, Pick<Words, "notice" | "room">>> = { "en": EN, "zh-TW": ZH_TW };

if (import.meta.main) await buildWhereStale(Deno.args.includes("--force"));

/** Whether every page in dist is newer than every source and than deno.lock, which says which hls.js is bundled. */
function isFresh(): boolean {
  const builtMs = Math.min(...listPages().flatMap(listOutputs).map(({ file }) => modifiedMs(file)));
  return builtMs > 0 && [...listSources(), new URL("../deno.lock", here)].every((file) => modifiedMs(file) < builtMs);
}

/** A folder that may not be written (an image, another user's) keeps the pages that it has; without any there is nothing to serve, and the program ends. */
export async function buildWhereStale(isForced = false): Promise<void> {
  if (!isForced && isFresh()) return;
  try {
    await build();
  } catch (problem) {
    if (
      !(problem instanceof Deno.errors.PermissionDenied || problem instanceof Deno.errors.NotCapable) &&
      !/read-only|os error 30\b/i.test(String(problem))
    ) throw problem;
    if (listPages().flatMap(listOutputs).every(({ file }) => modifiedMs(file) > 0)) {
      return console.error(
        `The pages are older than what they are made of, but ${dist.pathname} may not be written: the old ones are served.`,
      );
    }
    console.error(`The pages are not built, and ${dist.pathname} may not be written: run deno task build as whom the folder belongs to.`);
    Deno.exit(1);
  }
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

function listPages(): URL[] {
  return listFiles(here).filter(({ pathname }) => pathname.endsWith(".html"));
}

/** What is made of a page: itself, or where it has a language one for each. */
function listOutputs(page: URL): { readonly file: URL; readonly language: string }[] {
  const name = folderOf(page) + nameOf(page);
  if (!Deno.readTextFileSync(page).includes("{language}")) return [{ file: new URL(name, dist), language: "en" }];
  return Object.keys(WORDS).map((language) => ({ file: new URL(name.replace(/html$/, `${language}.html`), dist), language }));
}

/** With a slash at its end; nothing for a page at the root. */
function folderOf(page: URL): string {
  const folder = FOLDERS.find((each) => page.href.startsWith(new URL(`${each}/`, here).href));
  return folder === undefined ? "" : `${folder}/`;
}

function nameOf(file: URL): string {
  return file.pathname.slice(file.pathname.lastIndexOf("/") + 1);
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
  write(nameOf(ICON), Deno.readTextFileSync(ICON), written);
  for (const page of listPages()) await buildPage(page, written);
  for (const { name } of Deno.readDirSync(assets)) if (!written.has(name)) Deno.removeSync(new URL(name, assets));
}

async function buildPage(page: URL, written: Set<string>): Promise<void> {
  let html = Deno.readTextFileSync(page).replace(/"[^"]*favicon\.svg"/g, `"assets/${nameOf(ICON)}"`);
  html = html.replace(
    /\{([\w-]+)\.(noScript|cannotSend|cannotRun)\}/g,
    (_, language, word: "noScript" | "cannotSend" | "cannotRun") => WORDS[language]!.notice[word],
  );
  html = await replaceStyles(html, page, written);
  html = await replaceFirst(html, page, written);
  html = await replaceScript(html, page, written);
  html = await replaceWorklet(html, page, written);
  // Last, and in one step: whoever serves meanwhile sees the old page or the new one, each with its own files.
  const unfinished = new URL(`${nameOf(page)}.new`, dist);
  const folder = folderOf(page);
  if (folder !== "") {
    Deno.mkdirSync(new URL(folder, dist), { recursive: true });
    html = html.replaceAll('"assets/', '"../assets/');
  }
  for (const { file, language } of listOutputs(page)) {
    Deno.writeTextFileSync(unfinished, fillWords(html, language).replace(/>\s+</g, "><"));
    Deno.renameSync(unfinished, file);
  }
}

function fillWords(html: string, language: string): string {
  const words: Readonly<Record<string, string>> = WORDS[language]!.room;
  return html.replaceAll("{language}", language).replace(/\{room\.(\w+)\}/g, (_, name) => words[name]!);
}

/** All style sheets of a page in one file: one request, in the page's order. */
async function replaceStyles(html: string, page: URL, written: Set<string>): Promise<string> {
  const link = /<link rel="stylesheet" href="([^"]+)">\s*/g;
  const text = [...html.matchAll(link)].map(([, name]) => tighten(Deno.readTextFileSync(new URL(name!, page)))).join("");
  if (text === "") return html;
  const name = await put(nameOf(page).replace(/\.html$/, ""), "css", text, written);
  let isFirst = true;
  return html.replace(link, () => {
    if (!isFirst) return "";
    isFirst = false;
    return `<link rel="stylesheet" href="assets/${name}">`;
  });
}

/** What runs before the page's script, and where that does not. It is nobody's module, so it has its words from here. */
async function replaceFirst(html: string, page: URL, written: Set<string>): Promise<string> {
  const words = Object.entries(WORDS).map(([language, { notice: { tooOld, incomplete } }]) => [language, { tooOld, incomplete }]);
  for (const [whole, source] of html.matchAll(/<script src="([^"]+)"><\/script>/g)) {
    const file = new URL(source!, page);
    const text = Deno.readTextFileSync(file).replace('"{words}"', () => JSON.stringify(Object.fromEntries(words)))
      .replace(/^ *\/\*[^]*?\*\/\n/gm, "").replace(/^ *\/\/.*\n/gm, "").replace(/^ +/gm, "");
    html = html.replace(whole, `<script src="assets/${await put(nameOf(file).replace(/\.js$/, ""), "js", text, written)}"></script>`);
  }
  return html;
}

/** The page's script and, beside it, what it imports later. What it needs from the start is asked for by the page already. */
async function replaceScript(html: string, page: URL, written: Set<string>): Promise<string> {
  const [whole, source] = html.match(/<script type="module" src="([^"]+)"><\/script>/) ?? [];
  if (whole === undefined || source === undefined) return html;
  const entry = source.replace(/\.ts$/, ".js");
  const files = await bundle(new URL(source, page));
  const names = await nameAll(files);
  for (const [file, text] of files) write(names.get(file)!, renameIn(text, names), written);
  const needed = [...files.get(entry)!.matchAll(/(?:from|import)"\.\/([^"]+)"/g)].map(([, file]) => names.get(file!)!);
  const tags = [...new Set(needed)].map((name) => `<link rel="modulepreload" href="assets/${name}">`);
  return html.replace(whole, `${tags.join("")}<script type="module" src="assets/${names.get(entry)}"></script>`);
}

/** What runs in the audio thread is a file of its own, of whose name the page knows: a worklet is loaded by its address. */
async function replaceWorklet(html: string, page: URL, written: Set<string>): Promise<string> {
  const [whole, source] = html.match(/data-worklet="([^"]+)"/) ?? [];
  if (whole === undefined || source === undefined) return html;
  const [[file, text] = ["", ""]] = await bundle(new URL(source, page));
  return html.replace(whole, `data-worklet="assets/${await put(file.replace(/\.js$/, ""), "js", text, written)}"`);
}

/**
 * A name for each file of a bundle, made of its text and of what it imports. The bundler's own names will not do: they change with the folder that
 * the project stands in.
 */
async function nameAll(files: ReadonlyMap<string, string>): Promise<Map<string, string>> {
  const stems = new Map([...files.keys()].map((file) => [file, file.replace(/(-[A-Z0-9]{8})?\.js$/, "")]));
  let names = stems;
  // Each round carries a change one import further up.
  for (let round = 0; round < files.size; round++) {
    const named = [...files].map(async ([file, text]) => [file, await nameFor(stems.get(file)!, "js", renameIn(text, names))] as const);
    names = new Map(await Promise.all(named));
  }
  return names;
}

function renameIn(text: string, names: ReadonlyMap<string, string>): string {
  return [...names].reduce((renamed, [from, to]) => renamed.replaceAll(`"./${from}"`, `"./${to}"`), text);
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
