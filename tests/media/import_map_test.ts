import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { findForbidden, findImports, findLoop, type ImportMap, readGraph } from "../fixtures/import_map.ts";

/** The map of STYLE.md, along the road. `tests/static/import_map_test.ts` has that of the pages. */
const MAP: ImportMap = [
  {
    room: "words",
    files: ["media/hls/rendition.ts", "media/hls/segment.ts", "media/timeline/grid.ts", "media/timeline/clock.ts"],
    may: [],
    libraries: [],
  },
  { room: "settings", files: ["media/settings/"], may: ["words", "deno.json"], libraries: ["node:", "zod"] },
  { room: "sqlite_file", files: ["media/sqlite_file.ts"], may: [], libraries: ["node:"] },
  { room: "timer", files: ["media/timer.ts"], may: [], libraries: ["node:"] },
  { room: "steady_clock", files: ["media/steady_clock.ts"], may: [], libraries: [] },
  { room: "teller", files: ["media/teller.ts"], may: [], libraries: [] },
  { room: "delayed_writer", files: ["media/delayed_writer.ts"], may: ["timer"], libraries: [] },
  { room: "ffmpeg", files: ["media/ffmpeg/"], may: ["words"], libraries: ["node:"] },
  { room: "intake", files: ["media/intake/"], may: ["words", "settings", "ffmpeg", "ingest"], libraries: ["node:"] },
  {
    room: "mixer",
    files: ["media/mixer/"],
    may: ["words", "settings", "ffmpeg", "intake", "ingest", "timer", "teller"],
    libraries: ["node:"],
  },
  { room: "filters", files: ["media/encoder/filters.ts"], may: [], libraries: [] },
  {
    room: "encoder",
    files: ["media/encoder/"],
    may: ["words", "ffmpeg", "intake", "flv", "records", "timer", "filters"],
    libraries: ["node:"],
  },
  { room: "flv", files: ["media/flv/"], may: ["words"], libraries: ["node:"] },
  { room: "records", files: ["media/mp4/bits.ts", "media/mp4/sps.ts"], may: [], libraries: [] },
  { room: "whole_file", files: ["media/whole_file.ts"], may: [], libraries: [] },
  { room: "same_secret", files: ["media/same_secret.ts"], may: [], libraries: ["node:"] },
  {
    room: "publishers",
    files: ["media/ingest/publishers.ts", "media/ingest/publishers_file.ts"],
    may: ["whole_file"],
    libraries: ["node:"],
  },
  { room: "room", files: ["media/room/"], may: ["whole_file"], libraries: ["node:"] },
  { room: "life", files: ["media/life/"], may: ["whole_file", "timer"], libraries: [] },
  { room: "studio", files: ["media/studio/"], may: ["whole_file", "same_secret", "room"], libraries: ["node:"] },
  {
    room: "ingest",
    files: ["media/ingest/"],
    may: ["words", "settings", "timer", "ffmpeg", "flv", "records", "publishers", "whole_file"],
    libraries: ["node:"],
  },
  { room: "mp4", files: ["media/mp4/"], may: ["words", "flv", "records"], libraries: ["node:"] },
  { room: "timeline", files: ["media/timeline/"], may: ["words", "flv", "teller"], libraries: ["node:"] },
  { room: "wakeup", files: ["media/hls/wakeup.ts"], may: ["timer"], libraries: ["node:"] },
  { room: "m3u8", files: ["media/hls/m3u8.ts"], may: [], libraries: [] },
  { room: "window", files: ["media/hls/window.ts"], may: ["words", "timer", "wakeup"], libraries: [] },
  { room: "directives", files: ["media/hls/directives.ts"], may: ["words", "window"], libraries: [] },
  { room: "segmenter", files: ["media/hls/segmenter.ts"], may: ["words", "flv", "mp4"], libraries: [] },
  { room: "hls", files: ["media/hls/"], may: ["words", "window", "m3u8", "directives"], libraries: ["node:"] },
  { room: "choose", files: ["media/audience/choose.ts"], may: ["words", "audience"], libraries: [] },
  {
    room: "audience",
    files: ["media/audience/"],
    may: ["words", "settings", "sqlite_file", "delayed_writer", "choose", "window", "hls"],
    libraries: ["node:"],
  },
  { room: "roster", files: ["media/relay/roster.ts"], may: [], libraries: ["zod"] },
  { room: "redis", files: ["media/relay/redis_log.ts"], may: ["words", "settings", "relay"], libraries: ["node:", "ioredis"] },
  {
    room: "relay",
    files: ["media/relay/"],
    may: ["words", "settings", "teller", "window", "mp4", "audience", "room", "life", "channel", "redis", "roster"],
    libraries: ["node:", "zod"],
  },
  {
    room: "edge_channel",
    files: ["media/edge_channel.ts"],
    may: ["words", "settings", "teller", "window", "audience", "archive", "room", "life", "relay", "channel"],
    libraries: ["node:"],
  },
  { room: "archive", files: ["media/archive/"], may: ["words", "settings", "window", "hls"], libraries: ["node:"] },
  {
    room: "channel",
    files: [
      "media/channel.ts",
      "media/show.ts",
      "media/shows.ts",
      "media/slate_keeper.ts",
      "media/slates.ts",
      "media/variants.ts",
      "media/data_folder.ts",
      "media/pick_hardware.ts",
    ],
    may: [
      "words",
      "settings",
      "ffmpeg",
      "intake",
      "ingest",
      "mixer",
      "encoder",
      "filters",
      "timer",
      "teller",
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
      "room",
      "life",
    ],
    libraries: ["node:"],
  },
  {
    room: "edge",
    files: ["routes/edge.ts"],
    may: ["words", "settings", "audience", "steady_clock", "relay", "roster", "edge_channel", "routes"],
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
      "timer",
      "teller",
      "mixer",
      "filters",
      "m3u8",
      "window",
      "directives",
      "hls",
      "choose",
      "audience",
      "archive",
      "channel",
      "publishers",
      "room",
      "life",
      "studio",
      "same_secret",
      "whole_file",
      "roster",
      "deno.json",
    ],
    libraries: ["node:", "hono", "zod", "prom-client", "uqr", "stripe"],
  },
  {
    room: "main",
    files: ["main.ts"],
    may: [
      "edge",
      "words",
      "settings",
      "ffmpeg",
      "intake",
      "ingest",
      "steady_clock",
      "studio",
      "audience",
      "relay",
      "roster",
      "channel",
      "edge_channel",
      "routes",
      "deno.json",
    ],
    libraries: ["node:", "hono"],
  },
];

