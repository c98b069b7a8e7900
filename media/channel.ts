import type { Dvr } from "./archive/dvr.ts";
import { openDvr } from "./archive/open_dvr.ts";
import { createDonors, type Donors } from "./audience/donors.ts";
import { createHouse, type House } from "./audience/house.ts";
import { createMotionReader } from "./audience/motion_samples.ts";
import { restSecondsOf } from "./audience/viewer.ts";
import { createViewerIds } from "./audience/viewer_ids.ts";
import { loadKey } from "./audience/viewer_key.ts";
import { createViewers, type Viewers } from "./audience/viewers.ts";
import { openWishStore } from "./audience/wish_store.ts";
import { createLauncher } from "./ffmpeg/launcher.ts";
import { createRunId, type Run, type RunEnd } from "./ffmpeg/run.ts";
import type { OperatingSystem } from "./ffmpeg/source.ts";
import { superviseRuns, type SupervisorState } from "./ffmpeg/supervisor.ts";
import { makeThumbnail } from "./ffmpeg/thumbnail.ts";
import { type Ladder, RENDITION_NAMES, type RenditionName } from "./hls/rendition.ts";
import { createSegmenter } from "./hls/segmenter.ts";
import { createWindow, type Window } from "./hls/window.ts";
import { createInits } from "./mp4/inits.ts";
import type { Settings, SourceWish } from "./settings.ts";
import { createSlateKeeper } from "./slate_keeper.ts";
import { prepareSlate } from "./slates.ts";
import { createTimelineClock } from "./timeline/clock.ts";
import { feedRun } from "./timeline/feed.ts";
import { createGrid, type Grid } from "./timeline/grid.ts";
import { createMemoryWriter, loadMemory } from "./timeline/memory_file.ts";
import { startTimeline } from "./timeline/resume.ts";
import { createTimeline } from "./timeline/timeline.ts";
import { createVariants, type Variant } from "./variants.ts";

export interface ChannelStatus {
  readonly state: SupervisorState["kind"];
  /** The run or the stint of the slate that is being shown; null before the first picture. */
  readonly showing: string | null;
  readonly ladder: Ladder;
  readonly startedAtMs: number;
}

/** The one live object that the doors hold. */
export interface Channel {
  readonly settings: Settings;
  readonly grid: Grid;
  readonly window: Window;
  readonly viewers: Viewers;
  readonly house: House;
  readonly donors: Donors;
  readonly dvr: Dvr;
  /** Best first; empty until the first segment is closed. */
  variants(): readonly Variant[];
  init(source: string, rendition: RenditionName): Uint8Array | null;
  /** A JPEG of the newest closed segment in LQ; null before the first, or where ffmpeg fails. */
  takeThumbnail(): Promise<Uint8Array<ArrayBuffer> | null>;
  status(): ChannelStatus;
  /** The same as numbers, for machines: name, what it tells, value. */
  gauges(): Iterable<readonly [name: string, help: string, value: number]>;
  /** Ends ffmpeg, lets everybody who waits go, and writes what the next life must know. */
  stop(): Promise<void>;
}

const KEEP_SECONDS = 60;
/** The slate is fed a frame or two at a time; a run that delivers only needs to be watched. */
const SLATE_TICK_MS = 40;
const RUN_TICK_MS = 200;
/** A first picture that is not there by now is not waited for: the show begins with the slate. */
const BEGIN_WITH_SLATE_AFTER_MS = 3000;
/** Media time is marked as spent this far ahead, so that the memory need not be written at each part of a long segment. */
const SPENT_AHEAD_SECONDS = 1;

export interface ChannelOptions {
  readonly settings: Settings;
  readonly source: Exclude<SourceWish, { kind: "camera_list" }>;
  readonly ffmpeg: { readonly version: string; readonly major: number };
  readonly machine: { readonly os: OperatingSystem; readonly display: string | null };
  /** Takes whole lines for the streamer. */
  readonly log: (line: string) => void;
}

