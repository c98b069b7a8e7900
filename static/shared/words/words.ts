import { EN, type Words } from "./en.ts";
import { ZH_TW } from "./zh_tw.ts";

/** As `<html lang>` says it. */
export type Language = "en" | "zh-TW";

/** Every language in its own name. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = { "en": "English", "zh-TW": "繁體中文" };

const WORDS: Readonly<Record<Language, Words>> = { "en": EN, "zh-TW": ZH_TW };
const KEPT_AS = "tercet.language";

let current: Language = "en";
let place: LanguagePlace | null = null;
const listeners = new Set<() => void>();

/** Where the language is kept and told. */
export interface LanguagePlace {
  readonly storage: Pick<Storage, "getItem" | "setItem"> | null;
  /** The browser's own, best first. */
  readonly languages: readonly string[];
  readonly root: { lang: string };
}

/** The words of the present language; English until `beginLanguage`. Ask each time, or inside `onLanguage`. */
export function words(): Words {
  return WORDS[current];
}

export function language(): Language {
  return current;
}

/** Calls the listener now and after every change of the language. Returns the way to stop that. */
export function onLanguage(listener: () => void): () => void {
  listeners.add(listener);
  listener();
  return () => listeners.delete(listener);
}

/** To be called once, before anything is said: takes the language chosen here before, otherwise the browser's. */
export function beginLanguage(where: LanguagePlace): void {
  place = where;
  current = chooseLanguage(read(where), where.languages);
  tell();
}

/** The viewer's choice, kept in this browser. */
export function setLanguage(chosen: Language): void {
  try {
    place?.storage?.setItem(KEPT_AS, chosen);
  } catch {
    // Nothing can be kept here; the choice holds until the page goes.
  }
  if (chosen === current) return;
  current = chosen;
  tell();
}

/** The language kept, otherwise the first of the browser's that there are words for, otherwise English. All kinds of Chinese read the Chinese one. */
export function chooseLanguage(kept: string | null, languages: readonly string[]): Language {
  if (kept !== null && isLanguage(kept)) return kept;
  for (const each of languages) {
    const family = each.toLowerCase().split("-")[0];
    if (family === "zh") return "zh-TW";
    if (family === "en") return "en";
  }
  return "en";
}

function isLanguage(text: string): text is Language {
  return Object.keys(WORDS).includes(text);
}

function read({ storage }: LanguagePlace): string | null {
  try {
    return storage?.getItem(KEPT_AS) ?? null;
  } catch {
    return null;
  }
}

function tell(): void {
  if (place !== null) place.root.lang = current;
  for (const listener of listeners) listener();
}
