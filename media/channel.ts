import { setTimeout as delay } from "node:timers/promises";
import type { Dvr } from "./archive/dvr.ts";
import { openDvr } from "./archive/open_dvr.ts";
import { createDonors, type Donors } from "./audience/donors.ts";
import { createHouse, type House } from "./audience/house.ts";
import { restSecondsOf } from "./audience/viewer.ts";
import { createViewerIds } from "./audience/viewer_ids.ts";
import { loadKey } from "./audience/viewer_key.ts";
import { createViewers, type Viewers } from "./audience/viewers.ts";
import { openWishStore, type WishStore } from "./audience/wish_store.ts";
import type { Filter } from "./encoder/filters.ts";
import type { HardwareName } from "./encoder/hardware/hardware.ts";
import { startJpegEncoder } from "./ffmpeg/jpeg_encoder.ts";
import { removeOldSocketFolders } from "./ffmpeg/sockets.ts";
import { makeThumbnail } from "./ffmpeg/thumbnail.ts";
import { type Ladder, RENDITION_NAMES, type RenditionName } from "./hls/rendition.ts";
import { createWindow, type Window } from "./hls/window.ts";
import type { Publisher } from "./ingest/publisher.ts";
import { openLifeFile } from "./life/life_file.ts";
import { createShowDesk, type ShowDesk } from "./life/show_desk.ts";
import { isOnAir, resumeLife } from "./life/show_life.ts";
import { createOverlays, type Overlays } from "./mixer/overlays/overlays.ts";
import { createPreviews, type Previews } from "./mixer/previews/previews.ts";
import { type Scene, sourcesOf, USUAL_INSET } from "./mixer/scene.ts";
import type { Levels } from "./mixer/sound_desk.ts";
import { createSources, type Machine, type Sources } from "./mixer/sources/sources.ts";
import { createInits, type Init } from "./mp4/inits.ts";
import { openRoom, type Room } from "./room/room.ts";
import type { Settings } from "./settings/settings.ts";
import { PUBLISHED_BY } from "./settings/source.ts";
import { createShows } from "./shows.ts";
import { createShowClock } from "./timeline/clock.ts";
import { createTeller, sayDuration } from "./teller.ts";
import { createGrid, type Grid } from "./timeline/grid.ts";
import { createMemoryWriter, loadMemory } from "./timeline/memory_file.ts";
import { setSystemTimer } from "./timer.ts";
import { createVariants, type Variant } from "./variants.ts";

/**
 * `waiting`: the show has not begun. `starting`: nothing was published yet. `live`: the source is on the canvas. `card`: it is away, and the card stands.
 * `paused`: the card stands by the streamer's wish. `stalled`: nothing is published. `ending`: the closing card stands.
 */
export type ChannelState = "waiting" | "starting" | "live" | "card" | "paused" | "stalled" | "ending" | "ended" | "stopped";

export interface ChannelStatus {
  readonly state: ChannelState;
  /** The run or the stint of the slate that is being shown; null before the first picture. */
  readonly showing: string | null;
  readonly ladder: Ladder;
  /** Since when the show has been on; null off the air. */
  readonly onAirSinceMs: number | null;
}

