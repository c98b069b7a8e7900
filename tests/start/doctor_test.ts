import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { examine } from "../../deploy/doctor.ts";
import { checkDataFolder } from "../../deploy/doctor/data_folder.ts";
import type { Finding } from "../../deploy/doctor/finding.ts";
import { checkFront, checkPort } from "../../deploy/doctor/network.ts";
import { NEEDED_FILTERS } from "../../deploy/doctor/programs.ts";
import { buildPictureArguments, buildSlateArguments } from "../../media/encoder/arguments.ts";
import type { Ladder } from "../../media/hls/rendition.ts";
import { createGrid } from "../../media/timeline/grid.ts";
import { freePort, startTercet } from "../fixtures/server.ts";

const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const SHOW = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];

async function doctor(args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "doctor", ...args],
    cwd: root,
    env: { NO_COLOR: "1", ...env },
    stderr: "null",
  }).output();
  return { code, said: new TextDecoder().decode(stdout) };
}

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-doctor-" });
  try {
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const find = (findings: readonly Finding[], what: string) => findings.find((each) => each.what === what);

describe("deno task doctor", () => {
  it("finds all well on this machine, as text and as JSON, and leaves nothing behind", async () => {
    await inFolder(async (folder) => {
      const args = [String(freePort()), "--rtmp", String(freePort()), "--data", `${folder}/data`];
      const text = await doctor(args);
      assert.equal(text.code, 0, text.said);
      assert.match(text.said, /^ok {5}ffmpeg {9,}\S+, with libx264, aac and all filters/m);
      assert.match(text.said, /^ok {5}data folder {4,}.* will be made at the first start$/m);
      assert.match(text.said, /\nNothing here would stop a show\.\n$/);
      const json = await doctor([...args, "--json"]);
      const { ok, findings } = JSON.parse(json.said);
      assert.equal(ok, true);
      for (const { what, verdict, says } of findings) assert.ok(what && says && ["ok", "note"].includes(verdict));
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    });
  });
  it("ends with 1, says which line stops the show and what to do: ffmpeg missing, a port taken, a wrong option", async () => {
    await inFolder(async (folder) => {
      using taken = Deno.listen({ hostname: "0.0.0.0", port: 0 });
      await Deno.symlink(Deno.execPath(), `${folder}/deno`);
      const outcome = await doctor([String(taken.addr.port), "--rtmp", "off", "--data", `${folder}/data`], { PATH: folder });
      assert.equal(outcome.code, 1);
      assert.match(outcome.said, /^STOPS {2}ffmpeg {10}ffmpeg is not installed .*sh setup\.sh$/m);
      assert.match(
        outcome.said,
        /^STOPS {2}viewers {9}port \d+ is taken by another program: name another one, as in: deno task serve \d+$/m,
      );
      assert.match(outcome.said, /\n2 of these would stop the show\.\n$/);
      const wrong = await doctor(["--rate", "x"]);
      assert.equal(wrong.code, 1);
      assert.match(wrong.said, /^STOPS {2}settings +--rate x: /);
    });
  });
  it("beside a running show tells its clock and takes its port for its own; asks through a proxy what arrives", async () => {
    await using server = await startTercet({ args: SHOW });
    const findings = await examine([String(server.port), "--rtmp", "off", "--data", server.dataDir, `${server.baseUrl}/`]);
    assert.deepEqual(findings.filter(({ verdict }) => verdict === "stops"), []);
    assert.match(find(findings, "data folder")!.says, /of a Tercet that is running now$/);
    assert.match(find(findings, "viewers")!.says, /by the Tercet that is running/);
    assert.match(find(findings, "show's time")!.says, /^PROGRAM-DATE-TIME is \d+ ms from the clock$/);
    assert.equal(find(findings, "secrets")!.verdict, "ok", "what the server writes is for its owner");
    assert.equal(find(findings, "proxy's headers")!.verdict, "ok");
    assert.equal(find(findings, "WebSockets")!.says, "pass");

    // A proxy that tells nothing of whom it asks for, and lets no WebSocket through.
    await using proxy = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { pathname, search } = new URL(request.url);
      const { status, headers, body } = await fetch(`${server.baseUrl}${pathname}${search}`, { method: request.method });
      return new Response(body, { status, headers: { "content-type": headers.get("content-type") ?? "" } });
    });
    const behind = await checkFront(new URL(`http://127.0.0.1:${proxy.addr.port}/`));
    assert.match(find(behind, "proxy's headers")!.says, /^the server was asked for http:\/\/127\.0\.0\.1:\d+\/ where .*X-Forwarded-Proto/);
    assert.match(find(behind, "WebSockets")!.says, /^do not pass/);
    const nobody = await checkFront(new URL(`http://127.0.0.1:${freePort()}/`));
    assert.equal(nobody[0]!.verdict, "stops");
  });
});

