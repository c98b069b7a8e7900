import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { type Amf, readAmf, type Writable, writeAmf } from "../../../../media/ingest/rtmp/amf0.ts";
import { createByteInput } from "../../../../media/ingest/rtmp/byte_input.ts";
import { readChunks, type RtmpMessage } from "../../../../media/ingest/rtmp/chunk_reader.ts";
import { createSession, type Session, type SessionOutcome } from "../../../../media/ingest/rtmp/session.ts";
import { AUDIO_SPECIFIC_CONFIG, AVCC, cutAt, joined } from "../../flv/flv_bytes.ts";
import { basicHeader, command, CONNECT, GREETING, message, publishing, u24, u32 } from "./rtmp_bytes.ts";

const KEY = "right-key";

/** A session that knows one key, and what it was asked. */
function open(o: { refusal?: string } = {}): { session: Session; asked: (readonly string[])[] } {
  const asked: (readonly string[])[] = [];
  const session = createSession({
    judge(keys) {
      asked.push(keys);
      return keys.includes(KEY) ? { kind: "accepted" } : { kind: "refused", description: "The stream key is not right." };
    },
    random: (bytes) => void bytes.fill(1),
    ...o,
  });
  return { session, asked };
}

function outcomesOf(...pieces: readonly Uint8Array[]): SessionOutcome[] {
  const { session } = open();
  return pieces.flatMap((piece) => [...session.push(piece)]);
}

/** The messages that were sent, behind S0, S1 and S2. */
function answersIn(outcomes: readonly SessionOutcome[]): RtmpMessage[] {
  const bytes = joined(outcomes.filter((it) => it.kind === "send").map(({ bytes }) => bytes)).subarray(1 + 2 * 1536);
  const input = createByteInput(16);
  input.give(bytes);
  const parser = readChunks(input, { maxMessageBytes: 10_000 });
  const found: RtmpMessage[] = [];
  for (let next = parser.next().value; next !== null; next = parser.next().value) found.push(next);
  return found;
}

function commandsIn(outcomes: readonly SessionOutcome[]): Amf[][] {
  return answersIn(outcomes).filter(({ type }) => type === 20).map(({ body }) => readAmf(body));
}

function statusOf(outcomes: readonly SessionOutcome[], at = -1): readonly [Amf, Amf] {
  const info = commandsIn(outcomes).at(at)?.at(-1);
  assert.ok(info instanceof Map);
  return [info.get("code"), info.get("description")];
}

function closeOf(outcomes: readonly SessionOutcome[]): string {
  const last = outcomes.at(-1);
  assert.equal(last?.kind, "close");
  return (last as { reason: string }).reason;
}

const media = (type: 8 | 9, body: readonly number[], timeMs = 0) =>
  message({ type, body, timeMs, streamId: 1, chunkStreamId: type === 8 ? 5 : 6 }, 4096);

