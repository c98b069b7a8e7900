import { openSocketFolder } from "../../ffmpeg/sockets.ts";
import { runTool } from "../../ffmpeg/tool.ts";
import type { FlvItem } from "../../flv/frame.ts";
import type { Ladder } from "../../hls/rendition.ts";
import type { Grid } from "../../timeline/grid.ts";
import { buildTryArguments } from "../arguments.ts";
import { pickLevel } from "../level.ts";
import { readFlv } from "../output.ts";
import type { HardwareName } from "./hardware.ts";
import { judgeTry } from "./judge.ts";

const LIMIT_MS = 3000;

/**
 * A real encode of two segments' pictures by the very options of a run that begins in the middle of a segment: listed in ffmpeg is not there. Resolves to why it
 * will not do, in words, or null where it will. Never rejects.
 */
export async function tryHardware(name: HardwareName, o: {
  readonly ladder: Ladder;
  readonly grid: Grid;
  /** For the socket. */
  readonly folder: string;
  readonly program?: string;
}): Promise<string | null> {
  const { ladder, grid } = o;
  const [hq] = ladder;
  const place = Math.floor(grid.framesPerSegment / 2);
  const pictures = 2 * grid.framesPerSegment;
  const asked = {
    pictures,
    rate: grid.rate,
    keys: [0, grid.framesPerSegment - place, pictures - place],
    width: hq.width,
    height: hq.height,
    level: pickLevel(ladder, grid.rate),
  };
  try {
    const sockets = await openSocketFolder(o);
    try {
      const items: FlvItem[] = [];
      let broken: string | null = null;
      const listening = sockets.listen("try");
      const reading = readFlv(listening, (item) => {
        if (item.kind === "video_config" || item.kind === "video") items.push({ ...item, data: item.data.slice() });
      }, (problem) => broken = problem);
      const args = buildTryArguments({ hardware: name, ladder, grid, place, pictures, url: listening.url });
      const startMs = performance.now();
      const outcome = await runTool(o.program ?? "ffmpeg", args, { limitMs: LIMIT_MS });
      const tookMs = performance.now() - startMs;
      await sockets.close();
      if (outcome.kind === "cannot_start") return outcome.reason;
      if (outcome.kind === "timed_out") return `it had not done two segments within ${LIMIT_MS / 1000} s`;
      if (outcome.code !== 0) return explain(outcome.stderr, outcome.code);
      await reading.done;
      return broken ?? judgeTry(asked, items, tookMs);
    } finally {
      await sockets.close();
    }
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem);
  }
}

/** ffmpeg's first complaint is the cause of the others. */
function explain(stderr: string, code: number): string {
  const lines = stderr.split("\n").filter((line) => /\[(?:error|fatal)\]/.test(line));
  const said = lines[0]?.replace(/^(?:\[[^\]]*\] ?)+/, "").trim() || `ffmpeg ended with code ${code}`;
  if (/^(Unrecognized option|Unknown encoder)/.test(said)) return `${said.replace(/\.$/, "")}: this ffmpeg may have been built without it`;
  return /permission denied|No VA display/i.test(stderr)
    ? `${said} (may this user open it? It should be in the groups render and video)`
    : said;
}
