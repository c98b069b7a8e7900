import { HARDWARE, type HardwareName } from "./hardware.ts";

/** Null for libx264, and what the streamer is told of it. */
export interface HardwareChoice {
  readonly hardware: HardwareName | null;
  readonly lines: readonly string[];
}

/**
 * In this order, VAAPI before QSV on Linux: one set of options for Intel and AMD, and the QSV of ffmpeg 5 is the old library, which newer chips lack. `folder` is
 * there where the device's driver is; where it is not, nothing is tried.
 */
const ORDER: Readonly<Record<"linux" | "darwin" | "windows", readonly { readonly name: HardwareName; readonly folder: string | null }[]>> =
  {
    linux: [
      { name: "nvenc", folder: "/proc/driver/nvidia" },
      { name: "vaapi", folder: "/dev/dri" },
      { name: "qsv", folder: "/dev/dri" },
    ],
    darwin: [{ name: "videotoolbox", folder: null }],
    windows: [{ name: "nvenc", folder: null }, { name: "qsv", folder: null }],
  };

/** Who encodes HQ. `attempt` resolves to why one will not do, or null. With `auto` the first that will; one that was named is tried wherever it is. */
export async function chooseHardware(o: {
  readonly wish: "auto" | "libx264" | HardwareName;
  readonly os: "linux" | "darwin" | "windows";
  readonly hasFolder: (path: string) => Promise<boolean>;
  readonly attempt: (name: HardwareName) => Promise<string | null>;
}): Promise<HardwareChoice> {
  const { wish } = o;
  if (wish === "libx264") return { hardware: null, lines: [] };
  const lines: string[] = [];
  for (const { name, folder } of wish === "auto" ? ORDER[o.os] : [{ name: wish, folder: null }]) {
    if (folder !== null && !await o.hasFolder(folder)) continue;
    const reason = await o.attempt(name);
    if (reason === null) {
      return {
        hardware: name,
        lines: [
          ...lines,
          `HQ is encoded by ${HARDWARE[name].encoder}. We have not run it on real hardware yet: --encoder libx264 goes without.`,
        ],
      };
    }
    lines.push(`--encoder ${name}: ${HARDWARE[name].encoder} cannot be used: ${reason.replace(/\.$/, "")}. libx264 encodes HQ too.`);
  }
  return { hardware: null, lines };
}