describe("an RTMP session", () => {
  it("answers the handshake with version 3, bytes of its own, and the client's own bytes", () => {
    const [greeting] = outcomesOf(GREETING);
    assert.equal(greeting?.kind, "send");
    const { bytes } = greeting as { bytes: Uint8Array };
    assert.equal(bytes.length, 1 + 2 * 1536);
    assert.equal(bytes[0], 3);
    assert.deepEqual([...bytes.subarray(1, 9)], [0, 0, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual(bytes.subarray(1537), new Uint8Array(1536).fill(7));
  });

  it("answers connect with window, bandwidth, chunk size and the codecs it takes", () => {
    const outcomes = outcomesOf(GREETING, CONNECT);
    assert.deepEqual(answersIn(outcomes).map(({ type, body }) => [type, body.length]).slice(0, 3), [[5, 4], [6, 5], [1, 4]]);
    const [name, transaction, properties, info] = commandsIn(outcomes)[0]!;
    assert.deepEqual([name, transaction], ["_result", 1]);
    assert.ok(properties instanceof Map && info instanceof Map);
    assert.equal(info.get("code"), "NetConnection.Connect.Success");
    for (const object of [properties, info]) {
      assert.deepEqual(object.get("fourCcList"), ["avc1", "hvc1", "av01", "vp09", "vp08", "mp4a", "Opus", ".mp3"]);
    }
  });

  it("lets the right key publish, as OBS asks", () => {
    const { session, asked } = open();
    const outcomes = session.push(publishing(KEY));
    assert.deepEqual(asked, [[KEY]]);
    assert.deepEqual(outcomes.filter(({ kind }) => kind !== "send"), [{ kind: "published" }]);
    assert.deepEqual(commandsIn(outcomes).map(([name, transaction]) => [name, transaction]), [
      ["_result", 1],
      ["_result", 2],
      ["_result", 3],
      ["_result", 4],
      ["onStatus", 0],
    ]);
    assert.equal(commandsIn(outcomes)[3]!.at(-1), 1);
    assert.deepEqual(statusOf(outcomes), ["NetStream.Publish.Start", "You are on."]);
    assert.equal(session.stage, "publishing");
  });

  it("refuses a wrong key in the words that OBS shows, and closes", () => {
    const outcomes = outcomesOf(publishing("wrong"));
    assert.deepEqual(statusOf(outcomes), ["NetStream.Publish.BadName", "The stream key is not right."]);
    assert.equal(closeOf(outcomes), "The stream key is not right.");
  });

  it("never asks about a key before publish, and says nothing of one in its reasons", () => {
    const { session, asked } = open();
    session.push(joined([GREETING, command("connect", 1, { app: `live/${KEY}` }), command("releaseStream", 2, null, KEY)]));
    assert.deepEqual(asked, []);
    const outcomes = session.push(joined([command("publish", 3, null, ""), command("publish", 4, null, KEY)]));
    assert.deepEqual(asked, [[KEY]]);
    assert.ok(!closeOf(outcomes).includes(KEY));
  });

  const places: [string, string, Writable, readonly string[]][] = [
    ["the name", "live", "k", ["k"]],
    ["the address alone", "live/k", "", ["k"]],
    ["the address, with an end", "live/k/", "", ["k"]],
    ["no name at all", "live/k", null, ["k"]],
    ["a query behind the name", "live", "k?x=1", ["k", "1"]],
    ["a query of the name", "live", "stream?key=k", ["stream", "k"]],
    ["a query of the address", "live?key=k", "", ["live", "k"]],
    ["a path as the name", "live", "a/k", ["k"]],
    ["nowhere", "", "", []],
  ];
  for (const [where, app, name, keys] of places) {
    it(`looks for the key in ${where}`, () => {
      const { session, asked } = open();
      session.push(joined([GREETING, command("connect", 1, { app }), command("publish", 2, null, name)]));
      assert.deepEqual(asked, [keys]);
    });
  }

  it("tells whom it does not take at connect, before a key is named", () => {
    const { session, asked } = open({ refusal: "From here nobody publishes." });
    const outcomes = session.push(publishing(KEY));
    assert.deepEqual(statusOf(outcomes), ["NetConnection.Connect.Rejected", "From here nobody publishes."]);
    assert.equal(closeOf(outcomes), "From here nobody publishes.");
    assert.deepEqual(asked, []);
  });

  it("hands on pictures, sound and what the publisher says of itself", () => {
    const stream = joined([
      publishing(KEY),
      message({
        type: 18,
        body: writeAmf("@setDataFrame", "onMetaData", { width: 1280, height: 720, framerate: 30, encoder: "obs", audiocodecid: "mp4a" }),
        streamId: 1,
      }, 4096),
      media(8, [0xaf, 0, ...AUDIO_SPECIFIC_CONFIG]),
      media(9, [0x17, 0, 0, 0, 0, ...AVCC]),
      media(9, [0x17, 1, 0, 0, 66, 1, 2, 3], 40),
      media(8, [0xaf, 1, 4, 5], 41),
    ]);
    assert.deepEqual(outcomesOf(stream).filter(({ kind }) => kind !== "send").slice(1), [
      { kind: "metadata", metadata: { encoder: "obs", width: 1280, height: 720, frameRate: 30, promisesSound: true } },
      { kind: "item", item: { kind: "sound_header", codec: "aac", record: AUDIO_SPECIFIC_CONFIG, sampleRate: 48000, channels: 2 } },
      { kind: "item", item: { kind: "picture_header", codec: "h264", record: AVCC } },
      { kind: "item", item: { kind: "picture", timeMs: 40, compositionMs: 66, isKey: true, data: Uint8Array.of(1, 2, 3) } },
      { kind: "item", item: { kind: "sound", timeMs: 41, data: Uint8Array.of(4, 5) } },
    ]);
  });

  it("passes over what a publisher says of itself where it cannot be read", () => {
    const stream = joined([
      publishing(KEY),
      message({ type: 18, body: [2, 0, 200] }),
      message({ type: 18, body: writeAmf("onCuePoint", 1) }),
    ]);
    assert.deepEqual(outcomesOf(stream).at(-1)?.kind, "send");
  });

  it("says what it takes where the picture comes as something else, and closes", () => {
    const outcomes = outcomesOf(joined([publishing(KEY), media(9, [0x12, 0, 0])]));
    assert.deepEqual(statusOf(outcomes), [
      "NetStream.Publish.Rejected",
      "The picture comes as Sorenson H.263: send H.264, HEVC, AV1 or VP9.",
    ]);
    assert.equal(outcomes.at(-1)?.kind, "close");
  });

  it("goes on without a sound that it does not know, and says so once", () => {
    const outcomes = outcomesOf(
      joined([publishing(KEY), media(8, [0xb2, 1, 2]), media(8, [0xb2, 1, 2]), media(9, [0x17, 0, 0, 0, 0, ...AVCC])]),
    );
    assert.deepEqual(outcomes.filter(({ kind }) => kind !== "send").slice(1).map(({ kind }) => kind), ["unknown_sound", "item"]);
  });

  it("hears once that the publisher stops, and lets it publish again on the same connection", () => {
    const stop = joined([command("FCUnpublish", 6, null, KEY), command("deleteStream", 7, null, 1)]);
    const again = joined([command("createStream", 8, null), command("publish", 9, null, KEY, "live")]);
    const kinds = outcomesOf(joined([publishing(KEY), stop, again])).filter(({ kind }) => kind !== "send").map(({ kind }) => kind);
    assert.deepEqual(kinds, ["published", "stopped", "published"]);
  });

  it("answers a ping with its time", () => {
    const outcomes = outcomesOf(joined([publishing(KEY), message({ type: 4, body: [0, 6, 1, 2, 3, 4], chunkStreamId: 2 })]));
    assert.deepEqual([...answersIn(outcomes).at(-1)!.body], [0, 7, 1, 2, 3, 4]);
  });

  it("acknowledges every half window", () => {
    const { session } = open();
    session.push(joined([publishing(KEY), message({ type: 5, body: u32(20_000), chunkStreamId: 2 })]));
    const received = () => session.push(media(8, new Array(4000).fill(0))).filter(({ kind }) => kind === "send").length;
    assert.deepEqual([1, 2, 3, 4, 5, 6].map(received), [0, 1, 0, 0, 1, 0]);
  });

  it("tells whoever wants to play that nothing is played here", () => {
    const outcomes = outcomesOf(joined([GREETING, CONNECT, command("createStream", 2, null), command("play", 3, null, "x")]));
    assert.equal(statusOf(outcomes)[0], "NetStream.Play.StreamNotFound");
    assert.equal(closeOf(outcomes), "it wants to play, not to publish");
  });
});

const text = (it: string) => new TextEncoder().encode(it);

describe("a recorded publisher", () => {
  it("OBS 29 (Debian's) begins with sound's header, then the picture's, and its first picture is a key picture", async () => {
    const bytes = await Deno.readFile(new URL("recorded/obs_29.bin", import.meta.url));
    const session = createSession({
      judge: (keys) => ({ kind: keys[0] === "thekeyofthetest" ? "accepted" : "refused", description: "" }),
      random() {},
    });
    const outcomes = session.push(bytes).filter(({ kind }) => kind !== "send");
    assert.deepEqual(outcomes.map((it) => it.kind === "item" ? it.item.kind : it.kind), [
      "published",
      "metadata",
      "sound_header",
      "picture_header",
      "picture",
      "sound",
      "sound",
      "picture",
      "sound",
      "sound",
      "picture",
      "sound",
    ]);
    const [, metadata, sound, , picture] = outcomes;
    assert.deepEqual(metadata, {
      kind: "metadata",
      metadata: {
        encoder: "obs-output module (libobs version 29.0.2.1-1+b1)",
        width: 640,
        height: 360,
        frameRate: 30,
        promisesSound: true,
      },
    });
    assert.ok(sound?.kind === "item" && sound.item.kind === "sound_header" && picture?.kind === "item" && picture.item.kind === "picture");
    assert.deepEqual([sound.item.codec, sound.item.sampleRate, picture.item.isKey], ["aac", 48000, true]);
  });
});

describe("an RTMP session, hostile bytes", () => {
  const cases: [name: string, bytes: Uint8Array, reason: RegExp][] = [
    ["HTTP", text("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), /does not speak RTMP: its first byte is 71/],
    ["TLS", Uint8Array.of(22, 3, 1, 2, 0), /first byte is 22/],
    ["RTMPE", Uint8Array.of(6), /first byte is 6/],
    // The four that end node-media-server (ingest.md, section 2).
    ["Set Chunk Size with no body", joined([GREETING, message({ type: 1, body: [] })]), /Cannot set chunk size/],
    ["connect with null for its object", joined([GREETING, command("connect", 1, null)]), /its connect names nothing/],
    [
      "publish with a number for its name",
      joined([GREETING, CONNECT, command("createStream", 2, null), command("publish", 3, null, 7)]),
      /The stream key is no text/,
    ],
    ["publish before connect", joined([GREETING, command("publish", 1, null, KEY)]), /publishes out of turn/],
    ["publish twice", joined([publishing(KEY), command("publish", 1, null, KEY)]), /publishes out of turn/],
    ["connect twice", joined([GREETING, CONNECT, CONNECT]), /connects twice/],
    ["16 MiB before the key", joined([GREETING, header(4, 0xffffff)]), /16777215 bytes are more than the 4096 allowed/],
    [
      "16 MiB on 60 chunk streams after the key",
      joined([publishing(KEY), ...Array.from({ length: 60 }, (_, at) => header(4 + at, 0xffffff))]),
      /16777215 bytes are more than the 8388608 allowed/,
    ],
    [
      "8 MiB on 60 chunk streams after the key",
      joined([publishing(KEY), ...Array.from({ length: 60 }, (_, at) => joined([header(4 + at, 8_000_000), new Uint8Array(4096)]))]),
      /24000000 bytes of messages are begun/,
    ],
    ["60 chunk streams", joined([GREETING, ...Array.from({ length: 60 }, (_, at) => header(3 + at, 0))]), /more than 16 chunk streams/],
    [
      "AMF a thousand deep",
      joined([GREETING, message({ type: 20, body: Array.from({ length: 1000 }, () => [3, 0, 1, 97]).flat() })]),
      /more than 4 deep/,
    ],
    [
      "talk that leads nowhere",
      joined([GREETING, CONNECT, ...Array.from({ length: 70 }, () => command("x", 0))]),
      /talks and does not publish/,
    ],
    ["an extended picture that is cut short", joined([publishing(KEY), media(9, [0x90, 0x68])]), /bytes left of 4/],
  ];
  function header(id: number, length: number): Uint8Array {
    return Uint8Array.from([...basicHeader(0, id), ...u24(0), ...u24(length), 9, ...u32(1)]);
  }

  for (const [name, bytes, reason] of cases) {
    it(`closes at ${name}, whole or byte by byte, and does nothing more`, () => {
      for (const pieces of [[bytes], Array.from(bytes, (byte) => Uint8Array.of(byte))]) {
        const { session } = open();
        const outcomes = pieces.flatMap((piece) => [...session.push(piece)]);
        assert.match(closeOf(outcomes), reason);
        assert.equal(session.stage, "closed");
        assert.deepEqual(session.push(publishing(KEY)), []);
      }
    });
  }

  it("takes a connect whose tcUrl is no URL: nobody reads it", () => {
    const outcomes = outcomesOf(GREETING, command("connect", 1, { app: "live", tcUrl: "::::" }));
    assert.equal(statusOf(outcomes)[0], "NetConnection.Connect.Success");
  });

  it("waits at silence and at half a handshake", () => {
    assert.deepEqual(outcomesOf(GREETING.subarray(0, 1000)), []);
    assert.equal(open().session.stage, "silent");
  });

  it("gives the same outcomes however the bytes are cut", () => {
    const stream = aShortStream();
    const expected = outcomesOf(stream).filter(({ kind }) => kind !== "send");
    fc.assert(
      fc.property(fc.array(fc.nat(stream.length), { maxLength: 60 }), (places) => {
        assert.deepEqual(outcomesOf(...cutAt(stream, places)).filter(({ kind }) => kind !== "send"), expected);
      }),
      { numRuns: 200 },
    );
    assert.deepEqual(outcomesOf(...Array.from(stream, (byte) => Uint8Array.of(byte))).filter(({ kind }) => kind !== "send"), expected);
  });

  it("survives any damage: it never throws, and never takes more memory than its ceilings", () => {
    const stream = aShortStream();
    const damage = fc.oneof(
      fc.record({ kind: fc.constant("flip" as const), at: fc.nat(stream.length * 8 - 1) }),
      fc.record({ kind: fc.constant("truncate" as const), at: fc.nat(stream.length) }),
      fc.record({ kind: fc.constant("insert" as const), at: fc.nat(stream.length), bytes: fc.uint8Array({ maxLength: 20 }) }),
      fc.record({ kind: fc.constant("remove" as const), at: fc.nat(stream.length), count: fc.nat(20) }),
    );
    const runs = Number(Deno.env.get("TERCET_FUZZ_RUNS") ?? 3000);
    fc.assert(
      fc.property(
        fc.array(damage, { minLength: 1, maxLength: 4 }),
        fc.array(fc.nat(stream.length), { maxLength: 8 }),
        (damages, places) => {
          let bytes = stream.slice();
          for (const d of damages) {
            if (d.kind === "flip" && d.at >> 3 < bytes.length) bytes[d.at >> 3]! ^= 1 << (d.at & 7);
            if (d.kind === "truncate") bytes = bytes.slice(0, d.at);
            if (d.kind === "insert") bytes = Uint8Array.from([...bytes.subarray(0, d.at), ...d.bytes, ...bytes.subarray(d.at)]);
            if (d.kind === "remove") bytes = Uint8Array.from([...bytes.subarray(0, d.at), ...bytes.subarray(d.at + d.count)]);
          }
          const pieces = cutAt(bytes, places);
          let isPublished = false;
          const allocated = allocatedDuring(() => {
            isPublished = outcomesOf(...pieces).some(({ kind }) => kind === "published");
          });
          const most = isPublished ? 2 * 8 * 1024 * 1024 : 2 * 4096 + 4 * 1536;
          assert.ok(allocated.every((size) => size <= most), `allocated ${allocated.filter((size) => size > most)}`);
        },
      ),
      { numRuns: runs },
    );
  });
});

function aShortStream(): Uint8Array {
  return joined([
    publishing(KEY),
    message({ type: 18, body: writeAmf("@setDataFrame", "onMetaData", { width: 1280, height: 720 }), streamId: 1 }, 4096),
    media(8, [0xaf, 0, ...AUDIO_SPECIFIC_CONFIG]),
    media(9, [0x17, 0, 0, 0, 0, ...AVCC]),
    ...[0, 1, 2, 3].flatMap((
      at,
    ) => [media(9, [at === 0 ? 0x17 : 0x27, 1, 0, 0, 0, ...new Array(150).fill(at)], at * 33), media(8, [0xaf, 1, at], at * 21)]),
    message({ type: 4, body: [0, 6, 1, 2, 3, 4], chunkStreamId: 2 }),
    command("FCUnpublish", 6, null, KEY),
    command("deleteStream", 7, null, 1),
  ]);
}

/** The sizes of the byte arrays that are made while `action` runs (views are not counted). */
function allocatedDuring(action: () => void): number[] {
  const sizes: number[] = [];
  const real = globalThis.Uint8Array;
  globalThis.Uint8Array = new Proxy(real, {
    construct(target, args, newTarget) {
      if (typeof args[0] === "number") sizes.push(args[0]);
      return Reflect.construct(target, args, newTarget);
    },
  });
  try {
    action();
  } finally {
    globalThis.Uint8Array = real;
  }
  return sizes;
}
