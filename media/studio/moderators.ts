import { createHmac } from "node:crypto";
import { type Invites, openInvites } from "../room/invites_file.ts";

/** Those who keep order in the chat: each has come by a link that ends. */
export type Moderators = Invites;

/**
 * Opens `moderators.json` of the data folder. Links are signed with a secret that only the streamer's key makes: another key ends them all. `nowMs`: the wall clock.
 * `problem`: what was wrong with the file. Throws an Error where it cannot be read.
 */
export async function openModerators(o: {
  readonly dataDir: string;
  readonly streamerKey: string;
  readonly nowMs: () => number;
}): Promise<{ readonly moderators: Moderators; readonly problem: string | null }> {
  const { invites: moderators, problem } = await openInvites({
    dataDir: o.dataDir,
    secret: createHmac("sha256", o.streamerKey).update("tercet moderators").digest(),
    nowMs: o.nowMs,
    file: "moderators.json",
    consequence: "Moderators need new links.",
  });
  return { moderators, problem };
}
