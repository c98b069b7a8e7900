import { join } from "node:path";
import { removeOldSocketFolders } from "../../ffmpeg/sockets.ts";
import { runTool } from "../../ffmpeg/tool.ts";
import type { PublisherDesk } from "../desk.ts";
import type { PublisherKeys } from "../publishers_file.ts";
import { startSrt } from "./listener.ts";
import { openSrtPassphrase } from "./passphrase.ts";

export type Srt =
  | { readonly kind: "listening"; readonly passphrase: string; close(): Promise<void> }
  | { readonly kind: "cannot_listen"; readonly reason: string };

/** Listens for publishers by SRT where this ffmpeg can, or says why not: a show goes on without. */
export async function openSrt(o: {
  host: string;
  port: number;
  keys: PublisherKeys;
  desk: Pick<PublisherDesk, "admit">;
  dataDir: string;
  now: () => number;
  log: (line: string) => void;
  /** Only tests name another program. */
  ffmpeg?: string;
}): Promise<Srt> {
  if (!await knowsSrt(o.ffmpeg ?? "ffmpeg")) {
    return { kind: "cannot_listen", reason: `--srt ${o.port}: this ffmpeg was built without libsrt, so nobody can publish by SRT` };
  }
  const { key, text } = await openSrtPassphrase(o.keys, o.dataDir);
  // Not with the show's own: those are removed when it begins.
  const folder = join(o.dataDir, "srt");
  await Deno.mkdir(folder, { recursive: true });
  await removeOldSocketFolders(folder);
  return { kind: "listening", passphrase: text, ...startSrt({ ...o, key, passphrase: text, folder }) };
}

async function knowsSrt(ffmpeg: string): Promise<boolean> {
  const outcome = await runTool(ffmpeg, ["-hide_banner", "-protocols"], { limitMs: 10_000 });
  return outcome.kind === "finished" && /^ *srt$/m.test(outcome.stdout);
}
