import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { checkFfmpeg, readMajor } from "../../../media/ffmpeg/check_ffmpeg.ts";

describe("the check of ffmpeg", () => {
  it("finds the one that is installed", async () => assert.equal((await checkFfmpeg()).kind, "found"));

  it("says in one line what is missing", async () => {
    assert.deepEqual(await checkFfmpeg({ ffmpeg: "no-such-ffmpeg" }), {
      kind: "missing",
      reason: "no-such-ffmpeg is not installed (or not in PATH). Run: sh setup.sh",
    });
    const crippled = await checkFfmpeg({ ffmpeg: fileURLToPath(new URL("../../fixtures/ffmpeg/prints_then_exits_0.sh", import.meta.url)) });
    assert.deepEqual(crippled, { kind: "missing", reason: "This ffmpeg was built without libx264 and aac, which the encoding needs" });
  });

  it("reads versions", () => assert.deepEqual(["5.1.9-0+deb12u1", "n7.1", "N-109468-gd39b34123d", "4.4.2"].map(readMajor), [5, 7, 99, 4]));
});
