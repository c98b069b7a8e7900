import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import type { Envelope } from "../../../media/ingest/envelope.ts";
import type { IngestItem, PictureHeader, SoundHeader } from "../../../media/ingest/items.ts";
import { createPublisherStay, type Publisher, type PublisherStay } from "../../../media/ingest/publisher.ts";
import { AUDIO_SPECIFIC_CONFIG, AVCC, joined } from "../flv/flv_bytes.ts";
import { createFakeTime, type FakeTime } from "./fake_timer.ts";
import { readMatroska } from "./read_matroska.ts";

const H264: PictureHeader = { kind: "picture_header", codec: "h264", record: AVCC };
const HEVC: PictureHeader = { kind: "picture_header", codec: "hevc", record: Uint8Array.of(1) };
const AAC: SoundHeader = { kind: "sound_header", codec: "aac", record: AUDIO_SPECIFIC_CONFIG, sampleRate: 48000, channels: 2 };
const key = (timeMs: number, bytes = 3): IngestItem => ({
  kind: "picture",
  timeMs,
  compositionMs: 0,
  isKey: true,
  data: new Uint8Array(bytes).fill(1),
});
const inter = (timeMs: number, bytes = 2): IngestItem => ({
  kind: "picture",
  timeMs,
  compositionMs: 0,
  isKey: false,
  data: new Uint8Array(bytes).fill(2),
});
const sound = (timeMs: number): IngestItem => ({ kind: "sound", timeMs, data: Uint8Array.of(9) });

interface Scene {
  readonly stay: PublisherStay;
  readonly publisher: Publisher;
  readonly time: FakeTime;
  readonly ready: Publisher[];
  /** When it was asked for a key picture. */
  readonly asked: number[];
  take(...items: readonly IngestItem[]): void;
}

/** A publisher that has connected. */
function arrive(): Scene {
  const time = createFakeTime();
  const ready: Publisher[] = [];
  const asked: number[] = [];
  const stay = createPublisherStay({ keyId: "k1", name: "OBS", setTimer: time.setTimer, onReady: (publisher) => ready.push(publisher) });
  stay.connect("192.168.1.7", time.now(), () => void asked.push(time.now()));
  return {
    stay,
    publisher: stay.publisher,
    time,
    ready,
    asked,
    take(...items) {
      for (const item of items) stay.take(item, time.now());
    },
  };
}

/** What has come through an envelope so far. */
interface Reading {
  readonly pieces: Uint8Array[];
  readonly done: Promise<void>;
}

function readOn(envelope: Envelope): Reading {
  const pieces: Uint8Array[] = [];
  const done = (async () => {
    for await (const piece of envelope) pieces.push(piece);
  })();
  return { pieces, done };
}

async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** As `picture 1000 key`. */
async function seen({ pieces }: Reading): Promise<string[]> {
  await settle();
  if (pieces.length === 0) return [];
  return readMatroska(joined(pieces)).blocks.map(({ track, timeMs, isKey }) =>
    `${track} ${timeMs}${isKey && track === "picture" ? " key" : ""}`
  );
}

