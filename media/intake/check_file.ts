import { lookFirst } from "./look.ts";
import { openFile } from "./plan.ts";

/** Why ffmpeg cannot play a file, in one line; null where it can. A file for the card must hold a picture, one to show may be sound alone. */
export async function explainUnreadable(path: string, o: { readonly needsPicture: boolean }): Promise<string | null> {
  const outcome = await lookFirst(openFile(path), "picture", { canvas: { width: 16, height: 16 } });
  if (outcome.kind === "failed") return outcome.reason.replace(`file:${path}: `, "");
  return o.needsPicture && outcome.found.video === null ? "there is no picture in it" : null;
}
