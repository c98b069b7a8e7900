import type { OperatingSystem } from "./plan.ts";
import { runTool } from "../ffmpeg/tool.ts";

/** A camera or microphone, `id` as `--source camera:ID` takes it. */
export interface Device {
  readonly kind: "camera" | "microphone";
  readonly id: string;
  readonly name: string;
}

/** Asks ffmpeg what the system has. Never throws; what cannot be asked counts as not there. */
export async function listDevices(os: OperatingSystem, o: { program?: string; signal?: AbortSignal | undefined } = {}): Promise<Device[]> {
  const ask = async (...args: string[]) => {
    const outcome = await runTool(o.program ?? "ffmpeg", ["-hide_banner", ...args], { limitMs: 4000, signal: o.signal });
    return outcome.kind === "finished" ? `${outcome.stdout}\n${outcome.stderr}` : "";
  };
  switch (os) {
    case "linux": {
      const [cameras, pulse, alsa] = await Promise.all([ask("-sources", "v4l2"), ask("-sources", "pulse"), ask("-sources", "alsa")]);
      const microphones = parseSources(pulse, "microphone");
      return [...parseSources(cameras, "camera"), ...(microphones.length > 0 ? microphones : parseSources(alsa, "microphone"))];
    }
    case "darwin":
      return parseAvfoundation(await ask("-f", "avfoundation", "-list_devices", "true", "-i", ""));
    case "windows":
      return parseDshow(await ask("-f", "dshow", "-list_devices", "true", "-i", "dummy"));
  }
}

/** Lines such as `* /dev/video0 [Webcam: Webcam] (none)` under `Auto-detected sources for …`. */
export function parseSources(text: string, kind: Device["kind"]): Device[] {
  return text.split("\n").flatMap((line) => {
    const match = /^[ *] (\S+) \[(.*?)\](?: \(.*\))?\s*$/.exec(line);
    if (!match || match[1] === "null") return [];
    return [{ kind, id: match[1]!, name: match[2]! }];
  });
}

/** Lines such as `[AVFoundation indev @ 0x7f] [0] FaceTime HD Camera`, under a heading for each kind. */
export function parseAvfoundation(text: string): Device[] {
  let kind: Device["kind"] | null = null;
  const devices: Device[] = [];
  for (const line of text.split("\n")) {
    if (/AVFoundation video devices/.test(line)) kind = "camera";
    else if (/AVFoundation audio devices/.test(line)) kind = "microphone";
    const match = /\[(\d+)\] (.+?)\s*$/.exec(line);
    if (kind && match && !/^Capture screen/.test(match[2]!)) devices.push({ kind, id: match[1]!, name: match[2]! });
  }
  return devices;
}

/** Since ffmpeg 5 `"Integrated Camera" (video)`, before that under a heading for each kind. */
export function parseDshow(text: string): Device[] {
  let heading: Device["kind"] | null = null;
  const devices: Device[] = [];
  for (const line of text.split("\n")) {
    if (/DirectShow video devices/.test(line)) heading = "camera";
    else if (/DirectShow audio devices/.test(line)) heading = "microphone";
    const match = /\] +"(.+)"(?: \((video|audio|none)\))?\s*$/.exec(line);
    if (!match || /Alternative name/.test(line) || match[2] === "none") continue;
    const kind = match[2] === undefined ? heading : match[2] === "video" ? "camera" : "microphone";
    if (kind) devices.push({ kind, id: match[1]!, name: match[1]! });
  }
  return devices;
}
