import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { openSrt } from "../../media/ingest/srt/open_srt.ts";
import { openPublisherKeys } from "../../media/ingest/publishers_file.ts";
import { type Child, startChild } from "../fixtures/child.ts";
import { waitFor } from "../fixtures/condition.ts";
import { beeping, numbered } from "../fixtures/numbered.ts";
import { freePort, startTercet, type Tercet } from "../fixtures/server.ts";
import { openStudio } from "../fixtures/studio.ts";

/** A busy machine takes as long for anything. */
const PATIENCE_MS = 15_000;

/** ffmpeg as an encoder that calls, with B-frames as OBS has them. */
function call(port: number, passphrase: string): Child {
  return startChild("ffmpeg", [
    ...["-hide_banner", "-loglevel", "error", "-re", "-f", "lavfi", "-i", numbered({ width: 320, height: 180, rate: 30 }), "-re"],
    ...["-f", "lavfi", "-i", beeping(), "-t", "60", "-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "30"],
    ...["-pix_fmt", "yuv420p", "-c:a", "aac", "-f", "mpegts"],
    `srt://127.0.0.1:${port}?mode=caller&latency=120000&pbkeylen=16&passphrase=${passphrase}`,
  ]);
}

const stateOf = async ({ baseUrl }: Tercet): Promise<string> => (await (await fetch(`${baseUrl}/api/stream`)).json()).state;
const untilState = (tercet: Tercet, state: string) =>
  waitFor(`the state ${state}`, PATIENCE_MS, async () => await stateOf(tercet) === state, 50).catch((problem) => {
    throw new Error(`${problem.message}; it said:\n${tercet.output().split("\n").slice(-12).join("\n")}`);
  });

describe("an encoder by SRT", () => {
  it("is shown, may be killed and come back, and is refused with a wrong passphrase", async () => {
    const port = freePort();
    await using tercet = await startTercet({
      args: [
        ...["--host", "127.0.0.1", "--source", "srt", "--srt", `${port}`, "--show-keys"],
        ...["--ladder", "320x180@400k,256x144@300k,160x90@200k"],
      ],
    });
    const passphrase = /SRT +srt:\/\/127\.0\.0\.1:\d+\?mode=caller&latency=200000&pbkeylen=16&passphrase=(\w{26})$/m.exec(
      tercet.output(),
    )![1]!;
    assert.match(tercet.output(), new RegExp(`Waiting for SRT on port ${port}\\.`));
    assert.equal((await Deno.readTextFile(`${tercet.dataDir}/srt.key`)).trim(), passphrase);
    assert.equal((await Deno.stat(`${tercet.dataDir}/srt.key`)).mode! & 0o777, 0o600);
    await untilState(tercet, "card");

    const stranger = call(port, `${"x".repeat(26)}`);
    assert.notEqual((await stranger.ended).code, 0);
    assert.equal(await stateOf(tercet), "card");

    const first = call(port, passphrase);
    await untilState(tercet, "live");
    const studio = await openStudio(tercet);
    const [waiting, source] = await studio.sources();
    assert.deepEqual([waiting!.kind, source!.kind, source!.name], ["srt", "publisher", "SRT"]);
    await waitFor("its rate", PATIENCE_MS, async () => {
      const srt = (await studio.publishers()).find(({ id }) => id === "srt")!.publishing as unknown as Record<string, unknown>;
      const { picture, sound, picturesPerSecond } = srt as { picture: object; sound: object; picturesPerSecond: number | null };
      if (picturesPerSecond === null || sound === null) return false;
      assert.deepEqual([picture, sound], [{ codec: "h264", width: 320, height: 180 }, { codec: "aac", sampleRate: 48000, channels: 1 }]);
      return picturesPerSecond > 25 && picturesPerSecond < 35;
    }, 200);

    first.kill("SIGKILL");
    await untilState(tercet, "card");
    await using _second = call(port, passphrase);
    await untilState(tercet, "live");

    assert.equal(tercet.output().split(passphrase).length, 2, "the passphrase stands in the log");
    assert.equal((await tercet.stop()).leftFfmpegs, 0);
  });

  it("is not there where ffmpeg has no SRT, which is said; its passphrase lasts until it is withdrawn", async () => {
    const dataDir = await Deno.makeTempDir();
    try {
      const { keys } = await openPublisherKeys({ dataDir, nowMs: () => 0 });
      const open = (ffmpeg: string) =>
        openSrt({
          host: "127.0.0.1",
          port: freePort(),
          keys,
          desk: { admit: () => assert.fail("nobody has called") },
          dataDir,
          now: () => 0,
          log() {},
          ffmpeg,
        });
      const without = await open("/bin/false");
      assert.match(without.kind === "cannot_listen" ? without.reason : "", /^--srt \d+: this ffmpeg was built without libsrt/);

      const passphrases: string[] = [];
      for (const isWithdrawn of [false, true, false]) {
        if (isWithdrawn) await keys.withdraw("srt");
        const srt = await open("ffmpeg");
        assert.ok(srt.kind === "listening");
        passphrases.push(srt.passphrase);
        await srt.close();
      }
      assert.notEqual(passphrases[0], passphrases[1]);
      assert.equal(passphrases[1], passphrases[2]);
      assert.deepEqual(keys.list.map(({ id, name }) => id === "srt" ? name : ""), ["", "SRT"]);
    } finally {
      await Deno.remove(dataDir, { recursive: true });
    }
  });
});
