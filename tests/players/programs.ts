import { startChild } from "../fixtures/child.ts";
import { pause } from "../fixtures/condition.ts";

/** What a program made of the show. */
export interface Played {
  readonly firstPictureMs: number | null;
  readonly pictures: number;
  /** Set where it ended by itself. */
  readonly exitedWith: number | null;
  readonly lastWords: string;
}

/** Debian's players and downloaders without a screen, each in its own settings, for so many seconds. */
export const PROGRAMS: Readonly<Record<string, (url: string, seconds: number) => Promise<Played>>> = {
  ffplay: (url, seconds) =>
    countLines({
      command: "ffplay",
      args: ["-hide_banner", "-nostats", "-loglevel", "info", "-vf", "showinfo", url],
      env: { SDL_VIDEODRIVER: "dummy", SDL_AUDIODRIVER: "dummy" },
      seconds,
      count: (line) => / pts_time:/.test(line) ? 1 : null,
    }),
  "GStreamer playbin3": (url, seconds) =>
    countLines({
      command: "gst-launch-1.0",
      args: [
        ...["-v", "playbin3", `uri=${url}`, "audio-sink=fakesink sync=true"],
        "video-sink=fpsdisplaysink text-overlay=false fps-update-interval=200 video-sink=fakesink sync=true",
      ],
      seconds,
      count: (line, before) => {
        const rendered = /rendered: (\d+)/.exec(line)?.[1];
        return rendered === undefined ? null : Number(rendered) - before;
      },
    }),
  streamlink: (url, seconds) => countBytes({ command: "streamlink", args: ["--quiet", "--stdout", `hls://${url}`, "best"], seconds }),
  // As it says itself that a live show is to be had.
  "yt-dlp": (url, seconds) =>
    countBytes({
      command: "yt-dlp",
      args: ["--quiet", "--no-warnings", "--no-cache-dir", "-f", "b", "--downloader", "ffmpeg", "--hls-use-mpegts", "-o", "-", url],
      seconds,
    }),
};

/** A player that tells of its pictures; `count` says how many more a line tells of. */
async function countLines(o: {
  command: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  seconds: number;
  count: (line: string, before: number) => number | null;
}): Promise<Played> {
  const beganMs = performance.now();
  let pictures = 0;
  let firstPictureMs: number | null = null;
  await using player = startChild(o.command, o.args, {
    env: { ...Deno.env.toObject(), ...o.env },
    onLine(line) {
      const more = o.count(line, pictures);
      if (more === null) return;
      pictures += more;
      if (pictures > 0) firstPictureMs ??= Math.round(performance.now() - beganMs);
    },
  });
  await Promise.race([player.ended, pause(o.seconds * 1000)]);
  return { pictures, firstPictureMs, exitedWith: player.status?.code ?? null, lastWords: lastWordsOf(player.output()) };
}

/** A downloader: what it writes is decoded afterwards. */
async function countBytes(o: { command: string; args: readonly string[]; seconds: number }): Promise<Played> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-download-" });
  const path = `${folder}/show`;
  const file = await Deno.open(path, { write: true, create: true });
  const beganMs = performance.now();
  let firstPictureMs: number | null = null;
  try {
    const loader = startChild(o.command, o.args, {
      cwd: folder,
      onStdout(bytes) {
        firstPictureMs ??= Math.round(performance.now() - beganMs);
        for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
      },
    });
    await Promise.race([loader.ended, pause(o.seconds * 1000)]);
    const exitedWith = loader.status?.code ?? null;
    loader.kill("SIGINT");
    await loader.stop(1000);
    return { firstPictureMs, exitedWith, pictures: await countPictures(path), lastWords: lastWordsOf(loader.output()) };
  } finally {
    file.close();
    await Deno.remove(folder, { recursive: true });
  }
}

async function countPictures(path: string): Promise<number> {
  const args = ["-v", "error", "-select_streams", "v:0", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "csv=p=0", path];
  const { stdout } = await new Deno.Command("ffprobe", { args }).output();
  return Number.parseInt(new TextDecoder().decode(stdout)) || 0;
}

function lastWordsOf(output: string): string {
  return output.trimEnd().split("\n").slice(-2).join(" / ").slice(-160);
}
