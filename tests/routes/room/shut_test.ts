import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createInviteTokens } from "../../../media/room/invites.ts";
import { STREAMER_KEY } from "../show.ts";
import { addressesIn, type Asked, basic, childOf, type House, HTML, ROOM_KEY, withRoom } from "./a_room.ts";

/** What may be had without a key, and why it tells nothing of the show. */
const OPEN: readonly RegExp[] = [
  /^GET \/(?:healthz|readyz|metrics)$/, // for machines
  /^GET \/robots\.txt$/,
  /^GET \/app-0123456789ab\.js$/, // of the pages: the form needs its style
  /^(?:GET|POST) \/room$/, // the form itself
  /^OPTIONS /, // a browser's question whether it may ask
];
/** What keeps a proof of its own. */
const OWN_PROOF: readonly (readonly [RegExp, readonly number[]])[] = [
  [/^\w+ \/api\/studio\//, [401, 403]],
  [/^POST \/api\/webhooks\//, [404]], // these are not taken here
  [/^GET \/v\//, [404]],
  [/^GET \/media\//, [403]],
];

const STRANGER: Asked = {};

/** Every door of the app as it was mounted, with what stands for a parameter. */
function doorsOf({ show }: House, viewer: string): { readonly door: string; readonly method: string; readonly path: string }[] {
  const doors = show.app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => ({ method, path }));
  const seen = new Map(
    doors.map(({ method, path }) => [`${method} ${path}`, { door: `${method} ${path}`, method, path: fill(path, viewer) }]),
  );
  return [...seen.values()];
}

function fill(path: string, viewer: string): string {
  const values: Record<string, string> = {
    viewer,
    file: path.startsWith("/v/") ? "live.m3u8" : "1000.m4s",
    piece: "A".repeat(20),
    run: "runa",
    rendition: "hq",
  };
  return path.replace(/:(\w+)/g, (_, name) => values[name] ?? "1");
}

async function checkShut(house: House, asked: Asked, viewer: string): Promise<void> {
  let checked = 0;
  for (const { door, method, path } of doorsOf(house, viewer)) {
    if (OPEN.some((open) => open.test(door))) continue;
    const [, statuses] = OWN_PROOF.find(([own]) => own.test(door)) ?? [null, [401]];
    for (const accept of ["*/*", HTML]) {
      const answer = await house.ask(path, {
        ...asked,
        method,
        headers: { accept, ...asked.headers },
        ...(method === "GET" ? {} : { body: "{}" }),
      });
      assert.ok(statuses.includes(answer.status), `${door} with ${accept}: ${answer.status}`);
      const text = await answer.text();
      assert.doesNotMatch(text, /EXTM3U|Test show|jpeg|"messages"|secret talk|og:/, door);
      assert.equal(answer.headers.get("set-cookie"), null, door);
      checked++;
    }
  }
  assert.ok(checked > 50, `${checked} doors`);
}

describe("a room", () => {
  it("tells nothing of the show without the key, at no address that there is", () =>
    withRoom(async (house) => {
      house.show.publishSegments(3);
      await checkShut(house, STRANGER, "x".repeat(36));
      assert.deepEqual(house.show.errors, []);
    }));

  const foreign = createInviteTokens(new Uint8Array(32)).write({ id: "0123456789ab", endsAtMs: 4_000_000_000_000 });
  const wrong: [name: string, asked: Asked][] = [
    ["a wrong password", { headers: { authorization: basic("open sesam") } }],
    ["another server's invite as password", { password: foreign }],
    ["an empty password", { password: "" }],
    ["nonsense for Basic", { headers: { authorization: "Basic %%%" } }],
    ["a wrong streamer's key", { headers: { authorization: `Bearer ${"j".repeat(43)}` } }],
    ["another server's invite as cookie", { cookie: foreign }],
    ["the key itself as cookie", { cookie: ROOM_KEY }],
    ["a cookie of nothing", { cookie: "" }],
    ["another port's cookie", { headers: { cookie: `tercet-room-8081=${"A".repeat(43)}` } }],
  ];
  for (const [name, asked] of wrong) {
    it(`is as shut for ${name}`, () =>
      withRoom(async (house) => {
        house.show.publishSegments(3);
        // Of an address of its own each: a wrong password is tried a few times only.
        let at = 0;
        await checkShut(
          { ...house, ask: (path, o) => house.ask(path, { ...o, from: `10.0.${at >> 8}.${at++ & 255}` }) },
          asked,
          "x".repeat(36),
        );
      }));
  }
  it("cannot be opened by a key or an invite in the address that is none", () =>
    withRoom(async ({ show, ask }) => {
      show.publishSegments(3);
      let at = 0;
      for (const path of ["/", "/live.m3u8", "/embed", "/thumbnail.jpg", "/api/stream", "/api/chat"]) {
        for (const query of [`invite=${foreign}`, "invite=", "key=", "key=open+sesam", `key=${foreign}`]) {
          assert.equal((await ask(`${path}?${query}`, { from: `10.0.0.${at++}` })).status, 401, `${path}?${query}`);
        }
      }
    }));

  const ways: [name: string, show: (house: House) => Promise<Asked>][] = [
    ["a password", () => Promise.resolve({ password: ROOM_KEY })],
    ["a cookie", ({ room }) => Promise.resolve({ cookie: room.pass })],
    ["an invite as password", async ({ invite }) => ({ password: (await invite()).token })],
    ["an invite as cookie", async ({ invite }) => ({ cookie: (await invite()).token })],
    ["the streamer's key", () => Promise.resolve({ headers: { authorization: `Bearer ${STREAMER_KEY}` } })],
  ];
  for (const [name, get] of ways) {
    it(`is open for ${name}: page, playlists, parts, thumbnail, chat, DVR, embed and API`, () =>
      withRoom(async (house) => {
        const { show, ask } = house;
        show.publishSegments(3);
        const asked = await get(house);
        await checkOpen(house, asked);
        assert.equal((await ask("/embed", { ...asked, headers: { accept: HTML, ...asked.headers } })).status, 200);
        const page = await ask("/", { ...asked, headers: { accept: HTML, ...asked.headers } });
        assert.match(await page.text(), /<title>page/);
        assert.deepEqual(show.errors, []);
      }));
  }

  it("ends for a guest with the invite, at every address that it was given", () =>
    withRoom(async (house) => {
      const { show, ask, invite } = house;
      show.publishSegments(3);
      const { token } = await invite(30 * 60);
      const had = await checkOpen(house, { cookie: token });
      show.advance(30 * 60_000 - 1);
      assert.equal((await ask(had.playlists[0]!)).status, 200);
      show.advance(1);
      // 22:43:20
      await checkShut(house, { cookie: token }, had.viewer);
      await checkShut(house, { password: token }, had.viewer);
      for (const path of had.playlists) assert.equal((await ask(path)).status, 404, path);
      for (const path of [`/live.m3u8?invite=${token}`, `/?invite=${token}`, `/embed?invite=${token}`]) {
        const answer = await ask(path);
        assert.equal(answer.status, 401, path);
      }
      // What it was told of media is good to the end of the hour and 10 minutes more.
      for (const path of had.media) assert.equal((await ask(path)).status, 200, path);
      show.advance(26 * 60_000 + 39_999);
      for (const path of had.media) assert.equal((await ask(path)).status, 200, path);
      show.advance(1);
      // What is made from now on, until nothing of that hour is listed any more.
      show.publishSegments(70);
      for (const path of had.media) assert.equal((await ask(path)).status, 403, path);
      assert.deepEqual(show.errors, []);
    }));
  it("ends for a guest when the invite is withdrawn, and for nobody else", () =>
    withRoom(async (house) => {
      const { show, ask, room, invite } = house;
      show.publishSegments(3);
      const [anna, bert] = [await invite(), await invite()];
      const [hers, his] = [await checkOpen(house, { cookie: anna.token }), await checkOpen(house, { password: bert.token })];
      assert.equal(await room.invites.withdraw(anna.id), true);
      await checkShut(house, { cookie: anna.token }, hers.viewer);
      for (const path of hers.playlists) assert.equal((await ask(path)).status, 404, path);
      for (const path of his.playlists) assert.equal((await ask(path)).status, 200, path);
    }));
  it("gives no guest the viewer of somebody who came with the key, from the same address and with the same player", () =>
    withRoom(async ({ show, ask, invite }) => {
      show.publishSegments(3);
      const { token } = await invite(60);
      const child = async (asked: Asked) =>
        childOf(await (await ask("/live.m3u8", { ...asked, headers: { "user-agent": "VLC/3.0.24" } })).text());
      const [first, guest, again] = [
        await child({ password: ROOM_KEY }),
        await child({ password: token }),
        await child({ password: ROOM_KEY }),
      ];
      assert.notEqual(first, guest);
      assert.equal(first, again, "VLC asks twice");
      show.advance(60_000);
      assert.deepEqual([(await ask(first)).status, (await ask(guest)).status], [200, 404]);
    }));
  it("knows a guest's viewer again after a restart, and then too only until the invite ends", () =>
    withRoom(async (house) => {
      const { show, ask, invite } = house;
      show.publishSegments(3);
      const { token } = await invite(7200);
      const { viewer } = await checkOpen(house, { cookie: token });
      // Silent for longer than its record is kept.
      show.advance(3_700_000);
      await ask("/api/viewers", { method: "POST", cookie: token, body: "{}" });
      assert.equal((await ask(`/v/${viewer}/live.m3u8`)).status, 200);
      show.advance(3_600_000);
      assert.equal((await ask(`/v/${viewer}/live.m3u8`)).status, 404);
    }));
  it("is there for who asks under --base and through a proxy, with the same cookie", () =>
    withRoom(async ({ show, ask, room }) => {
      show.publishSegments(3);
      for (const path of ["/live/", "/live/api/stream", "/live/live.m3u8", "/live/thumbnail.jpg"]) {
        assert.equal((await ask(path, { headers: { accept: HTML } })).status, 401, path);
        assert.equal((await ask(path, { cookie: room.pass, headers: { accept: HTML } })).status, 200, path);
      }
    }, { base: "/live/" }));
  it("keeps the fast router with all its doors mounted", () =>
    withRoom(async ({ show, ask }) => {
      await ask("/healthz");
      assert.equal(show.app.router.name, "SmartRouter + RegExpRouter");
    }));
});

interface Had {
  readonly viewer: string;
  readonly playlists: readonly string[];
  readonly media: readonly string[];
}

/** Asks for all that there is, and tells the addresses which need no more proof. */
async function checkOpen({ show, ask }: House, asked: Asked): Promise<Had> {
  const get = async (path: string, o: Asked = asked) => {
    const answer = await ask(path, o);
    assert.equal(answer.status, 200, `${path}: ${answer.status}`);
    return await answer.text();
  };
  const multivariant = await get("/live.m3u8");
  assert.match(multivariant, /^#EXTM3U/);
  const child = childOf(multivariant);
  const { id, playlist } = await (await ask("/api/viewers", { ...asked, method: "POST", body: "{}" })).json();
  assert.equal(await get("/thumbnail.jpg"), "jpeg");
  assert.equal(JSON.parse(await get("/api/stream")).title, "Test show");
  assert.equal(JSON.parse(await get(`/api/viewers/${id}`)).id, id);
  assert.equal(JSON.parse(await get(`/api/viewers/${id}/news`)).events[0].type, "state");
  const said = await ask("/api/chat", {
    ...asked,
    method: "POST",
    body: JSON.stringify({ viewer: id, name: "Anna", text: "secret talk" }),
  });
  assert.equal(said.status, 201);
  assert.match(await get("/api/chat"), /secret talk/);
  assert.match(await get("/api/openapi.json"), /roomKey/);
  const playlists = [child, `/${playlist}`, `/v/${id}/hq.m3u8`, `/v/${id}/dvr.m3u8`];
  const media = new Set<string>();
  for (const path of playlists) {
    for (const address of addressesIn(await get(path, STRANGER))) {
      const { pathname } = new URL(address, `http://x${path}`);
      if (/\.(?:m4s|mp4)$/.test(pathname)) media.add(pathname);
    }
  }
  const { upcoming } = show.window;
  media.delete([...media].find((path) => path.endsWith(`/${upcoming!.msn}.${upcoming!.part}.m4s`)) ?? "");
  for (const path of media) await get(path, STRANGER);
  assert.ok([...media].some((path) => path.endsWith("init.mp4")) && [...media].some((path) => /\.\d\.m4s$/.test(path)));
  return { viewer: id, playlists, media: [...media] };
}
