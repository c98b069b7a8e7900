import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { join } from "node:path";
import { createInviteTokens } from "../../../media/room/invites.ts";
import { openRoom, type Room } from "../../../media/room/room.ts";

const SIGNING_KEY = new Uint8Array(32).fill(3);
const START_MS = 1_790_000_000_500;
const START_SECONDS = 1_790_000_000;

interface Scene {
  readonly dataDir: string;
  readonly clock: { ms: number };
  open(roomKey?: string, signingKey?: Uint8Array): Promise<{ room: Room; problem: string | null }>;
}

async function withFolder(test: (scene: Scene) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir();
  const clock = { ms: START_MS };
  try {
    await test({
      dataDir,
      clock,
      open: (roomKey = "open sesame", signingKey = SIGNING_KEY) => openRoom({ roomKey, signingKey, dataDir, nowMs: () => clock.ms }),
    });
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

describe("a room", () => {
  it("knows its key, however it is written, and nothing else", () =>
    withFolder(async ({ open }) => {
      const { room } = await open("caf\u00e9 caf\u00e9");
      for (const text of ["caf\u00e9 caf\u00e9", "cafe\u0301 cafe\u0301", " caf\u00e9 caf\u00e9\n"]) assert.equal(room.isKey(text), true);
      for (const text of ["", "cafe cafe", "caf\u00e9", "CAF\u00c9 CAF\u00c9", room.pass]) assert.equal(room.isKey(text), false);
    }));
  it("gives browsers a pass that is the same after a restart, and no longer good under another key or of another server", () =>
    withFolder(async ({ open }) => {
      const { room } = await open();
      assert.match(room.pass, /^[\w-]{43}$/);
      assert.equal((await open()).room.isPass(room.pass), true);
      assert.equal((await open("another key")).room.isPass(room.pass), false);
      assert.equal((await open(undefined, new Uint8Array(32))).room.isPass(room.pass), false);
      for (const text of ["", "open sesame", room.pass.slice(1)]) assert.equal(room.isPass(text), false);
    }));
  it("makes pieces that say nothing of its key to who does not have the server's own: another server's differ", () =>
    withFolder(async ({ open }) => {
      const piece = (await open()).room.pieces.now();
      assert.equal((await open()).room.pieces.now(), piece);
      assert.notEqual((await open(undefined, new Uint8Array(32))).room.pieces.now(), piece);
      assert.notEqual((await open("another key")).room.pieces.now(), piece);
    }));
});

describe("secrets", () => {
  it("are compared in constant time and in no other way", async () => {
    const sources = [
      "media/room/room.ts",
      "media/room/pieces.ts",
      "media/room/invites.ts",
      "routes/room/judge.ts",
      "routes/streamer_key.ts",
    ];
    for (const path of sources) {
      const text = await Deno.readTextFile(new URL(`../../../${path}`, import.meta.url));
      assert.match(text, /timingSafeEqual\(|isSame\(|isPass\(/, path);
      // Whether there is anything at all is no secret.
      const compared = [...text.matchAll(/\b(?:piece|pass|token|text|key|given|bearer|password|cookie|signed)\b\)? [!=]== (\w+)/g)];
      assert.deepEqual(compared.map(([, other]) => other).filter((other) => other !== "null" && other !== "undefined"), [], path);
      assert.doesNotMatch(text, /localeCompare|\.startsWith\((?:room|key|pass)/, path);
    }
  });
});

describe("an invite", () => {
  it("is good until its very end, and for whoever has its token", () =>
    withFolder(async ({ open, clock }) => {
      const { invites } = (await open()).room;
      const invite = await invites.make({ name: "Anna", seconds: 3600 });
      assert.ok(invite !== "too_many");
      const token = invites.tokenOf(invite);
      assert.match(token, /^[\w-]{36}$/);
      assert.match(invite.id, /^[0-9a-f]{12}$/);
      assert.deepEqual([invite.name, invite.madeAtMs, invite.endsAtMs], ["Anna", START_MS, 1000 * (START_SECONDS + 3600)]);
      assert.deepEqual([invites.list, invites.find(token), invites.isOver(invite.id)], [[invite], invite, false]);
      clock.ms = invite.endsAtMs - 1;
      assert.deepEqual([invites.find(token), invites.isOver(invite.id)], [invite, false]);
      clock.ms = invite.endsAtMs;
      assert.deepEqual([invites.list, invites.find(token), invites.isOver(invite.id)], [[], "ended", true]);
    }));
  it("outlives the server and a change of the room key, for its owner's eyes only; withdrawn it has ended", () =>
    withFolder(async ({ open, dataDir }) => {
      const before = (await open()).room.invites;
      const [anna, bert] = [await before.make({ name: "Anna", seconds: 60 }), await before.make({ name: "Bert", seconds: 60 })];
      assert.ok(anna !== "too_many" && bert !== "too_many");
      const token = before.tokenOf(anna);
      if (Deno.build.os !== "windows") assert.equal(Deno.statSync(join(dataDir, "invites.json")).mode! & 0o777, 0o600);
      const after = (await open("another key")).room.invites;
      assert.deepEqual([after.list, after.find(token), after.tokenOf(anna)], [[anna, bert], anna, token]);
      assert.equal(await after.withdraw(anna.id), true);
      assert.deepEqual([after.find(token), after.isOver(anna.id), after.list], ["ended", true, [bert]]);
      assert.equal(await after.withdraw(anna.id), false);
      assert.equal((await open()).room.invites.find(token), "ended");
    }));
  it("cannot be made of another one: a longer end, another secret, a changed character", () =>
    withFolder(async ({ open }) => {
      const { invites } = (await open()).room;
      const invite = await invites.make({ name: "Anna", seconds: 60 });
      assert.ok(invite !== "too_many");
      const token = invites.tokenOf(invite);
      for (let at = 0; at < token.length; at++) {
        assert.equal(invites.find(token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1)), null);
      }
      const forged = createInviteTokens(new Uint8Array(32)).write({ ...invite, endsAtMs: invite.endsAtMs + 3_600_000 });
      for (const text of [forged, "", token.slice(1), `${token}A`, `${token}=`, token.replace(/./, "+")]) {
        assert.equal(invites.find(text), null, text);
      }
      const { room: other } = await open(undefined, new Uint8Array(32));
      assert.equal(other.invites.find(token), null);
    }));
  it("is one of 200 at most; what has ended leaves room", () =>
    withFolder(async ({ open, clock }) => {
      const { invites } = (await open()).room;
      const made = await Promise.all(Array.from({ length: 201 }, (_, at) => invites.make({ name: `${at}`, seconds: 60 })));
      assert.equal(made.filter((each) => each === "too_many").length, 1);
      assert.equal(new Set(invites.list.map(({ id }) => id)).size, 200);
      clock.ms += 61_000;
      assert.notEqual(await invites.make({ name: "late", seconds: 60 }), "too_many");
      assert.equal(invites.list.length, 1);
    }));
  it("has ended where its file is damaged: that is put aside and said in one line", () =>
    withFolder(async ({ open, dataDir }) => {
      const { invites } = (await open()).room;
      const invite = await invites.make({ name: "Anna", seconds: 60 });
      assert.ok(invite !== "too_many");
      for (
        const text of [
          "nonsense",
          '{"version":2,"invites":[]}',
          '{"version":1,"invites":[{"id":"../../x","name":"","madeAtMs":1,"endsAtMs":2}]}',
        ]
      ) {
        await Deno.writeTextFile(join(dataDir, "invites.json"), text);
        const { room, problem } = await open();
        assert.match(
          problem!,
          /^Cannot use .*invites\.json: .*; it is kept as .*invites\.json\.damaged-1790000000500\. Guests need new invites\.$/,
        );
        assert.equal(room.invites.find(invites.tokenOf(invite)), "ended");
        assert.equal((await open()).problem, null);
      }
    }));
  it("is not made where it cannot be kept", () =>
    withFolder(async ({ open, dataDir }) => {
      const { invites } = (await open()).room;
      await Deno.remove(dataDir, { recursive: true });
      await assert.rejects(invites.make({ name: "Anna", seconds: 60 }), /^Error: Cannot write .*invites\.json: /);
      assert.deepEqual(invites.list, []);
      await Deno.mkdir(dataDir);
      assert.notEqual(await invites.make({ name: "Anna", seconds: 60 }), "too_many");
    }));
});
