import { createMotionReader, type MotionReader, type MotionSample } from "./audience/motion_samples.ts";
import type { PictureEncoding } from "./encoder/arguments.ts";
import { createEncoder, type Encoder } from "./encoder/encoder.ts";
import type { Filter } from "./encoder/filters.ts";
import type { HardwareName } from "./encoder/hardware/hardware.ts";
import { createRunId } from "./encoder/run_id.ts";
import type { Ladder } from "./hls/rendition.ts";
import { createSegmenter, type SegmentSink } from "./hls/segmenter.ts";
import type { PicturePool, RawPicture } from "./intake/raw_picture.ts";
import { createMixer, type Mixer, type MixInput } from "./mixer/mixer.ts";
import type { Scene } from "./mixer/scene.ts";
import { startTicks } from "./mixer/ticks.ts";
import type { Inits } from "./mp4/inits.ts";
import { createSlateKeeper } from "./slate_keeper.ts";
import type { SlateOutcome } from "./slates.ts";
import type { ShowClock } from "./timeline/clock.ts";
import type { Grid } from "./timeline/grid.ts";
import { createProgramDateTime, type ProgramDateTime } from "./timeline/program_date_time.ts";
import type { TimelineStart } from "./timeline/resume.ts";
import { createTimeline, type Timeline } from "./timeline/timeline.ts";
import { setSystemTimer } from "./timer.ts";

/** The road from the mixer to the window, for as long as a show is on. */
export interface Show {
  readonly mixer: Mixer;
  readonly encoder: Encoder;
  readonly timeline: Timeline;
  readonly programDateTime: ProgramDateTime;
  /** Inits of the slate and of runs that may still be shown. */
  readonly sources: () => readonly string[];
  /** How long nothing was published; null before the first part. */
  readonly silentMs: () => number | null;
  stop(): Promise<void>;
}

export interface ShowOptions {
  readonly grid: Grid;
  readonly clock: ShowClock;
  readonly start: TimelineStart;
  /** As it is encoded: fitted to the canvas, which has HQ's size. */
  readonly ladder: Ladder;
  readonly folder: string;
  readonly inits: Inits;
  readonly window: SegmentSink;
  readonly onClosed: () => void;
  readonly scene: Scene;
  readonly filter: Filter;
  /** Encodes HQ; null for libx264. */
  readonly hardware: HardwareName | null;
  /** Of the canvas's size. */
  readonly pool: PicturePool;
  readonly inputOf: (source: string) => MixInput | null;
  readonly gainOf: (source: string) => number;
  /** Called with the time of each tick, before it is made. */
  readonly advance: (showMs: number) => void;
  readonly card: () => RawPicture;
  readonly prepareSlate: (encoding: PictureEncoding) => Promise<SlateOutcome>;
  readonly onMotion: (sample: MotionSample) => void;
  readonly log: (line: string) => void;
}

