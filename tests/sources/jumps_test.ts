import assert from "node:assert/strict";
import { afterAll, describe } from "@std/testing/bdd";
import { startChild } from "../fixtures/child.ts";
import { beeping, numbered } from "../fixtures/numbered.ts";
import { beepsOf, longestStill, numbersOf, watchSources } from "../fixtures/watch_source.ts";
import { type Clips, makeClips, SIZE } from "./clips.ts";
import { assertInSync, assertNoCard, firstShown, watchFor } from "./expect.ts";
import { freePort } from "./free_port.ts";
import { together } from "./together.ts";

const PORTRAIT = { width: 180, height: 320 };
const DOUBLE = { width: 640, height: 360 };

/** Picture and sound that jump by so many seconds after the 4th; `once` in one picture alone. */
function jumping(bySeconds: number, o: { readonly pace: "live" | "stored"; readonly rate: number; readonly once?: boolean }): string {
  const { pace, rate, once } = o;
  const [realtime, arealtime] = pace === "live" ? [",realtime", ",arealtime"] : ["", ""];
  const at = rate * 4;
  const picture = once ? `eq(N\\,${at})` : `gte(N\\,${at})`;
  const base = bySeconds < 0 ? -bySeconds : 0;
  // Of a graph ffmpeg always reads the output whose time is least: one that jumps alone would be all that comes.
  const hasSound = bySeconds > 0 && !once;
  return `lavfi:${numbered({ ...SIZE, rate })}${realtime},setpts='PTS+(${base}+${bySeconds}*${picture})/TB'[out0]` +
    (hasSound ? `;${beeping()}${arealtime},asetpts='PTS+${bySeconds}*gte(T\\,4)/TB'[out1]` : "");
}

async function concat(path: string, ...parts: readonly string[]): Promise<string> {
  const bytes = await Promise.all(parts.map((part) => Deno.readFile(part)));
  await Deno.writeFile(path, new Uint8Array(await new Blob(bytes).arrayBuffer()));
  return path;
}

describe("sources whose times or shapes change on the way", () => {
  let clips: Clips;
  afterAll(() => clips.remove());
  const jumps = [
    { by: 18, pace: "live", rate: 30 },
    { by: 5000, pace: "live", rate: 25 },
    { by: -2400, pace: "live", rate: 30 },
    { by: 30_000, pace: "live", rate: 30, once: true },
    { by: 5000, pace: "stored", rate: 30 },
    { by: -2400, pace: "stored", rate: 15 },
  ] as const;

  together(() => void (clips = makeClips()), {
    ...Object.fromEntries(jumps.map((jump) => {
      const { by, ...how } = jump;
      const what = `${how.pace}, ${"once" in how ? "one time" : "times"} off by ${by} s`;
      return [`${what}: joined on (row 9)`, async () => {
        const watch = await watchFor(11, jumping(by, how));
        assertNoCard(watch, what);
        const still = longestStill(watch.ticks, firstShown(watch)!.ms);
        assert.ok(still < 2500, `${what}: stood still for ${still} ms: ${numbersOf(watch.ticks)}`);
        const last = numbersOf(watch.ticks).at(-1)!;
        assert.ok(last > how.rate * 7, `${what}: only ${last} pictures came`);
        if (by > 0 && !("once" in how)) assertInSync(watch, what, { least: 6 });
        assert.ok(watch.lines.length <= 3, watch.lines.join("\n"));
      }];
    })),
    "a file whose times begin anew in its middle is shown whole": async () => {
      const a = await clips.flashing("a.ts", { seconds: 3, more: ["-output_ts_offset", "700"] });
      const b = await clips.flashing("b.ts", { seconds: 4, more: ["-output_ts_offset", "20"] });
      const watch = await watchFor(9, `file:${await concat(`${clips.folder}/anew.ts`, a, b)}`);
      assertNoCard(watch, "anew");
      const numbers = numbersOf(watch.ticks);
      const ends = numbers.filter((number, index) => number > (numbers[index + 1] ?? Infinity));
      assert.deepEqual(ends, [89, 119], `${numbers}`);
      assertInSync(watch, "anew", { least: 7 });
    },
    "a file whose size, shape and sound change is shown whole (row 7)": async () => {
      const a = await clips.flashing("small.ts", { seconds: 3, soundRate: 44_100 });
      const b = await clips.flashing("double.ts", { seconds: 3, size: DOUBLE });
      const c = await clips.flashing("portrait.ts", { seconds: 3, size: PORTRAIT, soundRate: 32_000 });
      const watch = await watchFor(11, `file:${await concat(`${clips.folder}/shapes.ts`, a, b, c)}`, { shapes: [SIZE, PORTRAIT] });
      assertNoCard(watch, "shapes");
      const numbers = numbersOf(watch.ticks);
      const ends = numbers.filter((number, index) => number > (numbers[index + 1] ?? Infinity));
      assert.deepEqual(ends, [89, 89, 89], `${numbers}`);
      assert.ok(beepsOf(watch.sound()).length >= 9, `beeps at ${beepsOf(watch.sound()).map(Math.round)}`);
      assertInSync(watch, "shapes", { least: 8, withinMs: 60 });
    },
    "a stream over UDP whose size, shape and sound change goes on (row 7)": async () => {
      const a = await clips.flashing("udp_a.ts", { seconds: 6, soundRate: 44_100 });
      const b = await clips.flashing("udp_b.ts", { seconds: 6, size: PORTRAIT });
      const whole = await concat(`${clips.folder}/udp.ts`, a, b);
      const port = freePort();
      await using _sender = startChild("ffmpeg", [
        "-v",
        "error",
        "-re",
        "-i",
        whole,
        "-c",
        "copy",
        "-f",
        "mpegts",
        `udp://127.0.0.1:${port}?pkt_size=1316`,
      ]);
      await using watch = await watchSources([`udp://127.0.0.1:${port}`], { shapes: [SIZE, PORTRAIT] });
      await watch.until(8500);
      await watch.stop();
      assertNoCard(watch, "udp", 5000);
      assert.ok(longestStill(watch.ticks, firstShown(watch)!.ms) < 2500, `udp: ${numbersOf(watch.ticks)}`);
      assertInSync(watch, "udp", { least: 3, withinMs: 60 });
    },
  });
});
