/// <reference lib="dom" />
import type { Elements } from "./view.ts";
import { onLanguage, words } from "../shared/words/words.ts";

const KEPT_AS = "tercet.chat";

/** The chat's place beside or beneath the picture, opened and closed by its button; the viewer's wish is kept in this browser. */
export function bindAside({ page, chatToggle }: Pick<Elements, "page" | "chatToggle">, storage: Storage | null): void {
  const kept = storage?.getItem(KEPT_AS) ?? null;
  // On a phone that lies on its side there is no room for both.
  let isOpen = kept === null ? matchMedia("(min-width: 800px), (orientation: portrait)").matches : kept === "open";

  function show(): void {
    const { player } = words();
    page.dataset["chat"] = isOpen ? "open" : "closed";
    chatToggle.setAttribute("aria-expanded", String(isOpen));
    chatToggle.setAttribute("aria-label", isOpen ? player.hideChat : player.showChat);
    chatToggle.title = isOpen ? player.hideChat : player.showChat;
  }

  chatToggle.addEventListener("click", () => {
    isOpen = !isOpen;
    try {
      storage?.setItem(KEPT_AS, isOpen ? "open" : "closed");
    } catch {
      // Nothing can be kept here; the wish holds until the page goes.
    }
    show();
  });
  onLanguage(show);
}
