import { createTurns, readOrPutAside, writeWhole } from "../whole_file.ts";
import { type LifeMemory, type ShowLife, WAITING } from "./show_life.ts";

/** What the streamer says of the show; null for what nobody has changed since the start. */
export interface Said {
  readonly title: string | null;
  readonly description: string;
}

/** All that is kept of a show's life. */
export interface KeptShow extends LifeMemory {
  readonly said: Said;
  /** What `--title` said when the title was changed: another one there wins. */
  readonly titleGiven: string;
}

export interface LifeFile {
  readonly found: KeptShow | null;
  /** What was wrong with the file, for the streamer; null where nothing was. */
  readonly problem: string | null;
  /** Writes one after the other; never rejects. */
  save(show: KeptShow): Promise<void>;
}

/** Opens `show.json` of the data folder. Throws an Error that names a file which cannot be read at all. */
export async function openLifeFile(o: {
  readonly path: string;
  readonly nowMs: number;
  readonly log: (line: string) => void;
}): Promise<LifeFile> {
  const { found, problem } = await readOrPutAside(o.path, {
    read: readShow,
    nowMs: o.nowMs,
    consequence: "The show begins as if it were the first.",
  });
  const turn = createTurns();
  return {
    found,
    problem,
    save: (show) =>
      turn(() => writeWhole(o.path, JSON.stringify(show))).catch((error: Error) =>
        o.log(`${error.message}. A server that is started again may not know whether the show was on.`)
      ),
  };
}

/** Throws a SyntaxError where it is none. */
function readShow(text: string): KeptShow {
  const value = JSON.parse(text);
  const { title, description } = value?.said ?? {};
  const isSaid = (title === null || typeof title === "string") && typeof description === "string";
  const life = readLife(value?.life);
  if (life === null || !isSaid || typeof value.isStopped !== "boolean" || typeof value.titleGiven !== "string") {
    throw new SyntaxError("it holds no show");
  }
  return { life, isStopped: value.isStopped, said: { title, description }, titleGiven: value.titleGiven };
}

function readLife(value: Partial<Record<string, unknown>> | undefined): ShowLife | null {
  const time = (found: unknown) => typeof found === "number" && Number.isFinite(found) ? found : null;
  switch (value?.["kind"]) {
    case "waiting":
      return { ...WAITING, kind: "waiting", startsAtMs: time(value["startsAtMs"]), startsByItself: value["startsByItself"] === true };
    case "paused":
      return { kind: "paused", backAtMs: time(value["backAtMs"]) };
    case "on_air":
    case "ending":
    case "ended":
      return { kind: value["kind"] };
    default:
      return null;
  }
}
