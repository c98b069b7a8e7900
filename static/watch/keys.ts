/** What a key asks of the player. */
export type Command = "play" | "sound" | "full_screen" | "back" | "forward" | "live" | "list";

/** The keys as the list of shortcuts shows them; null: the space bar, which each language names itself. */
export const SHORTCUTS: readonly { readonly key: string | null; readonly command: Command }[] = [
  { key: null, command: "play" },
  { key: "M", command: "sound" },
  { key: "F", command: "full_screen" },
  { key: "←", command: "back" },
  { key: "→", command: "forward" },
  { key: "L", command: "live" },
  { key: "?", command: "list" },
];

/** Where the focus is when a key goes down. */
export type Focus = "text" | "button" | "slider" | "elsewhere";

/** The command of a key, or null where the key belongs to what has the focus, or to the browser. */
export function readKey(
  press: { readonly key: string; readonly isModified: boolean; readonly isRepeat: boolean },
  focus: Focus,
): Command | null {
  if (press.isModified || focus === "text") return null;
  const key = press.key.toLowerCase();
  // Space already presses the button that has the focus, and arrows move a slider.
  if (key === " ") return focus === "button" || press.isRepeat ? null : "play";
  if (key === "arrowleft" || key === "arrowright") return focus === "slider" ? null : key === "arrowleft" ? "back" : "forward";
  return press.isRepeat ? null : LETTERS.get(key) ?? null;
}

const LETTERS: ReadonlyMap<string, Command> = new Map([["m", "sound"], ["f", "full_screen"], ["l", "live"], ["?", "list"]]);
