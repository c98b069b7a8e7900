import type { SourceAnswer } from "../../../routes/studio/schemas.ts";
import { studioWords } from "../words/words.ts";

/** As the streamer knows it: a camera's own name, a file's without its folders; what has no name of its own is called by its kind. */
export function nameOf({ kind, name }: Pick<SourceAnswer, "kind" | "name">): string {
  const own = name.startsWith("file:") ? name.split("|").map(fileName).join(", ") : name.replace(/^(?:camera|lavfi):/, "");
  return own === kind || own === "" ? studioWords().air.kinds[kind] : own;
}

function fileName(named: string): string {
  return named.replace(/^file:/, "").replace(/^.*[\\/](?=[^\\/])/, "");
}

/** What it is and how it is, in words. */
export function describeState(source: SourceAnswer): string {
  const { air } = studioWords();
  const kind = air.kinds[source.kind];
  return [kind === nameOf(source) ? "" : kind, sayState(source)].filter((text) => text !== "").join(" · ");
}

function sayState({ state, reason, awaySeconds, tries, picture, sound }: SourceAnswer): string {
  const { air } = studioWords();
  switch (state) {
    case "closed":
      return air.closed;
    case "opening":
      return air.opening;
    case "away":
      return air.away(reason ?? "…", sayLong(awaySeconds ?? 0), tries ?? 0);
    case "open":
      return [
        ...(picture === null
          ? []
          : [air.picture(picture.width, picture.height, picture.rate === 0 ? "" : String(Math.round(picture.rate * 100) / 100))]),
        sound === null ? air.noSound : air.channels(sound.channels),
      ].join(" · ");
  }
}

/** `12 s`, `3 min`, `2 h`. */
function sayLong(seconds: number): string {
  const { times } = studioWords().air;
  if (seconds < 120) return times.seconds(seconds);
  const minutes = Math.floor(seconds / 60);
  return minutes < 120 ? times.minutes(minutes) : times.hours(Math.floor(minutes / 60));
}
