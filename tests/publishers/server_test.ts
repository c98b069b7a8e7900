import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { pause, waitFor } from "../fixtures/condition.ts";
import { freePort, startTercet, type Tercet } from "../fixtures/server.ts";
import { openStudio } from "../fixtures/studio.ts";
import { argumentsOf, signalTo } from "../fixtures/proc.ts";
import { publish } from "./stage.ts";

const SIZE = { width: 640, height: 360 };
/** A busy machine takes as long for anything. */
const PATIENCE_MS = 15_000;

async function start(...args: readonly string[]): Promise<{ tercet: Tercet; address: (key: string) => string; rtmpPort: number }> {
  const rtmpPort = freePort();
  const tercet = await startTercet({
    args: ["--host", "127.0.0.1", "--rtmp", `${rtmpPort}`, "--ladder", "640x360@800k,426x240@400k,320x180@200k", ...args],
    ...(args.includes("--off-air") ? { readyWithinMs: 0 } : {}),
  });
  return { tercet, rtmpPort, address: (key) => `rtmp://127.0.0.1:${rtmpPort}/live/${key}` };
}

const stateOf = async ({ baseUrl }: Tercet): Promise<string> => (await (await fetch(`${baseUrl}/api/stream`)).json()).state;
const untilState = (tercet: Tercet, state: string) =>
  waitFor(`the state ${state}`, PATIENCE_MS, async () => await stateOf(tercet) === state, 50);

describe("the server and its publishers", () => {
  it("waits for OBS with the card, shows who publishes, holds who drops, and goes on when it is back", async () => {
    const { tercet, address } = await start("--source", "obs", "--show-keys");
    await using _ = tercet;
    const key = /^key (\S+)$/m.exec(tercet.output())![1]!;
    assert.match(tercet.output(), /OBS +Settings, Stream, Custom: rtmp:\/\/127\.0\.0\.1:\d+\/live/);
    assert.match(tercet.output(), /Waiting for OBS at rtmp:\/\/127\.0\.0\.1:\d+\/live/);
    await untilState(tercet, "card");

    const first = publish(address(key), { size: SIZE });
    await untilState(tercet, "live");
    const studio = await openStudio(tercet);
    const [obs, publisher] = await studio.sources();
    assert.deepEqual([obs!.kind, publisher!.kind, publisher!.name, publisher!.state], ["obs", "publisher", "OBS", "open"]);
    assert.equal((await studio.publishers())[0]!.publishing?.state, "sending");

    first.kill("SIGKILL");
    await untilState(tercet, "card");
    const second = publish(address(key), { size: SIZE });
    await untilState(tercet, "live");
    const encoder = (await tercet.runPid())!;
    signalTo(encoder, "SIGKILL");
    await waitFor("another encoder", PATIENCE_MS, async () => ![encoder, null].includes(await tercet.runPid()));
    await pause(1000);
    await untilState(tercet, "live");
    assert.equal(second.status, null, "an encoder's end was the publisher's");

    await second.stop(3000);
    await untilState(tercet, "card");
    await waitFor("why it is away", PATIENCE_MS, async () => (await studio.sources())[1]!.reason === "it has stopped");
    assert.ok(!tercet.output().replace(/^key .*$/m, "").includes(key), "the key stands in the log");
    const { leftFfmpegs } = await tercet.stop();
    assert.equal(leftFfmpegs, 0);
  });

  it("lets who comes off the air wait, undecoded, and shows it when the show begins, each time", async () => {
    const { tercet, address } = await start("--source", "obs", "--show-keys", "--off-air");
    await using _ = tercet;
    await waitFor("a server", PATIENCE_MS, () => stateOf(tercet).then((state) => state === "waiting", () => false), 50);
    const key = /^key (\S+)$/m.exec(tercet.output())![1]!;
    const first = publish(address(key), { size: SIZE });
    const studio = await openStudio(tercet);
    const states = async () => (await studio.sources()).map(({ state }) => state);
    await waitFor("who publishes", PATIENCE_MS, async () => (await states()).length === 2, 50);
    assert.match(tercet.output(), /OBS publishes, and waits for the show to begin\./);
    for (const show of [1, 2]) {
      assert.deepEqual([await states(), await tercet.ffmpegPids()], [["closed", "closed"], []], `before show ${show}`);
      await studio.putShow({ state: "on_air" });
      await untilState(tercet, "live");
      assert.equal((await studio.scene()).source, (await studio.sources())[1]!.id);
      await studio.putShow({ state: "ended" });
      await untilState(tercet, "ended");
      await waitFor("rest", PATIENCE_MS, async () => (await tercet.ffmpegPids()).length === 0, 50);
    }
    // Gone off the air it is in nobody's way, and back during a show it is shown again.
    await first.stop(3000);
    await waitFor("one source", PATIENCE_MS, async () => (await states()).length === 1, 50);
    await studio.putShow({ state: "on_air" });
    await untilState(tercet, "card");
    await using _second = publish(address(key), { size: SIZE });
    await untilState(tercet, "live");
  });

  it("lets who comes wait where something else is on air, each under its key's name, and judges once what arrives", async () => {
    const { tercet, address } = await start("--source", "test");
    await using _ = tercet;
    assert.match(tercet.output(), /--show-keys prints it once/);
    const studio = await openStudio(tercet);
    const key = await studio.makeKey("phone");
    await using _publisher = publish(address(key), { size: SIZE, gop: 150 });
    await waitFor("a second source", PATIENCE_MS, async () => (await studio.sources()).length === 2);
    const [test, phone] = await studio.sources();
    assert.deepEqual([test!.state, phone!.name, phone!.kind, phone!.state], ["open", "phone", "publisher", "closed"]);
    assert.ok(!(await tercet.ffmpegPids()).some((pid) => argumentsOf(pid).includes("matroska")), "nobody looks, and it is decoded");
    await studio.show(phone!.id);
    assert.equal((await studio.sources())[1]!.state, "open");
    await waitFor(
      "the line that judges",
      20_000,
      () => tercet.output().includes("phone: key frames every 5 s: changes take that long; set 1 s"),
    );
    assert.equal(tercet.output().split("changes take that long").length, 2);
  });

  it("refuses a wrong key in words, says that a port is in use, and goes on", async () => {
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = taken.addr;
    await using deaf = await startTercet({ args: ["--host", "127.0.0.1", "--source", "test", "--rtmp", `${port}`] });
    assert.match(deaf.output(), new RegExp(`Port ${port} is in use, so nobody can publish by RTMP`));
    await deaf.stop();

    const { tercet, address } = await start("--source", "test");
    await using _ = tercet;
    const stranger = publish(address("wrong"));
    assert.notEqual((await stranger.ended).code, 0);
    assert.match(stranger.output(), /stream key is not right/);
    assert.ok(!tercet.output().includes("wrong"));
    await untilState(tercet, "live");
  });
});
