import { type Context, Hono } from "hono";
import { join } from "node:path";
import { z } from "zod";
import { createTurns } from "../../media/whole_file.ts";
import { NO_STORE } from "../headers.ts";
import type { Operation } from "../openapi.ts";
import { answerProblem } from "../problems.ts";
import { refuseStranger } from "../streamer_key.ts";
import { receiveFile } from "./receive_file.ts";

export interface UploadsDeps {
  readonly mediaFolder: string;
  /** Why a file can be no source, in one line; null where it can. */
  readonly explainUnreadable: (path: string) => Promise<string | null>;
  /** Of the disk that holds this folder. */
  readonly findFreeBytes: (folder: string) => Promise<number>;
  /** Null where there is no streamer. */
  readonly streamerKey: string | null;
}

const UPLOADED = z.strictObject({
  name: z.string().describe("Of the file in the folder media/ of the data folder: what came, without what no name of a file may have"),
  bytes: z.int().nonnegative(),
});
export type UploadedAnswer = z.infer<typeof UPLOADED>;

/** So much of the disk is left to chat, donations and all else. */
const LEFT_BYTES = 500e6;
const MOST_AT_ONCE = 2;
/** Hidden: neither listed nor to be named as a source. */
const DRAFT = /^\.upload-[0-9a-f-]{36}$/;

/** How large a file may be that is sent into that folder. */
export async function findRoom({ mediaFolder, findFreeBytes }: Pick<UploadsDeps, "mediaFolder" | "findFreeBytes">): Promise<number> {
  await Deno.mkdir(mediaFolder, { recursive: true });
  return Math.max(0, await findFreeBytes(mediaFolder) - LEFT_BYTES);
}

/** POST /api/studio/media: a film, a piece of music or a picture, as it is; looked into before it has a name. It replaces nothing. */
export function createUploadsRoutes(deps: UploadsDeps): Hono {
  const { mediaFolder, streamerKey } = deps;
  const inTurn = createTurns();
  const drafts = new Set<string>();
  let coming = 0;

  async function take(c: Context): Promise<Response> {
    const room = await findRoom(deps);
    const told = Number(c.req.header("content-length") ?? 0);
    if (told > room) return answerNoRoom(told, room);
    const { body } = c.req.raw;
    if (body === null) return answerProblem("bad_source", { detail: "nothing was sent" });
    await removeOldDrafts();
    const draft = `.upload-${crypto.randomUUID()}`;
    const path = join(mediaFolder, draft);
    drafts.add(draft);
    try {
      const outcome = await receiveFile(body, path, { mostBytes: room });
      if (outcome.kind === "too_large") return answerNoRoom(told, room);
      if (outcome.kind !== "received") return answerProblem(`body_${outcome.kind}`);
      const reason = await deps.explainUnreadable(path);
      if (reason !== null) return answerProblem("bad_source", { detail: reason });
      const name = await inTurn(() => settle(path, c.req.query("name") ?? ""));
      return c.json({ name, bytes: outcome.bytes } satisfies UploadedAnswer, 201, NO_STORE);
    } finally {
      drafts.delete(draft);
      await Deno.remove(path).catch(() => {});
    }
  }

  /** Gives it a name that is free. */
  async function settle(path: string, wanted: string): Promise<string> {
    for (let number = 1;; number++) {
      const name = nameUpload(wanted, number);
      const isTaken = await Deno.lstat(join(mediaFolder, name)).then(() => true, () => false);
      if (isTaken) continue;
      await Deno.rename(path, join(mediaFolder, name));
      return name;
    }
  }

  /** Of a life of the server that was killed. */
  async function removeOldDrafts(): Promise<void> {
    for await (const { name } of Deno.readDir(mediaFolder)) {
      if (DRAFT.test(name) && !drafts.has(name)) await Deno.remove(join(mediaFolder, name)).catch(() => {});
    }
  }

  return new Hono().post("/api/studio/media", async (c) => {
    const refusal = refuseStranger(c, streamerKey);
    if (refusal !== null) return refusal;
    if (coming >= MOST_AT_ONCE) return answerProblem("too_many_uploads");
    coming++;
    try {
      return await take(c);
    } catch (error) {
      return answerProblem("no_room", { detail: `the folder media/ cannot be written: ${error instanceof Error ? error.message : error}` });
    } finally {
      coming--;
    }
  });
}

const MOST_LETTERS = 80;

/** What a file is called that was sent as `wanted`; the `number`th of that name. Never hidden, never a path. */
export function nameUpload(wanted: string, number = 1): string {
  const plain = wanted.normalize("NFC").split(/[/\\]/).at(-1)!.replace(/[^\p{L}\p{M}\p{N} ._()-]+/gu, "-").replace(/^[\s.-]+|[\s.]+$/g, "");
  const [, stem = "", ending = ""] = /^(.*?)(\.[a-z0-9]{1,8})?$/isu.exec(plain)!;
  const count = number === 1 ? "" : ` (${number})`;
  return `${[...(stem || "upload")].slice(0, MOST_LETTERS).join("").trim()}${count}${ending.toLowerCase()}`;
}

function answerNoRoom(bytes: number, room: number): Response {
  const inMegabytes = (count: number) => `${Math.round(count / 1e6)} MB`;
  return answerProblem("no_room", { detail: `${bytes > room ? inMegabytes(bytes) : "it"} where ${inMegabytes(room)} are free for it` });
}

export const UPLOAD_OPERATION: Operation = {
  method: "post",
  path: "/api/studio/media",
  id: "uploadMedia",
  summary: "Send a film, a piece of music or a picture into the folder media/ of the data folder; it can be added as a source then",
  security: "streamer",
  parameters: [{ name: "name", in: "query", description: "What it is called where it comes from", schema: z.string() }],
  body: z.string().describe("The file, as it is"),
  bodyType: "application/octet-stream",
  answers: { 201: { description: "It is there", schema: UPLOADED } },
  problems: [401, 403, 408, 422, 429, 499, 507],
};