/** The one live object that the doors hold. */
export interface Channel {
  readonly settings: Settings;
  readonly grid: Grid;
  readonly window: Window;
  readonly viewers: Viewers;
  readonly house: House;
  readonly donors: Donors;
  /** Viewers' ids are signed with it. */
  readonly viewerKey: Uint8Array;
  /** Null where everybody may watch. */
  readonly room: Room | null;
  readonly dvr: Dvr;
  readonly sources: Sources;
  /** Starts, pauses and ends the show; what it is called. */
  readonly desk: ShowDesk;
  /** What is on the canvas. */
  readonly scene: Scene;
  /**
   * Makes the source ready, then shows it from the next tick on; or says why it cannot be, and nothing changes. A later wish replaces one that is being made
   * ready. An inset is waited for a little, and stands from its first picture on. With `fadeMs` (up to 500) the one goes over into the other.
   */
  setScene(scene: Scene, fadeMs?: number): Promise<SceneOutcome>;
  /** Laid over the whole show, but not over the encoded slate. */
  readonly filter: Filter;
  /** Viewers see it a tenth of a second later or two; it stays on whatever becomes of the encoder. */
  setFilter(filter: Filter): void;
  /** A logo and a line of text over whatever is shown. */
  readonly overlays: Pick<Overlays, "logo" | "text" | "setLogo" | "setText">;
  /** What open sources show, small. */
  readonly previews: Pick<Previews, "ask">;
  /** How loud it is now; silence before the show has begun. */
  levels(): Levels;
  /** Somebody publishes: takes the air where nothing else is there, otherwise waits as a source. Resolves when that is settled. */
  takePublisher(publisher: Publisher): Promise<void>;
  /** Best first; empty until the first segment is closed. */
  variants(): readonly Variant[];
  init(source: string, rendition: RenditionName): Uint8Array | null;
  /** The same with what is known of it. */
  findInit(source: string, rendition: RenditionName): Init | null;
  /** A JPEG of the newest closed segment in LQ; null before the first, or where ffmpeg fails. */
  takeThumbnail(): Promise<Uint8Array<ArrayBuffer> | null>;
  status(): ChannelStatus;
  /** Nothing has been published for three target durations, though the show is on. */
  readonly isStalled: boolean;
  /** The same as numbers, for machines: name, what it tells, value. */
  gauges(): Iterable<readonly [name: string, help: string, value: number]>;
  /** Ends ffmpeg, lets everybody who waits go, and writes what the next life must know. */
  stop(): Promise<void>;
}

export type SceneOutcome =
  | { readonly kind: "shown" }
  | { readonly kind: "unknown_source"; readonly source: string }
  | { readonly kind: "not_ready"; readonly reason: string }
  | { readonly kind: "replaced" };

export interface ChannelOptions {
  /** Milliseconds since 1970 of a clock that is never set. */
  readonly now: () => number;
  readonly settings: Settings;
  readonly ffmpegVersion: string;
  /** Encodes HQ; left out or null: libx264. */
  readonly hardware?: HardwareName | null;
  readonly machine: Machine;
  /** Puts before the store of wishes what knows those of other boxes, too. Left out: there are none. */
  readonly shareWishes?: (store: WishStore) => WishStore;
  /** Takes whole lines for the streamer. */
  readonly log: (line: string) => void;
}

const KEEP_SECONDS = 60;
/** Nothing published for so many target durations: the show stands still. */
const STALLED_AFTER_TARGETS = 3;
const LOOK_EVERY_MS = 500;
const INSET_WAITED_FOR_MS = 1000;
/** A publisher for which the air is free, and which cannot be shown yet. */
const TAKEN_AGAIN_AFTER_MS = 500;
/** What a microphone hears in an empty room is above this. */
const SILENT_PEAK = 1e-4;
const SILENT_AFTER_MS = 60_000;