describe("a publisher's envelope", () => {
  it("begins with the last group of pictures, its sound, and goes on with what comes", async () => {
    const { publisher, take } = arrive();
    take(AAC, H264, key(0), inter(33), key(66), sound(70), inter(99));
    const envelope = publisher.openEnvelope();
    const reading = readOn(envelope);
    take(inter(133), sound(140));
    assert.deepEqual(await seen(reading), ["picture 1066 key", "sound 1070", "picture 1099", "picture 1133", "sound 1140"]);
    assert.equal(envelope.edgeMs, 1099);
    assert.deepEqual(readMatroska(joined(reading.pieces)).codecIds, ["V_MPEG4/ISO/AVC", "A_AAC"]);
  });

  it("waits for a key picture where there is none", async () => {
    const { publisher, take, ready } = arrive();
    const reading = readOn(publisher.openEnvelope());
    take(AAC, H264, inter(0), sound(0));
    assert.deepEqual([await seen(reading), ready.length], [[], 0]);
    take(key(33), inter(66));
    assert.deepEqual([await seen(reading), ready.length], [["picture 1033 key", "picture 1066"], 1]);
  });

  it("is there for several readers, of both tracks or one", async () => {
    const { publisher, take } = arrive();
    take(AAC, H264, key(0), sound(10));
    const readings = (["both", "picture", "sound"] as const).map((wanted) => readOn(publisher.openEnvelope(wanted)));
    take(inter(33), sound(31));
    assert.deepEqual(await Promise.all(readings.map(seen)), [
      ["picture 1000 key", "sound 1010", "picture 1033", "sound 1031"],
      ["picture 1000 key", "picture 1033"],
      ["sound 1010", "sound 1031"],
    ]);
  });

  it("begins without sound that nobody has promised; sound that comes later has one of its own and nothing begins anew", async () => {
    const { publisher, take } = arrive();
    take(H264, key(0));
    const reading = readOn(publisher.openEnvelope());
    let changes = 0;
    publisher.subscribe(() => changes++);
    take(inter(33), AAC, sound(40), inter(66));
    assert.deepEqual(await seen(reading), ["picture 1000 key", "picture 1033", "picture 1066"]);
    assert.deepEqual([publisher.stats.sound?.codec, changes], ["aac", 1]);
    assert.deepEqual(await seen(readOn(publisher.openEnvelope("sound"))), ["sound 1040"]);
  });

  it("waits a moment for sound that is promised, and no longer", async () => {
    const promised = { encoder: "obs", width: null, height: null, frameRate: null, promisesSound: true };
    const { publisher, take, stay } = arrive();
    stay.describe(promised);
    take(H264, key(0));
    const reading = readOn(publisher.openEnvelope());
    assert.deepEqual(await seen(reading), []);
    take(AAC, sound(20));
    assert.deepEqual(await seen(reading), ["picture 1000 key", "sound 1020"]);

    const silent = arrive();
    silent.stay.describe(promised);
    silent.take(H264, key(0));
    const waiting = readOn(silent.publisher.openEnvelope());
    silent.take(inter(299));
    assert.deepEqual(await seen(waiting), []);
    silent.take(inter(300));
    assert.deepEqual((await seen(waiting)).length, 3);
  });

  it("shows pictures by their composition, decodes them in their order", async () => {
    const { publisher, take } = arrive();
    take(
      H264,
      { ...key(0), compositionMs: 66 } as IngestItem,
      { ...inter(33), compositionMs: 133 } as IngestItem,
      { ...inter(66), compositionMs: 0 } as IngestItem,
    );
    assert.deepEqual(await seen(readOn(publisher.openEnvelope())), ["picture 1066 key", "picture 1166", "picture 1066"]);
  });

  it("takes the same headers again for nothing new", async () => {
    const { publisher, take } = arrive();
    take(AAC, H264, key(0));
    const reading = readOn(publisher.openEnvelope());
    take({ ...H264, record: AVCC.slice() }, { ...AAC, record: AUDIO_SPECIFIC_CONFIG.slice() }, inter(33));
    assert.deepEqual(await seen(reading), ["picture 1000 key", "picture 1033"]);
  });

  it("ends at another picture header, and the next one begins at its key picture", async () => {
    const { publisher, take } = arrive();
    take(AAC, H264, key(0));
    const envelope = publisher.openEnvelope();
    const soundOnly = readOn(publisher.openEnvelope("sound"));
    const reading = readOn(envelope);
    take(inter(33), HEVC);
    assert.equal(await envelope.ended, "new_headers");
    await reading.done;
    assert.deepEqual(await seen(reading), ["picture 1000 key", "picture 1033"]);
    const next = readOn(publisher.openEnvelope());
    take(inter(66), key(99), sound(100));
    assert.deepEqual(await seen(next), ["picture 1099 key", "sound 1100"]);
    assert.deepEqual(readMatroska(joined(next.pieces)).codecIds[0], "V_MPEGH/ISO/HEVC");
    assert.deepEqual(await seen(soundOnly), ["sound 1100"]);
  });

  it("ends at another sound header where it carries sound, with the pictures kept for the next one", async () => {
    const { publisher, take } = arrive();
    take(AAC, H264, key(0), sound(10));
    const [both, pictures] = [publisher.openEnvelope(), publisher.openEnvelope("picture")];
    const onlyPictures = readOn(pictures);
    take({ ...AAC, sampleRate: 44100 }, inter(33), sound(40));
    assert.equal(await both.ended, "new_headers");
    assert.deepEqual(await seen(onlyPictures), ["picture 1000 key", "picture 1033"]);
    assert.deepEqual(await seen(readOn(publisher.openEnvelope())), ["picture 1000 key", "picture 1033", "sound 1040"]);
  });

  it("goes on over a drop and a return, its times moved on", async () => {
    const { publisher, stay, time, take, asked } = arrive();
    take(AAC, H264, key(5000), inter(5033));
    const reading = readOn(publisher.openEnvelope());
    stay.lose(time.now());
    assert.equal(publisher.state.kind, "lost");
    time.pass(700);
    stay.connect("192.168.1.7", time.now(), () => void asked.push(time.now()));
    take(AAC, H264, inter(0), key(33), sound(33));
    assert.deepEqual(await seen(reading), ["picture 1000 key", "picture 1033", "picture 1733 key", "sound 1733"]);
    assert.equal(publisher.state.kind, "sending");
  });

  it("asks for a key picture where the kept group is missing or long", () => {
    const { publisher, take, asked } = arrive();
    publisher.openEnvelope();
    assert.equal(asked.length, 1);
    take(H264, key(0), inter(900));
    publisher.openEnvelope();
    publisher.openEnvelope("sound");
    assert.equal(asked.length, 1);
    take(inter(1100));
    publisher.openEnvelope();
    assert.equal(asked.length, 2);
  });

  it("keeps 16 MB and no more: beyond, a new one waits for the next key picture", async () => {
    const { publisher, take } = arrive();
    take(H264, key(0, 8_000_000), inter(33, 8_000_000));
    assert.deepEqual((await seen(readOn(publisher.openEnvelope()))).length, 2);
    take(inter(66, 8_000_000), inter(99));
    const waiting = readOn(publisher.openEnvelope());
    assert.deepEqual(await seen(waiting), []);
    take(key(133));
    assert.deepEqual(await seen(waiting), ["picture 1133 key"]);
  });

  it("ends with the publisher, what came can still be read, and none begins after it", async () => {
    const { publisher, stay, take } = arrive();
    take(H264, key(0));
    const envelope = publisher.openEnvelope();
    stay.end("stopped");
    stay.end("gone");
    const reading = readOn(envelope);
    await reading.done;
    assert.deepEqual(await seen(reading), ["picture 1000 key"]);
    assert.deepEqual([await envelope.ended, await publisher.ended], ["publisher_ended", "stopped"]);
    assert.equal(await publisher.openEnvelope().ended, "publisher_ended");
  });

  it("goes to one reader", async () => {
    const { publisher } = arrive();
    const envelope = publisher.openEnvelope();
    readOn(envelope);
    await assert.rejects(readOn(envelope).done, /Cannot read an envelope twice/);
  });
});

