import type { Input } from "./source.ts";
import { runTool } from "./tool.ts";

export type ProbeOutcome =
  | {
    readonly kind: "found";
    /** As it is to be shown: turned where the file says so, pixels made square. Rate in pictures a second, 0 where nothing is known. */
    readonly video: { readonly stream: number; readonly width: number; readonly height: number; readonly rate: number } | null;
    readonly sound: { readonly stream: number } | null;
  }
  | { readonly kind: "failed"; readonly reason: string };

/** Looks into an input with ffprobe. Never throws; an input that hangs counts as failed after `limitMs`. */
export async function probeInput(
  input: Input,
  o: { limitMs?: number; program?: string; signal?: AbortSignal | undefined } = {},
): Promise<ProbeOutcome> {
  const limitMs = o.limitMs ?? 8000;
  const args = ["-hide_banner", "-loglevel", "error", ...input.options, "-show_streams", "-of", "json", "-i", input.address];
  const outcome = await runTool(o.program ?? "ffprobe", args, { limitMs, signal: o.signal });
  switch (outcome.kind) {
    case "cannot_start":
      return { kind: "failed", reason: outcome.reason };
    case "timed_out":
      return { kind: "failed", reason: `Nothing came from the source within ${limitMs / 1000} s` };
    case "finished":
      if (outcome.code !== 0) return { kind: "failed", reason: lastLine(outcome.stderr) || `ffprobe ended with code ${outcome.code}` };
      return readStreams(outcome.stdout);
  }
}

/** What ffprobe's JSON says. Exported for its table tests. */
export function readStreams(json: string): ProbeOutcome {
  let streams: ProbedStream[];
  try {
    streams = (JSON.parse(json) as { streams?: ProbedStream[] }).streams ?? [];
  } catch {
    return { kind: "failed", reason: "ffprobe's answer is not JSON" };
  }
  const picture = streams.find((s) =>
    s.codec_type === "video" && s.disposition?.attached_pic !== 1 && Number(s.width) > 0 && Number(s.height) > 0
  );
  const sound = streams.find((s) => s.codec_type === "audio" && Number(s.channels) > 0);
  if (!picture && !sound) return { kind: "failed", reason: "There is neither picture nor sound in it" };
  return {
    kind: "found",
    video: picture ? { stream: picture.index, ...shownSize(picture), rate: readRate(picture) } : null,
    sound: sound ? { stream: sound.index } : null,
  };
}

interface ProbedStream {
  readonly index: number;
  readonly codec_type?: string;
  readonly width?: number;
  readonly height?: number;
  readonly channels?: number;
  readonly sample_aspect_ratio?: string;
  readonly avg_frame_rate?: string;
  readonly r_frame_rate?: string;
  readonly disposition?: { readonly attached_pic?: number };
  readonly tags?: { readonly rotate?: string };
  readonly side_data_list?: readonly { readonly rotation?: number | string }[];
}

function shownSize(stream: ProbedStream): { width: number; height: number } {
  const [x, y] = (stream.sample_aspect_ratio ?? "1:1").split(":").map(Number);
  const aspect = x && y ? x / y : 1;
  const width = Math.round(Number(stream.width) * aspect);
  const height = Number(stream.height);
  const turn = Number(stream.side_data_list?.find((data) => data.rotation !== undefined)?.rotation ?? stream.tags?.rotate ?? 0);
  return Math.abs(Math.round(turn / 90)) % 2 === 1 ? { width: height, height: width } : { width, height };
}

function readRate(stream: ProbedStream): number {
  return fraction(stream.avg_frame_rate) || fraction(stream.r_frame_rate);
}

function fraction(text: string | undefined): number {
  const [above, below] = (text ?? "0/1").split("/").map(Number);
  return above && below ? above / below : 0;
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.trim() ?? "";
}
