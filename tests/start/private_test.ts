import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";

const root = new URL("../../", import.meta.url);

/** The lines of the README's section that somebody would paste into a terminal. */
async function readBlock(): Promise<string[]> {
  const text = await Deno.readTextFile(new URL("README.md", root));
  const [, section] = /^## In a private circle\n([^]*?)\n## /m.exec(text) ?? [];
  return [...(section ?? "").matchAll(/^ {4}(\S.*)$/gm)].map(([, line]) => line!);
}

describe("the README's private circle", () => {
  it("runs as written: the key, the players' addresses, an invite made, listed and ended", async () => {
    const lines = await readBlock();
    const [, key] = /^TERCET_ROOM_KEY="([^"]+)" deno task serve$/.exec(lines[0]!)!;
    await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER], env: { TERCET_ROOM_KEY: key! } });
    const sh = async (script: string) => {
      const here = script.replaceAll("localhost:8080", `127.0.0.1:${server.port}`).replaceAll("data/", `${server.dataDir}/`);
      const { code, stdout, stderr } = await new Deno.Command("sh", { args: ["-ec", here], stdout: "piped", stderr: "piped" }).output();
      assert.equal(code, 0, `${script}: ${new TextDecoder().decode(stderr)}`);
      return new TextDecoder().decode(stdout);
    };
    const players = lines.filter((line) => line.startsWith("vlc "));
    assert.equal(players.length, 2);
    for (const line of players) assert.match(await sh(line.replace(/^vlc/, "curl -sSf")), /^#EXTM3U/);

    const [bearer, make, list, end] = lines.slice(-4);
    const invite = JSON.parse(await sh(`${bearer}\n${make!.replace("curl ", "curl -sSf ")}`));
    assert.equal(invite.name, "Anna");
    const { invites } = JSON.parse(await sh(`${bearer}\n${list!.replace("curl ", "curl -sSf ")}`));
    assert.deepEqual(invites, [invite]);
    const { search } = new URL(invite.link);
    assert.match(await sh(`curl -sSf "http://localhost:8080/${search}"`), /^#EXTM3U/);
    await sh(`${bearer}\n${end!.replace("curl ", "curl -sSf ").replace("/ID", `/${invite.id}`)}`);
    const after = await fetch(`${server.baseUrl}/${search}`);
    assert.deepEqual([after.status, (await after.json()).kind], [401, "invite_ended"]);
    assert.equal((await fetch(`${server.baseUrl}/live.m3u8`)).status, 401);
    assert.doesNotMatch(server.output(), new RegExp(key!));
  });

  it("the key is not shown by a start that cannot be", async () => {
    const { stdout, stderr } = await new Deno.Command("deno", {
      args: ["task", "--quiet", "serve", "--room-key", "hunter2hunter2", "--rate", "x", "--romkey=hunter2hunter2"],
      cwd: root,
      env: { NO_COLOR: "1" },
      signal: AbortSignal.timeout(20_000),
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assert.match(said, /--rate x/);
    assert.doesNotMatch(said, /hunter2/);
  });
});