/** Begins a show: its first tick is due now. */
export function startShow(o: ShowOptions): Show {
  const { grid, clock, inits, log } = o;
  const nowMs = Date.now();
  const firstTick = o.start.frameAt(nowMs);
  clock.begin(firstTick);
  const programDateTime = createProgramDateTime(grid.rate, o.start.offsetMs ?? nowMs - firstTick / grid.rate * 1000);
  const runs = new Map<string, readonly Uint8Array[]>();
  let soundConfig: Uint8Array | null = null;
  let publishedAtMs: number | null = null;

  const segmenter = createSegmenter({
    grid,
    firstMsn: o.start.msnAt,
    initRuns: inits.sourcesOf,
    dueMs: programDateTime.of,
    onClosed() {
      const told = programDateTime.follow(timeline.nextTick!, Date.now() - (clock.nowMs() - clock.dueMs(timeline.nextTick!)));
      if (told !== null) log(told);
      o.onClosed();
    },
    sink: {
      ...o.window,
      publish(part) {
        publishedAtMs = clock.nowMs();
        o.window.publish(part);
      },
    },
  });
  const timeline = createTimeline({
    grid,
    sink: segmenter,
    newStint() {
      const id = createRunId(Date.now());
      inits.add(id, slates.configs!);
      return id;
    },
  });
  timeline.begin(firstTick);

  const slates = createSlateKeeper({ prepare: o.prepareSlate, onSlate: timeline.setSlate, now: () => performance.now(), log });
  slates.want({ ladder: o.ladder, preset: "veryfast", ...(o.hardware === null ? {} : { hardware: o.hardware }) });

  /** A run's inits need the sound's configuration, which its own process tells, once for all. */
  function addInits(): void {
    if (soundConfig === null) return;
    for (const [run, pictures] of runs) if (inits.sourcesOf(run).length === 0) inits.add(run, { pictures, sound: soundConfig });
    for (const { run, place } of waiting.splice(0)) hasInits(run) ? place() : waiting.push({ run, place });
  }
  const hasInits = (run: string) => inits.sourcesOf(run).length > 0;
  let waiting: { run: string; place: () => void }[] = [];
  function whenConfigured(run: string, place: () => void): void {
    if (waiting.length === 0 && hasInits(run)) place();
    else waiting.push({ run, place });
    if (waiting.length > MOST_SECONDS_UNCONFIGURED * grid.rate) waiting = [];
  }

  const readers = new Map<number, MotionReader>();
  let movedAtSeconds = -Infinity;
  function takeMotion(runFirstTick: number, text: Uint8Array): void {
    let reader = readers.get(runFirstTick);
    if (!reader) {
      readers.clear();
      readers.set(runFirstTick, reader = createMotionReader());
    }
    for (const { timeSeconds, changedShare } of reader.push(text)) {
      // What was owed is encoded twice, and counts once.
      const atSeconds = runFirstTick / grid.rate + timeSeconds;
      if (atSeconds <= movedAtSeconds) continue;
      movedAtSeconds = atSeconds;
      o.onMotion({ timeSeconds: atSeconds, changedShare });
    }
  }

  const canvas = { width: o.ladder[0].width, height: o.ladder[0].height };
  const encoder = createEncoder({
    ladder: o.ladder,
    canvas,
    grid,
    folder: o.folder,
    dueMs: clock.dueMs,
    nowMs: clock.nowMs,
    filter: o.filter,
    hardware: o.hardware,
    log,
    onEncoding: (encoding) => void slates.want(encoding),
    sink: {
      configured(run, pictures) {
        runs.set(run, pictures);
        if (runs.size > 4) runs.delete(runs.keys().next().value!);
        addInits();
      },
      soundConfigured(config) {
        soundConfig ??= config;
        addInits();
      },
      row: (run, { tick, isKey, pictures }) => whenConfigured(run, () => timeline.addPicture(run, tick, isKey, pictures)),
      sound: timeline.addSound,
      motion: takeMotion,
    },
  });
  const mixer = createMixer({
    grid,
    firstTick,
    dueMs: clock.dueMs,
    scene: o.scene,
    canvas,
    pool: o.pool,
    inputOf: o.inputOf,
    gainOf: o.gainOf,
    card: o.card,
    output: encoder,
  });
  const stopTicks = startTicks({
    clock,
    firstTick,
    onTick(tick) {
      o.advance(clock.dueMs(tick));
      mixer.makeTick(tick);
    },
    onDone(newestTick) {
      timeline.cover(newestTick);
      encoder.settle({ tick: timeline.nextTick! - 1, block: timeline.nextSound! - 1 });
    },
    setTimer: setSystemTimer,
  });

  return {
    mixer,
    encoder,
    timeline,
    programDateTime,
    sources: () => [...runs.keys(), ...(timeline.source === null ? [] : [timeline.source])],
    silentMs: () => publishedAtMs === null ? null : clock.nowMs() - publishedAtMs,
    async stop() {
      stopTicks();
      slates.stop();
      mixer.close();
      await encoder.stop();
    },
  };
}

const MOST_SECONDS_UNCONFIGURED = 5;
