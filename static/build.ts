/**
 * Makes static/dist from static: dist/index.html, and in dist/assets one script, one style sheet and the icon, each with a hash of its
 * content in its name so that they can be cached for ever. Does nothing when dist is newer than its sources.
 * Run by `deno run --allow-run=deno --allow-read --allow-write --allow-env static/build.ts` (`deno task build`); `--force` builds in any case.
 */
const here = new URL(".", import.meta.url);
const dist = new URL("dist/", here);

if (import.meta.main) {
  if (Deno.args.includes("--force") || !isFresh()) await build();
}

/** Whether index.html in dist is newer than every source and than deno.lock, which says which hls.js is bundled. */
function isFresh(): boolean {
  const builtMs = modifiedMs(new URL("index.html", dist));
  if (builtMs === 0) return false;
  const sources = [...Deno.readDirSync(here)].filter((entry) => entry.isFile).map((entry) => new URL(entry.name, here));
  return [...sources, new URL("../deno.lock", here)].every((file) => modifiedMs(file) < builtMs);
}

async function build(): Promise<void> {
  const assets = new URL("assets/", dist);
  Deno.mkdirSync(assets, { recursive: true });
  const script = await bundle(new URL("app.ts", here));
  const names = {
    "app.ts": await put(assets, "app", "js", script),
    "style.css": await put(assets, "style", "css", tighten(Deno.readTextFileSync(new URL("style.css", here)))),
    "favicon.svg": await put(assets, "favicon", "svg", Deno.readTextFileSync(new URL("favicon.svg", here)), false),
  };
  let html = Deno.readTextFileSync(new URL("index.html", here));
  for (const [source, name] of Object.entries(names)) html = html.replace(`"${source}"`, `"assets/${name}"`);
  // Last, and in one step: whoever serves meanwhile sees the old page or the new one, each with its own files.
  const unfinished = new URL("index.html.new", dist);
  Deno.writeTextFileSync(unfinished, html.replace(/>\s+</g, "><"));
  Deno.renameSync(unfinished, new URL("index.html", dist));
  for (const { name } of Deno.readDirSync(assets)) if (!Object.values(names).includes(name)) Deno.removeSync(new URL(name, assets));
}

async function bundle(entry: URL): Promise<string> {
  const args = ["bundle", "--quiet", "--platform", "browser", "--minify", entry.href];
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" }).output();
  if (code !== 0) throw new Error(`Cannot bundle ${entry.pathname}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

async function put(folder: URL, stem: string, ending: string, text: string, isHashed = true): Promise<string> {
  const name = isHashed ? `${stem}-${await hash(text)}.${ending}` : `${stem}.${ending}`;
  Deno.writeTextFileSync(new URL(name, folder), text);
  return name;
}

async function hash(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...digest.subarray(0, 6)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
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
