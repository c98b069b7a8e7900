import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createPublisherStay, type PublisherStay } from "../../../media/ingest/publisher.ts";
import { isIntake, startIntake } from "../../../media/intake/intake.ts";
import { buildIntakeArguments } from "../../../media/intake/intake_arguments.ts";
import { openPublisherInput, type PublisherInput } from "../../../media/intake/publisher_input.ts";
import { createPicturePool } from "../../../media/intake/raw_picture.ts";
import { setSystemTimer } from "../../../media/timer.ts";
import { encode, type Stream } from "../ingest/rtmp/enhanced_publisher.ts";

const CANVAS = { width: 64, height: 36 };
const PICTURE = (
  size: string,
) => ["-f", "lavfi", "-i", `testsrc2=size=${size}:rate=30:duration=1`, "-c:v", "libx264", "-preset", "ultrafast", "-g", "250"];
const SOUND = ["-f", "lavfi", "-i", "sine=duration=1", "-c:a", "libopus"];

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
    assert.deepEqual([...Deno.readDirSync(folder)], [], "sockets were left behind");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function connect(): PublisherStay {
  const stay = createPublisherStay({ keyId: "k", name: "OBS", setTimer: setSystemTimer, onReady() {} });
  stay.connect("127.0.0.1", 0, () => {});
  return stay;
}

function send(stay: PublisherStay, picture: Stream, sound: Stream | null, byMs = 0): void {
  stay.take({ kind: "picture_header", codec: "h264", record: picture.record }, byMs);
  if (sound) stay.take({ kind: "sound_header", codec: "opus", record: sound.record, sampleRate: 48000, channels: 1 }, byMs);
  for (const { dtsMs, ptsMs, isKey, data } of picture.packets) {
    stay.take({ kind: "picture", timeMs: dtsMs + byMs, compositionMs: ptsMs - dtsMs, isKey, data }, dtsMs + byMs);
  }
  for (const { ptsMs, data } of sound?.packets ?? []) stay.take({ kind: "sound", timeMs: Math.max(0, ptsMs) + byMs, data }, ptsMs + byMs);
}

/** Decodes it as the mixer would, all of it. */
async function decode({ way, found }: PublisherInput, folder: string): Promise<{ picturesUs: number[]; samples: number; reason: string }> {
  const picturesUs: number[] = [];
  let samples = 0;
  const intake = await startIntake({
    buildArguments: (urls) => buildIntakeArguments({ way, found, canvas: CANVAS, rate: 30, ffmpegMajor: 5, hasZscale: false, urls }),
    inputAddresses: [way.address],
    hasPicture: found.video !== null,
    hasSound: found.sound !== null,
    folder,
    pool: createPicturePool(CANVAS.width * CANVAS.height * 3 / 2),
    onPicture(picture, ptsUs) {
      picturesUs.push(ptsUs);
      picture.release();
    },
    onSound: (all) => void (samples += all.length / 2),
    dropsOldest: false,
    times: "source",
    now: () => performance.now(),
  });
  assert.ok(isIntake(intake), JSON.stringify(intake));
  const { reason } = await intake.ended;
  return { picturesUs, samples, reason };
}

describe("a publisher as an intake's input", () => {
  it("hands over every picture from the last key picture on, by the envelope's times, and its sound", () =>
    inFolder(async (folder) => {
      const [picture, sound] = await Promise.all([encode("mp4", PICTURE("320x180")), encode("ogg", SOUND)]);
      const stay = connect();
      send(stay, picture, sound);
      const input = await openPublisherInput({ publisher: stay.publisher, folder, canvas: CANVAS });
      const decoded = decode(input, folder);
      send(stay, picture, sound, 1000);
      stay.end("stopped");
      const { picturesUs, samples, reason } = await decoded;
      assert.deepEqual([picturesUs.length, picturesUs[0], picturesUs.at(-1)], [60, 1_000_000, 2_967_000], reason);
      assert.ok(Math.abs(samples - 96_000) < 3000, `${samples} samples`);
      assert.equal(await input.ended, "publisher_ended");
    }));

  it("ends at a picture of another size, and the next one begins with it", () =>
    inFolder(async (folder) => {
      const [small, tall] = await Promise.all([encode("mp4", PICTURE("320x180")), encode("mp4", PICTURE("180x320"))]);
      const stay = connect();
      send(stay, small, null);
      const first = await openPublisherInput({ publisher: stay.publisher, folder, canvas: CANVAS });
      const decodedFirst = decode(first, folder);
      send(stay, tall, null, 1000);
      assert.equal(await first.ended, "new_headers");
      const second = await openPublisherInput({ publisher: stay.publisher, folder, canvas: CANVAS });
      assert.deepEqual([second.found.video?.width, second.found.video?.height, second.found.sound], [180, 320, null]);
      const decodedSecond = decode(second, folder);
      stay.end("stopped");
      assert.deepEqual([(await decodedFirst).picturesUs.length, (await decodedSecond).picturesUs.length], [30, 30]);
      await Promise.all([first.ended, second.ended]);
    }));

  it("gives sound that came later to an intake of its own", () =>
    inFolder(async (folder) => {
      const [picture, sound] = await Promise.all([encode("mp4", PICTURE("320x180")), encode("ogg", SOUND)]);
      const stay = connect();
      send(stay, picture, sound);
      const input = await openPublisherInput({ publisher: stay.publisher, folder, canvas: CANVAS, wanted: "sound" });
      assert.equal(input.found.video, null);
      const decoded = decode(input, folder);
      stay.end("stopped");
      const { picturesUs, samples } = await decoded;
      assert.deepEqual([picturesUs, samples > 45_000], [[], true]);
      await input.ended;
    }));

  it("that is closed before an intake has come leaves nothing behind", () =>
    inFolder(async (folder) => {
      const stay = connect();
      const input = await openPublisherInput({ publisher: stay.publisher, folder, canvas: CANVAS });
      await input.close();
      await input.close();
      assert.equal(await input.ended, "closed");
    }));

  it("goes on with another intake where one was killed", () =>
    inFolder(async (folder) => {
      const picture = await encode("mp4", PICTURE("320x180"));
      const stay = connect();
      send(stay, picture, null);
      const input = await openPublisherInput({ publisher: stay.publisher, folder, canvas: CANVAS });
      const conn = await Deno.connect({ transport: "unix", path: input.way.address.slice("unix:".length) });
      conn.close();
      send(stay, picture, null, 1000);
      send(stay, picture, null, 2000);
      assert.equal(await input.ended, "reader_gone");
      const next = await openPublisherInput({ publisher: stay.publisher, folder, canvas: CANVAS });
      const decoded = decode(next, folder);
      stay.end("stopped");
      assert.equal((await decoded).picturesUs.length, 30);
      await next.ended;
    }));
});
