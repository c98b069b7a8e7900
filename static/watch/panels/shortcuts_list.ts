/// <reference lib="dom" />
import { type Command, SHORTCUTS } from "../keys.ts";
import { make } from "../../shared/controls/make.ts";
import { createPanel } from "../../shared/controls/panel.ts";
import { onLanguage, words } from "../../shared/words/words.ts";

/** The list of keys. Returns the way to open it. */
export function createShortcutsList(dialog: HTMLDialogElement): () => void {
  const panel = createPanel(dialog);

  function fill(): void {
    const { settings, shortcuts } = words();
    const meanings: Readonly<Record<Command, string>> = {
      play: shortcuts.playOrPause,
      sound: shortcuts.sound,
      full_screen: shortcuts.fullScreen,
      back: shortcuts.back,
      forward: shortcuts.forward,
      live: shortcuts.live,
      list: shortcuts.list,
    };
    const list = make("dl", { class: "keys" });
    for (const { key, command } of SHORTCUTS) {
      const row = make("div", { class: "key-row" });
      const term = make("dt");
      term.append(make("kbd", {}, key ?? shortcuts.space));
      row.append(term, make("dd", {}, meanings[command]));
      list.append(row);
    }
    panel.fill(settings.shortcuts, list);
  }

  onLanguage(() => panel.isOpen && fill());
  // The key that opened the list closes it. A closed one has the focus for a moment more.
  dialog.addEventListener("keydown", (event) => {
    if (event.key !== "?" || !panel.isOpen) return;
    event.preventDefault();
    event.stopPropagation();
    panel.close();
  });
  return () => {
    fill();
    panel.open();
  };
}
