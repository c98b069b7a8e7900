import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { playInFfmpeg } from "./ffmpeg.ts";
import { playInVlc } from "./vlc.ts";

const KEY = "open:sesame@home";
const SECONDS = 10;
const LEAST_PICTURES = 30 * SECONDS / 4;

describe("players of a show with a room key", () => {
  let server: Tercet;
  let invite: { link: string; player: string };

  beforeAll(async () => {
    server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER], env: { TERCET_ROOM_KEY: KEY } });
    const key = (await Deno.readTextFile(`${server.dataDir}/streamer.key`)).trim();
    const answer = await fetch(`${server.baseUrl}/api/studio/invites`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ name: "players", seconds: 3600 }),
    });
    invite = await answer.json();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const local = (link: string) => link.replace(/^https?:\/\/[^/]+/, server.baseUrl);
  const withKey = () => server.baseUrl.replace("//", `//viewer:${encodeURIComponent(KEY)}@`) + "/live.m3u8";
  const ways: [name: string, address: () => string][] = [
    ["with user and password in the address", withKey],
    ["with an invite's link", () => local(invite.link)],
    ["with the key in the query", () => `${server.baseUrl}/live.m3u8?key=${encodeURIComponent(KEY)}`],
  ];

  it("VLC and ffmpeg play with user and password, an invite's link, and the key in the query, all at the same time", async () => {
    const played = await Promise.all(ways.map(async ([name, address]) => ({
      name,
      ffmpeg: await playInFfmpeg(address(), SECONDS),
      ...(name.includes("query") ? {} : { vlc: await playInVlc(address(), SECONDS) }),
    })));
    for (const { name, vlc, ffmpeg } of played) {
      if (vlc) assert.ok(vlc.pictures > LEAST_PICTURES, `VLC ${name}: ${vlc.pictures} pictures, ${vlc.errors}`);
      assert.ok(ffmpeg.differentPictures > LEAST_PICTURES, `ffmpeg ${name}: ${ffmpeg.differentPictures} pictures, ${ffmpeg.errors}`);
      assert.deepEqual(ffmpeg.errors.filter((error) => !/401|Unauthorized/.test(error)), [], name);
    }
    assert.doesNotMatch(server.output(), /sesame/);
  });

  it("neither plays without", async () => {
    const [vlc, ffmpeg] = await Promise.all([playInVlc(`${server.baseUrl}/live.m3u8`, 4), playInFfmpeg(`${server.baseUrl}/live.m3u8`, 4)]);
    assert.deepEqual([vlc.pictures, ffmpeg.pictures], [0, 0]);
    assert.match(ffmpeg.errors.join(), /401/);
  });
});
