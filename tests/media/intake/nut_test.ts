import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { createNutReader, NUT_ORIGIN_US, type NutReaderOptions, toNut } from "../../../media/intake/nut.ts";
import { mainBody, NUT_ID, nutFrame, nutPacket, nutStream, s, soundBody, STARTCODE, syncpoint, v } from "./nut_bytes.ts";

interface Packet {
  readonly ptsUs: number;
  readonly data: Uint8Array;
}

/** Hands out `bytes` in pieces that end at `places`, and as much of a piece as is asked for. */
function createSource(bytes: Uint8Array, places: readonly number[] = []): NutReaderOptions["read"] & { reads: number } {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  let at = 0;
  const read = (into: Uint8Array): Promise<number | null> => {
    source.reads++;
    assert.ok(into.length > 0, "asked for nothing");
    if (at === bytes.length) return Promise.resolve(null);
    const end = Math.min(ends.find((place) => place > at) ?? bytes.length, at + into.length);
    into.set(bytes.subarray(at, end));
    const count = end - at;
    at = end;
    return Promise.resolve(count);
  };
  const source = Object.assign(read, { reads: 0 });
  return source;
}

async function readAll(read: NutReaderOptions["read"], o: Partial<NutReaderOptions> = {}): Promise<Packet[]> {
  const reader = createNutReader({ read, place: (bytes) => new Uint8Array(bytes), maxPacketBytes: 1 << 20, ...o });
  const packets: Packet[] = [];
  for (let packet = await reader.next(); packet !== null; packet = await reader.next()) packets.push(packet);
  assert.equal(await reader.next(), null);
  return packets;
}

