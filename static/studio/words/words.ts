import { type Language, language } from "../../shared/words/words.ts";
import { STUDIO_EN, type StudioWords } from "./en.ts";
import { STUDIO_ZH_TW } from "./zh_tw.ts";

const WORDS: Readonly<Record<Language, StudioWords>> = { "en": STUDIO_EN, "zh-TW": STUDIO_ZH_TW };

/** The studio's words in the present language. Ask each time, or inside `onLanguage`. */
export function studioWords(): StudioWords {
  return WORDS[language()];
}