describe("what the doctor looks at", () => {
  it("the data folder: who may read its secrets, whether it may be written, whether it is one", async () => {
    await inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/streamer.key`, "x", { mode: 0o644 });
      await Deno.chmod(`${folder}/streamer.key`, 0o644);
      const { findings, isRunning } = await checkDataFolder(folder);
      assert.equal(isRunning, false);
      assert.match(find(findings, "secrets")!.says, /^other users may read them: chmod 600 .*\/streamer\.key$/);
      assert.match(find(findings, "sockets")!.says, /^work/);
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["streamer.key"], "nothing is left behind");
      const file = await checkDataFolder(`${folder}/streamer.key`);
      assert.match(file.findings[0]!.says, /is no folder: name another one by --data$/);
      const below = await checkDataFolder(`${folder}/streamer.key/data`);
      assert.equal(below.findings[0]!.verdict, "stops");
    });
  });
  it("a long path, where sockets do not go, is a note", async () => {
    await inFolder(async (folder) => {
      const long = `${folder}/${"x".repeat(80)}`;
      await Deno.mkdir(long);
      const found = find((await checkDataFolder(long)).findings, "sockets")!;
      assert.equal(found.verdict, "note");
      assert.match(found.says, /ports of the loopback address/);
    });
  });
  it("a port: free, none of this machine's addresses", () => {
    const port = { what: "viewers", port: freePort(), instead: "name another" };
    assert.equal(checkPort({ ...port, host: "127.0.0.1" }, false).verdict, "ok");
    assert.match(checkPort({ ...port, host: "192.0.2.200" }, false).says, /^cannot listen on 192\.0\.2\.200:/);
  });
  it("every filter that the show's graphs name", () => {
    const grid = createGrid({ rate: 30, segmentSeconds: 1, partSeconds: 0.2 });
    const [hq, mq, lq] = [1280, 854, 426].map((width) => ({ width, height: width / 2 & ~1, bitsPerSecond: 1e6 }));
    const ladder: Ladder = [{ name: "hq", ...hq! }, { name: "mq", ...mq! }, { name: "lq", ...lq! }];
    const encoding = { ladder, preset: "veryfast" as const };
    const shared = { encoding, grid, canvas: { width: 1920, height: 1080 }, firstTick: 0, filter: "none" as const, input: "in" };
    const graphs = [
      buildPictureArguments({ ...shared, urls: { pictures: ["a", "b", "c"], motion: "m" } }),
      buildSlateArguments({ ...shared, picture: [], seconds: 3, urls: { pictures: ["a", "b", "c"], sound: "s" } }),
    ].map((args) => args[args.indexOf("-filter_complex") + 1]!);
    const names = graphs.flatMap((graph) =>
      [...graph.replace(/'[^']*'/g, "").matchAll(/(?<=^|[\];,])([a-z][a-z0-9]+)(?=[=@,[;]|$)/g)].map(([, name]) => name!)
    );
    assert.ok(names.length > 20);
    assert.deepEqual(names.filter((name) => !NEEDED_FILTERS.includes(name)), []);
  });
});