async function runFfmpeg(args: readonly string[], input?: Uint8Array): Promise<Uint8Array> {
  const child = new Deno.Command("ffmpeg", {
    args: ["-hide_banner", "-loglevel", "error", "-copyts", ...args],
    stdin: input ? "piped" : "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (input) {
    const writer = child.stdin.getWriter();
    await writer.write(input);
    await writer.close();
  }
  const { code, stdout, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return stdout;
}

const PICTURE_BYTES = 64 * 36 * 3 / 2;

/** A test picture of 64x36, 10 a second, whose times `filters` may move. */
function picturesOf(filters: string, seconds: number, more: { rawOnly?: boolean } = {}): Promise<Uint8Array> {
  const output = more.rawOnly ? ["-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"] : toNut("pictures", "pipe:1");
  return runFfmpeg([
    ...["-f", "lavfi", "-i", `testsrc2=size=64x36:rate=10:duration=${seconds}`],
    ...["-vf", `${filters}settb=1/1000000,format=yuv420p`, "-enc_time_base", "1:1000000", "-fps_mode", "passthrough", ...output],
  ]);
}

function soundOf(filters: string, seconds: number): Promise<Uint8Array> {
  const input = ["-f", "lavfi", "-i", `sine=frequency=440:sample_rate=48000:duration=${seconds}`];
  return runFfmpeg([...input, "-af", `${filters}aformat=channel_layouts=stereo`, ...toNut("sound", "pipe:1")]);
}

const FROM_FFMPEG = { originUs: NUT_ORIGIN_US };

describe("NUT reader, what ffmpeg writes", () => {
  it("pictures come whole, in order and with their times", async () => {
    const raw = await picturesOf("", 2, { rawOnly: true });
    const packets = await readAll(createSource(await picturesOf("", 2)), FROM_FFMPEG);
    assert.deepEqual(packets.map(({ ptsUs }) => ptsUs), Array.from({ length: 20 }, (_, i) => i * 100_000));
    packets.forEach(({ data }, i) => assert.deepEqual(data, raw.subarray(i * PICTURE_BYTES, (i + 1) * PICTURE_BYTES)));
  });

  const hour = 3_600_000_000;
  const shifts: readonly [name: string, filters: string, expected: readonly number[]][] = [
    ["a variable rate", "setpts='(N*N*7+N)/1000000/TB',", [0, 8, 30, 66, 116]],
    ["a start far from 0", "setpts=PTS+1000.0625/TB,", [0, 1, 2, 3, 4].map((i) => 1_000_062_500 + i * 100_000)],
    ["ten hours", "setpts=PTS+36000/TB,", [0, 1, 2, 3, 4].map((i) => 10 * hour + i * 100_000)],
    ["since 1970", "setpts=PTS+1764000000/TB,", [0, 1, 2, 3, 4].map((i) => 1_764_000_000_000_000 + i * 100_000)],
    ["below zero", "setpts=PTS-95443.7/TB,", [0, 1, 2, 3, 4].map((i) => -95_443_700_000 + i * 100_000)],
    ["through zero", "setpts=PTS-0.25/TB,", [-250_000, -150_000, -50_000, 50_000, 150_000]],
    ["a jump back", "setpts='if(lt(N,2),PTS+10/TB,PTS-3/TB)',", [10_000_000, 10_100_000, -2_800_000, -2_700_000, -2_600_000]],
    ["two pictures of one time", "setpts='floor(N/2)/TB',", [0, 0, 1_000_000, 1_000_000, 2_000_000]],
  ];
  for (const [name, filters, expected] of shifts) {
    it(`times of pictures: ${name}`, async () => {
      const fine = `settb=1/1000000,${filters}`;
      const packets = await readAll(createSource(await picturesOf(fine, 0.5)), { ...FROM_FFMPEG, minPacketBytes: PICTURE_BYTES });
      assert.deepEqual(packets.map(({ ptsUs }) => ptsUs), expected);
    });
  }

  it("sound comes whole, with times in microseconds that do not drift", async () => {
    for (const startSeconds of [0, 36_000, -95_443]) {
      const reader = createNutReader({
        ...FROM_FFMPEG,
        read: createSource(await soundOf(`asetpts=PTS+${startSeconds}/TB,`, 3)),
        place: (bytes) => new Uint8Array(bytes),
        maxPacketBytes: 1 << 20,
      });
      let samples = 0;
      for (let packet = await reader.next(); packet !== null; packet = await reader.next()) {
        assert.equal(packet.ptsUs, startSeconds * 1e6 + Math.floor(samples * 1e6 / 48_000));
        samples += packet.data.length / 4;
      }
      assert.equal(samples, 3 * 48_000);
      assert.deepEqual(reader.stream, { kind: "sound", codec: "PSD\x10", rate: 48_000, channels: 2 });
    }
  });

  it("bytes that ffmpeg leaves out, because they look like the beginning of an MPEG frame, are put back", async () => {
    const begins = [[0, 0, 1, 9], [0, 0, 1, 0xb6], [0xff, 0xfa, 3], [0xff, 0xfb, 1], [0xff, 0xfc], [0xff, 0xfd, 8], [1, 2, 3]];
    const pcm = new Uint8Array(begins.length * 4096);
    begins.forEach((bytes, i) => pcm.set(bytes, i * 4096));
    const nut = await runFfmpeg(
      ["-f", "s16le", "-ar", "48000", "-ac", "2", "-i", "pipe:0", "-af", "asetnsamples=1024", ...toNut("sound", "pipe:1")],
      pcm,
    );
    assert.ok(nut.length < pcm.length + begins.length * 40 + 300);
    const packets = await readAll(createSource(nut), FROM_FFMPEG);
    assert.deepEqual(packets.map(({ data }) => [...data.subarray(0, 4)]), begins.map((bytes) => [...bytes, 0, 0].slice(0, 4)));
    assert.deepEqual(packets.map(({ data }) => data.length), begins.map(() => 4096));
  });

  it("info packets of any length and an index are read past", async () => {
    const nut = await runFfmpeg([
      ...["-f", "lavfi", "-i", "testsrc2=size=640x360:rate=10:duration=8", "-metadata", `comment=${"x".repeat(100_000)}`],
      ...["-vf", "settb=1/1000000,format=yuv420p", "-enc_time_base", "1:1000000", "-fps_mode", "passthrough"],
      ...["-c:v", "rawvideo", "-threads", "1", "-f", "nut", "pipe:1"],
    ]);
    const text = new TextDecoder("latin1").decode(nut);
    assert.ok(text.includes("NX\xddg") && text.includes("x".repeat(100_000)));
    assert.equal((await readAll(createSource(nut), { minPacketBytes: 345_600, maxPacketBytes: 345_600 })).length, 80);
  });

  it("gives the same packets however the bytes are cut", async () => {
    for (const nut of [await picturesOf("settb=1/1000000,setpts=PTS-0.15/TB,", 0.3), await soundOf("", 0.1)]) {
      const expected = await readAll(createSource(nut), FROM_FFMPEG);
      assert.ok(expected.length >= 3);
      const everyByte = Array.from(nut, (_, i) => i);
      assert.deepEqual(await readAll(createSource(nut, everyByte), FROM_FFMPEG), expected);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat(nut.length), { maxLength: 200 }),
          fc.integer({ min: 160, max: 5000 }),
          async (places, maxHeaderBytes) => {
            assert.deepEqual(await readAll(createSource(nut, places), { ...FROM_FFMPEG, maxHeaderBytes }), expected);
          },
        ),
        { numRuns: 200, seed: 9 },
      );
    }
  });

  it("reads a picture straight into the memory it was given, and nothing before it is asked for one", async () => {
    const nut = await picturesOf("", 0.5);
    const source = createSource(nut);
    const places: Uint8Array[] = [];
    const place = (bytes: number) => (places.push(new Uint8Array(bytes)), places.at(-1)!);
    const reader = createNutReader({ ...FROM_FFMPEG, read: source, place, maxPacketBytes: PICTURE_BYTES, maxHeaderBytes: 256 });
    assert.equal(source.reads, 0);
    for (let i = 0; i < 5; i++) {
      const before = source.reads;
      assert.equal((await reader.next())!.data, places[i]);
      assert.ok(source.reads - before <= (i === 0 ? 4 : 2), `${source.reads - before} reads`);
    }
    assert.equal(await reader.next(), null);
    assert.equal(places.length, 5);
  });

  it("refuses a stream that was cut short anywhere but between packets", async () => {
    const nut = await soundOf("", 0.05);
    const whole = await readAll(createSource(nut), FROM_FFMPEG);
    let cleanEnds = 0;
    for (let end = 0; end < nut.length; end++) {
      const packets: Packet[] = [];
      const reader = createNutReader({
        ...FROM_FFMPEG,
        read: createSource(nut.subarray(0, end)),
        place: (bytes) => new Uint8Array(bytes),
        maxPacketBytes: 4096,
      });
      try {
        for (let packet = await reader.next(); packet !== null; packet = await reader.next()) packets.push(packet);
        cleanEnds++;
      } catch (error) {
        assert.match((error as SyntaxError).message, /^Cannot read NUT stream: it ends /);
        await assert.rejects(() => reader.next(), (again) => again === error);
      }
      assert.deepEqual(packets, whole.slice(0, packets.length));
    }
    assert.ok(cleanEnds >= whole.length && cleanEnds < 20, `${cleanEnds}`);
  });
});

