import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { loadMemory } from "../../media/timeline/memory_file.ts";
import { ask, type Finding, note, ok, sayBytes, stops } from "./finding.ts";

/** What a show writes within a minute: slate, databases, sockets. */
const LEAST_FREE_BYTES = 20e6;
const LITTLE_FREE_BYTES = 1e9;
const LEAST_FILES = 256;
/** Two for each player: a held request and the next. */
const FILES_A_VIEWER = 2;
const FEW_FILES = 4096;
const MOST_CLOCK_OFF_MS = 1000;

/** The clock, the disk and the open-file limit. */
export async function checkMachine(
  o: { readonly dataDir: string; readonly isRunning: boolean; readonly dvrBytes: number },
): Promise<Finding[]> {
  return [
    await checkClock(),
    ...(o.isRunning ? await checkShowClock(o.dataDir) : []),
    await checkDisk(o.dataDir, o.dvrBytes),
    await checkFiles(),
  ];
}

/** Players place themselves by it, and codes and invites end by it. */
async function checkClock(): Promise<Finding> {
  const is = await ask("timedatectl", ["show", "--property=NTPSynchronized", "--value"]);
  if (is === "yes") return ok("clock", "set by the network (NTP)");
  if (is === "no") {
    return note("clock", "not set by the network: timedatectl set-ntp true would do that. Studio links and invites end by this clock");
  }
  return note("clock", `whether it is set by the network cannot be told here; it shows ${new Date().toISOString()}`);
}

/** PROGRAM-DATE-TIME follows the wall clock slowly; `timeline.json` says how far it is behind. */
async function checkShowClock(dataDir: string): Promise<Finding[]> {
  const memory = await loadMemory(`${dataDir}/timeline.json`);
  if (memory === null) return [];
  const offMs = Math.round(memory.toldOffsetMs - memory.offsetMs);
  if (Math.abs(offMs) <= MOST_CLOCK_OFF_MS) return [ok("show's time", `PROGRAM-DATE-TIME is ${Math.abs(offMs)} ms from the clock`)];
  return [
    note(
      "show's time",
      `PROGRAM-DATE-TIME is ${
        (offMs / 1000).toFixed(1)
      } s from the clock, which was set during the show; it comes nearer by 20 ms a segment`,
    ),
  ];
}

async function checkDisk(dataDir: string, dvrBytes: number): Promise<Finding> {
  const free = await freeBytes(dataDir);
  if (free === null) return note("disk", `how much is free for ${dataDir} cannot be told`);
  if (free < LEAST_FREE_BYTES) {
    return stops("disk", `${sayBytes(free)} are free for ${dataDir}: make room, or name another folder by --data`);
  }
  if (free < dvrBytes) {
    return note(
      "disk",
      `${sayBytes(free)} are free for ${dataDir}, and --dvr may need ${sayBytes(dvrBytes)}: make room, or go back less far`,
    );
  }
  if (free < LITTLE_FREE_BYTES) return note("disk", `only ${sayBytes(free)} are free for ${dataDir}: make room before a long show`);
  return ok("disk", `${sayBytes(free)} are free for ${dataDir}`);
}

/** Of a folder that is not there yet, where it would come to stand. */
async function freeBytes(folder: string): Promise<number | null> {
  for (let at = folder;; at = dirname(at)) {
    try {
      const { bavail, bsize } = await statfs(at);
      return bavail * bsize;
    } catch {
      if (at === dirname(at)) return null;
    }
  }
}

async function checkFiles(): Promise<Finding> {
  if (Deno.build.os === "windows") return ok("open files", "Windows has no limit that matters");
  const said = await ask("sh", ["-c", "ulimit -n"]);
  if (said === "unlimited") return ok("open files", "no limit");
  const limit = Number(said);
  if (!(limit > 0)) return note("open files", "how many may be open cannot be told");
  const room = `${limit} may be open, room for about ${Math.floor((limit - 100) / FILES_A_VIEWER)} players`;
  if (limit < LEAST_FILES) {
    return stops("open files", `only ${limit} may be open, too few for encoder and players: ulimit -n 8192 before the start`);
  }
  return limit < FEW_FILES
    ? note("open files", `${room}: ulimit -n 8192 before the start, or LimitNOFILE= of a service, makes room for more`)
    : ok("open files", room);
}