/** Builds the channel and starts its first run. */
export async function openChannel(o: ChannelOptions): Promise<Channel> {
  const { settings, log } = o;
  const grid = createGrid(settings);
  const startedAtMs = Date.now();
  const memoryPath = `${settings.dataDir}/timeline.json`;
  const start = startTimeline(await loadMemory(memoryPath), grid, startedAtMs);
  const memory = createMemoryWriter(memoryPath, (problem) => log(`Cannot write ${memoryPath}: ${problem}`));

  const window = createWindow({ keepSeconds: KEEP_SECONDS, now: Date.now });
  const dvr = openDvr({
    folder: `${settings.dataDir}/dvr`,
    wantedSeconds: settings.dvrSeconds,
    window,
    windowSeconds: KEEP_SECONDS,
    grid,
    log,
  });
  const clock = createTimelineClock(grid.rate, start.offsetMs);
  const inits = createInits(grid);
  let ladder = settings.ladder;
  let runs = 0;
  let spentSeconds = 0;

  const donors = createDonors({ now: Date.now });
  const house = createHouse({
    ladder: settings.ladder,
    uplinkBitsPerSecond: settings.uplinkBitsPerSecond,
    motionThreshold: settings.motionThreshold,
    segmentSeconds: grid.framesPerSegment / grid.rate,
    partsPerSecond: grid.rate / grid.framesPerPart,
    isEvenLadder: settings.isEvenLadder,
    isBoosted: ({ publicId }) => donors.boostedUntilMs(publicId) !== null,
    now: Date.now,
    log,
  });
  const wishes = openWishStore({ path: `${settings.dataDir}/wishes.sqlite`, now: Date.now, log });
  if (wishes.problem !== null) log(wishes.problem);
  const viewerKey = await loadKey(settings.dataDir, startedAtMs);
  if (viewerKey.problem !== null) log(viewerKey.problem);
  const viewers = createViewers({
    ids: createViewerIds({ key: viewerKey.key, layout: JSON.stringify([settings.segmentSeconds, settings.ladder]) }),
    ladder: settings.ladder,
    targetDurationSeconds: grid.targetDurationSeconds,
    now: Date.now,
    circumstances: house.circumstances,
    wishes: wishes.store,
    maxPresent: settings.maxViewers,
    restSegments: (client) => Math.ceil(restSecondsOf(client, settings.isEvenLadder) / settings.segmentSeconds),
  });

  const segmenter = createSegmenter({
    grid,
    firstMsn: start.msnAt,
    initRuns: inits.sourcesOf,
    dueMs: clock.dueMs,
    onClosed() {
      clock.correct();
      dvr.noteClosed();
      inits.keepOnly(usedSources());
    },
    sink: {
      ...window,
      announce(head) {
        house.settle({ nowMs: Date.now(), segments: window.segments, present: viewers.active(), isSlate: timeline.isSlate });
        window.announce(head);
      },
      publish(part) {
        window.publish(part);
        remember(part.msn);
      },
    },
  });
  const timeline = createTimeline({
    grid,
    clock,
    sink: segmenter,
    startFrame: start.frameAt,
    newStint() {
      const id = createRunId(Date.now());
      inits.add(id, slates.configs!);
      return id;
    },
  });

  function usedSources(): Set<string> {
    const used = window.segments.flatMap((segment) => [segment.run, ...segment.initRuns]);
    return new Set([...used, ...dvr.runs(), ...(timeline.source ? [timeline.source] : []), ...(current ? [current.id] : [])]);
  }

  function remember(msn: number): void {
    const segment = window.find(msn)!;
    const endSeconds = segment.mediaTimeSeconds + segment.durationSeconds;
    if (segment.parts.length > 1 && endSeconds + grid.partTargetSeconds <= spentSeconds) return;
    spentSeconds = endSeconds + SPENT_AHEAD_SECONDS;
    memory.save({ msn, mediaTimeSeconds: segment.mediaTimeSeconds, spentSeconds, offsetMs: clock.offsetMs });
  }

  const slates = createSlateKeeper({
    prepare: (wanted) =>
      prepareSlate({
        ladder: wanted,
        grid,
        picture: settings.slatePicture,
        ffmpegVersion: o.ffmpeg.version,
        folder: settings.dataDir,
      }),
    onSlate: timeline.setSlate,
    now: Date.now,
    log,
  });

  let isStopping = false;
  let current: Run | null = null;
  const launcher = createLauncher({
    source: o.source,
    ladder: settings.ladder,
    grid,
    folder: settings.dataDir,
    ffmpegMajor: o.ffmpeg.major,
    ...o.machine,
  });

  async function startRun(signal: AbortSignal): Promise<Run | RunEnd> {
    const launch = await launcher.prepare(signal);
    if (launch.kind === "failed") {
      await slates.want(ladder);
      timeline.beginWithSlate(Date.now());
      return launch.end;
    }
    ladder = launch.ladder;
    const ready = slates.want(ladder);
    if (slates.configs === null) await ready;
    return launch.start();
  }

  function onRun(run: Run): void {
    runs++;
    current = run;
    timeline.beginRun(run.id, launcher.pictureEveryMs, Date.now());
    const motionReader = createMotionReader();
    feedRun(run, grid, {
      configured: (pictures, sound) => void inits.add(run.id, { pictures, sound }),
      row: (row) => timeline.addRow(run.id, row, Date.now()),
      untilDueMs(picture) {
        const dueMs = timeline.dueMs(run.id, picture);
        return dueMs === null ? null : dueMs - Date.now();
      },
      sound: (frame) => timeline.addSound(run.id, frame),
      motion: (text) => motionReader.push(text).forEach(house.takeMotion),
    }, slates.configs?.sound ?? null);
    run.ended.then(() => {
      if (current === run) current = null;
      timeline.endRun(run.id, Date.now());
    });
  }

  const supervisor = superviseRuns({
    startRun,
    onRun,
    onState(state, why) {
      const said = sayState(state, why);
      if (said) log(said);
    },
    now: Date.now,
    random: Math.random,
  });
  function tick(): void {
    const nowMs = Date.now();
    if (timeline.source === null && nowMs - startedAtMs > BEGIN_WITH_SLATE_AFTER_MS) {
      slates.want(ladder).then(() => timeline.beginWithSlate(Date.now()));
    }
    timeline.tick(nowMs);
    ticking = setTimeout(tick, timeline.isSlate ? SLATE_TICK_MS : RUN_TICK_MS);
  }
  let ticking = setTimeout(tick, RUN_TICK_MS);

  async function takeThumbnail(): Promise<Uint8Array<ArrayBuffer> | null> {
    const newest = window.segments.findLast((segment) => segment.isClosed);
    const rendition = settings.ladder.length - 1;
    const init = newest && inits.find(newest.initRuns[rendition]!, rendition);
    if (!newest || !init) return null;
    const outcome = await makeThumbnail([init.bytes, ...newest.parts.map((part) => part.bodies[rendition]!)]);
    return outcome.kind === "picture" ? outcome.jpeg : null;
  }

  return {
    settings,
    grid,
    window,
    viewers,
    house,
    donors,
    dvr,
    variants: createVariants({ window, inits, ladder: settings.ladder, rate: grid.rate }),
    takeThumbnail,
    init: (source, rendition) => inits.find(source, RENDITION_NAMES.indexOf(rendition))?.bytes ?? null,
    status: () => ({
      state: supervisor.state.kind,
      showing: timeline.source,
      ladder,
      startedAtMs,
    }),
    gauges: () => [
      ["runs_started", "Runs of ffmpeg since the server was started", runs],
      ["slate_shown", "1 while the slate is shown", timeline.isSlate ? 1 : 0],
      ["clock_offset_seconds", "Wall clock less media time", clock.offsetMs / 1000],
      ["window_segments", "Segments that can be fetched", window.segments.length],
      ["ffmpeg_speed", "Of the encoder, 1 is real time; 0 without a run", current?.progress.latest?.speed ?? 0],
    ],
    async stop() {
      if (isStopping) return;
      isStopping = true;
      slates.stop();
      clearTimeout(ticking);
      window.end();
      await supervisor.stop();
      await dvr.stop();
      await memory.settled();
      wishes.store.close();
    },
  };
}

/** A line for the streamer, null where there is nothing to tell. */
function sayState(state: SupervisorState, why: string): string | null {
  switch (state.kind) {
    case "running":
      return `Live. ${why}.`;
    case "stalled":
      return "The picture stays away; the slate is shown.";
    case "backing_off":
      return `${why.replace(/\.$/, "")}. The slate is shown; next try in ${(state.delayMs / 1000).toFixed(1)} s.`;
    case "stopping":
      return "Ending the show.";
    case "starting":
    case "stopped":
      return null;
  }
}
