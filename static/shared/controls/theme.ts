/// <reference lib="dom" />

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = typeof THEMES[number];

const KEPT_AS = "tercet.theme";

/** The colours of the page: the system's unless the viewer chose, which this browser then keeps. */
export function createTheme(root: HTMLElement, storage: Storage | null): { readonly theme: Theme; choose(theme: Theme): void } {
  let theme = THEMES.find((each) => each === storage?.getItem(KEPT_AS)) ?? "system";
  show();

  function show(): void {
    if (theme === "system") delete root.dataset["theme"];
    else root.dataset["theme"] = theme;
  }

  return {
    get theme() {
      return theme;
    },
    choose(chosen) {
      theme = chosen;
      show();
      try {
        storage?.setItem(KEPT_AS, chosen);
      } catch {
        // Nothing can be kept here; the choice holds until the page goes.
      }
    },
  };
}
