import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { startChild } from "../fixtures/child.ts";
import { waitFor } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";

const FAKE = decodeURIComponent(new URL("../fixtures/ffmpeg/hardware.sh", import.meta.url).pathname);
const SHOW = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];

describe("an encoder that this machine has not", () => {
  it("is told of in words, and the show is libx264's", async () => {
    await using server = await startTercet({ args: [...SHOW, "--encoder", "videotoolbox"] });
    if (Deno.build.os === "darwin") return;
    assert.match(server.output(), /--encoder videotoolbox: h264_videotoolbox cannot be used: .*\. libx264 encodes HQ too\.$/m);
    assert.doesNotMatch(server.output(), /^ {2}Encoder /m);
  });
});

describe("a hardware encoder (played by libx264) that is tried, taken and dies in the show", () => {
  it("is named at the start and given up in the log, and a player plays on over the change", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet-hardware-" });
    try {
      const path = Deno.env.get("PATH")!;
      await Deno.writeTextFile(`${folder}/ffmpeg`, `#!/bin/sh\nPATH='${path}' exec '${FAKE}' dies_later "$@"\n`, { mode: 0o755 });
      await using server = await startTercet({
        args: [...SHOW, "--encoder", "vaapi"],
        env: { PATH: `${folder}:${path}`, HARDWARE_SECONDS: "7" },
      });
      assert.match(server.output(), /^ {2}Encoder +h264_vaapi for HQ, libx264 for the others$/m);
      assert.match(server.output(), /HQ is encoded by h264_vaapi\. We have not run it on real hardware yet/);
      const url = `${server.baseUrl}/live.m3u8?quality=hq`;
      await using player = startChild("ffmpeg", ["-v", "error", "-nostdin", "-i", url, "-t", "10", "-map", "0:v", "-f", "null", "-"]);
      await waitFor(
        "the change",
        15_000,
        () => /h264_vaapi is given up: .*\. From here on libx264 encodes HQ too\.$/m.test(server.output()),
      );
      assert.equal((await player.ended).code, 0);
      assert.equal(player.output(), "");
      const { state } = await (await fetch(`${server.baseUrl}/api/stream`)).json();
      assert.equal(state, "live");
      assert.equal(server.output().match(/is given up/g)!.length, 1);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
