import { Hono } from "hono";
import { z } from "zod";
import { NO_STORE } from "../headers.ts";
import type { Operation } from "../openapi.ts";
import { refuseStranger } from "../streamer_key.ts";
import type { NewSourceHost } from "./new_source.ts";
import { findRoom, type UploadsDeps } from "./uploads.ts";

const CHOICES = z.strictObject({
  cameras: z.array(z.strictObject({ id: z.string(), name: z.string() })).describe("As this machine lists them now"),
  files: z.array(z.string()).describe("In the folder media/ of the data folder"),
  room: z.number().nonnegative().describe("Bytes: how large a file may be that is sent there"),
});
export type ChoicesAnswer = z.infer<typeof CHOICES>;

const MOST_FILES = 500;

/** GET /api/studio/choices: what a new source can be. */
export function createChoicesRoutes(
  { listCameras, mediaFolder, findFreeBytes, streamerKey }: NewSourceHost & Pick<UploadsDeps, "findFreeBytes" | "streamerKey">,
): Hono {
  return new Hono().get("/api/studio/choices", async (c) => {
    const refusal = refuseStranger(c, streamerKey);
    if (refusal !== null) return refusal;
    const [cameras, files, room] = await Promise.all([
      listCameras().catch(() => []),
      listFiles(mediaFolder),
      findRoom({ mediaFolder, findFreeBytes }).catch(() => 0),
    ]);
    const answer: ChoicesAnswer = { cameras: cameras.map(({ id, name }) => ({ id, name })), files, room };
    return c.json(answer, 200, NO_STORE);
  });
}

/** None where there is no such folder, or none that can be read. Hidden ones, links and folders are left out. */
async function listFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(folder)) if (isFile && !name.startsWith(".") && files.push(name) >= MOST_FILES) break;
  } catch {
    return [];
  }
  return files.sort();
}

export const CHOICES_OPERATION: Operation = {
  method: "get",
  path: "/api/studio/choices",
  id: "listChoices",
  summary: "What a new source can be: the cameras of this machine, the files of the media folder",
  security: "streamer",
  answers: { 200: { description: "The choices", schema: CHOICES } },
  problems: [401, 403],
};
