import { type FfmpegProcess, type ProcessEnd, startProcess } from "../ffmpeg/process.ts";
import { type LogLine, parseLogLine } from "../ffmpeg/log_lines.ts";
import { openSocketFolder, type SocketFolder, type Transport } from "../ffmpeg/sockets.ts";
import { describeFailedIntake, type IntakeEnd, judgeIntakeEnd, type OutputFault } from "./intake_end.ts";
import { type IntakeOutput, readOutput } from "./intake_output.ts";
import { createNutReader, NUT_ORIGIN_US, type NutStream } from "./nut.ts";
import type { PicturePool, RawPicture } from "./raw_picture.ts";

/** One life of an ffmpeg that decodes. */
export interface Intake {
  /** Of the process, for whoever measures or torments it. */
  readonly pid: number;
  /**
   * Resolves when the process is gone and all that it wrote was handed over: where there is no room for that, it waits for the room. Never rejects.
   * No callback comes afterwards.
   */
  readonly ended: Promise<IntakeEnd>;
  /** Ends one that is of no use any more, by KILL. Nothing is handed over from here on. */
  fail(kind: "stuck" | "broken", reason: string): void;
  /** Our own wish: TERM, then KILL. Nothing is handed over from here on. Stopping twice is harmless. */
  stop(): Promise<IntakeEnd>;
}

/** Where its outputs go; null for one that is not asked for. */
export interface IntakeUrls {
  readonly picture: string | null;
  readonly sound: string | null;
}

export interface IntakeOptions {
  /** Each output must end as `toNut` has it. */
  readonly buildArguments: (urls: IntakeUrls) => readonly string[];
  /** As ffmpeg names the inputs in its messages. */
  readonly inputAddresses: readonly string[];
  readonly hasPicture: boolean;
  readonly hasSound: boolean;
  /** The sockets' fresh folder is made here. */
  readonly folder: string;
  /** Of the canvas's size: a picture of any other is broken. */
  readonly pool: PicturePool;
  /** The receiver owns one count. `wasHeldBack`: its reading had to wait for room, so when it was read tells nothing of when it came. */
  readonly onPicture: (picture: RawPicture, ptsUs: number, wasHeldBack: boolean) => void;
  /** Interleaved stereo at 48 kHz, in memory of its own. `ptsUs` is that of its first sample. */
  readonly onSound: (samples: Int16Array<ArrayBuffer>, ptsUs: number) => void;
  /** That output came to its end, whole. */
  readonly onPicturesEnd?: () => void;
  readonly onSoundEnd?: () => void;
  /** Asked before each picture is read: null now, or what resolves when there is room. Meanwhile ffmpeg is held up, with both its outputs. */
  readonly mayRead?: () => Promise<void> | null;
  /** The same for sound. */
  readonly mayReadSound?: () => Promise<void> | null;
  /** A source that cannot be held up (camera, screen, UDP, SRT): nobody is asked, all is read as it comes, and the receiver drops what is too much. */
  readonly dropsOldest: boolean;
  /** `arrival`: the source's own times are worth nothing. A picture's is then when it was read, that of sound a packet's length earlier. */
  readonly times: "source" | "arrival";
  /** Milliseconds of the show. */
  readonly now: () => number;
  readonly onLog?: (line: LogLine) => void;
  /** Only tests name another program: no other may be run. */
  readonly program?: string;
  readonly transport?: Transport;
}

/** Starts ffmpeg. What the caller should expect to go wrong comes back as an IntakeEnd. */
export async function startIntake(o: IntakeOptions): Promise<Intake | IntakeEnd> {
  const sockets = await openSocketFolder({ folder: o.folder, ...(o.transport ? { transport: o.transport } : {}) }).catch(explain);
  if (typeof sockets === "string") return describeFailedIntake(`No socket can be opened in ${o.folder}: ${sockets}`);
  try {
    const picture = o.hasPicture ? sockets.listen("picture") : null;
    const sound = o.hasSound ? sockets.listen("sound") : null;
    let isDropped = false;
    const process = startProcess({
      args: o.buildArguments({ picture: picture?.url ?? null, sound: sound?.url ?? null }),
      ...(o.program ? { program: o.program } : {}),
      onLine(line) {
        // An ffmpeg whose outputs we have let go complains of that at length.
        if (!isDropped) o.onLog?.(parseLogLine(line));
      },
    });
    if ("kind" in process) {
      await sockets.close();
      return describeFailedIntake(process.reason);
    }
    const onFault = (fault: OutputFault) => void noticeFault(process, fault);
    const outputs = {
      picture: picture && readOutput({ listening: picture, onFault, ...takePictures(o) }),
      sound: sound && readOutput({ listening: sound, onFault, ...takeSound(o) }),
    };
    return live(o, process, sockets, outputs, () => isDropped = true);
  } catch (problem) {
    await sockets.close();
    throw problem;
  }
}

export function isIntake(outcome: Intake | IntakeEnd): outcome is Intake {
  return "ended" in outcome;
}

