/// <reference lib="dom" />
import { FILTER_NAMES, type FilterName } from "../picture/filters.ts";
import { make } from "../../shared/controls/make.ts";
import { createPanel } from "../../shared/controls/panel.ts";
import { type Theme, THEMES } from "../../shared/controls/theme.ts";
import { type Language, language, LANGUAGE_NAMES, onLanguage, setLanguage, words } from "../../shared/words/words.ts";

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;

/** What the panel shows and changes. */
export interface SettingsDeps {
  speed(): number;
  setSpeed(rate: number): void;
  filter(): FilterName;
  setFilter(filter: FilterName): void;
  theme(): Theme;
  setTheme(theme: Theme): void;
  /** Null where the browser has none. */
  readonly togglePictureInPicture: (() => void) | null;
  /** Null where there is no other device. Asked each time. */
  chooseRemote(): (() => void) | null;
  openStats(): void;
  openShortcuts(): void;
}

/** The viewer's own settings: speed, filter, appearance, language. Returns the way to open the panel. */
export function createSettingsPanel(dialog: HTMLDialogElement, deps: SettingsDeps): () => void {
  const panel = createPanel(dialog);

  function fill(): void {
    const { settings, player } = words();
    panel.fill(
      player.settings,
      makeChoice(settings.filter, FILTER_NAMES.map((name) => [name, settings.filters[name]]), deps.filter(), deps.setFilter),
      makeChoice(settings.speed, SPEEDS.map((rate) => [rate, settings.speedOf(rate)]), deps.speed(), deps.setSpeed),
      makeChoice(settings.theme, THEMES.map((theme) => [theme, settings.themes[theme]]), deps.theme(), deps.setTheme),
      makeChoice(
        settings.language,
        Object.entries(LANGUAGE_NAMES) as [Language, string][],
        language(),
        (chosen) => setLanguage(chosen),
        (chosen) => ({ lang: chosen }),
      ),
      makeLinks(),
    );
  }

  function makeLinks(): HTMLElement {
    const { settings, player } = words();
    const row = make("p", { class: "panel-links" });
    const links: [string, () => void][] = [[settings.stats, deps.openStats], [settings.shortcuts, deps.openShortcuts]];
    if (deps.togglePictureInPicture !== null) links.push([player.pictureInPicture, deps.togglePictureInPicture]);
    const chooseRemote = deps.chooseRemote();
    if (chooseRemote !== null) links.push([player.remotePlayback, chooseRemote]);
    for (const [text, open] of links) {
      const button = make("button", { class: "link", type: "button" }, text);
      button.addEventListener("click", () => {
        panel.close();
        open();
      });
      row.append(button);
    }
    return row;
  }

  onLanguage(() => {
    if (!panel.isOpen) return;
    const pressed = dialog.querySelector<HTMLElement>(`[lang="${language()}"]`) !== null;
    fill();
    // The button that had the focus was made anew.
    if (pressed) dialog.querySelector<HTMLElement>(`[lang="${language()}"]`)?.focus();
  });
  return () => {
    fill();
    panel.open();
  };
}

function makeChoice<Name>(
  label: string,
  names: readonly (readonly [Name, string])[],
  current: Name,
  choose: (name: Name) => void,
  attributes: (name: Name) => Readonly<Record<string, string>> = () => ({}),
): HTMLElement {
  const group = make("div", { class: "options", role: "group", "aria-label": label });
  const buttons = names.map(([name, text]) => {
    const button = make("button", { class: "option", type: "button", "aria-pressed": String(name === current), ...attributes(name) }, text);
    button.addEventListener("click", () => {
      for (const each of buttons) each.setAttribute("aria-pressed", String(each === button));
      choose(name);
    });
    return button;
  });
  group.append(...buttons);
  const row = make("div", { class: "setting" });
  row.append(make("span", { class: "setting-name", "aria-hidden": "true" }, label), group);
  return row;
}