describe("NUT reader, all that a frame may say", () => {
  const data = [1, 2, 3, 4];

  it("reads coded flags, stream, times, sizes, match time, elided headers, reserved fields and a checksum", async () => {
    const main = mainBody({ elisions: [[9, 8], [7, 7, 7]] });
    const frames = [
      syncpoint(1000),
      nutFrame({ flags: 8 | 32, codedPts: 1000 + 128, data }),
      nutFrame({ flags: 8 | 32 | 64, codedPts: 1001 % 128, data }), // its lowest seven bits
      nutFrame({ flags: 1 | 8 | 16 | 32 | 64 | 128 | 2048, codedPts: 1040 % 128, matchTimeDelta: -70_000, reserved: [5, 1e15, 0], data }),
      nutFrame({ flags: 32 | 1024, headerIndex: 2, size: 5, data: [1, 2] }),
      nutFrame({ flags: 32 | 1024 | 64, headerIndex: 1, size: 2, data: [] }),
      nutFrame({ flags: 2 | 8 | 32, codedPts: 0, size: 0, data: [] }), // an end of relevance
      ...[nutPacket(STARTCODE.main, mainBody({ streams: 5 })), nutPacket(STARTCODE.stream, [9])], // headers that come again are not believed
      nutFrame({ flags: 8 | 32, codedPts: 5 + 128, data }),
    ];
    const expected = [
      { ptsUs: 1_000_000, data: Uint8Array.from(data) },
      { ptsUs: 1_001_000, data: Uint8Array.from(data) },
      { ptsUs: 1_040_000, data: Uint8Array.from(data) },
      { ptsUs: 1_040_000, data: Uint8Array.of(7, 7, 7, 1, 2) },
      { ptsUs: 1_040_000, data: Uint8Array.of(9, 8) },
      { ptsUs: 5000, data: Uint8Array.from(data) },
    ];
    const bytes = nutStream(frames, { main });
    assert.deepEqual(await readAll(createSource(bytes)), expected);
    assert.deepEqual(await readAll(createSource(bytes, Array.from(bytes, (_, i) => i))), expected);
  });

  it("reads frame codes that say it all in one byte", async () => {
    const codes = [
      [...v(0), ...v(8), ...s(10), ...v(64), ...v(0), ...v(2), ...v(1), ...v(3), ...s(0), ...v(0)], // 0 to 2: 10 ms on, 2 to 4 bytes, one reserved
      [...v(32), ...v(6), ...s(-3), ...v(4), ...v(0), ...v(1), ...v(0), ...v(252)], // the rest: 3 ms back, 1 and what is coded times 4 more
    ].flat();
    const frames = [syncpoint(100), [0, 77, 1, 2], [2, 77, 1, 2, 3, 4], [9, 1, ...Array(12).fill(6)], [0x4f, 0, ...Array(76).fill(5)]];
    // Code 9 is the seventh of the second run: 1 + 6 + 4; code 0x4f the 76th, since "N" is left out.
    frames[3] = [9, 1, ...Array(1 + 6 + 4).fill(6)];
    frames[4] = [0x4f, 0, ...Array(1 + 75).fill(5)];
    const packets = await readAll(createSource(nutStream(frames, { main: mainBody({ codes }) })));
    assert.deepEqual(packets.map(({ ptsUs, data }) => [ptsUs, data.length]), [[110_000, 2], [120_000, 4], [117_000, 11], [114_000, 76]]);
  });

  it("takes the time of a syncpoint from any time base, and floors what falls between", async () => {
    const main = mainBody({ bases: [[1, 48_000], [1, 1000], [1001, 30_000]] });
    const read = async (coded: number) =>
      (await readAll(
        createSource(nutStream([syncpoint(coded), nutFrame({ flags: 32, data })], { main, stream: soundBody({ baseId: 0 }) })),
      ))[0]!.ptsUs;
    assert.equal(await read(3 * 48_001), 1_000_020); // 1000020.83
    assert.equal(await read(3 * 1500 + 1), 1_500_000);
    assert.equal(await read(3 * 30 + 2), 1_001_000);
  });
});

