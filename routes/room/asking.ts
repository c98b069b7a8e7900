import type { Context } from "hono";
import { UNLISTED_HEADERS } from "../headers.ts";
import type { PageFile } from "../pages.ts";
import { answerProblem, statusOf } from "../problems.ts";
import type { RoomProblem } from "./judge.ts";

/** The built pages that ask for the key, one for each language: `/room.en`, `/room.zh-TW`. They are at no address of their own. */
const ASKING = "/room.";

/** Parts the pages that ask for the key from the others. */
export function partPages(pages: readonly PageFile[]): { readonly asking: readonly PageFile[]; readonly others: readonly PageFile[] } {
  const isAsking = ({ path }: PageFile) => path.startsWith(ASKING);
  return { asking: pages.filter(isAsking), others: pages.filter((page) => !isAsking(page)) };
}

/** `isFramed`: in a frame, where no cookie is kept, nobody is asked; it says where to go instead. */
interface Asked {
  readonly problem: RoomProblem;
  readonly isFramed: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** The page that asks for the key, and says what was wrong with the last one. Where pages are not built it is a problem like any other. */
export function createAskingPage(asking: readonly PageFile[]): (c: Context, asked: Asked) => Response {
  const texts = new Map(asking.map(({ path, bytes }) => [path.slice(ASKING.length), new TextDecoder().decode(bytes)]));
  return (c, { problem, isFramed, headers }) => {
    const text = texts.get(chooseLanguage(c.req.header("accept-language") ?? "")) ?? texts.get("en");
    if (text === undefined) return answerProblem(problem, { headers });
    return new Response(text.replace("{problem}", isFramed ? "framed" : problem), {
      status: statusOf(problem),
      headers: { ...HEADERS, "content-security-policy": `${POLICY}; frame-ancestors ${isFramed ? "*" : "'self'"}`, ...headers },
    });
  };
}

/** The first that there are words for. All kinds of Chinese read the Chinese one. */
function chooseLanguage(accepted: string): string {
  const [, first] = /(?:^|[\s,])(zh|en)\b/i.exec(accepted) ?? [];
  return first?.toLowerCase() === "zh" ? "zh-TW" : "en";
}

const POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'";
const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "vary": "Accept, Accept-Language, Cookie",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  ...UNLISTED_HEADERS,
};
