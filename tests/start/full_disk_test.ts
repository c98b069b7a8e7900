import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { startChild } from "../fixtures/child.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { argumentsOf, descendantsOf } from "../fixtures/proc.ts";
import { freePort } from "../fixtures/server.ts";

const SHOW = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];
const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const WATCHED_SECONDS = 8;

/** A data folder that is a small disk of its own, which only the server and its children see. */
(canMount() ? describe : describe.skip)("a disk that is full", () => {
  it("is told of once for each file and once when there is room again, and the show goes on", async () => {
    const dataDir = await Deno.makeTempDir({ prefix: "tercet-small-disk-" });
    const port = freePort();
    const script = `mount -t tmpfs -o size=6m none ${dataDir} && exec ${Deno.execPath()} task serve ${port} "$@"`;
    const env = { ...Deno.env.toObject(), TERCET_DATA: dataDir, TERCET_RTMP: "off" };
    const args = ["-m", "sh", "-c", script, "sh", ...SHOW, "--dvr", "2m"];
    const server = startChild("unshare", args, { cwd: root, env });
    try {
      const ask = async (path: string) => await (await fetch(`http://127.0.0.1:${port}${path}`)).text();
      await waitFor("the show", 30_000, async () => {
        if (server.status !== null) throw new Error(server.output());
        return await fetch(`http://127.0.0.1:${port}/readyz`).then(
          async (answer) => (await answer.text()) !== "" && answer.status === 200,
          () => false,
        );
      });
      const [pid] = [server.pid, ...descendantsOf(server.pid)].filter((each) =>
        argumentsOf(each).some((word) => /(^|\/)main\.ts$/.test(word))
      );
      const filler = `/proc/${pid}/root${dataDir}/filler`;
      const said = (pattern: RegExp) => server.output().split("\n").filter((line) => pattern.test(line)).length;
      const cannot = /Cannot write \S*timeline\.json: No space left on device/,
        cannotKeep = /Cannot keep what viewers go back to: No space left/;

      fill(filler);
      await waitFor("both lines", 20_000, () => {
        fill(filler);
        return said(cannot) > 0 && said(cannotKeep) > 0;
      }, 200);
      const newest = async () => Number([...(await playlist(ask)).matchAll(/\/(\d+)(?:\.\d+)?\.m4s/g)].at(-1)![1]);
      const before = await newest();
      await pause(WATCHED_SECONDS * 1000);
      assert.ok(await newest() >= before + WATCHED_SECONDS - 2, "the show goes on");
      assert.deepEqual([said(cannot), said(cannotKeep)], [1, 1], server.output());

      Deno.removeSync(filler);
      await waitFor(
        "room again",
        20_000,
        () => said(/timeline\.json is written again/) === 1 && said(/What viewers go back to is kept again/) === 1,
      );
      assert.deepEqual([said(cannot), said(cannotKeep)], [1, 1], server.output());
    } finally {
      await server.stop();
      await Deno.remove(dataDir, { recursive: true });
    }
  });
});

async function playlist(ask: (path: string) => Promise<string>): Promise<string> {
  const own = /^v\/\S+$/m.exec(await ask("/live.m3u8"))![0];
  return await ask(`/${own}`);
}

/** Writes until there is no room. */
function fill(path: string): void {
  using file = Deno.openSync(path, { create: true, append: true });
  try {
    for (const bytes of [new Uint8Array(65_536), new Uint8Array(512)]) while (true) file.writeSync(bytes);
  } catch (problem) {
    if (!/os error 28/.test(String(problem))) throw problem;
  }
}

function canMount(): boolean {
  try {
    const args = ["-m", "sh", "-c", 'mount -t tmpfs none "$0"', Deno.cwd()];
    return new Deno.Command("unshare", { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}
