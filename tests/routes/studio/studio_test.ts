import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { Channel, SceneOutcome } from "../../../media/channel.ts";
import { FILTERS } from "../../../media/encoder/filters.ts";
import { AS_IT_COMES } from "../../../media/mixer/scene.ts";
import type { SourceView } from "../../../media/mixer/sources/sources.ts";
import type { NamedSource } from "../../../media/settings/settings.ts";
import { createStudioRoutes } from "../../../routes/studio/door.ts";
import { LEVELS, type SourceAnswer } from "../../../routes/studio/schemas.ts";

const KEY = "k".repeat(43);

function openStudio(o: { scene?: SceneOutcome; mediaFolder?: string } = {}) {
  const views: SourceView[] = [
    { id: "1", name: "test", kind: "test", state: { kind: "open" }, awayMs: null, found: null, sound: AS_IT_COMES },
  ];
  const added: NamedSource[] = [];
  const wished: Channel["scene"][] = [];
  const fades: number[] = [];
  let filter: Channel["filter"] = "none";
  let logo: Channel["overlays"]["logo"] = null;
  let text: Channel["overlays"]["text"] = null;
  let scene: Channel["scene"] = { source: "1", inset: null };
  const app = createStudioRoutes({
    streamerKey: KEY,
    mediaFolder: o.mediaFolder ?? "/nowhere",
    listCameras: () => Promise.resolve([{ id: "/dev/video0", name: "HD Webcam" }]),
    studio: {
      get scene() {
        return scene;
      },
      setScene(next, fadeMs = 0) {
        wished.push(next);
        fades.push(fadeMs);
        const outcome = o.scene ?? { kind: "shown" as const };
        if (outcome.kind === "shown") scene = next;
        return Promise.resolve(outcome);
      },
      get filter() {
        return filter;
      },
      setFilter(next) {
        filter = next;
      },
      overlays: {
        get logo() {
          return logo;
        },
        get text() {
          return text;
        },
        setLogo(next) {
          if (next !== null && next.png.length < 10) return Promise.resolve({ kind: "refused", reason: "it is no PNG" });
          logo = next && { x: 4, y: next.corner.startsWith("top") ? 4 : 90, width: 20, height: 10, bytes: next.png };
          return Promise.resolve({ kind: "laid" });
        },
        setText(next) {
          text = next;
          return Promise.resolve({ kind: "laid" });
        },
      },
      levels: () => ({ mix: { peak: 1, rms: 0.5 }, sources: new Map([["1", { peak: 0.9, rms: 0.4 }]]) }),
      sources: {
        list: () => views,
        add(source) {
          added.push(source);
          const view: SourceView = {
            id: `${views.length + 1}`,
            name: source.text,
            kind: source.wish.kind,
            state: { kind: "closed" },
            awayMs: null,
            found: null,
            sound: AS_IT_COMES,
          };
          views.push(view);
          return view;
        },
        setSound(id, sound) {
          const at = views.findIndex((view) => view.id === id);
          if (at >= 0) views[at] = { ...views[at]!, sound: { ...views[at]!.sound, ...sound } };
          return at >= 0;
        },
        remove(id) {
          if (id === scene.source) return false;
          views.splice(views.findIndex((view) => view.id === id), 1);
          return true;
        },
      },
    },
  });
  async function ask(method: string, path: string, body?: unknown, key: string | null = KEY) {
    const answer = await app.request(`/api/studio/${path}`, {
      method,
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body.slice() : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
  }
  return { ask, added, wished, fades, views };
}

describe("the studio's doors", () => {
  it("are shut without the streamer's key", async () => {
    const { ask, added, wished } = openStudio();
    const asked: [string, string, unknown?][] = [
      ["GET", "sources"],
      ["POST", "sources", { kind: "test" }],
      ["DELETE", "sources/1"],
      ["GET", "scene"],
      ["PUT", "scene", { source: "1" }],
      ["PATCH", "sources/1", { muted: true }],
      ["GET", "levels"],
      ["GET", "filter"],
      ["GET", "logo"],
      ["PUT", "logo", {}],
      ["DELETE", "logo"],
      ["GET", "text"],
      ["PUT", "text", { kind: "clock" }],
      ["DELETE", "text"],
      ["PUT", "filter", { filter: "grey" }],
    ];
    for (const [method, path, body] of asked) {
      assert.equal((await ask(method, path, body, null)).status, 401, `${method} ${path}`);
      assert.equal((await ask(method, path, body, "wrong")).status, 403, `${method} ${path}`);
    }
    assert.deepEqual([added, wished], [[], []]);
  });

  it("list what can be shown, and take more", async () => {
    const { ask, added } = openStudio();
    const made = await ask("POST", "sources", { kind: "address", url: "rtsp://admin:geheim@10.0.0.9/cam?token=geheim" });
    assert.equal(made.status, 201);
    assert.deepEqual(added[0]!.wish, { kind: "address", url: "rtsp://admin:geheim@10.0.0.9/cam?token=geheim" });
    assert.equal((await ask("POST", "sources", { kind: "camera", device: "/dev/video0" })).body.name, "camera:HD Webcam");
    const { body } = await ask("GET", "sources");
    assert.deepEqual(body.sources.map(({ id }: { id: string }) => id), ["1", "2", "3"]);
    assert.ok(!JSON.stringify(body).includes("geheim"), JSON.stringify(body));
  });

  it("tell of a source that is away for how long, and how often it was tried", async () => {
    const { ask, views } = openStudio();
    views.push({ ...views[0]!, id: "2", state: { kind: "away", reason: "it was unplugged", sinceMs: 9, tries: 4 }, awayMs: 12_300 });
    const { sources }: { sources: SourceAnswer[] } = (await ask("GET", "sources")).body;
    assert.deepEqual(
      sources.map(({ state, reason, awaySeconds, tries }) => [state, reason, awaySeconds, tries]),
      [["open", null, null, null], ["away", "it was unplugged", 12, 4]],
    );
  });

  const refused: [what: string, body: unknown, status: number][] = [
    ["a graph", { kind: "lavfi", graph: "movie=/etc/passwd" }, 400],
    ["a graph as an address", { kind: "address", url: "lavfi:testsrc" }, 422],
    ["a path", { kind: "address", url: "/etc/passwd" }, 422],
    ["a file's address", { kind: "address", url: "file:///etc/passwd" }, 422],
    ["tcp", { kind: "address", url: "tcp://127.0.0.1:9" }, 422],
    ["udp", { kind: "address", url: "udp://239.0.0.1:9" }, 422],
    ["concat", { kind: "address", url: "concat:/etc/passwd|/etc/hosts" }, 422],
    ["an address with a line break", { kind: "address", url: "http://a/\nfile" }, 422],
    ["a camera that is not listed", { kind: "camera", device: "/etc/passwd" }, 422],
    ["a file in another folder", { kind: "file", name: "../streamer.key" }, 422],
    ["a file that is not there", { kind: "file", name: "none.mp4" }, 422],
    ["nothing", {}, 400],
    ["more than a source", { kind: "test", graph: "x" }, 400],
  ];
  for (const [what, body, status] of refused) {
    it(`refuse ${what}, in words`, async () => {
      const { ask, added } = openStudio();
      const answer = await ask("POST", "sources", body);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.ok(answer.body.detail.length > 10);
      assert.deepEqual(added, []);
    });
  }

  it("take a file of the media folder, and no link that leads out of it", async () => {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/media`);
      await Deno.writeTextFile(`${folder}/media/film 1.mp4`, "");
      await Deno.writeTextFile(`${folder}/secret`, "");
      await Deno.symlink(`${folder}/secret`, `${folder}/media/link.mp4`);
      const { ask, added } = openStudio({ mediaFolder: `${folder}/media` });
      assert.equal((await ask("POST", "sources", { kind: "file", name: "film 1.mp4" })).status, 201);
      assert.deepEqual(added[0]!.wish, { kind: "file", path: `${await Deno.realPath(folder)}/media/film 1.mp4` });
      assert.equal((await ask("POST", "sources", { kind: "file", name: "link.mp4" })).status, 422);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("do not take away what is on air", async () => {
    const { ask } = openStudio();
    await ask("POST", "sources", { kind: "screen" });
    assert.equal((await ask("DELETE", "sources/1")).body.kind, "source_in_use");
    assert.equal((await ask("DELETE", "sources/2")).status, 204);
    assert.equal((await ask("DELETE", "sources/2")).status, 404);
  });

  it("show another source, its sound as it comes unless said", async () => {
    const { ask, wished } = openStudio();
    assert.deepEqual((await ask("PUT", "scene", { source: "1" })).body, { source: "1", gain: 1, inset: null });
    assert.deepEqual((await ask("PUT", "scene", { source: "1", gain: 0 })).body, { source: "1", gain: 0, inset: null });
    assert.deepEqual(wished, [{ source: "1", inset: null }, { source: "1", inset: null }]);
    assert.equal((await ask("PUT", "scene", { source: "1", gain: -1 })).status, 400);
    assert.deepEqual((await ask("GET", "scene")).body, { source: "1", gain: 0, inset: null });
  });

  it("hear a source as loud as was said, muted or not, whenever it is shown", async () => {
    const { ask } = openStudio();
    const quiet = await ask("PATCH", "sources/1", { gain: 0.25 });
    assert.deepEqual([quiet.status, quiet.body.gain, quiet.body.muted], [200, 0.25, false]);
    assert.deepEqual((await ask("PATCH", "sources/1", { muted: true })).body.muted, true);
    assert.deepEqual((await ask("PUT", "scene", { source: "1" })).body.gain, 0.25);
    assert.deepEqual((await ask("GET", "sources")).body.sources.map(({ gain, muted }: SourceAnswer) => [gain, muted]), [[0.25, true]]);
    for (const body of [{ gain: 2.1 }, { gain: -0.1 }, { gain: "volume=2" }, { muted: "yes" }, { graph: "volume=2" }]) {
      const answer = await ask("PATCH", "sources/1", body);
      assert.deepEqual([answer.status, answer.body.errors[0].field], [400, Object.keys(body)[0]]);
    }
    assert.equal((await ask("PATCH", "sources/7", { gain: 1 })).status, 404);
  });

  it("fade over up to half a second", async () => {
    const { ask, fades } = openStudio();
    for (const fadeSeconds of [undefined, 0, 0.3, 0.5]) assert.equal((await ask("PUT", "scene", { source: "1", fadeSeconds })).status, 200);
    assert.deepEqual(fades, [0, 0, 300, 500]);
    for (const fadeSeconds of [0.6, -1, "fade=t=in"]) assert.equal((await ask("PUT", "scene", { source: "1", fadeSeconds })).status, 400);
  });

  it("lay a filter over the show by its name, and nothing that is not one of the names", async () => {
    const { ask } = openStudio();
    assert.deepEqual((await ask("GET", "filter")).body, { filter: "none" });
    for (const filter of FILTERS) assert.deepEqual((await ask("PUT", "filter", { filter })).body, { filter });
    const graphs = ["hflip", "grey,metadata=print:file=canary.txt", "GREY", "", "none:enable=1", "movie=/etc/passwd", ["grey"], null];
    for (const filter of graphs) {
      const answer = await ask("PUT", "filter", { filter });
      assert.deepEqual([answer.status, answer.body.errors[0].field], [400, "filter"], `${filter}`);
      assert.match(answer.body.detail, /grey/, "what would do is said");
    }
    assert.equal((await ask("PUT", "filter", { filter: "grey", graph: "hflip" })).status, 400);
    assert.deepEqual((await ask("GET", "filter")).body, { filter: "vignette" });
  });

  it("lay a logo over the show, and take it away", async () => {
    const { ask } = openStudio();
    const png = new Uint8Array(500);
    assert.deepEqual((await ask("GET", "logo")).body, { logo: null });
    const low = await ask("PUT", "logo?corner=bottom_left", png);
    assert.deepEqual([low.status, low.body], [200, { logo: { x: 4, y: 90, width: 20, height: 10 } }]);
    assert.equal((await ask("PUT", "logo", png)).body.logo.y, 4);
    const refused = await ask("PUT", "logo", "x");
    assert.deepEqual([refused.status, refused.body.kind, refused.body.detail], [422, "bad_logo", "it is no PNG"]);
    const nowhere = await ask("PUT", "logo?corner=overlay%3D0%3A0", png);
    assert.deepEqual([nowhere.status, nowhere.body.kind], [400, "bad_query"]);
    assert.match(nowhere.body.detail, /overlay=0:0.*top_left/);
    assert.equal((await ask("PUT", "logo", new Uint8Array((1 << 20) + 1))).status, 413);
    assert.notEqual((await ask("GET", "logo")).body.logo, null, "what was refused changes nothing");
    assert.equal((await ask("DELETE", "logo")).status, 204);
    assert.deepEqual((await ask("GET", "logo")).body, { logo: null });
  });

  it("write a line over the show: words, a clock, a countdown; of words nothing is taken for anything else", async () => {
    const { ask } = openStudio();
    assert.deepEqual((await ask("GET", "text")).body, { text: null });
    const corner = "bottom_left";
    for (const words of ["Anna", "a'b\\:c,[d];e=%{pts}", "台北現場"]) {
      assert.deepEqual((await ask("PUT", "text", { kind: "words", words })).body, { text: { kind: "words", words, corner } });
    }
    assert.deepEqual((await ask("PUT", "text", { kind: "clock", corner: "top_right" })).body, {
      text: { kind: "clock", corner: "top_right" },
    });
    const until = "2030-01-01T20:00:00.000Z";
    const countdown = await ask("PUT", "text", { kind: "countdown", until: "2030-01-01T21:00:00+01:00" });
    assert.deepEqual(countdown.body, { text: { kind: "countdown", until, corner } });
    const refused: [body: unknown, field: string][] = [
      [{ kind: "words", words: "" }, "words"],
      [{ kind: "words", words: "a\nb" }, "words"],
      [{ kind: "words", words: "x".repeat(81) }, "words"],
      [{ kind: "words", words: "a", fontfile: "/etc/passwd" }, "fontfile"],
      [{ kind: "clock", corner: "x=0:textfile=/etc/passwd" }, "corner"],
      [{ kind: "countdown", until: "%{localtime}" }, "until"],
      [{ kind: "textfile" }, "kind"],
    ];
    for (const [body, field] of refused) {
      const answer = await ask("PUT", "text", body);
      assert.deepEqual([answer.status, answer.body.errors[0].field], [400, field], JSON.stringify(body));
    }
    assert.equal((await ask("GET", "text")).body.text.kind, "countdown");
    assert.equal((await ask("DELETE", "text")).status, 204);
    assert.deepEqual((await ask("GET", "text")).body, { text: null });
  });

  it("tell how loud it is", async () => {
    const { body } = await openStudio().ask("GET", "levels");
    assert.deepEqual(body, { mix: { peak: 1, rms: 0.5 }, sources: [{ source: "1", peak: 0.9, rms: 0.4 }] });
    assert.ok(LEVELS.safeParse(body).success);
  });

  it("show an inset, small and at the bottom right unless said, and take it away again", async () => {
    const { ask } = openStudio();
    const usual = { source: "2", size: "1/4", corner: "bottom_right" };
    assert.deepEqual((await ask("PUT", "scene", { source: "1", inset: { source: "2" } })).body.inset, usual);
    const set = { source: "2", size: "1/2", corner: "top_left" };
    assert.deepEqual((await ask("PUT", "scene", { source: "1", inset: set })).body.inset, set);
    assert.deepEqual((await ask("GET", "scene")).body.inset, set);
    assert.equal((await ask("PUT", "scene", { source: "1" })).body.inset, null);
  });

  const GRAPH = "movie=/etc/passwd,metadata=print:file=canary.txt";
  const badScenes: [what: string, body: unknown, field: string][] = [
    ["a size", { source: "1", inset: { source: "2", size: GRAPH } }, "inset.size"],
    ["a corner", { source: "1", inset: { source: "2", corner: GRAPH } }, "inset.corner"],
    ["an inset", { source: "1", inset: GRAPH }, "inset"],
    ["a field of the inset that there is not", { source: "1", inset: { source: "2", graph: GRAPH } }, "inset.graph"],
    ["a field that there is not", { source: "1", filter: GRAPH }, "filter"],
    ["a gain", { source: "1", gain: GRAPH }, "gain"],
    ["a source that is none", { source: { lavfi: GRAPH } }, "source"],
  ];
  for (const [what, body, field] of badScenes) {
    it(`refuse a graph as ${what}, in words`, async () => {
      const { ask, wished } = openStudio();
      const answer = await ask("PUT", "scene", body);
      assert.deepEqual([answer.status, answer.body.errors[0].field, wished], [400, field, []], JSON.stringify(answer.body));
      assert.ok(answer.body.detail.startsWith(field), answer.body.detail);
    });
  }

  it("name the source that is unknown: a graph is none either", async () => {
    const { ask } = openStudio({ scene: { kind: "unknown_source", source: GRAPH } });
    const main = await ask("PUT", "scene", { source: GRAPH });
    assert.deepEqual([main.status, main.body.errors[0].field, main.body.errors[0].value], [404, "source", GRAPH]);
    const inset = await ask("PUT", "scene", { source: "1", inset: { source: GRAPH } });
    assert.deepEqual([inset.status, inset.body.errors[0].field, inset.body.errors[0].value], [404, "inset.source", GRAPH]);
    assert.ok(inset.body.detail.includes(GRAPH));
  });

  const outcomes: [SceneOutcome, number, string][] = [
    [{ kind: "unknown_source", source: "7" }, 404, "unknown_source"],
    [{ kind: "not_ready", reason: "Connection refused" }, 409, "source_not_ready"],
    [{ kind: "replaced" }, 409, "scene_replaced"],
  ];
  for (const [scene, status, kind] of outcomes) {
    it(`answer ${kind} with what became of the wish`, async () => {
      const answer = await openStudio({ scene }).ask("PUT", "scene", { source: "7" });
      assert.deepEqual([answer.status, answer.body.kind], [status, kind]);
      if (scene.kind === "not_ready") assert.equal(answer.body.detail, scene.reason);
    });
  }
});
