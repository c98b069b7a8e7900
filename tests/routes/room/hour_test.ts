import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { checkMediaPlaylist } from "../../rules/check_playlist.ts";
import { BROWSER, SAFARI, type Show, VLC } from "../show.ts";
import { addressesIn, type House, ROOM_KEY, withRoom } from "./a_room.ts";

/** From 22:13:20 to ten seconds before the hour. */
const TO_TEN_BEFORE_MS = 46 * 60_000 + 30_000;
const MINUTE_MS = 60_000;

/** So many segments, each at its time. */
function play(show: Show, segments: number): void {
  for (let at = 0; at < segments; at++) {
    show.publishSegments(1);
    show.advance(1000);
  }
}

async function openViewer({ ask }: House, userAgent: string): Promise<string> {
  const answer = await ask("/api/viewers", { method: "POST", body: "{}", password: ROOM_KEY, headers: { "user-agent": userAgent } });
  return (await answer.json()).id;
}

async function read({ ask }: House, path: string): Promise<string> {
  const answer = await ask(path);
  assert.equal(answer.status, 200);
  return await answer.text();
}

/** By segment number, the addresses of it that stand in a playlist. */
function bySegment(text: string): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const address of addressesIn(text)) {
    const [, name] = /\/(\d+)(?:\.\d+)?\.m4s$/.exec(address) ?? [];
    if (name !== undefined) found.set(name, (found.get(name) ?? new Set()).add(address.split("/").slice(0, -1).join("/")));
  }
  return found;
}

