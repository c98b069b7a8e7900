import { setTimeout as delay } from "node:timers/promises";
import type { Dvr } from "./archive/dvr.ts";
import type { House } from "./audience/house.ts";
import type { Viewers } from "./audience/viewers.ts";
import type { PictureEncoding } from "./encoder/arguments.ts";
import type { Filter } from "./encoder/filters.ts";
import type { HardwareName } from "./encoder/hardware/hardware.ts";
import { fitCanvas } from "./encoder/fit_ladder.ts";
import type { Ladder } from "./hls/rendition.ts";
import type { Window } from "./hls/window.ts";
import { createPicturePool, type PicturePool } from "./intake/raw_picture.ts";
import { KEPT_AFTER_END_MS } from "./life/show_life.ts";
import type { Overlay } from "./mixer/canvas/overlay.ts";
import type { Size } from "./mixer/canvas/size.ts";
import { drawCard, type DrawnCard } from "./mixer/draw_card.ts";
import { createOverlays } from "./mixer/overlays/overlays.ts";
import { NO_SOURCE, type Scene, sourcesOf } from "./mixer/scene.ts";
import type { Sources } from "./mixer/sources/sources.ts";
import type { Inits } from "./mp4/inits.ts";
import type { Settings } from "./settings/settings.ts";
import { type Show, startShow } from "./show.ts";
import { prepareSlate as prepareSlateOf, type SlateOutcome } from "./slates.ts";
import type { ShowClock } from "./timeline/clock.ts";
import type { Grid } from "./timeline/grid.ts";
import { startTimeline, type TimelineMemory } from "./timeline/resume.ts";
import { setSystemTimer } from "./timer.ts";

/** One show after the other, each going on in MSN and media time behind the one before. */
export interface Shows {
  /** The one that is on; null off the air, and while one is being set up. */
  readonly show: Show | null;
  /** As it is encoded: from the first show on fitted to the canvas. */
  readonly ladder: Ladder;
  /** Decided once, at the first show or when it is asked for before: by what the sources' sizes are then. */
  canvas(): Promise<Size>;
  /** A show begins within 3 s, with its source, or with the card. */
  begin(): void;
  /** Resolves when a show is on, or none is wanted any more. */
  readonly begun: Promise<void>;
  /** The card stands, with what is left until then; the sources stay open. */
  pause(backAtMs: number | null): void;
  /** The scene stands again, also where the closing card stood. */
  goOn(): void;
  /** The closing card stands. */
  close(): void;
  /** All that encodes and decodes ends, then every playlist. */
  end(): void;
  /** Shows the scene, from the next tick on or over so long; later, where the card stands by wish. */
  showScene(scene: Scene, fadeMs: number): void;
  setFilter(filter: Filter): void;
  /** Lay over the scene, not over a card that stands by wish. */
  setOverlays(overlays: readonly Overlay[]): void;
  stop(): Promise<void>;
}

/** A first picture that is not there by now is not waited for: the show begins with the card. */
const BEGIN_WITH_CARD_AFTER_MS = 3000;
/** The canvas fits the sources that are known by then. */
const CANVAS_DECIDED_AFTER_MS = 2500;
/** Media time is marked as spent this far ahead, so that the memory need not be written at each part of a long segment. */
const SPENT_AHEAD_SECONDS = 1;
/** A card comes and goes so softly. */
const CARD_FADE_MS = 250;
const CLOSING_WORDS = "Thank you for watching";

interface Canvas {
  readonly size: Size;
  readonly pool: PicturePool;
}

