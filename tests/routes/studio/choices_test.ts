import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createChoicesRoutes } from "../../../routes/studio/choices.ts";

const KEY = "k".repeat(43);

describe("what a new source can be", () => {
  it("is told to the streamer alone: cameras, and the files of the media folder, no links, no folders, nothing hidden", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet-choices-" });
    try {
      for (const name of ["b.mp4", "a film.mkv", ".hidden"]) await Deno.writeTextFile(`${folder}/${name}`, "");
      await Deno.mkdir(`${folder}/folder`);
      await Deno.symlink("/etc/passwd", `${folder}/link.mp4`);
      const listCameras = () => Promise.resolve([{ id: "/dev/video0", name: "HD Webcam", kind: "camera" }]);
      const ask = (mediaFolder: string, authorization = `Bearer ${KEY}`) =>
        createChoicesRoutes({ mediaFolder, listCameras, findFreeBytes: () => Promise.resolve(2e9), streamerKey: KEY })
          .request("/api/studio/choices", { headers: { authorization } });
      assert.equal((await ask(folder, "")).status, 401);
      assert.deepEqual(await (await ask(folder)).json(), {
        cameras: [{ id: "/dev/video0", name: "HD Webcam" }],
        files: ["a film.mkv", "b.mp4"],
        room: 1.5e9,
      });
      assert.deepEqual((await (await ask(`${folder}/none`)).json()).files, []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