describe("media addresses over the hour", () => {
  for (const [name, userAgent] of [["a browser", BROWSER], ["VLC", VLC], ["Safari", SAFARI]] as const) {
    it(`are the new hour's from its first segment on; what was listed stays as it was: ${name}`, () =>
      withRoom(async (house) => {
        const { show, room, ask } = house;
        show.advance(TO_TEN_BEFORE_MS);
        const id = await openViewer(house, userAgent);
        const file = userAgent === VLC ? "mq" : "hq";
        play(show, 9);
        const known = new Map<string, string>();
        const pieces = new Set<string>();
        for (let second = 0; second < 25; second++) {
          const text = await read(house, `/v/${id}/${file}.m3u8`);
          assert.deepEqual(checkMediaPlaylist(text), []);
          for (const [msn, folders] of bySegment(text)) {
            assert.equal(folders.size, 1, "all of a segment");
            const [folder] = folders;
            assert.equal(known.get(msn) ?? folder, folder, `segment ${msn} moved`);
            known.set(msn, folder!);
            pieces.add(folder!);
          }
          assert.doesNotMatch(text, /DISCONTINUITY\n/);
          for (const address of addressesIn(text)) {
            const { pathname } = new URL(address, `http://x/v/${id}/x`);
            const { msn, part } = show.window.upcoming!;
            if (pathname.endsWith(`/${msn}.${part}.m4s`) || !pathname.startsWith("/media/")) continue;
            assert.equal((await ask(pathname)).status, 200, pathname);
          }
          play(show, 1);
        }
        assert.equal(pieces.size, 2);
        const [before, after] = [...pieces];
        assert.match(after!, new RegExp(`/media/${room.pieces.now()}/`));
        const text = await read(house, `/v/${id}/${file}.m3u8`);
        assert.doesNotMatch(text, new RegExp(before!));
      }));
  }
  it("name the init of the new hour before its first segment, with the same bytes", () =>
    withRoom(async (house) => {
      const { show } = house;
      show.advance(TO_TEN_BEFORE_MS);
      const id = await openViewer(house, BROWSER);
      play(show, 13);
      const maps = [...(await read(house, `/v/${id}/hq.m3u8`)).matchAll(/EXT-X-MAP:URI="([^"]+)"/g)].map(([, uri]) => uri!);
      assert.equal(maps.length, 2);
      const bodies = await Promise.all(maps.map((uri) => read(house, new URL(uri, `http://x/v/${id}/x`).pathname)));
      assert.deepEqual(bodies, ["init runa hq", "init runa hq"]);
    }));
  it("are refused when they are of another hour, forged, or of another kind; caches keep them no longer than the grace", () =>
    withRoom(async ({ show, room, ask }) => {
      show.publishSegments(2);
      const file = "runa/hq/1000.m4s";
      const good = await ask(`/media/${room.pieces.now()}/${file}`);
      assert.deepEqual([good.status, good.headers.get("cache-control")], [200, "public, max-age=600, immutable"]);
      const ranged = await ask(`/media/${room.pieces.now()}/${file}`, { headers: { range: "bytes=0-3" } });
      assert.deepEqual([ranged.status, ranged.headers.get("cache-control")], [206, "public, max-age=600, immutable"]);
      for (const hours of [-2, -1, 1, 2]) {
        assert.equal((await ask(`/media/${room.pieces.at(show.clock.ms + hours * 3_600_000)}/${file}`)).status, 403);
      }
      for (
        const piece of ["x", "A".repeat(20), room.pass, room.pieces.now().toLowerCase(), "%00", "é".repeat(10), `${room.pieces.now()}%20`]
      ) {
        const answer = await ask(`/media/${piece}/${file}`);
        assert.equal(answer.status, 403, piece);
        assert.equal((await answer.json()).kind, "wrong_piece");
        assert.deepEqual([answer.headers.get("cache-control"), answer.headers.get("access-control-allow-origin")], ["no-store", "*"]);
      }
      assert.equal((await ask(`/media/${file}`)).status, 404);
      // For all who may have the address, with whatever else they carry.
      assert.equal((await ask(`/media/${"A".repeat(20)}/${file}`, { password: ROOM_KEY })).status, 403);
      assert.deepEqual(show.errors, []);
    }));
  it("can be fetched as long as they are listed, also where the clock was set by hours meanwhile", () =>
    withRoom(async (house) => {
      const { show, ask } = house;
      const id = await openViewer(house, BROWSER);
      play(show, 5);
      const listed = addressesIn(await read(house, `/v/${id}/hq.m3u8`)).filter((address) => !address.endsWith(".m3u8"));
      const { msn, part } = show.window.upcoming!;
      (show.clock as { ms: number }).ms += 5 * 3_600_000;
      for (const address of listed.filter((each) => !each.endsWith(`/${msn}.${part}.m4s`))) {
        assert.equal((await ask(new URL(address, `http://x/v/${id}/x`).pathname)).status, 200, address);
      }
    }));
  it("of the past are those of the hour in which it is asked for: with the hour the whole list comes anew, then news again", () =>
    withRoom(async (house) => {
      const { show, room, ask } = house;
      show.advance(TO_TEN_BEFORE_MS - 60_000);
      const id = await openViewer(house, BROWSER);
      play(show, 60);
      const path = `/v/${id}/dvr.m3u8?_HLS_skip=YES`;
      const list = async () => {
        const text = await read(house, path);
        const [folder, ...others] = new Set([...bySegment(text).values()].flatMap((each) => [...each]));
        assert.deepEqual(others, []);
        return { isDelta: /EXT-X-SKIP/.test(text), piece: folder!.split("/").at(-3), text };
      };
      const first = await list();
      assert.deepEqual([first.isDelta, first.piece], [false, room.pieces.now()]);
      play(show, 5);
      assert.deepEqual([(await list()).isDelta, (await list()).piece], [true, first.piece]);
      play(show, 6);
      const second = await list();
      assert.deepEqual([second.isDelta, second.piece], [false, room.pieces.now()]);
      assert.notEqual(second.piece, first.piece);
      assert.equal((await list()).isDelta, true);
      const known = addressesIn(first.text).findLast((address) => address.endsWith(".m4s"))!;
      show.advance(9 * MINUTE_MS);
      assert.equal((await ask(new URL(known, "http://x/v/x/x").pathname)).status, 200);
    }));
});
