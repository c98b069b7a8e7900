import { runTool } from "./tool.ts";

export type FfmpegCheck =
  | { readonly kind: "found"; readonly version: string; readonly major: number; readonly hasZscale: boolean }
  /** One line for the streamer. */
  | { readonly kind: "missing"; readonly reason: string };

/** Is there an ffmpeg that can do what a run needs? */
export async function checkFfmpeg(o: { ffmpeg?: string; ffprobe?: string } = {}): Promise<FfmpegCheck> {
  const limitMs = 10_000;
  const ffmpeg = o.ffmpeg ?? "ffmpeg";
  const [banner, encoders, filters, probe] = await Promise.all([
    runTool(ffmpeg, ["-version"], { limitMs }),
    runTool(ffmpeg, ["-hide_banner", "-encoders"], { limitMs }),
    runTool(ffmpeg, ["-hide_banner", "-filters"], { limitMs }),
    runTool(o.ffprobe ?? "ffprobe", ["-version"], { limitMs }),
  ]);
  for (const outcome of [banner, probe, encoders]) {
    if (outcome.kind === "cannot_start") return { kind: "missing", reason: `${outcome.reason}. Run: sh setup.sh` };
    if (outcome.kind === "timed_out") return { kind: "missing", reason: "ffmpeg does not answer" };
  }
  const lacking = encoders.kind === "finished" ? ["libx264", "aac"].filter((name) => !hasEncoder(encoders.stdout, name)) : [];
  if (lacking.length > 0) {
    return { kind: "missing", reason: `This ffmpeg was built without ${lacking.join(" and ")}, which the encoding needs` };
  }
  const version = banner.kind === "finished" ? /^ffmpeg version (\S+)/.exec(banner.stdout)?.[1] ?? "unknown" : "unknown";
  return { kind: "found", version, major: readMajor(version), hasZscale: filters.kind === "finished" && / zscale /.test(filters.stdout) };
}

/** A build from ffmpeg's own repository, such as `N-109468-gd39b34123d`, counts as new. */
export function readMajor(version: string): number {
  return Number(/^n?(\d+)\./.exec(version)?.[1] ?? 99);
}

function hasEncoder(list: string, name: string): boolean {
  return new RegExp(`^ [VA][.A-Z]{5} ${name} `, "m").test(list);
}
