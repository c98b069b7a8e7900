import { AS_IT_COMES } from "../../media/mixer/scene.ts";
import type { StudioDeps } from "./door.ts";
import type { Kept } from "./kept_file.ts";
import type { LogoFile } from "./logo_file.ts";
import { readText, writeText } from "./text_line.ts";

type Studio = StudioDeps["studio"];

/**
 * The studio's hand on the show, with a memory: what was kept is laid over the show again, and what is changed from now on is kept. `named`: the sources that the
 * server was started with, in their order, which is also that of their ids; only of these loudness is kept, since others are not there after a restart. `nowMs`: the
 * wall clock.
 */
export function keepStudio(o: {
  readonly studio: Studio;
  readonly kept: Kept;
  readonly logoFile: LogoFile;
  readonly named: readonly string[];
  readonly nowMs: number;
  readonly log: (line: string) => void;
}): Studio {
  const { studio, kept, logoFile, named, log } = o;
  const { sources, overlays } = studio;
  void restore();

  async function restore(): Promise<void> {
    const { filter, sounds = [], text = null, logo = null } = kept.values;
    if (filter !== undefined) studio.setFilter(filter);
    for (const { source, gain, muted } of sounds) {
      const at = named.indexOf(source);
      if (at >= 0) sources.setSound(`${at + 1}`, { gain, isMuted: muted });
    }
    const line = text && readText(text);
    if (line !== null && !(line.kind === "countdown" && line.untilMs <= o.nowMs)) {
      const outcome = await overlays.setText(line);
      if (outcome.kind === "refused") log(`The text line of the last time is not shown: ${outcome.reason}.`);
    }
    if (logo !== null) await restoreLogo(logo.corner);
  }

  async function restoreLogo(corner: NonNullable<Kept["values"]["logo"]>["corner"]): Promise<void> {
    const read = await logoFile.read();
    const outcome = read.kind === "png" ? await overlays.setLogo({ png: read.png, corner }) : read;
    if (outcome.kind === "refused") log(`The logo of the last time is not shown: ${outcome.reason}.`);
  }

  function keepSounds(): void {
    const heard = new Map(sources.list().map(({ id, sound }) => [id, sound]));
    const sounds = named.flatMap((source, at) => {
      const { gain, isMuted } = heard.get(`${at + 1}`) ?? AS_IT_COMES;
      return gain === AS_IT_COMES.gain && !isMuted ? [] : [{ source: source.slice(0, LONGEST_NAME), gain, muted: isMuted }];
    });
    kept.keep({ sounds });
  }

  return {
    get scene() {
      return studio.scene;
    },
    setScene: studio.setScene,
    levels: studio.levels,
    get filter() {
      return studio.filter;
    },
    setFilter(filter) {
      studio.setFilter(filter);
      kept.keep({ filter });
    },
    overlays: {
      get logo() {
        return overlays.logo;
      },
      get text() {
        return overlays.text;
      },
      async setLogo(logo) {
        const outcome = await overlays.setLogo(logo);
        if (outcome.kind === "refused") return outcome;
        // The picture first: a corner without one would be told of at the next start.
        const isKept = await logoFile.write(logo?.png ?? null).then(() => true, (error: Error) => {
          log(`${error.message}. The logo is forgotten at the end.`);
          return false;
        });
        kept.keep({ logo: logo !== null && isKept ? { corner: logo.corner } : null });
        return outcome;
      },
      async setText(text) {
        const outcome = await overlays.setText(text);
        if (outcome.kind === "laid") kept.keep({ text: text && writeText(text) });
        return outcome;
      },
    },
    sources: {
      list: sources.list,
      add: sources.add,
      remove: sources.remove,
      setSound(id, sound) {
        const isKnown = sources.setSound(id, sound);
        if (isKnown) keepSounds();
        return isKnown;
      },
    },
  };
}

/** As the schema has it. */
const LONGEST_NAME = 300;
