import type { Transport } from "../ffmpeg/sockets.ts";
import type { Ladder } from "../hls/rendition.ts";
import type { RawPicture } from "../intake/raw_picture.ts";
import type { Grid } from "../timeline/grid.ts";
import type { PictureEncoding } from "./arguments.ts";
import type { Filter } from "./filters.ts";
import { HARDWARE, type HardwareName, mustRenew } from "./hardware/hardware.ts";
import { countTick, describeStep, ENCODING_STEPS, type EncodingStep, startGovernor } from "./governor.ts";
import { createOwed } from "./owed.ts";
import type { Row } from "./rows.ts";
import type { RunEnd } from "./run_end.ts";
import { type PictureRun, startPictureRun } from "./run.ts";
import { type SoundBack, startSoundRun } from "./sound_run.ts";
import { type EncoderState, STUCK_AFTER_MS, superviseEncoder } from "./supervisor.ts";

/** Encodes the whole show: one process for the pictures, one for the sound, each begun anew whenever it ends. */
export interface Encoder {
  /** The canvas of a tick. It is kept (by a count of its own) until its place is filled. */
  picture(tick: number, picture: RawPicture): void;
  /** A block of 1024 stereo samples, s16le, on the timeline's grid. */
  sound(block: number, samples: Uint8Array): void;
  /** The places up to and with these are filled, by whomever: what is owed for them is forgotten. */
  settle(o: { tick: number; block: number }): void;
  readonly state: EncoderState;
  readonly owed: { readonly pictures: number; readonly bytes: number };
  /** How many pictures were left out because the encoder was behind. */
  readonly leftOut: number;
  readonly step: number;
  /** Lays a filter over all pictures that are encoded from now on, a tenth of a second later or two; runs that follow begin with it. */
  setFilter(filter: Filter): void;
  /** Of the processes, for whoever measures or torments them. */
  pids(): { readonly pictures: number | null; readonly sound: number | null };
  stop(): Promise<void>;
}

/** Takes what comes back, in order. */
export interface EncoderSink {
  /** Decoder configurations of a run; its rows follow. */
  configured(run: string, pictures: readonly Uint8Array[]): void;
  soundConfigured(config: Uint8Array): void;
  row(run: string, row: Row): void;
  sound(block: number, data: Uint8Array): void;
  /** Text of the motion filter; its times count from the run's first tick. */
  motion(firstTick: number, text: Uint8Array): void;
}

/** More than this is never owed: it is the most that a death can cost in memory, and in time until the show is whole again. */
const MOST_OWED_SECONDS = 1;
const MOST_OWED_BYTES = 64 << 20;
/** From here on ticks are left out, so that the encoder catches up; one that is only being started has longer, for it catches up by itself. */
const LEAVE_OUT_AFTER_MS = 300;
const LEAVE_OUT_AT_START_AFTER_MS = 850;
const LEAVE_OUT_AFTER_BYTES = 48 << 20;
/** A second of pictures is back after half a second, where nothing else is wrong. */
const CATCHES_UP_WITHIN_MS = 3000;
const USUAL_LATENESS_MS = 100;
const PATIENCE = 3;
const MOST_PATIENCE_MS = 2500;
/** A new life of the sound's encoder hears so many blocks before its own: an AAC frame leans on those before it. */
const SOUND_WARM_UP = 3;
const MOST_OWED_BLOCKS = 96;
const BLOCK_BYTES = 4096;