/** Decoders of odd formats hand over up to 65,536 samples at a time. */
const MAX_SOUND_BYTES = 1 << 20;
const SOUND_RATE = 48_000;
const BYTES_PER_SAMPLE = 4;
/** An ffmpeg that was killed, or came upon a fault of its own, is gone by then. */
const CUT_SHORT_LIMIT_MS = 500;

function live(
  o: IntakeOptions,
  process: FfmpegProcess,
  sockets: SocketFolder,
  { picture, sound }: { picture: IntakeOutput | null; sound: IntakeOutput | null },
  onDrop: () => void,
): Intake {
  const outputs = [picture, sound].filter((output) => output !== null);
  let wish: ProcessEnd["wish"] = null; // one that came when the process was gone and its last pictures waited for room

  async function waitForEnd(): Promise<IntakeEnd> {
    const end = await process.ended;
    for (const output of outputs) output.drain();
    const faults = await Promise.all(outputs.map(({ settled }) => settled));
    await sockets.close();
    return judgeIntakeEnd({
      process: { ...end, wish: end.wish ?? wish },
      hadPictures: picture?.hadPackets ?? false,
      hadSound: sound?.hadPackets ?? false,
      faults: faults.filter((fault) => fault !== null),
      inputAddresses: o.inputAddresses,
    });
  }

  function drop(kind: "stuck" | "broken" | "stopped", reason: string): void {
    wish ??= { kind, reason };
    onDrop();
    for (const output of outputs) output.drop();
  }

  const ended = waitForEnd();
  return {
    pid: process.pid,
    ended,
    fail(kind, reason) {
      process.fail(kind, reason);
      drop(kind, reason);
    },
    stop() {
      process.stop();
      drop("stopped", "Stopped on request");
      return ended;
    },
  };
}

async function noticeFault(process: FfmpegProcess, fault: OutputFault): Promise<void> {
  if (fault.isCutShort) await atMost(CUT_SHORT_LIMIT_MS, process.ended);
  process.fail("broken", fault.reason);
}

type Taking = Pick<Parameters<typeof readOutput>[0], "createReader" | "mayRead" | "onPacket" | "onEnd" | "onSettled">;

function takePictures(o: IntakeOptions): Taking {
  let picture: RawPicture | null = null; // being read
  return {
    createReader(read) {
      const reader = createNutReader({
        read,
        place() {
          checkStream(reader.stream, isYuv420p(reader.stream), "yuv420p");
          picture = o.pool.take();
          return picture.bytes;
        },
        minPacketBytes: o.pool.bytesPerPicture,
        maxPacketBytes: o.pool.bytesPerPicture,
        originUs: NUT_ORIGIN_US,
      });
      return reader;
    },
    mayRead: o.dropsOldest ? null : o.mayRead ?? null,
    onPacket({ ptsUs }, wasHeldBack) {
      const whole = picture!;
      picture = null;
      o.onPicture(whole, o.times === "arrival" ? Math.round(o.now() * 1000) : ptsUs, wasHeldBack);
    },
    onEnd: () => o.onPicturesEnd?.(),
    onSettled: () => picture?.release(),
  };
}

function takeSound(o: IntakeOptions): Taking {
  return {
    createReader(read) {
      const reader = createNutReader({
        read,
        place(bytes) {
          checkStream(reader.stream, isStereo(reader.stream), "stereo s16le at 48 kHz");
          if (bytes % BYTES_PER_SAMPLE !== 0) throw new RangeError(`Cannot read sound: ${bytes} bytes are no whole samples`);
          return new Uint8Array(bytes);
        },
        maxPacketBytes: MAX_SOUND_BYTES,
        originUs: NUT_ORIGIN_US,
      });
      return reader;
    },
    mayRead: o.dropsOldest ? null : o.mayReadSound ?? null,
    onPacket({ ptsUs, data: { buffer, byteLength } }) {
      const lengthUs = byteLength / BYTES_PER_SAMPLE * 1e6 / SOUND_RATE;
      o.onSound(new Int16Array(buffer as ArrayBuffer), o.times === "arrival" ? Math.round(o.now() * 1000 - lengthUs) : ptsUs);
    },
    onEnd: () => o.onSoundEnd?.(),
    onSettled() {},
  };
}

function isYuv420p(stream: NutStream | null): boolean {
  return stream?.kind === "pictures" && stream.codec === "I420";
}

function isStereo(stream: NutStream | null): boolean {
  return stream?.kind === "sound" && stream.codec === "PSD\x10" && stream.rate === SOUND_RATE && stream.channels === 2;
}

function checkStream(stream: NutStream | null, isRight: boolean, wanted: string): void {
  if (!isRight) throw new SyntaxError(`Cannot read the stream ${JSON.stringify(stream)}: it is not ${wanted}`);
}

function explain(problem: unknown): string {
  return problem instanceof Error ? problem.message : String(problem);
}

async function atMost(limitMs: number, wanted: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([wanted, new Promise((resolve) => timer = setTimeout(resolve, limitMs))]);
  clearTimeout(timer);
}