describe("NUT reader, broken streams", () => {
  const frame = nutFrame({ flags: 8 | 32, codedPts: 128, data: [1, 2, 3, 4] });
  const flipped = (bytes: readonly number[], at: number) => bytes.map((byte, i) => i === at % bytes.length ? byte ^ 1 : byte);
  const cases: readonly [name: string, bytes: Uint8Array, error: RegExp, errorClass: typeof SyntaxError | typeof RangeError][] = [
    ["a text", new TextEncoder().encode("#!/bin/sh\nexit 0 and nothing more"), /begins with "#!\/bin\/sh\\nexit 0/, SyntaxError],
    ["an unknown startcode", nutStream([[0x4e, 1, 2, 3, 4, 5, 6, 7, 0]]), /startcode is 0x4e01020304050607/, SyntaxError],
    [
      "a syncpoint before all headers",
      Uint8Array.from([...NUT_ID, ...syncpoint(0)]),
      /syncpoint: it comes before the main header/,
      SyntaxError,
    ],
    ["a frame before all headers", Uint8Array.from([...NUT_ID, ...frame]), /frame: it comes before the stream header/, SyntaxError],
    [
      "a main header alone",
      Uint8Array.from([...NUT_ID, ...nutPacket(STARTCODE.main, mainBody())]),
      /ends before its stream header/,
      SyntaxError,
    ],
    ["a later version", nutStream([], { main: mainBody({ version: 5 }) }), /version is 5/, SyntaxError],
    ["two streams", nutStream([], { main: mainBody({ streams: 2 }) }), /has 2 streams/, RangeError],
    ["no time base", nutStream([], { main: mainBody({ bases: [] }) }), /has 0 time bases/, RangeError],
    ["too many time bases", nutStream([], { main: mainBody({ bases: Array(65).fill([1, 2]) }) }), /has 65 time bases/, RangeError],
    ["a time base of nothing", nutStream([], { main: mainBody({ bases: [[1, 0]] }) }), /time base of 1\/0/, RangeError],
    [
      "a time base that cannot be told exactly",
      nutStream([], { main: mainBody({ bases: [[2 ** 31 - 1, 2 ** 31 - 2]] }) }),
      /2147483647\/2147483646/,
      RangeError,
    ],
    [
      "too many frame codes",
      nutStream([], { main: mainBody({ codes: [...v(0), ...v(6), 0, 0, 0, 0, 0, ...v(256)] }) }),
      /256 frame codes from 0 on/,
      RangeError,
    ],
    [
      "a run of no frame codes",
      nutStream([], { main: mainBody({ codes: [...v(0), ...v(6), 0, 0, 0, 0, 0, 0] }) }),
      /0 frame codes/,
      RangeError,
    ],
    [
      "endless reserved fields",
      nutStream([], { main: mainBody({ codes: [...v(0), ...v(1e15), 0, 0, 0, 0] }) }),
      /main header: \d+ bytes, and/,
      SyntaxError,
    ],
    ["a main header that ends early", nutStream([], { main: mainBody().slice(0, 10) }), /main header: 10 bytes, and/, SyntaxError],
    ["an empty elided header", nutStream([], { main: mainBody({ elisions: [[]] }) }), /elided header of 0 bytes/, RangeError],
    [
      "a long elided header",
      nutStream([], { main: mainBody({ elisions: [Array(256).fill(1)] }) }),
      /elided header of 256 bytes/,
      RangeError,
    ],
    ["subtitles", nutStream([], { stream: soundBody({ streamClass: 2 }) }), /stream_class is 2/, SyntaxError],
    ["a stream of another number", nutStream([], { stream: soundBody({ streamId: 1 }) }), /stream_id is 1/, SyntaxError],
    ["a time base that is not there", nutStream([], { stream: soundBody({ baseId: 1 }) }), /time_base_id is 1/, SyntaxError],
    ["a wide shift", nutStream([], { stream: soundBody({ shift: 16 }) }), /msb_pts_shift is 16/, RangeError],
    [
      "a header above the ceiling",
      nutStream([], { main: [...mainBody(), ...Array(2000).fill(0)] }),
      /2\d{3} bytes are more than the 1000 allowed/,
      RangeError,
    ],
    ["a lying header", nutStream([flipped(syncpoint(7), 9)]), /syncpoint: its checksum is wrong/, SyntaxError],
    ["a lying length", nutStream([flipped(nutPacket(STARTCODE.info, Array(5000).fill(0)), 9)]), /info: its checksum is wrong/, SyntaxError],
    ["a packet without room", nutStream([[...STARTCODE.syncpoint, 3, 0, 0, 0]]), /3 bytes have no room for a checksum/, SyntaxError],
    ["a lying frame", nutStream([flipped(nutFrame({ flags: 8 | 32 | 64, codedPts: 128, data: [] }), -1 + 7)]), /frame: its/, SyntaxError],
    [
      "a frame code that is none",
      nutStream([[0xff, ...frame]], { main: mainBody({ codes: [...v(8192), ...v(6), 0, 1, 0, 0, 0, ...v(255)] }) }),
      /frame code 255 is invalid/,
      SyntaxError,
    ],
    ["side data", nutStream([nutFrame({ flags: 8 | 32 | 256, codedPts: 128, data: [0, 0, 1] })]), /flags are 0x1128/, SyntaxError],
    ["flags without end", nutStream([[0, ...v(0x10000)]]), /flags of 0x10000/, RangeError],
    ["a frame of another stream", nutStream([nutFrame({ flags: 16 | 32, streamId: 1, data: [1] })]), /stream is 1/, SyntaxError],
    [
      "an elided header that is not there",
      nutStream([nutFrame({ flags: 32 | 1024, headerIndex: 1, data: [1] })]),
      /header_idx is 1/,
      SyntaxError,
    ],
    [
      "an elided header that is longer than the frame",
      nutStream([nutFrame({ flags: 32 | 1024, headerIndex: 1, size: 2, data: [1] })], { main: mainBody({ elisions: [[1, 2, 3]] }) }),
      /2 bytes leave 3 out/,
      SyntaxError,
    ],
    ["an endless number", nutStream([[0, ...v(32), ...Array(11).fill(0x80)]]), /number of more than 10 bytes/, SyntaxError],
    [
      "a number of 64 bits",
      nutStream([[0, ...v(8), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]]),
      /number above 2\^53/,
      RangeError,
    ],
    [
      "a time beyond 2^53 µs",
      nutStream([nutFrame({ flags: 8 | 32, codedPts: 2 ** 53 - 1, data: [1] })]),
      /its time is \d+e?\+?\d* µs/,
      RangeError,
    ],
    ["a packet above the ceiling", nutStream([nutFrame({ flags: 32, size: 101, data: [1] })]), /101 bytes are not 2 to 100/, RangeError],
    ["a packet that is too small", nutStream([nutFrame({ flags: 32, data: [1] })]), /1 bytes are not 2 to 100/, RangeError],
    [
      "reserved fields without end",
      nutStream([[0, ...v(32 | 128), 4, ...v(5000), ...Array(2000).fill(1)]]),
      /header of more than the 1000 bytes/,
      RangeError,
    ],
  ];
  for (const [name, bytes, error, errorClass] of cases) {
    it(`refuses ${name}, whole or byte by byte, and says so again when asked again`, async () => {
      for (const places of [[], Array.from(bytes, (_, i) => i)]) {
        const reader = createNutReader({
          read: createSource(bytes, places),
          place: (size) => new Uint8Array(size),
          minPacketBytes: 2,
          maxPacketBytes: 100,
          maxHeaderBytes: 1000,
        });
        const isExpected = (thrown: unknown) => {
          assert.ok(thrown instanceof errorClass, `${thrown}`);
          assert.match(thrown.message, error);
          return true;
        };
        await assert.rejects(async () => {
          while (await reader.next() !== null);
        }, isExpected);
        await assert.rejects(() => reader.next(), isExpected);
      }
    });
  }

  it("passes on what its source throws, for ever after", async () => {
    const reader = createNutReader({
      read: () => Promise.reject(new Deno.errors.ConnectionReset("gone")),
      place: (bytes) => new Uint8Array(bytes),
      maxPacketBytes: 9,
    });
    for (let i = 0; i < 2; i++) await assert.rejects(() => reader.next(), Deno.errors.ConnectionReset);
  });

  it("survives any damage: it hands out packets or throws, and never asks for more memory than its ceiling", async () => {
    const elisions = [[0, 0, 1], [255, 250]];
    const intact = nutStream([
      nutPacket(STARTCODE.info, Array(30).fill(1)),
      syncpoint(2000),
      nutFrame({ flags: 8 | 32 | 64, codedPts: 2128, data: Array(40).fill(5) }),
      nutFrame({ flags: 32 | 1024, headerIndex: 1, size: 43, data: Array(40).fill(6) }),
      syncpoint(1000),
      nutFrame({ flags: 8 | 32 | 128 | 2048, codedPts: 9, reserved: [1, 2], data: Array(40).fill(7) }),
      nutPacket(STARTCODE.main, mainBody({ elisions })),
      nutFrame({ flags: 32, data: Array(20).fill(8) }),
      nutPacket(STARTCODE.index, Array(5000).fill(2)),
      nutFrame({ flags: 32, data: Array(20).fill(9) }),
    ], { main: mainBody({ elisions, bases: [[1, 1000], [1, 90_000]] }) });
    const headBytes = intact.length - 5100; // most of it is the index
    const place = fc.oneof(fc.nat(headBytes), fc.nat(intact.length));
    const damage = fc.oneof(
      fc.record({ kind: fc.constant("flip" as const), at: place, bit: fc.nat(7) }),
      fc.record({ kind: fc.constant("set" as const), at: place, to: fc.constantFrom(0, 1, 127, 128, 255) }),
      fc.record({ kind: fc.constant("truncate" as const), at: place }),
      fc.record({ kind: fc.constant("insert" as const), at: place, bytes: fc.uint8Array({ maxLength: 20 }) }),
      fc.record({ kind: fc.constant("remove" as const), at: place, count: fc.nat(20) }),
    );
    const maxPacketBytes = 200;
    let ended = 0;
    let threw = 0;
    const run = fc.asyncProperty(
      fc.array(damage, { minLength: 1, maxLength: 3 }),
      fc.array(fc.nat(intact.length), { maxLength: 10 }),
      fc.boolean(),
      async (damages, places, isRepaired) => {
        let bytes = intact.slice();
        for (const d of damages) {
          const at = Math.min(d.at, bytes.length - 1);
          if (d.kind === "flip") bytes[at]! ^= 1 << d.bit;
          if (d.kind === "set") bytes[at] = d.to;
          if (d.kind === "truncate") bytes = bytes.slice(0, d.at);
          if (d.kind === "insert") bytes = Uint8Array.from([...bytes.subarray(0, d.at), ...d.bytes, ...bytes.subarray(d.at)]);
          if (d.kind === "remove") bytes = Uint8Array.from([...bytes.subarray(0, d.at), ...bytes.subarray(d.at + d.count)]);
          if (bytes.length === 0) return;
        }
        if (isRepaired) repairChecksums(bytes);
        const source = createSource(bytes, places);
        let asked = 0;
        try {
          const packets = await readAll(source, {
            place: (size) => (asked = Math.max(asked, size), new Uint8Array(size)),
            maxPacketBytes,
            maxHeaderBytes: 1000,
          });
          assert.ok(packets.every(({ ptsUs, data }) => Number.isSafeInteger(ptsUs) && data.length > 0));
          ended++;
        } catch (error) {
          if (!(error instanceof SyntaxError) && !(error instanceof RangeError)) throw error;
          assert.match(error.message, /^Cannot read NUT /);
          threw++;
        }
        assert.ok(asked <= maxPacketBytes, `asked for ${asked}`);
        assert.ok(source.reads <= bytes.length + 2, `${source.reads} reads of ${bytes.length} bytes`);
      },
    );
    await fc.assert(run, { numRuns: 4000, seed: 9 });
    assert.ok(ended > 200 && threw > 200, `${ended} ended, ${threw} threw`);
  });
});

/** So that damage reaches what stands behind the checksums: those of main and stream header are made good again, where they can be found. */
function repairChecksums(bytes: Uint8Array): void {
  for (let at = NUT_ID.length; at + 12 < bytes.length && bytes[at] === 0x4e;) {
    const lengthBytes = bytes[at + 8]! < 128 ? 1 : 2;
    const length = lengthBytes === 1 ? bytes[at + 8]! : (bytes[at + 8]! & 127) * 128 + bytes[at + 9]!;
    const body = bytes.subarray(at + 8 + lengthBytes, at + 8 + lengthBytes + length);
    if (body.length < 4) return;
    body.set(nutPacket([], [...body.subarray(0, -4)]).slice(-4), body.length - 4);
    at += 8 + lengthBytes + length;
  }
}