export function createShows(o: {
  readonly settings: Settings;
  readonly ffmpegVersion: string;
  /** Encodes HQ; null: libx264. */
  readonly hardware: HardwareName | null;
  readonly grid: Grid;
  readonly clock: ShowClock;
  readonly window: Window;
  readonly inits: Inits;
  readonly dvr: Dvr;
  readonly house: House;
  readonly viewers: Viewers;
  readonly sources: Sources;
  /** Called with the time of each tick, after the sources. */
  readonly onTick: (showMs: number) => void;
  readonly memory: { readonly found: TimelineMemory | null; readonly save: (memory: TimelineMemory) => void };
  readonly scene: Scene;
  readonly now: () => number;
  readonly log: (line: string) => void;
}): Shows {
  const { settings, grid, clock, window, inits, dvr, house, viewers, sources, log, now } = o;
  let { scene } = o;
  let filter: Filter = "none";
  let memory = o.memory.found;
  let spentSeconds = 0;
  let deciding: Promise<Canvas> | null = null;
  let ladder = settings.ladder;
  let show: Show | null = null;
  /** Counts what was wished, so that a show that is being set up when it is not wanted any more does not begin. */
  let turn = 0;
  /** The shows before are over when this resolves. */
  let over: Promise<void> = Promise.resolve();
  let begun = Promise.withResolvers<void>();
  let manner: "scene" | "paused" | "closing" = "scene";
  let closing: DrawnCard | null = null;
  let overlays: readonly Overlay[] = [];
  let onPause: readonly Overlay[] = [];
  let cancelClear = () => {};
  let stopShow: () => Promise<void> = () => Promise.resolve();

  const countdown = createOverlays({
    canvas,
    folder: settings.dataDir,
    setTimer: setSystemTimer,
    nowMs: Date.now,
    onChange(next) {
      onPause = next;
      lay();
    },
  });

  async function canvas(): Promise<Size> {
    return (await decide()).size;
  }

  function decide(): Promise<Canvas> {
    return deciding ??= sources.look(CANVAS_DECIDED_AFTER_MS).then((sizes) => {
      ladder = fitCanvas(settings.ladder, sizes);
      const [{ width, height }] = ladder;
      const pool = createPicturePool(width * height * 3 / 2);
      sources.open({ canvas: { width, height }, pool });
      return { size: { width, height }, pool };
    }).catch((problem) => {
      deciding = null;
      throw problem;
    });
  }

  async function setUp(mine: number): Promise<void> {
    const wantedAtMs = now();
    const { size, pool } = await decide();
    await over;
    if (mine !== turn) return;
    window.clear();
    sources.use(sourcesOf(scene));
    const card = drawCard({ path: settings.slatePicture, canvas: size, pool, log });
    const waitMs = BEGIN_WITH_CARD_AFTER_MS - (now() - wantedAtMs);
    await Promise.race([sources.prepare(scene.source), delay(Math.max(0, waitMs))]);
    if (mine !== turn) return void await card.close();
    const own = show = start(pool, card);
    stopShow = async () => {
      await own.stop();
      await card.close();
    };
    // It may have become another one meanwhile.
    sources.use(sourcesOf(scene));
    stand();
    begun.resolve();
  }

  function start(pool: PicturePool, card: DrawnCard): Show {
    // What the encoder still gives back while it ends comes too late.
    let isOver = false;
    const own: Show = startShow({
      grid,
      clock,
      start: startTimeline(memory, grid, Date.now()),
      ladder,
      folder: settings.dataDir,
      inits,
      window: {
        ...window,
        announce(head) {
          if (isOver) return;
          house.settle({
            nowMs: now(),
            segments: window.segments,
            present: viewers.active(),
            isSlate: own.timeline.isSlate,
          });
          window.announce(head);
        },
        publish(part) {
          if (isOver) return;
          window.publish(part);
          remember(part.msn, own);
        },
      },
      onClosed() {
        dvr.noteClosed();
        inits.keepOnly(usedSources(own));
      },
      scene,
      filter,
      hardware: o.hardware,
      pool,
      inputOf: sources.inputOf,
      gainOf: sources.gainOf,
      advance(showMs) {
        sources.advance(showMs);
        o.onTick(showMs);
      },
      card: () => manner === "closing" && closing !== null ? closing.picture() : card.picture(),
      prepareSlate,
      onMotion: house.takeMotion,
      log,
    });
    return {
      ...own,
      stop() {
        isOver = true;
        return own.stop();
      },
    };
  }

  /** The streamer's card, or where that cannot be encoded, our own. */
  async function prepareSlate(encoding: PictureEncoding): Promise<SlateOutcome> {
    const own = { encoding, grid, picture: settings.slatePicture, ffmpegVersion: o.ffmpegVersion, folder: settings.dataDir };
    const outcome = await prepareSlateOf(own);
    if (outcome.kind === "slate" || own.picture === null) return outcome;
    log(`${outcome.reason} Our own card is shown instead.`);
    return await prepareSlateOf({ ...own, picture: null });
  }

  function usedSources(show: Show): Set<string> {
    const used = window.segments.flatMap((segment) => [segment.run, ...segment.initRuns]);
    return new Set([...used, ...dvr.runs(), ...show.sources()]);
  }

  function remember(msn: number, { programDateTime }: Show): void {
    const segment = window.find(msn)!;
    const endSeconds = segment.mediaTimeSeconds + segment.durationSeconds;
    if (segment.parts.length > 1 && endSeconds + grid.partTargetSeconds <= spentSeconds) return;
    spentSeconds = endSeconds + SPENT_AHEAD_SECONDS;
    memory = {
      msn,
      mediaTimeSeconds: segment.mediaTimeSeconds,
      spentSeconds,
      offsetMs: Date.now() - endSeconds * 1000,
      toldOffsetMs: programDateTime.offsetMs,
    };
    o.memory.save(memory);
  }

  /** What stands on the canvas by wish. */
  function stand(fadeMs = 0): void {
    show?.mixer.show(manner === "scene" ? scene : { source: NO_SOURCE, inset: null }, fadeMs);
    lay();
  }

  function lay(): void {
    show?.mixer.setOverlays(manner === "scene" ? overlays : manner === "paused" ? onPause : []);
  }

  function setManner(next: typeof manner): void {
    const fadeMs = next === manner ? 0 : CARD_FADE_MS;
    manner = next;
    if (next !== "paused") void countdown.setText(null);
    stand(fadeMs);
  }

  async function drawClosing(): Promise<void> {
    const { size, pool } = await decide();
    const drawn = drawCard({ path: settings.slatePicture, canvas: size, pool, text: CLOSING_WORDS, isTextAlone: true, log });
    await drawn.drawn;
    if (manner !== "closing" || closing !== null) return void await drawn.close();
    closing = drawn;
  }

  async function finish(): Promise<void> {
    const stopping = stopShow();
    stopShow = () => Promise.resolve();
    show = null;
    window.finish();
    dvr.noteClosed();
    await stopping;
    await closing?.close();
    closing = null;
    clock.rest();
    await sources.rest();
  }

  return {
    get show() {
      return show;
    },
    get ladder() {
      return ladder;
    },
    canvas,
    begin() {
      manner = "scene";
      const mine = ++turn;
      cancelClear();
      window.clear();
      setUp(mine).catch((problem) => log(`The show cannot begin: ${problem instanceof Error ? problem.message : problem}`));
    },
    get begun() {
      return begun.promise;
    },
    pause(backAtMs) {
      setManner("paused");
      if (backAtMs !== null) void countdown.setText({ kind: "countdown", untilMs: backAtMs, corner: "bottom_left" });
      else void countdown.setText(null);
    },
    goOn: () => setManner("scene"),
    close() {
      void drawClosing();
      setManner("closing");
    },
    end() {
      turn++;
      begun.resolve();
      begun = Promise.withResolvers<void>();
      over = finish().catch((problem) => log(`The show did not end in order: ${problem instanceof Error ? problem.message : problem}`));
      cancelClear();
      cancelClear = setSystemTimer(window.clear, KEPT_AFTER_END_MS);
    },
    showScene(next, fadeMs) {
      scene = next;
      if (show === null) return;
      sources.use(sourcesOf(scene));
      if (manner === "scene") show.mixer.show(scene, fadeMs);
    },
    setFilter(next) {
      filter = next;
      show?.encoder.setFilter(filter);
    },
    setOverlays(next) {
      overlays = next;
      lay();
    },
    async stop() {
      turn++;
      begun.resolve();
      cancelClear();
      countdown.close();
      await Promise.all([sources.stop(), stopShow(), over]);
      await Promise.race([deciding, delay(100)]);
    },
  };
}
