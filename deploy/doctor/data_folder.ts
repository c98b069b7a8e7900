import { dirname, join } from "node:path";
import { openSocketFolder } from "../../media/ffmpeg/sockets.ts";
import { type Finding, note, ok, stops } from "./finding.ts";

/** What others of this machine must not read. */
const SECRET = /\.(key|sqlite|json)$/;
const NO_SECRET = ["timeline.json"];

/** The data folder: whether it may be written, who may read it, and whether sockets work there. `isRunning`: a server has claimed it. */
export async function checkDataFolder(dataDir: string): Promise<{ readonly isRunning: boolean; readonly findings: Finding[] }> {
  const info = await Deno.stat(dataDir).catch(() => null);
  if (info === null) return { isRunning: false, findings: [await checkPlace(dataDir)] };
  if (!info.isDirectory) {
    return { isRunning: false, findings: [stops("data folder", `${dataDir} is no folder: name another one by --data`)] };
  }
  const problem = await tryToWrite(dataDir);
  if (problem !== null) {
    return {
      isRunning: false,
      findings: [stops("data folder", `${dataDir} may not be written (${problem}): it belongs to another user, or the disk is read-only`)],
    };
  }
  const isRunning = await isClaimed(dataDir);
  return {
    isRunning,
    findings: [
      ok("data folder", `${dataDir}${isRunning ? ", of a Tercet that is running now" : ""}`),
      ...await checkModes(dataDir),
      await checkSockets(dataDir),
    ],
  };
}

async function checkPlace(dataDir: string): Promise<Finding> {
  let above = dirname(dataDir);
  while (above !== dirname(above) && await Deno.stat(above).catch(() => null) === null) above = dirname(above);
  const problem = await tryToWrite(above);
  if (problem === null) return ok("data folder", `${dataDir} will be made at the first start`);
  return stops("data folder", `${dataDir} is not there and cannot be made (${problem}): name another one by --data`);
}

async function tryToWrite(folder: string): Promise<string | null> {
  try {
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: "tercet-doctor-" }));
    return null;
  } catch (problem) {
    return (problem as Error).message.replace(/ \(os error.*/, "");
  }
}

/** As a server claims it. */
async function isClaimed(folder: string): Promise<boolean> {
  try {
    using lock = await Deno.open(join(folder, "lock"), { write: true });
    return !await lock.tryLock(true);
  } catch {
    return false;
  }
}

async function checkModes(folder: string): Promise<Finding[]> {
  if (Deno.build.os === "windows") return [];
  const open: string[] = [];
  const foreign: string[] = [];
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (!isFile || !SECRET.test(name) || NO_SECRET.includes(name)) continue;
    const { mode, uid } = await Deno.lstat(join(folder, name));
    if (((mode ?? 0) & 0o077) !== 0) open.push(join(folder, name));
    if (uid !== Deno.uid() && Deno.uid() !== 0) foreign.push(name);
  }
  return [
    ...(open.length === 0
      ? [ok("secrets", "keys and databases are for their owner's eyes only")]
      : [note("secrets", `other users may read them: chmod 600 ${open.join(" ")}`)]),
    ...(foreign.length === 0 ? [] : [note("owner", `${foreign.join(", ")} belong to another user: start the server as that one`)]),
  ];
}

async function checkSockets(folder: string): Promise<Finding> {
  const sockets = await openSocketFolder({ folder });
  try {
    if (sockets.listen("doctor").url.startsWith("unix:")) return ok("sockets", "work in the data folder");
    return note(
      "sockets",
      "not in the data folder (a long path, or a file system without them): ports of the loopback address are used, which is slower",
    );
  } finally {
    await sockets.close();
  }
}
