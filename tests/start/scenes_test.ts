import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { startRecorder } from "../chaos/recorder.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { signalTo } from "../fixtures/proc.ts";
import { startTercet } from "../fixtures/server.ts";
import { openStudio } from "../fixtures/studio.ts";

/** One colour, and a tone: what is laid over the picture can be told from its mean. */
const of = (colour: string, hertz: number) =>
  `lavfi:color=c=${colour}:s=320x180:r=30,realtime[out0];sine=frequency=${hertz}:sample_rate=48000,volume=2,arealtime[out1]`;
const LADDER = "320x180@500k,256x144@400k,192x108@300k";
const BLUE = "0x3060c0";
const STAY_MS = 2000;

describe("scenes and filters of a whole show", () => {
  it("change no MAP and neither stop nor tear the media time, and a filter outlives the encoder", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet-scenes-" });
    try {
      await using server = await startTercet({ args: ["--source", of(BLUE, 440), "--source", of("white", 880), "--ladder", LADDER] });
      const studio = await openStudio(server);
      await waitFor("the first source", 10_000, async () => await server.metric("tercet_card_shown") === 0);
      await server.settled();
      const saveTo = `${folder}/show.mp4`;
      const recorder = startRecorder(`${server.baseUrl}/live.m3u8`, { saveTo });
      const steps: readonly (() => Promise<void>)[] = [
        async () => {},
        () => studio.show("1", { inset: { source: "2", size: "1/2", corner: "top_left" } }),
        () => studio.filter("sepia"),
        async () => signalTo((await server.runPid())!, "SIGKILL"),
        () => studio.show("2", { fadeSeconds: 0.5 }),
        () => studio.filter("none"),
      ];
      for (const step of steps) {
        await step();
        await pause(STAY_MS);
      }
      const recording = await recorder.stop();
      assert.deepEqual([recording.faults, recording.jumps, recording.mapChanges], [[], [], 0], server.output());
      assert.equal(new Set(recording.runs.map(({ run }) => run)).size, 2, "the run, and the one after the kill");
      assert.ok(recording.longestGap.forMs < 1500, `nothing was published for ${recording.longestGap.forMs} ms`);

      const pictures = await meansOf(saveTo);
      assert.ok(pictures.length > 30 * steps.length * STAY_MS / 1000 - 60, `${pictures.length} pictures`);
      const phases = pictures.map(nameOf).filter((name, at, all) => name !== all[at - 1]);
      const settled = ["blue", "blue with inset", "sepia with inset", "sepia white", "white"];
      let from = 0;
      for (const phase of settled) {
        const at = phases.indexOf(phase, from);
        assert.ok(at >= 0, `${phase} was not seen: ${phases}`);
        from = at;
      }
      const sepias = pictures.map(nameOf);
      const [firstSepia, lastSepia] = [sepias.indexOf("sepia with inset"), sepias.lastIndexOf("sepia white")];
      assert.ok(sepias.slice(firstSepia, lastSepia).every((name) => name.startsWith("sepia")), "the filter was off meanwhile");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("begins with the camera small in a corner of the screen, and with the card where there is neither", async () => {
    await using server = await startTercet({
      args: ["--source", "screen+camera", "--ladder", LADDER],
      env: { DISPLAY: "", WAYLAND_DISPLAY: "" },
    });
    const studio = await openStudio(server);
    const { source, inset } = await studio.scene();
    assert.deepEqual([source, inset], ["1", { source: "2", size: "1/4", corner: "bottom_right" }]);
    assert.deepEqual((await studio.sources()).map(({ kind, state }) => [kind, state !== "closed"]), [["screen", true], ["camera", true]]);
    // Both are away, perhaps: the inset can be changed all the same.
    await studio.show("1", { inset: { source: "2", corner: "top_left" } });
    assert.equal((await studio.scene()).inset?.corner, "top_left");
    assert.match(server.output(), /screen\+camera/);
  });

  it("tells how loud each source of the scene is, muted or not, and what is sent", async () => {
    await using server = await startTercet({ args: ["--source", of(BLUE, 440), "--source", of("white", 880), "--ladder", LADDER] });
    const studio = await openStudio(server);
    await waitFor("the first source", 10_000, async () => await server.metric("tercet_card_shown") === 0);
    await studio.show("1", { inset: { source: "2" } });
    const louder = await waitFor("both to be heard", 10_000, async () => {
      const { mix, sources } = await studio.levels();
      return sources.length === 2 && sources.every(({ peak }) => peak > 0.05) ? mix : null;
    });
    await studio.hear("1", { muted: true });
    await studio.hear("2", { gain: 0.1 });
    const quiet = await waitFor("the mix to be quiet", 5000, async () => {
      const { mix, sources } = await studio.levels();
      return mix.peak < 0.2 * louder.peak ? { mix, sources } : null;
    });
    assert.ok(quiet.mix.peak > 0 && quiet.sources.every(({ peak, rms }) => peak > 0.05 && rms > 0.03 && rms < peak), JSON.stringify(quiet));
    assert.deepEqual(quiet.sources.map(({ source }) => source), ["1", "2"]);
  });
});

type Mean = readonly [y: number, u: number, v: number];

/** The mean colour of each picture. */
async function meansOf(path: string): Promise<Mean[]> {
  const filter = "format=yuv444p,scale=1:1:flags=area";
  const args = ["-v", "error", "-i", path, "-map", "0:v", "-vf", filter, "-fps_mode", "passthrough", "-f", "rawvideo", "-"];
  const { stdout } = await new Deno.Command("ffmpeg", { args, stdin: "null", stderr: "null" }).output();
  return Array.from({ length: stdout.length / 3 }, (_, at) => [stdout[3 * at]!, stdout[3 * at + 1]!, stdout[3 * at + 2]!]);
}

/** The inset is white, and a quarter of the canvas. */
function nameOf([y, u, v]: Mean): string {
  const isSepia = Math.abs(u - 112) < 4 && Math.abs(v - 142) < 4;
  const colour = isSepia ? "sepia" : u > 140 ? "blue" : "";
  if (y > 210) return isSepia ? "sepia white" : Math.abs(u - 128) < 4 ? "white" : "between";
  return y > 115 ? `${colour} with inset` : colour;
}
