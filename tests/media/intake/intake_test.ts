import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { describe, it } from "@std/testing/bdd";
import { type Intake, type IntakeOptions, isIntake, startIntake } from "../../../media/intake/intake.ts";
import type { IntakeEnd } from "../../../media/intake/intake_end.ts";
import { readOutput } from "../../../media/intake/intake_output.ts";
import { createNutReader, toNut } from "../../../media/intake/nut.ts";
import { createPicturePool } from "../../../media/intake/raw_picture.ts";
import { until } from "../../fixtures/ffmpeg/read_output.ts";

const WIDTH = 64;
const HEIGHT = 36;
const PICTURE_BYTES = WIDTH * HEIGHT * 3 / 2;

function fixture(name: string): string {
  return fileURLToPath(new URL(`../../fixtures/ffmpeg/${name}`, import.meta.url));
}

/** What was handed over, kept up to date. */
interface Taken {
  readonly pictures: { readonly ptsUs: number; readonly wasHeldBack: boolean; readonly sum: number }[];
  readonly sound: { readonly ptsUs: number; readonly samples: Int16Array }[];
  readonly ends: string[];
}

/** Starts an intake, and makes sure afterwards that nothing is left of it: no file, no picture, no process. */
async function withIntake(
  check: (intake: Intake, taken: Taken, folder: string) => Promise<void>,
  more: Partial<IntakeOptions> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tercet-intake-" });
  const pool = createPicturePool(PICTURE_BYTES);
  const taken: Taken = { pictures: [], sound: [], ends: [] };
  try {
    const intake = await startIntake({
      buildArguments: (urls) => decode({ seconds: 2, urls }),
      inputAddresses: [],
      hasPicture: true,
      hasSound: true,
      folder,
      pool,
      onPicture(picture, ptsUs, wasHeldBack) {
        taken.pictures.push({ ptsUs, wasHeldBack, sum: sumOf(picture.bytes) });
        picture.release();
      },
      onSound: (samples, ptsUs) => void taken.sound.push({ samples, ptsUs }),
      onPicturesEnd: () => void taken.ends.push("pictures"),
      onSoundEnd: () => void taken.ends.push("sound"),
      dropsOldest: false,
      times: "source",
      now: () => performance.now(),
      ...more,
    });
    assert.ok(isIntake(intake), JSON.stringify(intake));
    try {
      await check(intake, taken, folder);
    } finally {
      await intake.stop();
    }
    const [pictures, sound] = [taken.pictures.length, taken.sound.length];
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([taken.pictures.length, taken.sound.length], [pictures, sound], "handed over after the end");
    assert.equal(pool.taken, 0);
    assert.deepEqual([...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory), []);
    assert.throws(() => Deno.kill(intake.pid, "SIGCONT"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function decode(
  o: {
    seconds: number;
    urls: { picture: string | null; sound: string | null };
    input?: readonly string[];
    shift?: string;
    jump?: string;
    size?: string;
    channels?: string;
  },
): string[] {
  const picture = `testsrc2=size=${WIDTH}x${HEIGHT}:rate=30:duration=${o.seconds},setpts=PTS+${o.shift ?? 0}/TB[out0]`;
  const graph = `${picture};sine=sample_rate=48000:duration=${o.seconds},asetpts=PTS+${o.shift ?? 0}/TB[out1]`;
  return [
    ...["-hide_banner", "-nostats", "-loglevel", "level+warning", "-copyts", ...o.input ?? [], "-f", "lavfi", "-i", graph],
    ...o.urls.picture === null ? [] : [
      ...["-map", "0:v", "-vf", `scale=${o.size ?? `${WIDTH}:${HEIGHT}`},${o.jump ?? "null"},settb=1/1000000,format=yuv420p`],
      ...["-enc_time_base", "1:1000000", "-fps_mode", "passthrough", ...toNut("pictures", o.urls.picture)],
    ],
    ...o.urls.sound === null ? [] : [
      ...["-map", "0:a", "-af", `aresample=48000,aformat=channel_layouts=${o.channels ?? "stereo"}`, ...toNut("sound", o.urls.sound)],
    ],
  ];
}

/** As it would come, without end. */
const LIVE = ["-re"];

async function runFfmpeg(args: readonly string[]): Promise<Uint8Array> {
  const { stdout, code } = await new Deno.Command("ffmpeg", { args: [...args], stdin: "null", stderr: "null" }).output();
  assert.equal(code, 0);
  return stdout;
}

function sumOf(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte, i) => (sum * 31 + byte + i) % 1_000_003, 0);
}

function countSamples({ sound }: Taken): number {
  return sound.reduce((sum, { samples }) => sum + samples.length / 2, 0);
}

describe("an intake", () => {
  for (const transport of ["unix", "tcp"] as const) {
    it(`has handed over every picture and sample, in order and with its time, when a file's end is told (${transport})`, async () => {
      const raw = await runFfmpeg([
        ...["-f", "lavfi", "-i", `testsrc2=size=${WIDTH}x${HEIGHT}:rate=30:duration=2`, "-pix_fmt", "yuv420p", "-f", "rawvideo", "pipe:1"],
      ]);
      const sums = Array.from({ length: 60 }, (_, i) => sumOf(raw.subarray(i * PICTURE_BYTES, (i + 1) * PICTURE_BYTES)));
      await withIntake(async (intake, taken) => {
        const end = await intake.ended;
        assert.deepEqual([end.kind, end.code, end.hadPictures, end.hadSound], ["source_ended", 0, true, true]);
        assert.deepEqual(taken.pictures.map(({ ptsUs }) => ptsUs), sums.map((_, i) => 1000e6 + Math.round(i * 1e6 / 30)));
        assert.deepEqual(taken.pictures.map(({ sum }) => sum), sums);
        assert.ok(taken.pictures.every(({ wasHeldBack }) => !wasHeldBack));
        assert.equal(countSamples(taken), 96_000);
        let samples = 0;
        for (const { ptsUs, samples: { length, buffer } } of taken.sound) {
          assert.equal(ptsUs, 1000e6 + Math.floor(samples * 1e6 / 48_000));
          assert.equal(buffer.byteLength, length * 2);
          samples += length / 2;
        }
        assert.deepEqual(taken.ends.toSorted(), ["pictures", "sound"]);
      }, { transport, buildArguments: (urls) => decode({ seconds: 2, urls, shift: "1000" }) });
    });
  }

  it("of pictures alone, or of sound alone, asks ffmpeg for no other output", async () => {
    await withIntake(async (intake, taken) => {
      const { hadPictures, hadSound } = await intake.ended;
      assert.deepEqual([hadPictures, hadSound, taken.pictures.length, taken.sound.length, taken.ends], [true, false, 60, 0, ["pictures"]]);
    }, { hasSound: false });
    await withIntake(async (intake, taken) => {
      const { hadPictures, hadSound } = await intake.ended;
      assert.deepEqual([hadPictures, hadSound, taken.pictures.length, countSamples(taken), taken.ends], [false, true, 0, 96_000, [
        "sound",
      ]]);
    }, { hasPicture: false });
  });

  it("keeps times below zero, and those that jump back, alike for picture and sound", async () => {
    await withIntake(async (intake, taken) => {
      await intake.ended;
      assert.deepEqual(taken.pictures.map(({ ptsUs }) => ptsUs).slice(0, 3), [-100e6, -99_966_667, -99_933_333]);
      assert.equal(taken.sound[0]?.ptsUs, -100e6);
    }, { buildArguments: (urls) => decode({ seconds: 1, urls, shift: "-100" }) });
    await withIntake(async (intake, taken) => {
      await intake.ended;
      assert.deepEqual(taken.pictures.map(({ ptsUs }) => ptsUs).filter((_, i) => i % 15 === 0), [0, 5_500_000, -9_000_000, -3_500_000]);
    }, {
      hasSound: false,
      buildArguments: (urls) =>
        decode({ seconds: 2, urls, jump: "setpts=PTS+if(lt(mod(N\\,30)\\,15)\\,0\\,5)/TB-if(lt(N\\,30)\\,0\\,10)/TB" }),
    });
  });

  it("holds ffmpeg up while there is no room, and loses nothing", async () => {
    let room = 3;
    let asked = 0;
    let makeRoom = () => {};
    const mayRead = () => {
      asked++;
      return room-- > 0 ? null : new Promise<void>((resolve) => makeRoom = resolve);
    };
    await withIntake(async (intake, taken) => {
      await until("three pictures are there", () => taken.pictures.length === 3);
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.deepEqual([taken.pictures.length, asked], [3, 4]);
      Deno.kill(intake.pid, "SIGCONT"); // it is still there
      for (let i = 4; i < 10; i++) {
        makeRoom();
        await until("one more picture is there", () => taken.pictures.length === i);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(taken.pictures.length, 9);
      room = Infinity;
      makeRoom();
      assert.equal((await intake.ended).kind, "source_ended");
      assert.deepEqual(taken.pictures.map(({ ptsUs }) => ptsUs), Array.from({ length: 300 }, (_, i) => Math.round(i * 1e6 / 30)));
      assert.deepEqual(taken.pictures.slice(0, 12).map(({ wasHeldBack }) => wasHeldBack), [
        false,
        false,
        false,
        ...Array(7).fill(true),
        false,
        false,
      ]);
      assert.equal(countSamples(taken), 480_000);
    }, { mayRead, buildArguments: (urls) => decode({ seconds: 10, urls }) });
  });

  it("holds ffmpeg up for the sound's sake too", async () => {
    let makeRoom = () => {};
    let hasRoom = false;
    const mayReadSound = () => hasRoom ? null : new Promise<void>((resolve) => makeRoom = resolve);
    await withIntake(async (intake, taken) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.deepEqual([taken.sound.length, taken.ends], [0, []]);
      hasRoom = true;
      makeRoom();
      await intake.ended;
      assert.equal(countSamples(taken), 480_000);
    }, { mayReadSound, buildArguments: (urls) => decode({ seconds: 10, urls }) });
  });

  it("whose ffmpeg is gone has not ended while what it left waits for room", async () => {
    let makeRoom = () => {};
    let isFull = true;
    const mayRead = () => isFull ? new Promise<void>((resolve) => makeRoom = resolve) : null;
    let hasEnded = false;
    await withIntake(async (intake, taken) => {
      intake.ended.then(() => hasEnded = true);
      await until("ffmpeg is gone", () => taken.ends.includes("sound"));
      await new Promise((resolve) => setTimeout(resolve, 900));
      assert.equal(hasEnded, false);
      isFull = false;
      makeRoom();
      assert.equal((await intake.ended).kind, "source_ended");
      assert.equal(taken.pictures.length, 6);
    }, { mayRead, buildArguments: (urls) => decode({ seconds: 0.2, urls }) });
  });

  it("that waits for room can be stopped, whether its ffmpeg is gone or held up", async () => {
    for (const seconds of [0.2, 10]) {
      await withIntake(async (intake, taken) => {
        await until("the sound is there", () => seconds === 0.2 ? taken.ends.includes("sound") : taken.sound.length > 0);
        assert.equal((await intake.stop()).kind, "stopped");
        assert.equal(taken.pictures.length, 0);
      }, { mayRead: () => new Promise(() => {}), buildArguments: (urls) => decode({ seconds, urls }) });
    }
  });

  it("of a source that cannot be held up asks nobody", async () => {
    const ask = () => {
      throw new Error("was asked");
    };
    await withIntake(async (intake, taken) => {
      assert.equal((await intake.ended).kind, "source_ended");
      assert.equal(taken.pictures.length, 60);
    }, { dropsOldest: true, mayRead: ask, mayReadSound: ask });
  });

  it("times by arrival where the source's own times are worth nothing", async () => {
    let nowMs = 5000.1234;
    await withIntake(async (intake, taken) => {
      await intake.ended;
      assert.deepEqual(taken.pictures.slice(0, 2).map(({ ptsUs }) => ptsUs), [5_000_123, 5_000_123]);
      const { ptsUs, samples } = taken.sound[0]!;
      assert.equal(ptsUs, Math.round(5_000_123.4 - samples.length / 2 / 48_000 * 1e6));
      nowMs++;
    }, { times: "arrival", now: () => nowMs, buildArguments: (urls) => decode({ seconds: 0.5, urls }) });
  });

  it("ends by our wish, without complaints of that, and stopping twice is harmless", async () => {
    const complaints: string[] = [];
    await withIntake(async (intake, taken) => {
      await until("pictures are there", () => taken.pictures.length > 5);
      const ends = await Promise.all([intake.stop(), intake.stop()]);
      assert.deepEqual(ends.map(({ kind, reason }) => [kind, reason]), Array(2).fill(["stopped", "Stopped on request"]));
      assert.equal((await intake.stop()).hadPictures, true);
      assert.deepEqual(complaints, []);
    }, { onLog: ({ text }) => complaints.push(text), buildArguments: (urls) => decode({ seconds: 60, urls, input: LIVE }) });
  });

  it("whose ffmpeg stands still is ended all the same", async () => {
    await withIntake(async (intake, taken) => {
      await until("pictures are there", () => taken.pictures.length > 5);
      Deno.kill(intake.pid, "SIGSTOP");
      const { kind, signal } = await intake.stop();
      assert.deepEqual([kind, signal], ["stopped", "SIGKILL"]);
    }, { buildArguments: (urls) => decode({ seconds: 60, urls, input: LIVE }) });
  });

  it("that was found stuck is killed with that reason", async () => {
    await withIntake(async (intake) => {
      intake.fail("stuck", "No picture for 5 s");
      const { kind, signal, reason } = await intake.ended;
      assert.deepEqual([kind, signal, reason], ["stuck", "SIGKILL", "No picture for 5 s"]);
    }, { program: fixture("runs_for_ever.sh") });
  });

  it("that is killed from elsewhere has lost its source, and half a picture with it", async () => {
    await withIntake(async (intake, taken) => {
      await until("pictures are there", () => taken.pictures.length > 5);
      Deno.kill(intake.pid, "SIGKILL");
      const { kind, reason, signal, hadPictures } = await intake.ended;
      assert.deepEqual([kind, signal, hadPictures], ["source_lost", "SIGKILL", true]);
      assert.match(reason, /ended by SIGKILL from elsewhere/);
    }, { buildArguments: (urls) => decode({ seconds: 60, urls }) });
  });

  it("that refuses its options cannot start, and says why", async () => {
    await withIntake(async (intake) => {
      const end = await intake.ended;
      assert.deepEqual([end.kind, end.code, end.hadPictures, end.hadSound], ["cannot_start", 3, false, false]);
      assert.match(end.reason, /Option not found/);
      assert.ok(end.aliveMs < 1000);
    }, { program: fixture("exits_3.sh") });
  });

  it("whose file is not there has lost its source", async () => {
    await withIntake(async (intake) => {
      const end = await intake.ended;
      assert.deepEqual([end.kind, end.reason], ["source_lost", "/nowhere.mkv: No such file or directory"]);
    }, { inputAddresses: ["/nowhere.mkv"], buildArguments: (urls) => decode({ seconds: 1, urls, input: ["-i", "/nowhere.mkv"] }) });
  });

  it("is not begun without the program, or without a place for its sockets", async () => {
    const outcomeOf = async (more: Partial<IntakeOptions>): Promise<IntakeEnd> => {
      const outcome = await startIntake({
        buildArguments: () => [],
        inputAddresses: [],
        hasPicture: true,
        hasSound: true,
        folder: Deno.makeTempDirSync(),
        pool: createPicturePool(6),
        onPicture() {},
        onSound() {},
        dropsOldest: false,
        times: "source",
        now: () => 0,
        ...more,
      });
      assert.ok(!isIntake(outcome));
      return outcome;
    };
    const folder = await Deno.makeTempDir();
    const lacking = await outcomeOf({ program: "/nowhere/ffmpeg", folder });
    assert.deepEqual([lacking.kind, lacking.reason], ["cannot_start", "/nowhere/ffmpeg is not installed (or not in PATH)"]);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
    await Deno.remove(folder);
    const homeless = await outcomeOf({ folder });
    assert.equal(homeless.kind, "cannot_start");
    assert.match(homeless.reason, /^No socket can be opened in .*: No such file or directory/);
  });

  const strangers: readonly [name: string, more: Partial<IntakeOptions>, reason: RegExp][] = [
    [
      "pictures of another size",
      { hasSound: false, buildArguments: (urls) => decode({ seconds: 60, urls, size: "62:36" }) },
      /its 3348 bytes are not 3456 to 3456/,
    ],
    [
      "mono",
      { hasPicture: false, buildArguments: (urls) => decode({ seconds: 60, urls, channels: "mono" }) },
      /"channels":1}: it is not stereo s16le at 48 kHz/,
    ],
    [
      "sound in place of pictures",
      { hasSound: false, buildArguments: (urls) => decode({ seconds: 60, urls: { picture: null, sound: urls.picture } }) },
      /bytes are not 3456 to 3456/,
    ],
    ["no NUT at all", { program: fixture("stalls.ts"), buildArguments: (urls) => [urls.picture!, urls.sound!] }, /begins with "\\u0000/],
  ];
  for (const [name, more, reason] of strangers) {
    it(`that delivers ${name} is broken, and killed`, async () => {
      await withIntake(async (intake, taken) => {
        const end = await intake.ended;
        assert.deepEqual([end.kind, end.signal], ["broken", "SIGKILL"]);
        assert.match(end.reason, reason);
        assert.equal(taken.pictures.length + taken.sound.length, 0);
      }, more);
    });
  }

  it("that cuts its output short is judged by how it ends: broken at a good end, and where it lives on", async () => {
    const file = await Deno.makeTempFile();
    const whole = await runFfmpeg(decode({ seconds: 1, urls: { picture: "pipe:1", sound: null } }));
    await Deno.writeFile(file, whole.subarray(0, whole.length - 100));
    const endings: readonly [code: readonly string[], kind: string, reason: RegExp][] = [
      [["0"], "broken", /it ends after 3356 bytes of a frame of 3456/],
      [["3"], "source_lost", /ended with code 3/],
      [[], "broken", /it ends after 3356 bytes of a frame of 3456/],
    ];
    for (const [code, kind, reason] of endings) {
      await withIntake(async (intake, taken) => {
        const end = await intake.ended;
        assert.equal(end.kind, kind);
        assert.match(end.reason, reason);
        assert.deepEqual([taken.pictures.length, taken.ends], [29, []]);
      }, { hasSound: false, program: fixture("copies_file.ts"), buildArguments: ({ picture }) => [file, picture!, ...code] });
    }
    await Deno.remove(file);
  });
});

describe("an output of an intake", () => {
  it("that a stray process holds open is let go half a second after its writer's end", async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const output = readOutput({
      listening: { url: "", accept: () => listener.accept().catch(() => null), close: () => listener.close() },
      createReader: (read) => createNutReader({ read, place: (bytes) => new Uint8Array(bytes), maxPacketBytes: 100 }),
      mayRead: null,
      onPacket() {},
      onEnd() {},
      onFault() {},
      onSettled() {},
    });
    const stray = await Deno.connect({ hostname: "127.0.0.1", port: (listener.addr as Deno.NetAddr).port });
    await stray.write(new TextEncoder().encode("nut/multi"));
    output.drain();
    const startedMs = performance.now();
    assert.deepEqual(await output.settled, {
      isCutShort: true,
      reason: "Cannot read NUT stream: it ends after 9 bytes of a file_id_string",
    });
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs > 400 && tookMs < 2000, `${tookMs} ms`);
    stray.close();
  });
});
