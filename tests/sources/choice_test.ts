import assert from "node:assert/strict";
import { afterAll, describe } from "@std/testing/bdd";
import { serveFiles } from "../fixtures/faults/file_server.ts";
import { lavfi, X264 } from "../fixtures/numbered.ts";
import type { Watch } from "../fixtures/watch_source.ts";
import { type Clips, makeClips } from "./clips.ts";
import { assertNoCard, firstShown, watchFor } from "./expect.ts";
import { together } from "./together.ts";

/** How much of the sound is of that pitch: the amplitude of a tone, 1 at the most. */
function loudness(watch: Watch, hertz: number): number {
  const sound = watch.sound();
  const [from, to] = [sound.length >> 1, sound.length];
  let sine = 0, cosine = 0;
  for (let i = from; i < to; i += 2) {
    const phase = 2 * Math.PI * hertz * i / 96_000;
    sine += sound[i]! * Math.sin(phase);
    cosine += sound[i]! * Math.cos(phase);
  }
  return Math.hypot(sine, cosine) / ((to - from) / 2) / 32768 * 2;
}

function assertHeard(watch: Watch, hertz: number, others: readonly number[], what: string): void {
  assert.ok(loudness(watch, hertz) > 0.04, `${what}: ${hertz} Hz at ${loudness(watch, hertz)}`);
  for (const other of others) assert.ok(loudness(watch, other) < 0.004, `${what}: ${other} Hz at ${loudness(watch, other)}`);
}

function lumaOf(watch: Watch): number {
  return watch.ticks.at(-5)!.luma;
}

/** Dark where it is small, bright where it is large. */
const SMALL = lavfi("color=0x202020:s=256x144:r=30");
const LARGE = lavfi("color=0xd0d0d0:s=512x288:r=30");