describe("a reader that does not keep up", () => {
  it("holds the publisher back once it owes half a second, until it has read", async () => {
    const { publisher, stay, take, time } = arrive();
    take(H264, key(0));
    const envelope = publisher.openEnvelope();
    take(inter(33), inter(533));
    assert.equal(stay.roomToRead(), null);
    take(inter(566));
    const room = stay.roomToRead();
    assert.ok(room !== null);
    assert.equal(stay.roomToRead(), room);
    let isRoom = false;
    room.then(() => isRoom = true);
    await settle();
    assert.equal(isRoom, false);
    readOn(envelope);
    await settle();
    assert.deepEqual([isRoom, stay.roomToRead(), time.waiting], [true, null, 0]);
  });

  it("is let go after three seconds, so that the publisher does not suffer, and its memory with it", async () => {
    const { publisher, stay, take, time } = arrive();
    take(H264, key(0));
    const [slow, quick] = [publisher.openEnvelope(), publisher.openEnvelope()];
    const reading = readOn(quick);
    take(inter(33), inter(600));
    await settle();
    const room = stay.roomToRead();
    time.pass(3000);
    await room;
    assert.equal(await slow.ended, "too_slow");
    const rest = readOn(slow);
    await rest.done;
    assert.deepEqual(rest.pieces, []);
    take(inter(633));
    assert.deepEqual((await seen(reading)).length, 4);
    assert.deepEqual([stay.roomToRead(), time.waiting], [null, 0]);
  });

  it("that has gone holds nobody back", async () => {
    const { publisher, stay, take } = arrive();
    take(H264, key(0));
    const envelope = publisher.openEnvelope();
    take(inter(33), inter(600));
    const room = stay.roomToRead();
    envelope.close();
    await room;
    assert.equal(await envelope.ended, "closed");
    assert.equal(stay.roomToRead(), null);
  });

  it("may be as long over the kept pictures as it likes", () => {
    const { publisher, stay, take } = arrive();
    take(H264, key(0), ...Array.from({ length: 250 }, (_, at) => inter(33 + at * 33)));
    publisher.openEnvelope();
    assert.equal(stay.roomToRead(), null);
  });
});
