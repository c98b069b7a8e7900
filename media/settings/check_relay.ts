import type { OptionName, OptionValues } from "./options.ts";
import type { Given } from "./places.ts";

/** What an edge is told by the show itself. */
const OF_THE_SHOW: readonly OptionName[] = [
  ...["source", "segment", "part", "rate", "encoder", "ladder", "motion-threshold", "slate", "dvr", "room-key", "private", "title"],
  ...[
    "currency",
    "donate-link",
    "kofi-token",
    "stripe-secret",
    "no-donate",
    "chat-slow",
    "chat-links",
    "no-chat",
    "rtmp",
    "srt",
    "show-keys",
  ],
] as OptionName[];

/** What does not go together where a show has more than one box: a line each, in the spelling of whoever wrote it. `given`: what was written, wherever. */
export function checkRelay(values: Pick<OptionValues, "edge" | "relay" | "rtmp">, given: readonly Given[]): string[] {
  const lastOf = (name: OptionName) => given.findLast((one) => one.name === name);
  if (!values.edge) {
    const own = lastOf("public");
    return own === undefined ? [] : [`${own.spelled}: is of an edge (--edge); a CDN's address is --media-base`];
  }
  const told = OF_THE_SHOW.map(lastOf).filter((one) => one !== undefined && !isOff(one));
  return [
    ...(lastOf("relay") === undefined ? [`${lastOf("edge")!.spelled}: of which show? --relay redis://HOST says where it is`] : []),
    ...told.map((one) => `${one!.spelled}: an edge has this from its show (${lastOf("edge")!.spelled})`),
  ];
}

/** Nothing is asked for where something is said to be off. */
function isOff({ name, text }: Given): boolean {
  return (name === "rtmp" && text === "off") ||
    (["private", "no-donate", "chat-links", "no-chat", "show-keys"].includes(name) && /^(no|false|0)$/i.test(text));
}