/** Builds the channel and begins the show, where it comes up on air. */
export async function openChannel(o: ChannelOptions): Promise<Channel> {
  const { settings, log, now } = o;
  const grid = createGrid(settings);
  const startedAtMs = now();
  const memoryPath = `${settings.dataDir}/timeline.json`;
  const memory = createMemoryWriter(memoryPath, log);
  await removeOldSocketFolders(settings.dataDir);

  const window = createWindow({ keepSeconds: KEEP_SECONDS, now });
  const dvr = openDvr({
    folder: `${settings.dataDir}/dvr`,
    wantedSeconds: settings.dvrSeconds,
    window,
    windowSeconds: KEEP_SECONDS,
    grid,
    log,
  });
  const clock = createShowClock({
    rate: grid.rate,
    monotonicMs: () => performance.now(),
    onSlip: (ms) =>
      log(`Nothing could be made for ${(ms / 1000).toFixed(1)} s: the machine slept, or was too busy. The show goes on from there.`),
  });
  const inits = createInits(grid);
  let isStopping = false;

  const donors = createDonors({ now });
  const house = createHouse({
    ladder: settings.ladder,
    uplinkBitsPerSecond: settings.uplinkBitsPerSecond,
    motionThreshold: settings.motionThreshold,
    segmentSeconds: grid.framesPerSegment / grid.rate,
    partsPerSecond: grid.rate / grid.framesPerPart,
    isEvenLadder: settings.isEvenLadder,
    isBoosted: ({ publicId }) => donors.boostedUntilMs(publicId) !== null,
    now,
    log,
  });
  const wishes = openWishStore({ path: `${settings.dataDir}/wishes.sqlite`, now: Date.now, log });
  if (wishes.problem !== null) log(wishes.problem);
  const viewerKey = await loadKey(settings.dataDir, startedAtMs);
  if (viewerKey.problem !== null) log(viewerKey.problem);
  const { roomKey } = settings;
  const opened = roomKey === null
    ? null
    : await openRoom({ roomKey, signingKey: viewerKey.key, dataDir: settings.dataDir, nowMs: Date.now });
  const room = opened?.room ?? null;
  if (opened?.problem) log(opened.problem);
  const viewers = createViewers({
    ids: createViewerIds({
      key: viewerKey.key,
      layout: JSON.stringify([settings.segmentSeconds, settings.ladder, ...(roomKey === null ? [] : [roomKey])]),
    }),
    ladder: settings.ladder,
    targetDurationSeconds: grid.targetDurationSeconds,
    now,
    circumstances: house.circumstances,
    wishes: o.shareWishes?.(wishes.store) ?? wishes.store,
    ...(room === null ? {} : { isOver: room.invites.isOver }),
    maxPresent: settings.maxViewers,
    restSegments: (client) => Math.ceil(restSecondsOf(client, settings.isEvenLadder) / settings.segmentSeconds),
  });

  const sources = createSources({
    named: settings.sources,
    machine: o.machine,
    rate: grid.rate,
    largest: settings.ladder[0],
    folder: settings.dataDir,
    title: settings.title,
    clock,
    log,
    now,
  });
  const [first, second] = sources.list();
  let scene: Scene = {
    source: first!.id,
    inset: settings.beginsWithInset ? { ...USUAL_INSET, source: second!.id } : null,
  };
  let filter: Filter = "none";
  let wish = 0;
  let isSwitching = false;

  const shows = createShows({
    settings,
    ffmpegVersion: o.ffmpegVersion,
    hardware: o.hardware ?? null,
    grid,
    clock,
    window,
    inits,
    dvr,
    house,
    viewers,
    sources,
    onTick: (showMs) => previews.advance(showMs),
    memory: { found: await loadMemory(memoryPath), save: memory.save },
    scene,
    now,
    log,
  });
  const previews = createPreviews({
    canvas: () => shows.ladder[0],
    isOpen: sources.isOpen,
    peekAt: sources.peekAt,
    startEncoder: (size) => startJpegEncoder({ size }),
    teller: createTeller({
      now,
      log,
      say: {
        begins: (reason) => `The studio has no small pictures of the sources: ${reason.replace(/\.$/, "")}. The show goes on.`,
        lasts: (reason, forMs) => `The studio has had no small pictures for ${sayDuration(forMs)}: ${reason.replace(/\.$/, "")}.`,
        isOver: (forMs) => `The studio has small pictures again, after ${sayDuration(forMs)}.`,
      },
    }),
    now,
    setTimer: setSystemTimer,
  });
  const overlays = createOverlays({
    canvas: shows.canvas,
    folder: settings.dataDir,
    setTimer: setSystemTimer,
    nowMs: Date.now,
    onChange: shows.setOverlays,
  });
  const lifeFile = await openLifeFile({ path: `${settings.dataDir}/show.json`, nowMs: Date.now(), log });
  if (lifeFile.problem !== null) log(lifeFile.problem);
  const kept = lifeFile.found;
  let onAirSinceMs: number | null = null;
  let hasBeenLive = false;
  const desk = createShowDesk({
    resumed: resumeLife(kept, { isOffAir: settings.isOffAir }),
    said: { title: kept?.titleGiven === settings.title ? kept.said.title : null, description: kept?.said.description ?? "" },
    titleGiven: settings.title,
    stage: {
      pause: shows.pause,
      goOn: shows.goOn,
      close: shows.close,
      begin() {
        onAirSinceMs = now();
        shows.begin();
      },
      end() {
        onAirSinceMs = null;
        hasBeenLive = false;
        log("The show has ended.");
        shows.end();
      },
    },
    save: lifeFile.save,
    setTimer: setSystemTimer,
    nowMs: Date.now,
  });
  const isOn = () => isOnAir(desk.about.life);
  if (!isOn()) log("Off the air: the show is started in the studio.");

  async function setScene(next: Scene, fadeMs = 0): Promise<SceneOutcome> {
    const unknown = sourcesOf(next).find((source) => !sources.list().some(({ id }) => id === source));
    if (unknown !== undefined) return { kind: "unknown_source", source: unknown };
    const mine = ++wish;
    if (!isOn()) {
      isSwitching = false;
      shows.showScene(scene = next, 0);
      return { kind: "shown" };
    }
    sources.use([...sourcesOf(scene), ...sourcesOf(next)]);
    isSwitching = true;
    const outcome = await prepare(next);
    if (mine !== wish) return { kind: "replaced" };
    isSwitching = false;
    if (outcome.kind === "not_ready") {
      sources.use(sourcesOf(scene));
      return outcome;
    }
    shows.showScene(scene = next, fadeMs);
    return { kind: "shown" };
  }

  /** The inset is given a moment, so that both are seen at once; one that takes longer follows. */
  async function prepare({ source, inset }: Scene): ReturnType<Sources["prepare"]> {
    const insetReady = inset === null ? null : Promise.race([sources.prepare(inset.source), delay(INSET_WAITED_FOR_MS)]);
    // What is on air already stays there, and be it away.
    const outcome = source === scene.source ? { kind: "ready" as const } : await sources.prepare(source);
    if (outcome.kind === "ready") await insetReady;
    return outcome;
  }

  async function takePublisher(publisher: Publisher): Promise<void> {
    const { id, name } = sources.addPublisher(publisher);
    let isGone = false;
    publisher.ended.then(() => isGone = true);
    if (!isOn()) log(`${name} publishes, and waits for the show to begin.`);
    while (shows.show === null && !isGone && !isStopping) await Promise.race([shows.begun, publisher.ended]);
    if (isStopping) return;
    // Off the air it may have gone for good, and is another now.
    if (sourcesOf(scene).includes(id)) return sources.use(sourcesOf(scene));
    // The streamer's own wish comes first.
    if (isSwitching || !isAirFree()) return log(`${name} publishes, and waits as source ${id}: /api/studio/scene shows it.`);
    for (let isTold = false; !isGone && !isStopping && !isSwitching && isAirFree();) {
      const outcome = await setScene({ ...scene, source: id });
      if (outcome.kind !== "not_ready") return;
      if (!isTold) log(`${name} publishes, and cannot be shown yet: ${outcome.reason}.`);
      isTold = true;
      await delay(TAKEN_AGAIN_AFTER_MS);
    }
  }

  function isAirFree(): boolean {
    const onAir = sources.list().find(({ id }) => id === scene.source);
    return onAir === undefined || onAir.kind in PUBLISHED_BY || onAir.state.kind === "away";
  }

  function state(): ChannelState {
    if (isStopping) return "stopped";
    const { life } = desk.about;
    if (life.kind === "waiting" || life.kind === "ended") return life.kind;
    const { show } = shows;
    const silentMs = show?.silentMs() ?? null;
    if (show === null || silentMs === null) return "starting";
    if (silentMs > STALLED_AFTER_TARGETS * grid.targetDurationSeconds * 1000) return "stalled";
    if (life.kind !== "on_air") return life.kind;
    return show.mixer.isCard || show.timeline.isSlate ? "card" : "live";
  }

  let toldState: ChannelState = "starting";
  function tellState(): void {
    const is = state();
    if (is === toldState) return;
    if (is === "stalled") log("Nothing has been published for a while: the encoder delivers nothing. Viewers see a standing picture.");
    if (toldState === "stalled") log("The show goes on.");
    if (is === "live" && !hasBeenLive) {
      hasBeenLive = true;
      log(`Live. ${sources.describe(scene.source)}`);
    }
    toldState = is;
  }
  let soundAtMs = startedAtMs;
  let isToldSilent = false;
  /** A microphone that is muted, or the wrong one, is noticed by viewers only. */
  function tellSilence(): void {
    const isHeard = (source: string) => sources.hasSound(source) && sources.gainOf(source) > 0;
    const { show } = shows;
    if (show === null || desk.about.life.kind !== "on_air" || show.mixer.takePeak() > SILENT_PEAK || !sourcesOf(scene).some(isHeard)) {
      soundAtMs = now();
      isToldSilent = false;
    } else if (!isToldSilent && now() - soundAtMs > SILENT_AFTER_MS) {
      isToldSilent = true;
      log("There has been no sound for a minute, though the source has some: is the microphone muted?");
    }
  }
  const looking = setInterval(() => {
    tellState();
    tellSilence();
  }, LOOK_EVERY_MS);

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
    viewerKey: viewerKey.key,
    room,
    dvr,
    sources,
    desk,
    get scene() {
      return scene;
    },
    setScene,
    get filter() {
      return filter;
    },
    overlays,
    previews,
    setFilter(next) {
      shows.setFilter(filter = next);
    },
    levels: () => shows.show?.mixer.levels() ?? { mix: { peak: 0, rms: 0 }, sources: new Map() },
    takePublisher,
    variants: createVariants({ window, inits, ladder: settings.ladder, rate: grid.rate }),
    takeThumbnail,
    init: (source, rendition) => inits.find(source, RENDITION_NAMES.indexOf(rendition))?.bytes ?? null,
    findInit: (source, rendition) => inits.find(source, RENDITION_NAMES.indexOf(rendition)),
    status: () => ({ state: state(), showing: shows.show?.timeline.source ?? null, ladder: shows.ladder, onAirSinceMs }),
    get isStalled() {
      return state() === "stalled";
    },
    gauges: () => [
      ["card_shown", "1 while the card stands where the source should be", shows.show?.mixer.isCard ? 1 : 0],
      ["slate_shown", "1 while the encoder is away too and the encoded slate is shown", shows.show?.timeline.isSlate ? 1 : 0],
      ["slip_seconds", "How much of the show was never made because the machine slept or was too busy", clock.slipMs / 1000],
      ["pictures_owed", "Pictures that the encoder has and has not given back", shows.show?.encoder.owed.pictures ?? 0],
      ["pictures_left_out", "Pictures that were not encoded because the encoder was behind", shows.show?.encoder.leftOut ?? 0],
      ["encoding_step", "0 is as set; more is coarser, because the machine is too slow", shows.show?.encoder.step ?? 0],
      ["sound_missing", "1 where the source on air has sound of which nothing was heard for a minute", isToldSilent ? 1 : 0],
      ["window_segments", "Segments that can be fetched", window.segments.length],
    ],
    async stop() {
      if (isStopping) return;
      isStopping = true;
      clearInterval(looking);
      overlays.close();
      window.end();
      await Promise.all([shows.stop(), desk.stop(), previews.stop()]);
      await dvr.stop();
      await memory.settled();
      wishes.store.close();
    },
  };
}
