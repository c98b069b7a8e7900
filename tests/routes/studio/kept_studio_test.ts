import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { AS_IT_COMES, type SourceSound } from "../../../media/mixer/scene.ts";
import { keepInMemory } from "../../../routes/studio/kept_file.ts";
import type { KeptValues } from "../../../routes/studio/kept.ts";
import { keepStudio } from "../../../routes/studio/kept_studio.ts";
import { openLogoFile } from "../../../routes/studio/logo_file.ts";
import { waitFor } from "../../fixtures/condition.ts";

type Studio = Parameters<typeof keepStudio>[0]["studio"];
type Text = Studio["overlays"]["text"];

const NOW_MS = 1_700_000_000_000;
const LIMIT_MS = 5000;

/** As much of a channel as is remembered. A logo whose first byte is 0 is refused. */
function aStudio(ids: readonly string[]) {
  const sounds = new Map<string, SourceSound>(ids.map((id) => [id, AS_IT_COMES]));
  const state = { filter: "none" as Studio["filter"], text: null as Text, logo: null as Uint8Array | null, sounds };
  const studio = {
    get filter() {
      return state.filter;
    },
    setFilter: (filter: Studio["filter"]) => void (state.filter = filter),
    overlays: {
      logo: null,
      text: null,
      setText: (text: Text) => Promise.resolve({ kind: "laid" as const, _: state.text = text }),
      setLogo(logo: { png: Uint8Array } | null) {
        if (logo?.png[0] === 0) return Promise.resolve({ kind: "refused" as const, reason: "no PNG" });
        state.logo = logo?.png ?? null;
        return Promise.resolve({ kind: "laid" as const });
      },
    },
    sources: {
      list: () => [...sounds].map(([id, sound]) => ({ id, sound })),
      setSound(id: string, sound: Partial<SourceSound>) {
        if (!sounds.has(id)) return false;
        sounds.set(id, { ...sounds.get(id)!, ...sound });
        return true;
      },
    },
  };
  return { state, studio: studio as unknown as Studio };
}

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-kept-studio-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function open(folder: string, values: KeptValues, named = ["test", "film.mp4"], ids = ["1", "2", "7"]) {
  const kept = keepInMemory();
  kept.keep(values);
  const { state, studio } = aStudio(ids);
  const lines: string[] = [];
  const logoFile = openLogoFile(`${folder}/logo.png`);
  const kind = keepStudio({ studio, kept, logoFile, named, nowMs: NOW_MS, log: (line) => lines.push(line) });
  return { state, kept, lines, studio: kind };
}

describe("the studio's memory", () => {
  it("lays over the show what was kept, loudness by the sources' names", () =>
    withFolder(async (folder) => {
      await Deno.writeFile(`${folder}/logo.png`, new Uint8Array([1, 2, 3]));
      const { state, lines } = open(folder, {
        filter: "blur",
        text: { kind: "clock", corner: "top_left" },
        logo: { corner: "top_right" },
        sounds: [{ source: "film.mp4", gain: 0.5, muted: true }, { source: "gone.mp4", gain: 2, muted: false }],
      });
      await waitFor("the logo", LIMIT_MS, () => state.logo !== null);
      assert.deepEqual([state.filter, state.text, [...state.logo!]], ["blur", { kind: "clock", corner: "top_left" }, [1, 2, 3]]);
      assert.deepEqual([...state.sounds], [["1", AS_IT_COMES], ["2", { gain: 0.5, isMuted: true }], ["7", AS_IT_COMES]]);
      assert.deepEqual(lines, []);
    }));

  it("keeps what is changed: of sounds those of the sources that will be there again", () =>
    withFolder(async (folder) => {
      const { studio, kept } = open(folder, {});
      studio.setFilter("grey");
      await studio.overlays.setText({ kind: "countdown", untilMs: NOW_MS + 5000, corner: "top_left" });
      studio.sources.setSound("2", { gain: 1.5 });
      studio.sources.setSound("7", { gain: 0 });
      assert.equal(studio.sources.setSound("9", { gain: 0 }), false);
      await studio.overlays.setLogo({ png: new Uint8Array([1]), corner: "bottom_left" });
      assert.deepEqual(kept.values, {
        filter: "grey",
        text: { kind: "countdown", until: new Date(NOW_MS + 5000).toISOString(), corner: "top_left" },
        sounds: [{ source: "film.mp4", gain: 1.5, muted: false }],
        logo: { corner: "bottom_left" },
      });
      assert.deepEqual([...await Deno.readFile(`${folder}/logo.png`)], [1]);
      assert.equal((await studio.overlays.setLogo({ png: new Uint8Array([0]), corner: "top_left" })).kind, "refused");
      assert.deepEqual(kept.values.logo, { corner: "bottom_left" });
      await studio.overlays.setLogo(null);
      await studio.overlays.setText(null);
      assert.deepEqual([kept.values.logo, kept.values.text], [null, null]);
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    }));

  it("shows no countdown that is over, and says in words why a logo is not there", () =>
    withFolder(async (folder) => {
      const text = { kind: "countdown" as const, until: new Date(NOW_MS - 1).toISOString(), corner: "top_left" as const };
      const { state, lines } = open(folder, { text, logo: { corner: "top_left" } });
      await waitFor("a line", LIMIT_MS, () => lines.length > 0);
      assert.equal(state.text, null);
      assert.match(lines.join(), /^The logo of the last time is not shown: .*logo\.png cannot be read/);
    }));

  for (
    const [what, put] of Object.entries({
      "a link to another file": (path: string) => Deno.symlink("/etc/hostname", path),
      "a folder": (path: string) => Deno.mkdir(path),
      "more than 1 MB": (path: string) => Deno.writeFile(path, new Uint8Array((1 << 20) + 1)),
    })
  ) {
    it(`reads no ${what} in the place of the logo`, () =>
      withFolder(async (folder) => {
        await put(`${folder}/logo.png`);
        assert.equal((await openLogoFile(`${folder}/logo.png`).read()).kind, "refused");
      }));
  }
});
