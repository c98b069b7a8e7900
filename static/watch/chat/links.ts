import { LinkifyIt } from "linkify-it";

/** A stretch of a message; `href` is null where it is no link. */
export interface Stretch {
  readonly text: string;
  readonly href: string | null;
}

// Whole addresses of the web only: `readme.md` and `me@example.org` stay words.
const makeFinder = () => new LinkifyIt({ fuzzyEmail: false }).add("ftp:", null).add("mailto:", null).add("//", null);
let finder: ReturnType<typeof makeFinder> | null = null;

/** Cuts a message where addresses begin and end. What the stretches say, put together, is the message. */
export function findLinks(text: string): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let at = 0;
  finder ??= makeFinder();
  for (const { index, lastIndex, url } of finder.match(text) ?? []) {
    const href = parse(url);
    if (href === null || !/^https?:$/.test(href.protocol)) continue;
    if (index > at) stretches.push({ text: text.slice(at, index), href: null });
    stretches.push({ text: text.slice(index, lastIndex), href: href.href });
    at = lastIndex;
  }
  if (at < text.length) stretches.push({ text: text.slice(at), href: null });
  return stretches;
}

function parse(url: string): URL | null {
  try {
    return new URL(url);
  } catch {
    return null;
  }
}
