import type { Ladder } from "../hls/rendition.ts";
import type { SourceWish } from "../settings.ts";
import type { Grid } from "../timeline/grid.ts";
import { buildRunArguments, type OpenedSource } from "./arguments.ts";
import { listDevices } from "./devices.ts";
import { fitLadder } from "./fit_ladder.ts";
import { probeInput } from "./probe.ts";
import type { LogLine } from "./progress.ts";
import { type Run, type RunEnd, startRun } from "./run.ts";
import { describeFailedStart } from "./run_end.ts";
import { type Input, type OperatingSystem, planSource, type SourceHost, type SourcePlan } from "./source.ts";
import type { Transport } from "./sockets.ts";

/** A look into the source, and what it leads to. */
export type Launch =
  | {
    readonly kind: "ready";
    /** The set ladder, fitted to the source. */
    readonly ladder: Ladder;
    /** How often the source itself shows a new picture. */
    readonly pictureEveryMs: number;
    readonly start: () => Promise<Run | RunEnd>;
  }
  | { readonly kind: "failed"; readonly end: RunEnd };

export interface Launcher {
  /** Looks into the source (8 s at the most for each way to open it). `signal` ends the look. Never throws. */
  prepare(signal?: AbortSignal): Promise<Launch>;
  /** Of the newest launch. */
  readonly pictureEveryMs: number;
}

export interface LauncherOptions {
  readonly source: Exclude<SourceWish, { kind: "camera_list" }>;
  readonly ladder: Ladder;
  readonly grid: Grid;
  /** For the sockets. */
  readonly folder: string;
  readonly ffmpegMajor: number;
  readonly os: OperatingSystem;
  readonly display: string | null;
  readonly transport?: Transport;
  readonly onLog?: (line: LogLine) => void;
}

/** Makes runs of one source. Each begins with a look into it, because a camera or file may have been changed for another. */
export function createLauncher(o: LauncherOptions): Launcher {
  let pictureEveryMs = 1000 / o.grid.rate;
  let goodPicture = 0;
  let goodSound = 0;

  async function prepare(signal?: AbortSignal): Promise<Launch> {
    const host: SourceHost = { os: o.os, display: o.display, ffmpegMajor: o.ffmpegMajor, ...await findDevices(o, signal) };
    const plan = planSource(o.source, host, { ...o.ladder[0], rate: o.grid.rate });
    if (plan.kind === "problem") return fail(plan.reason);
    const picture = await openPicture(plan, signal);
    if (picture.kind === "failed") return fail(picture.reason);
    const inputs = [picture.input];
    let sound = picture.sound === null ? null : `0:${picture.sound}`;
    if (plan.sounds.length > 0) {
      const found = await openFirst(plan.sounds, goodSound, (probed) => probed.sound, signal);
      sound = found.kind === "found" ? `1:${found.value.stream}` : null;
      if (found.kind === "found") {
        goodSound = found.index;
        inputs.push(found.input);
      }
    }
    pictureEveryMs = 1000 / Math.min(o.grid.rate, picture.rate || o.grid.rate);
    const ladder = fitLadder(o.ladder, picture);
    const source: OpenedSource = { inputs: inputs.map(toArguments), picture: `0:${picture.stream}`, sound };
    return {
      kind: "ready",
      ladder,
      pictureEveryMs,
      start: () =>
        startRun({
          ladder,
          folder: o.folder,
          buildArguments: (urls) => buildRunArguments({ source, ladder, grid: o.grid, urls }),
          inputAddresses: inputs.map(({ address }) => address),
          ...(o.transport ? { transport: o.transport } : {}),
          ...(o.onLog ? { onLog: o.onLog } : {}),
        }),
    };
  }

  async function openPicture(plan: SourcePlan & { kind: "plan" }, signal?: AbortSignal) {
    if (plan.known) return { kind: "found", input: plan.pictures[0]!, stream: "v:0", sound: "a:0", ...plan.known } as const;
    const found = await openFirst(plan.pictures, goodPicture, (probed) => probed.video, signal);
    if (found.kind === "failed") return found;
    goodPicture = found.index;
    return { kind: "found", input: found.input, ...found.value, sound: found.sound?.stream ?? null } as const;
  }

  return {
    prepare,
    get pictureEveryMs() {
      return pictureEveryMs;
    },
  };
}

/** Tries one way after the other, that which went well last time first. The first reason counts where all fail. */
async function openFirst<Value>(
  ways: readonly Input[],
  good: number,
  pick: (probed: Awaited<ReturnType<typeof probeInput>> & { kind: "found" }) => Value | null,
  signal?: AbortSignal,
) {
  const order = [good, ...ways.keys().filter((index) => index !== good)];
  const reasons: string[] = [];
  for (const index of order) {
    const input = ways[index]!;
    const probed = await probeInput(input, { signal });
    const value = probed.kind === "found" ? pick(probed) : null;
    if (probed.kind === "found" && value !== null) return { kind: "found", input, index, value, sound: probed.sound } as const;
    reasons.push(probed.kind === "failed" ? probed.reason : `There is no picture in ${input.address}`);
    if (signal?.aborted) break;
  }
  return { kind: "failed", reason: reasons[0]! } as const;
}

async function findDevices(o: LauncherOptions, signal?: AbortSignal): Promise<Pick<SourceHost, "cameras" | "microphones">> {
  const isNeeded = o.source.kind === "default" || (o.source.kind === "camera" && (o.source.video === null || o.os === "windows"));
  const devices = isNeeded ? await listDevices(o.os, { signal }) : [];
  const names = (kind: "camera" | "microphone") => devices.filter((device) => device.kind === kind).map(({ id }) => id);
  return { cameras: names("camera"), microphones: names("microphone") };
}

function toArguments({ reading, options, address }: Input): string[] {
  return [...reading, ...options, "-i", address];
}

function fail(reason: string): Launch {
  return { kind: "failed", end: describeFailedStart("source_lost", reason) };
}