export function createEncoder(o: {
  readonly ladder: Ladder;
  readonly canvas: { readonly width: number; readonly height: number };
  readonly grid: Grid;
  /** For the sockets. */
  readonly folder: string;
  readonly sink: EncoderSink;
  /** When a tick is due, and the time now: in milliseconds of the show. */
  readonly dueMs: (tick: number) => number;
  readonly nowMs: () => number;
  /** Which is on from the first picture. */
  readonly filter: Filter;
  /** Encodes HQ for as long as nothing is wrong with it; null for libx264. */
  readonly hardware?: HardwareName | null;
  /** From now on, or soon, it is encoded in another way. */
  readonly onEncoding: (encoding: PictureEncoding) => void;
  /** Takes lines for the streamer. */
  readonly log: (line: string) => void;
  readonly program?: string;
  readonly transport?: Transport;
}): Encoder {
  const { grid, sink, log } = o;
  const shared = { folder: o.folder, ...(o.program ? { program: o.program } : {}), ...(o.transport ? { transport: o.transport } : {}) };
  let governor = startGovernor(o.nowMs());
  const runs = new Set<PictureRun>();
  let { filter } = o;
  let hardware = o.hardware ?? null;
  let renewed: PictureRun | null = null;
  let leftOut = 0;
  /** What a new life owes is late, and says nothing of the machine until it has caught up. */
  let hasCaughtUp = false;
  let startedAtMs = 0;
  /** The latest of the last second or two. */
  let recentLateMs = 0;
  /** From which tick on which step is encoded. */
  const steps: { readonly fromTick: number; readonly step: number }[] = [{ fromTick: -Infinity, step: 0 }];

  const stepAt = (tick: number) => ENCODING_STEPS[steps.findLast(({ fromTick }) => fromTick <= tick)!.step]!;

  function encodingOf({ preset, shrinksHq }: EncodingStep): PictureEncoding {
    const [hq, mq, lq] = o.ladder;
    const ladder: Ladder = shrinksHq ? [{ ...hq, width: mq.width, height: mq.height }, mq, lq] : o.ladder;
    return { preset, ladder, ...(hardware === null ? {} : { hardware }) };
  }

  /** One bad end is enough: the show is no place to find out whether it gets better. */
  function judgeHardware({ kind, reason }: RunEnd, { hardware: used }: PictureEncoding): void {
    if (used === undefined || hardware === null || kind === "finished" || kind === "stopped") return;
    log(`${HARDWARE[used].encoder} is given up: ${reason.replace(/\.$/, "")}. From here on libx264 encodes HQ too.`);
    hardware = null;
    o.onEncoding(encodingOf(ENCODING_STEPS[governor.step]!));
  }

  /** Before its key frames would come by themselves, another life takes over where a segment begins. */
  function renewHardware(run: string, tick: number): void {
    const own = [...runs].find(({ id }) => id === run);
    if (!own?.encoding.hardware || own === renewed || !mustRenew(own.encoding.hardware, tick - own.firstTick)) return;
    renewed = own;
    pictures.replaceAt((Math.floor((pictures.newest ?? tick) / grid.framesPerSegment) + 1) * grid.framesPerSegment);
  }

  const pictures = superviseEncoder<RawPicture, Row & { position: number }>({
    owed: createOwed<RawPicture>({
      most: Math.ceil(MOST_OWED_SECONDS * grid.rate),
      mostBytes: MOST_OWED_BYTES,
      bytesOf: ({ bytes }) => bytes.byteLength,
      onDropped: (picture) => picture.release(),
    }),
    warmUp: 0,
    async startRun(firstTick, onBack) {
      let id = "";
      hasCaughtUp = false;
      startedAtMs = o.nowMs();
      const early: Uint8Array[][] = [];
      const encoding = encodingOf(stepAt(firstTick));
      const run = await startPictureRun({
        ...shared,
        encoding,
        canvas: o.canvas,
        grid,
        firstTick,
        filter,
        sink: {
          configured: (configs) => id === "" ? early.push([...configs]) : sink.configured(id, configs),
          row: (row) => onBack({ ...row, position: row.tick }),
          motion: (text) => sink.motion(firstTick, text),
        },
      });
      if ("id" in run) {
        id = run.id;
        for (const configs of early) sink.configured(id, configs);
        runs.add(run);
        run.ended.then((end) => {
          runs.delete(run);
          judgeHardware(end, encoding);
        });
        run.setFilter(filter);
      } else judgeHardware(run, encoding);
      return run;
    },
    onBack(row, run) {
      const lateMs = o.nowMs() - o.dueMs(row.tick);
      if (hasCaughtUp) recentLateMs = Math.max(lateMs, recentLateMs * 0.95);
      const isLate = lateMs > LEAVE_OUT_AFTER_MS;
      hasCaughtUp ||= !isLate || o.nowMs() - startedAtMs > CATCHES_UP_WITHIN_MS;
      judge(isLate, row.tick);
      if (hardware !== null) renewHardware(run, row.tick);
      sink.row(run, row);
    },
    // One that was slow before it fell silent is starved rather than stuck, and another would not be faster.
    patienceMs: () => Math.min(MOST_PATIENCE_MS, STUCK_AFTER_MS + PATIENCE * Math.max(0, recentLateMs - USUAL_LATENESS_MS)),
    onState: (state, why) => say("picture", state, why, log),
  });

  const sound = superviseEncoder<Uint8Array, SoundBack>({
    owed: createOwed<Uint8Array>({
      most: MOST_OWED_BLOCKS,
      mostBytes: MOST_OWED_BLOCKS * 2 * BLOCK_BYTES,
      keepBehind: SOUND_WARM_UP,
      bytesOf: ({ byteLength }) => byteLength,
      onDropped: () => {},
    }),
    warmUp: SOUND_WARM_UP,
    startRun: (firstBlock, onBack) => startSoundRun({ ...shared, firstBlock, onBack, configured: sink.soundConfigured }),
    onBack: ({ position, data }) => sink.sound(position, data),
    onState: (state, why) => say("sound", state, why, log),
  });

  function judge(isLate: boolean, tick: number): void {
    if (!hasCaughtUp) return;
    const before = governor.step;
    governor = countTick(governor, isLate, o.nowMs());
    if (governor.step === before) return;
    log(describeStep(governor.step, before));
    const fromTick = (Math.floor((pictures.newest ?? tick) / grid.framesPerSegment) + 1) * grid.framesPerSegment;
    if (!isSameEncoding(governor.step, before)) {
      pictures.replaceAt(fromTick);
      o.onEncoding(encodingOf(ENCODING_STEPS[governor.step]!));
    }
    steps.push({ fromTick, step: governor.step });
    if (steps.length > 3) steps.shift();
  }

  /** A part must begin with a picture of its own, and a segment with a key picture, which begins a part. */
  function mayLeaveOut(tick: number): boolean {
    return tick % grid.framesPerSegment % grid.framesPerPart !== 0;
  }

  function mustLeaveOut(tick: number): boolean {
    if (stepAt(tick).halvesTicks && tick % grid.framesPerSegment % grid.framesPerPart % 2 === 1) return true;
    const { first, bytes } = pictures.owed;
    const mostMs = hasCaughtUp ? LEAVE_OUT_AFTER_MS : LEAVE_OUT_AT_START_AFTER_MS;
    const isBehind = first !== null && (tick - first) / grid.rate * 1000 > mostMs || bytes > LEAVE_OUT_AFTER_BYTES;
    if (isBehind) judge(true, tick);
    return isBehind;
  }

  return {
    picture(tick, picture) {
      if (mayLeaveOut(tick) && mustLeaveOut(tick)) return void leftOut++;
      if (!pictures.give(tick, picture.retain())) {
        picture.release();
        leftOut++;
      }
    },
    sound: (block, samples) => void sound.give(block, samples),
    settle({ tick, block }) {
      pictures.settle(tick);
      sound.settle(block);
    },
    setFilter(next) {
      filter = next;
      for (const run of runs) run.setFilter(next);
    },
    get state() {
      return pictures.state;
    },
    get owed() {
      return { pictures: pictures.owed.count, bytes: pictures.owed.bytes };
    },
    get leftOut() {
      return leftOut;
    },
    get step() {
      return governor.step;
    },
    pids: () => ({ pictures: pictures.pid, sound: sound.pid }),
    async stop() {
      await Promise.all([pictures.stop(), sound.stop()]);
    },
  };
}

/** Leaving pictures out is not the encoder's business. */
function isSameEncoding(a: number, b: number): boolean {
  const [one, other] = [ENCODING_STEPS[a]!, ENCODING_STEPS[b]!];
  return one.preset === other.preset && one.shrinksHq === other.shrinksHq;
}

function say(what: "picture" | "sound", state: EncoderState, why: string, log: (line: string) => void): void {
  if (state.kind !== "backing_off") return;
  const next = state.delayMs === 0 ? "another has begun" : `next try in ${(state.delayMs / 1000).toFixed(1)} s`;
  log(`The ${what}'s encoder ended: ${why.replace(/\.$/, "")}; ${next}.`);
}
