import { chooseHardware } from "./encoder/hardware/choose_hardware.ts";
import { HARDWARE, type HardwareName } from "./encoder/hardware/hardware.ts";
import { tryHardware } from "./encoder/hardware/try_hardware.ts";
import { hasFolder } from "./ffmpeg/has_folder.ts";
import type { Settings } from "./settings/settings.ts";
import { createGrid } from "./timeline/grid.ts";

/** Who encodes HQ on this machine; `encoder` is its name in ffmpeg. Both are null for libx264. `lines` are for the streamer. */
export async function pickHardware(
  settings: Settings,
  os: "linux" | "darwin" | "windows",
): Promise<{ readonly hardware: HardwareName | null; readonly encoder: string | null; readonly lines: readonly string[] }> {
  const { hardware, lines } = await chooseHardware({
    wish: settings.encoder,
    os,
    hasFolder,
    attempt: (name) => tryHardware(name, { ladder: settings.ladder, grid: createGrid(settings), folder: settings.dataDir }),
  });
  return { hardware, encoder: hardware && HARDWARE[hardware].encoder, lines };
}
