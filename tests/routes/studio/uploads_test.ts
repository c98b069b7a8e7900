import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import { explainUnreadable } from "../../../media/intake/check_file.ts";
import { receiveFile } from "../../../routes/studio/receive_file.ts";
import { createUploadsRoutes, nameUpload } from "../../../routes/studio/uploads.ts";

const KEY = "k".repeat(43);
const ROOM = 1000;

async function withFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-uploads-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function open(folder: string, explain: (path: string) => Promise<string | null> = () => Promise.resolve(null), freeBytes = 500e6 + ROOM) {
  const routes = createUploadsRoutes({
    mediaFolder: `${folder}/media`,
    explainUnreadable: explain,
    findFreeBytes: () => Promise.resolve(freeBytes),
    streamerKey: KEY,
  });
  return async (name: string, body: BodyInit, headers: Record<string, string> = {}) => {
    const answer = await routes.request(`/api/studio/media?name=${encodeURIComponent(name)}`, {
      method: "POST",
      body,
      headers: { authorization: `Bearer ${KEY}`, ...headers },
    });
    return { status: answer.status, body: await answer.json() };
  };
}

const filesOf = (folder: string) => [...Deno.readDirSync(`${folder}/media`)].map(({ name }) => name).sort();

describe("a file that the streamer sends", () => {
  it("is in the media folder under its own name, and never in another's place", () =>
    withFolder(async (folder) => {
      const send = open(folder);
      assert.deepEqual(await send("Holiday 1.MP4", "first"), { status: 201, body: { name: "Holiday 1.mp4", bytes: 5 } });
      assert.equal((await send("Holiday 1.MP4", "second")).body.name, "Holiday 1 (2).mp4");
      assert.deepEqual(filesOf(folder), ["Holiday 1 (2).mp4", "Holiday 1.mp4"]);
      assert.equal(await Deno.readTextFile(`${folder}/media/Holiday 1.mp4`), "first");
    }));

  it("is refused to strangers, and where there is no room for it, and nothing of it stays", () =>
    withFolder(async (folder) => {
      const send = open(folder);
      assert.equal((await send("a.mp4", "x", { authorization: "Bearer wrong" })).status, 403);
      const tooLarge = await send("a.mp4", "x", { "content-length": "5000000000" });
      assert.deepEqual([tooLarge.status, tooLarge.body.kind, tooLarge.body.detail], [507, "no_room", "5000 MB where 0 MB are free for it"]);
      assert.equal((await send("a.mp4", "x".repeat(ROOM + 1))).status, 507);
      assert.equal((await open(folder, undefined, 1e6)("a.mp4", "x")).status, 507);
      assert.deepEqual(filesOf(folder), []);
    }));

  it("is removed where it breaks off or says nothing for too long", () =>
    withFolder(async (folder) => {
      const broken = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new Uint8Array(10));
          controller.error(new Error("gone"));
        },
      });
      assert.deepEqual(await receiveFile(broken, `${folder}/a`, { mostBytes: 100 }), { kind: "broken_off" });
      const silent = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(new Uint8Array(10)) });
      assert.deepEqual(await receiveFile(silent, `${folder}/b`, { mostBytes: 100, silentMs: 10 }), { kind: "too_slow" });
      assert.deepEqual([...Deno.readDirSync(folder)], []);
    }));

  it("that is left over from a life that was killed goes with the next one; two at a time are enough", () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/media`);
      await Deno.writeTextFile(`${folder}/media/.upload-${crypto.randomUUID()}`, "old");
      const waiting = Promise.withResolvers<null>();
      const arrived = Promise.withResolvers<void>();
      let looked = 0;
      const send = open(folder, () => {
        if (++looked === 2) arrived.resolve();
        return waiting.promise;
      });
      const both = [send("a.mp4", "a"), send("b.mp4", "b")];
      await arrived.promise;
      assert.equal((await send("c.mp4", "c")).body.kind, "too_many_uploads");
      waiting.resolve(null);
      for (const { status } of await Promise.all(both)) assert.equal(status, 201);
      assert.deepEqual(filesOf(folder), ["a.mp4", "b.mp4"]);
    }));

  it("is looked into by what is in it: lists, graphs, drawings and archives are refused in words, and what they name is not read", () =>
    withFolder(async (folder) => {
      const canary = `${folder}/canary.mp4`;
      await Deno.writeTextFile(canary, "canary");
      const before = (await Deno.stat(canary)).atime;
      const send = open(folder, (path) => explainUnreadable(path, { needsPicture: false }), 500e6 + 1e6);
      const lists: [string, string][] = [
        ["list.mp4", `#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://${canary}\n#EXT-X-ENDLIST\n`],
        ["list.mkv", `ffconcat version 1.0\nfile '${canary}'\n`],
        [
          "call.mp4",
          "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video 5004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
        ],
        ["logo.png", `<svg xmlns="http://www.w3.org/2000/svg"><image href="file://${canary}"/></svg>`],
        ["film.zip", "PK\u0003\u0004" + "\0".repeat(100)],
        ["empty.mp4", ""],
        ["words.txt", "no picture here"],
      ];
      for (const [name, text] of lists) {
        const { status, body } = await send(name, text);
        assert.deepEqual([status, body.kind], [422, "bad_source"], `${name}: ${JSON.stringify(body)}`);
        assert.ok(body.detail.length > 5 && !body.detail.includes(folder), body.detail);
      }
      assert.deepEqual(filesOf(folder), []);
      assert.deepEqual((await Deno.stat(canary)).atime, before);
    }));

  it("has a name that is no path, is not hidden and not long, whatever it was called", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: "grapheme", maxLength: 300 }), fc.string({ unit: "binary" })),
        fc.integer({ min: 1, max: 99 }),
        (wanted, number) => {
          const name = nameUpload(wanted, number);
          assert.ok(!/[/\\\0]/.test(name) && !name.startsWith(".") && name !== "" && [...name].length < 100, JSON.stringify(name));
          assert.equal(name, name.trim());
        },
      ),
    );
    assert.deepEqual(
      ["../../etc/passwd", "C:\\films\\a.MKV", ".hidden", "", "夏天.mp4", "a\0b:c.mp4"].map((name) => nameUpload(name)),
      ["passwd", "a.mkv", "hidden", "upload", "夏天.mp4", "a-b-c.mp4"],
    );
  });
});
