import type { Ask } from "../shared/ask.ts";
import { sendFile, type SendFileOptions } from "./send_file.ts";

/** What became of a request: `problem` is the server's name for what is wrong, `detail` its words. */
export type Outcome<Answer> =
  | { readonly kind: "answer"; readonly value: Answer }
  | { readonly kind: "problem"; readonly problem: string; readonly detail: string }
  | { readonly kind: "unreachable" };

export interface Picture {
  readonly picture: Blob;
  /** When it was answered. */
  readonly ageSeconds: number;
}

/** The server as the studio asks it. The browser adds the cookie. */
export interface Api {
  get<Answer>(path: string): Promise<Outcome<Answer>>;
  getPicture(path: string): Promise<Outcome<Picture>>;
  /** A file goes as it is, all else as JSON. */
  send<Answer>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: object): Promise<Outcome<Answer>>;
  /** For one so large that somebody wants to see how far it has come. */
  sendFile<Answer>(path: string, file: File, o: SendFileOptions): Promise<Outcome<Answer>>;
}

const NO_CONTENT = 204;

/** `onStranger`: the server takes this browser for signed in no more. */
export function createApi(ask: Ask, onStranger: () => void): Api {
  async function read<Answer>(answer: Response | null): Promise<Outcome<Answer>> {
    if (answer === null) return { kind: "unreachable" };
    const isEmpty = answer.status === NO_CONTENT;
    const value = isEmpty ? null : await answer.json().catch(() => null);
    // One that breaks off on its way is none.
    if (answer.ok) return isEmpty || value !== null ? { kind: "answer", value } : { kind: "unreachable" };
    if (value?.kind === "streamer_only") onStranger();
    if (typeof value?.kind !== "string") return { kind: "unreachable" };
    return { kind: "problem", problem: value.kind, detail: value.detail ?? value.title ?? "" };
  }

  return {
    get: async (path) => await read(await ask(path)),
    async getPicture(path) {
      const answer = await ask(path);
      if (!answer?.ok) return await read(answer);
      const picture = await answer.blob().catch(() => null);
      if (picture === null || !picture.type.startsWith("image/")) return { kind: "unreachable" };
      return { kind: "answer", value: { picture, ageSeconds: Number(answer.headers.get("age")) } };
    },
    send: async (method, path, body) =>
      await read(
        await ask(path, {
          method,
          ...(body instanceof Blob
            ? { body }
            : body
            ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
            : {}),
        }),
      ),
    sendFile: async (path, file, o) => await read(await sendFile(path, file, o)),
  };
}
