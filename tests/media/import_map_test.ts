import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";
import { describe, it } from "@std/testing/bdd";

/**
 * The map of STYLE.md, along the road: a room may use itself and what `may` names. The first row that fits a file counts.
 * A row ends with `/` (a folder), `.ts` (a file) or `_` (all files that begin so).
 */
const MAP: readonly { room: string; files: readonly string[]; may: readonly string[]; libraries: readonly string[] }[] = [
  { room: "words", files: ["media/hls/rendition.ts", "media/hls/segment.ts", "media/timeline/grid.ts"], may: [], libraries: [] },
  { room: "settings", files: ["media/settings.ts", "media/settings_"], may: ["words", "deno.json"], libraries: ["node:", "zod"] },
  { room: "sqlite_file", files: ["media/sqlite_file.ts"], may: [], libraries: ["node:"] },
  { room: "timer", files: ["media/timer.ts"], may: [], libraries: [] },
  { room: "delayed_writer", files: ["media/delayed_writer.ts"], may: ["timer"], libraries: [] },
  { room: "ffmpeg", files: ["media/ffmpeg/"], may: ["words", "settings"], libraries: ["node:"] },
  { room: "flv", files: ["media/flv/"], may: ["words"], libraries: ["node:"] },
  { room: "mp4", files: ["media/mp4/"], may: ["words", "flv"], libraries: ["node:"] },
  { room: "timeline", files: ["media/timeline/"], may: ["words", "ffmpeg", "flv"], libraries: ["node:"] },
  { room: "wakeup", files: ["media/hls/wakeup.ts"], may: ["timer"], libraries: ["node:"] },
  { room: "m3u8", files: ["media/hls/m3u8.ts"], may: [], libraries: [] },
  { room: "window", files: ["media/hls/window.ts"], may: ["words", "timer", "wakeup"], libraries: [] },
  { room: "directives", files: ["media/hls/directives.ts"], may: ["words", "window"], libraries: [] },
  { room: "segmenter", files: ["media/hls/segmenter.ts"], may: ["words", "flv", "mp4", "timeline"], libraries: [] },
  { room: "hls", files: ["media/hls/"], may: ["words", "window", "m3u8", "directives"], libraries: ["node:"] },
  { room: "choose", files: ["media/audience/choose.ts"], may: ["words", "audience"], libraries: [] },
  {
    room: "audience",
    files: ["media/audience/"],
    may: ["words", "settings", "sqlite_file", "delayed_writer", "choose", "window", "hls"],
    libraries: ["node:"],
  },
  { room: "archive", files: ["media/archive/"], may: ["words", "settings", "window", "hls"], libraries: ["node:"] },
  {
    room: "channel",
    files: ["media/channel.ts", "media/slate_keeper.ts", "media/slates.ts", "media/variants.ts", "media/data_folder.ts"],
    may: [
      "words",
      "settings",
      "ffmpeg",
      "flv",
      "mp4",
      "timeline",
      "wakeup",
      "m3u8",
      "window",
      "directives",
      "segmenter",
      "hls",
      "choose",
      "audience",
      "archive",
    ],
    libraries: ["node:"],
  },
  {
    room: "routes",
    files: ["routes/", "chat/", "donations/"],
    may: [
      "words",
      "settings",
      "sqlite_file",
      "delayed_writer",
      "m3u8",
      "window",
      "directives",
      "hls",
      "choose",
      "audience",
      "archive",
      "channel",
      "deno.json",
    ],
    libraries: ["node:", "hono", "zod", "prom-client", "uqr", "stripe"],
  },
  {
    room: "main",
    files: ["main.ts"],
    may: ["words", "settings", "ffmpeg", "channel", "routes", "deno.json"],
    libraries: ["node:", "hono"],
  },
];

/** What a file imports: paths inside the project, names of libraries as they are. */
type Graph = ReadonlyMap<string, readonly string[]>;