const ROOTS = ["main.ts", "media", "routes", "chat", "donations"];

describe("the import map", () => {
  it("nothing looks right or up, and every file has its room", () => {
    assert.deepEqual(findForbidden(MAP, readGraph(ROOTS)), []);
  });

  it("there is no loop", () => {
    assert.equal(findLoop(readGraph(ROOTS)), null);
  });

  it("a box without --relay loads nothing of the relay", async () => {
    const reached = new Set<string>();
    const look = async (file: string): Promise<void> => {
      if (reached.has(file)) return;
      reached.add(file);
      if (!file.endsWith(".ts")) return;
      // What is imported when it is used, and types, cost nothing.
      const code = (await Deno.readTextFile(file)).replace(/\bimport\(.*?\)/g, "").replace(/^(?:import|export) type [^;]*;$/gm, "");
      await Promise.all(findImports(file, code).map(look));
    };
    await look("main.ts");
    assert.ok(reached.has("media/channel.ts"));
    assert.deepEqual([...reached].filter((file) => /^media\/relay\/|^edge\.ts|^media\/edge_channel|ioredis/.test(file)), []);
  });

  const forbidden: [string, string, string][] = [
    ["a playlist that asks for a viewer", "media/hls/playlist.ts", "media/audience/viewer.ts"],
    ["a door that reads media bytes", "routes/media.ts", "media/flv/reader.ts"],
    ["a channel that knows HTTP", "media/channel.ts", "hono"],
    ["media that looks up to a door", "media/hls/window.ts", "routes/problems.ts"],
    ["ffmpeg that looks right", "media/encoder/run.ts", "media/hls/window.ts"],
    ["a server that runs the browser's side", "routes/page.ts", "static/player.ts"],
    ["a folder that nobody put on the map", "media/misc/helpers.ts", "media/hls/segment.ts"],
  ];
  for (const [name, from, to] of forbidden) {
    it(`catches ${name}`, () => assert.equal(findForbidden(MAP, new Map([[from, [to]]])).length, 1));
  }

  it("lets the arrows of the road pass", () => {
    const graph = new Map([
      ["media/hls/segmenter.ts", ["media/mp4/fragment.ts", "media/flv/frame.ts", "media/hls/segment.ts"]],
      ["media/audience/choose.ts", ["media/hls/rendition.ts", "media/audience/viewer.ts"]],
      ["routes/pages/watch.ts", ["media/channel.ts", "hono/cors"]],
    ]);
    assert.deepEqual(findForbidden(MAP, graph), []);
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
