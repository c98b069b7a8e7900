import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { readPlaylist } from "../rules/read_playlist.ts";

function filesOf({ dataDir }: Tercet): string[] {
  return [...Deno.readDirSync(`${dataDir}/dvr`)].map(({ name }) => name).sort();
}

function bytesOf(server: Tercet): number {
  return filesOf(server).reduce((sum, name) => sum + Deno.statSync(`${server.dataDir}/dvr/${name}`).size, 0);
}

describe("a server with --dvr", () => {
  it("keeps the show on disk, begins anew after a crash, and leaves nothing behind", async () => {
    await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER, "--dvr", "30m"] });
    await waitFor("a file for each rendition", 10_000, () => filesOf(server).length === 3 && bytesOf(server) > 300_000, 200);
    const { id } = await (await fetch(`${server.baseUrl}/api/viewers`, { method: "POST", body: "{}" })).json();
    const address = `${server.baseUrl}/v/${id}/dvr.m3u8?rendition=lq`;
    const before = readPlaylist(await (await fetch(address)).text());
    const first = filesOf(server)[0]!;
    assert.equal(first, `${before.mediaSequence}-hq.m4s`);

    await server.kill("SIGKILL");
    assert.equal(filesOf(server)[0], first);
    await server.restart();
    await waitFor("new files", 10_000, () => filesOf(server).length === 3, 200);
    assert.notEqual(filesOf(server)[0], first);
    const after = readPlaylist(await (await fetch(address)).text());
    assert.ok(after.mediaSequence > before.segments.at(-1)!.msn, `${after.mediaSequence} after ${before.segments.at(-1)!.msn}`);

    assert.equal((await server.stop()).code, 0);
    assert.deepEqual(filesOf(server), []);
  });
});

describe("/thumbnail.jpg of a server", () => {
  it("is a JPEG of the show as soon as there is one", async () => {
    await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER] });
    const answer = await fetch(`${server.baseUrl}/thumbnail.jpg`);
    assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "image/jpeg"]);
    const jpeg = await answer.bytes();
    assert.deepEqual([...jpeg.subarray(0, 3)], [0xff, 0xd8, 0xff]);
    assert.ok(jpeg.length > 2000, `${jpeg.length} bytes`);
  });
});