describe("the import map", () => {
  it("nothing looks right or up, and every file has its room", () => {
    assert.deepEqual(findForbidden(readGraph()), []);
  });

  it("there is no loop", () => {
    assert.equal(findLoop(readGraph()), null);
  });

  const forbidden: [string, string, string][] = [
    ["a playlist that asks for a viewer", "media/hls/playlist.ts", "media/audience/viewer.ts"],
    ["a door that reads media bytes", "routes/media.ts", "media/flv/reader.ts"],
    ["a channel that knows HTTP", "media/channel.ts", "hono"],
    ["media that looks up to a door", "media/hls/window.ts", "routes/problems.ts"],
    ["ffmpeg that looks right", "media/ffmpeg/run.ts", "media/hls/window.ts"],
    ["a server that runs the browser's side", "routes/page.ts", "static/player.ts"],
    ["a folder that nobody put on the map", "media/misc/helpers.ts", "media/hls/segment.ts"],
  ];
  for (const [name, from, to] of forbidden) {
    it(`catches ${name}`, () => assert.equal(findForbidden(new Map([[from, [to]]])).length, 1));
  }

  it("lets the arrows of the road pass", () => {
    const graph = new Map([
      ["media/hls/segmenter.ts", ["media/mp4/fragment.ts", "media/flv/frame.ts", "media/hls/segment.ts"]],
      ["media/audience/choose.ts", ["media/hls/rendition.ts", "media/audience/viewer.ts"]],
      ["routes/pages/watch.ts", ["media/channel.ts", "hono/cors"]],
    ]);
    assert.deepEqual(findForbidden(graph), []);
  });

  it("catches a loop of three files", () => {
    const graph = new Map([["a.ts", ["b.ts", "x.ts"]], ["b.ts", ["c.ts"]], ["c.ts", ["a.ts"]], ["x.ts", []]]);
    assert.equal(findLoop(graph), "a.ts → b.ts → c.ts → a.ts");
  });

  it("finds imports in every spelling", () => {
    const code =
      `import a, {\n  type B,\n} from "./a.ts";\nexport type { C } from '../c.ts';\nimport "zod";\nconst d = await import("./d.ts");\n` +
      `// import x from "./commented.ts";\nimport data from "../../deno.json" with { type: "json" };\nimport type { E } from "npm:hono@^4/cors";`;
    assert.deepEqual(findImports("media/hls/x.ts", code), [
      "media/hls/a.ts",
      "media/c.ts",
      "zod",
      "media/hls/d.ts",
      "deno.json",
      "hono@^4/cors",
    ]);
  });
});

function findForbidden(graph: Graph): string[] {
  const problems: string[] = [];
  for (const [file, imports] of graph) {
    const from = MAP.find((row) => row.files.some((prefix) => fits(file, prefix)));
    if (!from) {
      problems.push(`${file} stands in no room of the map`);
      continue;
    }
    for (const to of imports) {
      if (!mayImport(from, to)) problems.push(`${file} (${from.room}) may not import ${to}`);
    }
  }
  return problems;
}

function mayImport(from: typeof MAP[number], to: string): boolean {
  const room = MAP.find((row) => row.files.some((prefix) => fits(to, prefix)))?.room;
  if (room !== undefined) return room === from.room || from.may.includes(room);
  return from.may.includes(to) || from.libraries.some((library) => library.endsWith(":") ? to.startsWith(library) : isOf(library, to));
}

function isOf(library: string, specifier: string): boolean {
  return specifier === library || specifier.startsWith(`${library}/`) || specifier.startsWith(`${library}@`);
}

function fits(file: string, prefix: string): boolean {
  return prefix.endsWith(".ts") ? file === prefix : file.startsWith(prefix);
}

/** The first loop as `a → b → a`, or null. */
function findLoop(graph: Graph): string | null {
  const done = new Set<string>();
  function walk(file: string, road: readonly string[]): string | null {
    if (road.includes(file)) return [...road.slice(road.indexOf(file)), file].join(" → ");
    if (done.has(file)) return null;
    for (const next of graph.get(file) ?? []) {
      const loop = walk(next, [...road, file]);
      if (loop !== null) return loop;
    }
    done.add(file);
    return null;
  }
  for (const file of graph.keys()) {
    const loop = walk(file, []);
    if (loop !== null) return loop;
  }
  return null;
}

function readGraph(): Graph {
  const root = new URL("../../", import.meta.url);
  const files = ["main.ts", "media", "routes", "chat", "donations"].flatMap((name) => listFiles(root, name));
  return new Map(files.map((file) => [file, findImports(file, Deno.readTextFileSync(new URL(file, root)))]));
}

function listFiles(root: URL, path: string): string[] {
  try {
    if (Deno.statSync(new URL(path, root)).isFile) return [path];
  } catch {
    return [];
  }
  return [...Deno.readDirSync(new URL(path, root))].flatMap((entry) => {
    if (entry.isDirectory) return listFiles(root, `${path}/${entry.name}`);
    return /\.tsx?$/.test(entry.name) ? [`${path}/${entry.name}`] : [];
  });
}

/** The formatter puts every static import at the start of a line; comments that begin a line are passed over. */
function findImports(file: string, code: string): string[] {
  const pattern = /^(?:import|export)\b(?:[^"'`;=()]*?\bfrom)?\s*["']([^"'\n]+)["']|\bimport\(\s*["']([^"'\n]+)["']/gm;
  return [...code.replace(/^\s*\/\/.*$/gm, "").matchAll(pattern)].map((match) => {
    const specifier = (match[1] ?? match[2])!;
    return specifier.startsWith(".") ? join(dirname(file), specifier) : specifier.replace(/^npm:\/?/, "");
  });
}