describe("which picture and which sound of a source is shown, and how", () => {
  let clips: Clips;
  afterAll(() => clips.remove());
  together(() => void (clips = makeClips()), {
    "the largest picture of an HLS master and of a stream with several programs (row 13)": async () => {
      const folder = `${clips.folder}/master`;
      await Deno.mkdir(folder);
      await clips.make(
        "master/v%v.m3u8",
        ...[...SMALL, ...LARGE, "-t", "9", "-map", "0:v", "-map", "1:v", ...X264, "-b:v:0", "200k", "-b:v:1", "900k"],
        ...["-f", "hls", "-hls_time", "3", "-hls_list_size", "0", "-hls_playlist_type", "vod"],
        ...["-var_stream_map", "v:0 v:1", "-master_pl_name", "m.m3u8"],
      );
      const programs = await clips.make(
        "programs.ts",
        ...[...SMALL, ...LARGE, "-t", "5", "-map", "0:v", "-map", "1:v", ...X264],
        ...["-program", "title=one:st=0", "-program", "title=two:st=1"],
      );
      const server = serveFiles(folder);
      const [hls, ts] = await Promise.all([watchFor(7, `${server.url}m.m3u8`), watchFor(4, `file:${programs}`)]);
      await server.close();
      for (const [watch, what] of [[hls, "hls"], [ts, "programs"]] as const) {
        assertNoCard(watch, what, 5000);
        assert.ok(lumaOf(watch) > 150, `${what}: ${lumaOf(watch)}`);
        assert.equal(watch.sources.list()[0]!.found?.video?.width, 512, what);
      }
    },
    "the sound of the picture's program (row 13)": async () => {
      const path = await clips.make(
        "radio.ts",
        ...[
          ...lavfi("sine=400"),
          ...SMALL,
          ...lavfi("sine=2500"),
          "-t",
          "5",
          "-map",
          "0:a",
          "-map",
          "1:v",
          "-map",
          "2:a",
          ...X264,
          "-c:a",
          "aac",
        ],
        ...["-program", "title=radio:st=0", "-program", "title=tv:st=1:st=2"],
      );
      const watch = await watchFor(4, `file:${path}`);
      assertHeard(watch, 2500, [400], "program");
    },
    "the default track of the sound, then that with most channels (row 24)": async () => {
      const three = [...SMALL, ...lavfi("sine=500"), ...lavfi("sine=1500"), ...lavfi("sine=3500"), "-t", "5"];
      const maps = ["-map", "0:v", "-map", "1:a", "-map", "2:a", "-map", "3:a", ...X264, "-c:a", "aac"];
      const marked = await clips.make(
        "marked.mkv",
        ...three,
        ...maps,
        "-disposition:a:0",
        "0",
        "-disposition:a:1",
        "0",
        "-disposition:a:2",
        "default",
      );
      const wide = await clips.make(
        "wide.mkv",
        ...[...three, ...maps, "-disposition:a:0", "0", "-disposition:a:1", "0", "-disposition:a:2", "0"],
        ...["-ac:a:0", "1", "-ac:a:1", "2", "-ac:a:2", "1"],
      );
      const [a, b] = await Promise.all([watchFor(4, `file:${marked}`), watchFor(4, `file:${wide}`)]);
      assertHeard(a, 3500, [500, 1500], "default");
      assertHeard(b, 1500, [500, 3500], "most channels");
    },
    "interlaced pictures come without combs (row 5)": async () => {
      const path = await clips.make(
        "interlaced.mp4",
        ...lavfi(
          "color=black:s=320x180:r=50[b];color=white:s=40x180:r=50[w];[b][w]overlay=x='mod(n*8,280)',tinterlace=interleave_top,setfield=tff",
        ),
        ...["-t", "4", "-c:v", "libx264", "-flags", "+ildct+ilme", "-pix_fmt", "yuv420p", "-crf", "12"],
      );
      let combed = 0, looked = 0;
      await watchFor(4, `file:${path}`, {
        onPicture(luma, isCard) {
          if (isCard) return;
          looked++;
          // An edge that stands elsewhere in each second line.
          let odd = 0;
          for (let y = 40; y < 140; y += 2) {
            for (let x = 0; x < 320; x++) {
              const [above, here, below] = [luma[(y - 1) * 320 + x]!, luma[y * 320 + x]!, luma[(y + 1) * 320 + x]!];
              if (Math.abs(above - here) > 100 && Math.abs(above - below) < 50) odd++;
            }
          }
          if (odd > 100) combed++;
        },
      });
      assert.ok(looked > 60 && combed <= 2, `${combed} of ${looked} pictures have combs`);
    },
    "white of HDR stays white, for PQ and HLG (row 6)": async () => {
      const hdr = (name: string, transfer: string, luma: number) =>
        clips.make(
          name,
          ...lavfi(
            `color=gray:s=320x180:r=30,format=yuv420p10le,lutyuv=y=${luma}:u=512:v=512`,
          ),
          ...["-t", "3", "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p10le"],
          ...["-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc"],
        );
      // Reference white, 203 cd/m²: 58 % of PQ, 75 % of HLG (ITU-R BT.2408).
      const [pq, hlg] = await Promise.all([hdr("pq.mp4", "smpte2084", 572), hdr("hlg.mp4", "arib-std-b67", 721)]);
      const [a, b, without] = await Promise.all([
        watchFor(4, `file:${pq}`),
        watchFor(4, `file:${hlg}`),
        watchFor(3, `file:${pq}`, { machine: { hasZscale: false } }),
      ]);
      for (const [watch, what] of [[a, "PQ"], [b, "HLG"]] as const) {
        assert.ok(firstShown(watch), watch.lines.join("\n"));
        assert.ok(lumaOf(watch) >= 200 && lumaOf(watch) <= 236, `${what}: ${lumaOf(watch)}`);
        assert.deepEqual(watch.lines, []);
      }
      assert.deepEqual(without.lines.map((line) => /HDR.*pale/.test(line)), [true], without.lines.join("\n"));
    },
  });
});
