/** What the streamer wants to show. `default` is a camera where there is one, else the test picture. */
export type SourceWish =
  | { readonly kind: "default" }
  | { readonly kind: "test" }
  | { readonly kind: "screen" }
  | { readonly kind: "camera_list" }
  | { readonly kind: "camera"; readonly video: string | null; readonly audio: string | null }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "lavfi"; readonly graph: string }
  | { readonly kind: "address"; readonly url: string };

const SCHEMES = ["rtsp", "rtmp", "rtmps", "http", "https", "srt", "udp", "tcp"];
const WORDS = "camera, screen, test, file:PATH, lavfi:GRAPH or an address such as rtsp://…";
const NOT_YET = ["obs", "srt", "browser"];

/** Reads the text of `--source`. Throws a SyntaxError that says what would be right. */
export function parseSource(text: string): SourceWish {
  if (NOT_YET.includes(text)) throw new SyntaxError(`not in this version yet; use ${WORDS}`);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && !text.startsWith("file:")) return parseAddress(text);
  const colon = text.indexOf(":");
  const word = colon < 0 ? text : text.slice(0, colon);
  const rest = colon < 0 ? null : text.slice(colon + 1);
  switch (word) {
    case "test":
    case "screen":
      if (rest !== null) throw new SyntaxError(`takes nothing after the word: write ${word}`);
      return { kind: word };
    case "camera":
      return parseCamera(rest);
    case "file":
      if (!rest) throw new SyntaxError("needs a path: file:PATH");
      return { kind: "file", path: rest };
    case "lavfi":
      if (!rest) throw new SyntaxError("needs an ffmpeg graph: lavfi:GRAPH, such as lavfi:mandelbrot");
      return { kind: "lavfi", graph: rest };
    default:
      throw new SyntaxError(/\.\w+$/.test(text) ? `not a source; a file is written file:${text}` : `not a source; use ${WORDS}`);
  }
}

/** The text of a source as it may be shown to others: names, passwords and passphrases of an address are left out. */
export function hideSecrets(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, "$1…@")
    .replace(/([?&](?:passphrase|password|token|key)=)[^&]*/gi, "$1…");
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
