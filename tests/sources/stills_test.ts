import assert from "node:assert/strict";
import { afterAll, describe } from "@std/testing/bdd";
import { serveFiles } from "../fixtures/faults/file_server.ts";
import { beeping, lavfi, numbered } from "../fixtures/numbered.ts";
import { numbersOf, watchSources } from "../fixtures/watch_source.ts";
import { type Clips, makeClips, SIZE } from "./clips.ts";
import { assertInSync, assertNoCard, changesOf, firstShown, patience, watchFor } from "./expect.ts";
import { together } from "./together.ts";

describe("pictures that stand, and things over HTTP that end", () => {
  let clips: Clips;
  afterAll(() => clips.remove());
  /** The picture with that number. */
  const still = (name: string, number: number, ...more: string[]) =>
    clips.make(
      name,
      ...lavfi(numbered({ ...SIZE, rate: 30 })),
      "-vf",
      `select='eq(n,${number})'`,
      "-frames:v",
      "1",
      "-update",
      "1",
      ...more,
    );

  together(() => void (clips = makeClips()), {
    "stills of every kind stand, whatever their names (rows b3, c1)": async () => {
      const kinds = [["jpg", "-q:v", "2"], ["png"], ["bmp"], ["webp", "-lossless", "1"], ["tiff"], ["gif"]];
      const paths = await Promise.all(kinds.map(([ending, ...more], index) => still(`still.${ending}`, 70 + index, ...more)));
      const names = ["100%d.png", "50%02d.jpg", "a %s b.webp"];
      await Promise.all(names.map((name, index) => Deno.copyFile(paths[[1, 0, 3][index]!]!, `${clips.folder}/${name}`)));
      const sources = [...paths, ...names.map((name) => `${clips.folder}/${name}`)];
      await Promise.all(sources.map(async (path, index) => {
        const watch = await watchFor(5, `file:${path}`);
        assertNoCard(watch, path);
        const number = index < paths.length ? 70 + index : 70 + [1, 0, 3][index - paths.length]!;
        assert.deepEqual(numbersOf(watch.ticks), [number], path);
        assert.deepEqual(watch.lines, []);
        assert.ok(watch.pids.size <= 1, `${path}: ${watch.pids.size} processes`);
      }));
    },
    "a still over HTTP is fetched again, and stands meanwhile (row 26)": async () => {
      const folder = `${clips.folder}/web`;
      await Deno.mkdir(folder);
      await still("web/camera.jpg", 90, "-q:v", "2");
      const other = await still("other.jpg", 91, "-q:v", "2");
      const server = serveFiles(folder);
      await using watch = await watchSources([`${server.url}camera.jpg?token=secret`]);
      await watch.until(4000);
      await Deno.copyFile(other, `${folder}/camera.jpg`);
      await watch.until(13_500);
      await watch.stop();
      await server.close();
      assertNoCard(watch, "camera");
      assert.deepEqual(numbersOf(watch.ticks), [90, 91]);
      assert.ok(server.asked.get("camera.jpg")! <= 9, `asked ${server.asked.get("camera.jpg")} times`);
      assert.deepEqual(watch.lines, []);
    },
    "a short film over HTTP is shown again and again (row 26)": async () => {
      const folder = `${clips.folder}/film`;
      await Deno.mkdir(folder);
      await clips.flashing("film/film.mp4", { seconds: 4.5 });
      const server = serveFiles(folder);
      const watch = await watchFor(13, `${server.url}film.mp4`);
      await server.close();
      assertNoCard(watch, "film");
      const numbers = numbersOf(watch.ticks);
      const ends = numbers.filter((number, index) => number > (numbers[index + 1] ?? Infinity));
      assert.deepEqual(ends, [134, 134], `${numbers}`);
      assertInSync(watch, "film", { least: 9 });
    },
    "a stream over HTTP that ends is opened again at once, without the card": async () => {
      const folder = `${clips.folder}/stream`;
      await Deno.mkdir(folder);
      await clips.flashing("stream/stream.ts", { seconds: 5, soundSeconds: 0 });
      const bytes = await Deno.readFile(`${folder}/stream.ts`);
      const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
        const body = new ReadableStream<Uint8Array>({
          async start(controller) {
            try {
              for (let at = 0; at < bytes.length; at += bytes.length / 50) {
                controller.enqueue(bytes.subarray(Math.floor(at), Math.floor(at + bytes.length / 50)));
                await new Promise((resolve) => setTimeout(resolve, 100));
              }
              controller.close();
            } catch {
              // The client has gone.
            }
          },
        });
        return new Response(body, { headers: { "content-type": "video/mp2t" } });
      });
      const watch = await watchFor(17, `http://127.0.0.1:${server.addr.port}/live`);
      await server.shutdown();
      const first = firstShown(watch);
      assert.ok(first && first.ms < 6000 * patience(), watch.lines.join("\n"));
      const cardMs = watch.ticks.filter(({ isCard, ms }) => isCard && ms > first.ms).length * 1000 / 30;
      assert.ok(cardMs < 4000, `the card stood for ${cardMs} ms: ${changesOf(watch.ticks)}`);
    },
    "tracks that lie seconds apart in the file (either way)": async () => {
      const picture = await clips.flashing("apart_picture.mp4", { seconds: 12, soundSeconds: 0 });
      const sound = await clips.make("apart_sound.m4a", ...lavfi(`${beeping()}:d=12`), "-c:a", "aac");
      // A muxer that does not interleave: all of one track lies in front of the other in pieces of 3 s.
      const apart = async (name: string, first: string, second: string, maps: string[]) =>
        await clips.make(
          name,
          "-i",
          first,
          "-i",
          second,
          ...maps,
          "-c",
          "copy",
          "-max_interleave_delta",
          "1",
          "-frag_duration",
          "3000000",
          "-movflags",
          "frag_custom",
        );
      const offset = async (name: string, ...inputs: string[]) =>
        await clips.make(name, ...inputs, "-c", "copy", "-max_interleave_delta", "0");
      const files = await Promise.all([
        apart("apart.mp4", picture, sound, ["-map", "0:v", "-map", "1:a"]),
        offset("sound_late.mkv", "-i", picture, "-itsoffset", "3", "-i", sound, "-map", "0:v", "-map", "1:a"),
        offset("sound_early.mkv", "-itsoffset", "3", "-i", picture, "-i", sound, "-map", "0:v", "-map", "1:a"),
      ]);
      await Promise.all(files.map(async (path) => {
        const watch = await watchFor(8, `file:${path}`);
        assertNoCard(watch, path, 2000);
        assertInSync(watch, path, { least: 3 });
      }));
    },
  });
});
