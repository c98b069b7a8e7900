/// <reference lib="dom" />
import { make } from "../shared/controls/make.ts";
import { createPanel } from "../shared/controls/panel.ts";
import { type Theme, THEMES } from "../shared/controls/theme.ts";
import { language, LANGUAGE_NAMES, setLanguage } from "../shared/words/words.ts";
import type { Api } from "./api.ts";
import { explain } from "./explain.ts";
import { studioWords } from "./words/words.ts";

/** The dialog with language, colours and the ways out. Returns what opens it. */
export function createSettings(o: {
  readonly dialog: HTMLDialogElement;
  readonly api: Api;
  readonly theme: { readonly theme: Theme; choose(theme: Theme): void };
  readonly onSignedOut: () => void;
  /** Who may not sign others out. */
  readonly isModerator: () => boolean;
  /** Takes a sentence for the streamer, null for none. */
  readonly say: (sentence: string | null) => void;
}): () => void {
  const panel = createPanel(o.dialog);

  function fill(): void {
    const { more, theme, signOut, signOutEverywhere } = studioWords();
    const languages = (Object.keys(LANGUAGE_NAMES) as (keyof typeof LANGUAGE_NAMES)[]).map((each) =>
      option(LANGUAGE_NAMES[each], language() === each, () => setLanguage(each))
    );
    for (const [at, each] of languages.entries()) each.lang = Object.keys(LANGUAGE_NAMES)[at]!;
    const themes = THEMES.map((each) => option(theme[each], o.theme.theme === each, () => o.theme.choose(each)));
    const outs = [
      leaving(signOut, "api/studio/session"),
      ...(o.isModerator() ? [] : [leaving(signOutEverywhere, "api/studio/sessions")]),
    ];
    panel.fill(more, ...[languages, themes, outs].map(group));
  }

  function option(text: string, isOn: boolean, choose: () => void): HTMLButtonElement {
    const button = make("button", { class: "option", type: "button", "aria-pressed": String(isOn) }, text);
    button.addEventListener("click", () => {
      choose();
      fill();
    });
    return button;
  }

  function leaving(text: string, path: string): HTMLButtonElement {
    const button = make("button", { class: "option", type: "button" }, text);
    button.addEventListener("click", async () => {
      const outcome = await o.api.send("DELETE", path);
      panel.close();
      if (outcome.kind === "answer") return o.onSignedOut();
      // Who was signed out elsewhere stands before the door already.
      if (outcome.kind !== "problem" || outcome.problem !== "streamer_only") o.say(explain(outcome));
    });
    return button;
  }

  return () => {
    fill();
    panel.open();
  };
}

function group(buttons: readonly HTMLElement[]): HTMLElement {
  const options = make("div", { class: "options" });
  options.append(...buttons);
  const setting = make("div", { class: "setting" });
  setting.append(options);
  return setting;
}
