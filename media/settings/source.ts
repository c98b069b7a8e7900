import { hideSecrets } from "./secrets.ts";

export { hideSecrets };

/** What the streamer wants to show. `default` is a camera where there is one, else the test picture. */
export type SourceWish =
  | { readonly kind: "default" }
  | { readonly kind: "test" }
  | { readonly kind: "screen" }
  /** Nothing until somebody publishes, of whom the words are what is expected. */
  | { readonly kind: "obs" }
  | { readonly kind: "srt" }
  | { readonly kind: "browser" }
  | { readonly kind: "camera_list" }
  | { readonly kind: "camera"; readonly video: string | null; readonly audio: string | null }
  | { readonly kind: "file"; readonly path: string }
  /** Two and more, one after the other, again and again. */
  | { readonly kind: "files"; readonly paths: readonly string[] }
  | { readonly kind: "lavfi"; readonly graph: string }
  | { readonly kind: "address"; readonly url: string };

/** Whom a source waits for that shows whoever publishes. */
export const PUBLISHED_BY: Partial<Record<SourceWish["kind"], string>> = { obs: "OBS", srt: "SRT", browser: "the browser" };

const SCHEMES = ["rtsp", "rtmp", "rtmps", "http", "https", "srt", "udp", "tcp"];
const WORDS = "camera, screen, screen+camera, obs, srt, browser, test, file:PATH, lavfi:GRAPH or an address such as rtsp://…";

/** That very word: two sources, the second as the inset of the first. */
export const SCREEN_AND_CAMERA = "screen+camera";

/** Reads the text of `--source`: one source, or the two of `screen+camera`. Throws a SyntaxError that says what would be right. */
export function parseSources(text: string): readonly SourceWish[] {
  return (text === SCREEN_AND_CAMERA ? ["screen", "camera"] : [text]).map(parseSource);
}

/** Reads the text of one source. Throws a SyntaxError that says what would be right. */
export function parseSource(text: string): SourceWish {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !text.startsWith("file:")) return parseAddress(text);
  const colon = text.indexOf(":");
  const word = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? null : text.slice(colon + 1);
  switch (word) {
    case "test":
    case "screen":
    case "obs":
    case "srt":
    case "browser":
      if (rest !== null) throw new SyntaxError(`takes nothing after the word: write ${word}`);
      return { kind: word };
    case "camera":
      return parseCamera(rest);
    case "file":
      return parseFiles(rest ?? "");
    case "lavfi":
      if (!rest) throw new SyntaxError("needs an ffmpeg graph: lavfi:GRAPH, such as lavfi:mandelbrot");
      return { kind: "lavfi", graph: rest };
    default:
      throw new SyntaxError(/\.\w+$/.test(text) ? `not a source; a file is written file:${text}` : `not a source; use ${WORDS}`);
  }
}

/** `PATH`, or `PATH|file:PATH|file:PATH`: a lone `|` may stand in a name. */
function parseFiles(rest: string): SourceWish {
  const paths = rest.split("|file:");
  if (paths.includes("")) throw new SyntaxError(paths.length > 1 ? "needs a path behind each file:" : "needs a path: file:PATH");
  return paths.length > 1 ? { kind: "files", paths } : { kind: "file", path: rest };
}

/** The files that are to be shown. */
export function listFiles(wish: SourceWish): readonly string[] {
  return wish.kind === "file" ? [wish.path] : wish.kind === "files" ? wish.paths : [];
}

function parseAddress(text: string): SourceWish {
  const scheme = text.slice(0, text.indexOf(":")).toLowerCase();
  if (!SCHEMES.includes(scheme)) throw new SyntaxError(`not an address that can be read; one begins with ${SCHEMES.join("://, ")}://`);
  // deno-lint-ignore no-control-regex
  if (/[\s\x00-\x1f]/.test(text) || text.endsWith("://")) throw new SyntaxError(`not a whole address: ${scheme}://HOST/…`);
  return { kind: "address", url: text };
}

/** `camera`, `camera:?`, `camera:VIDEO`, `camera:VIDEO+AUDIO`, `camera:+AUDIO`. The last `+` parts them, for a camera's own name may have one. */
function parseCamera(rest: string | null): SourceWish {
  if (rest === null) return { kind: "camera", video: null, audio: null };
  if (rest === "?") return { kind: "camera_list" };
  const plus = rest.lastIndexOf("+");
  const video = plus < 0 ? rest : rest.slice(0, plus);
  const audio = plus < 0 ? "" : rest.slice(plus + 1);
  if (rest === "" || rest === "+" || (plus >= 0 && audio === "")) {
    throw new SyntaxError("needs names: camera:VIDEO+AUDIO; camera:? lists them");
  }
  return { kind: "camera", video: video || null, audio: audio || null };
}
