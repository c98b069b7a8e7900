import { waitFor } from "../fixtures/condition.ts";
import { signalTo } from "../fixtures/proc.ts";
import type { Tercet } from "../fixtures/server.ts";

/** Which of the two processes that encode. */
export type Encoding = "pictures" | "sound";

/** Sends a signal to one of the encoders, and waits until another has taken its place. */
export async function torture(server: Tercet, whose: Encoding, signal: "SIGKILL" | "SIGSTOP"): Promise<void> {
  const find = async () => whose === "pictures" ? await server.runPid() : server.soundPid();
  const pid = await waitFor("an encoder", 10_000, find);
  signalTo(pid, signal);
  await waitFor("another encoder", 15_000, async () => {
    const next = await find();
    return next !== null && next !== pid;
  });
}
