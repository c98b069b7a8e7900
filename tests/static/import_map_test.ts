import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { findForbidden, findLoop, type ImportMap, readGraph } from "../fixtures/import_map.ts";

/** Of the server the pages know the types of what is said between the two, and what may be said in the chat. */
const WISHES = ["media/audience/viewer.ts", "media/hls/rendition.ts"];

/** The pages' rooms: the watch page may use what is shared, never the other way round. */
const MAP: ImportMap = [
  { room: "words", files: ["static/shared/words/"], may: [...WISHES, "routes/chat/schemas.ts"], libraries: [] },
  { room: "shared", files: ["static/shared/"], may: ["words", "routes/schemas.ts", "routes/donations/schemas.ts"], libraries: ["zod"] },
  { room: "page", files: ["static/watch/page_deps.ts", "static/watch/view.ts", "static/watch/keys.ts"], may: ["shared"], libraries: [] },
  { room: "choosing", files: ["static/watch/choosing/"], may: ["words", "shared", "routes/schemas.ts", ...WISHES], libraries: [] },
  { room: "picture", files: ["static/watch/picture/"], may: ["words", "shared"], libraries: [] },
  { room: "playing", files: ["static/watch/playing/"], may: ["words", "shared", "choosing", ...WISHES], libraries: ["hls.js"] },
  { room: "past", files: ["static/watch/past/"], may: ["words", "shared", "playing", ...WISHES], libraries: [] },
  {
    room: "standby",
    files: ["static/watch/standby/"],
    may: ["words", "shared", "choosing", "past"],
    libraries: [],
  },
  {
    room: "chat",
    files: ["static/watch/chat/"],
    may: ["words", "shared", "page", "routes/chat/text.ts", "routes/chat/schemas.ts"],
    libraries: ["linkify-it"],
  },
  { room: "share", files: ["static/watch/share/"], may: ["words", "shared", "page"], libraries: ["uqr"] },
  {
    room: "donate",
    files: ["static/watch/donate/"],
    may: ["words", "shared", "page", "chat", "routes/donations/schemas.ts"],
    libraries: ["canvas-confetti"],
  },
  {
    room: "panels",
    files: ["static/watch/panels/"],
    may: ["words", "shared", "page", "choosing", "picture", "playing", "past"],
    libraries: ["uplot"],
  },
  {
    room: "watch",
    files: ["static/watch/"],
    may: ["words", "shared", "page", "choosing", "picture", "playing", "past", "standby", "chat", "share", "donate", "panels"],
    libraries: [],
  },
  { room: "publish", files: ["static/publish/"], may: ["words", "shared"], libraries: [] },
  {
    room: "studio",
    files: ["static/studio/"],
    may: [
      "words",
      "shared",
      "choosing",
      "picture",
      "playing",
      "routes/schemas.ts",
      "routes/chat/schemas.ts",
      "routes/donations/schemas.ts",
      "routes/overlay/schemas.ts",
      "routes/publishers/schemas.ts",
      "routes/studio/schemas.ts",
      "routes/studio/show.ts",
      "routes/studio/choices.ts",
      "routes/studio/edges.ts",
      "routes/studio/uploads.ts",
      "routes/studio/health.ts",
      "routes/studio/moderators.ts",
      "routes/studio/session_schemas.ts",
      "routes/studio/viewers_schemas.ts",
      ...WISHES,
    ],
    libraries: ["uplot"],
  },
  {
    room: "overlay",
    files: ["static/overlay/"],
    may: ["words", "shared", "routes/chat/schemas.ts", "routes/overlay/schemas.ts"],
    libraries: [],
  },
  { room: "build", files: ["static/build.ts"], may: ["words"], libraries: [] },
];

describe("the pages' import map", () => {
  it("no room looks up, and every file has its room", () => {
    assert.deepEqual(findForbidden(MAP, readPages()), []);
  });

  it("there is no loop", () => {
    assert.equal(findLoop(readPages()), null);
  });

  const forbidden: [string, string, string][] = [
    ["something shared that knows the watch page", "static/shared/events.ts", "static/watch/view.ts"],
    ["a player that knows the chat", "static/watch/playing/player.ts", "static/watch/chat/chat.ts"],
    ["a page that runs the server's side", "static/watch/app.ts", "routes/chat/room.ts"],
    ["a room that nobody put on the map", "static/misc/helpers.ts", "static/shared/ask.ts"],
  ];
  for (const [name, from, to] of forbidden) {
    it(`catches ${name}`, () => assert.equal(findForbidden(MAP, new Map([[from, [to]]])).length, 1));
  }
});

function readPages(): ReturnType<typeof readGraph> {
  return new Map([...readGraph(["static"])].filter(([file]) => !file.startsWith("static/dist/")));
}
