import type { Publisher } from "../../ingest/publisher.ts";
import { type Device, listDevices } from "../../intake/devices.ts";
import { lookFirst } from "../../intake/look.ts";
import { hintAt, type IntakePlan, type OperatingSystem, planIntake, type PlannedInput } from "../../intake/plan.ts";
import type { PicturePool, RawPicture } from "../../intake/raw_picture.ts";
import { describePublisher } from "../../intake/publisher_input.ts";
import type { Found } from "../../intake/streams.ts";
import type { NamedSource, SourceWish } from "../../settings/settings.ts";
import { PUBLISHED_BY } from "../../settings/source.ts";
import { createTeller, sayDuration } from "../../teller.ts";
import type { ShowClock } from "../../timeline/clock.ts";
import { drawCard, type DrawnCard } from "../draw_card.ts";
import type { LifeParts, Opened } from "./life.ts";
import type { MixInput } from "../mixer.ts";
import { AS_IT_COMES, gainOf, type SourceSound } from "../scene.ts";
import { createPublisherSource, type PublisherSource } from "./publisher_source.ts";
import type { SourceState } from "./presence.ts";
import { createSource, type Looked, type Source, type SourceOptions } from "./source.ts";

/** What is told of a source; never a secret of its address. */
export interface SourceView {
  readonly id: string;
  readonly name: string;
  readonly kind: SourceWish["kind"] | "publisher";
  readonly state: SourceState;
  /** How long it has been away; null where it is not. */
  readonly awayMs: number | null;
  /** What the newest look found; null before the first. */
  readonly found: Found | null;
  readonly sound: SourceSound;
}

/** All that the streamer can show. */
export interface Sources {
  list(): readonly SourceView[];
  /** One line of what a source really is. */
  describe(id: string): string;
  /** Whether sound was found in it. */
  hasSound(id: string): boolean;
  inputOf(id: string): MixInput | null;
  isOpen(id: string): boolean;
  /** What stands in an open source then, not retained, for who only looks: what waits for its first showing goes on waiting. */
  peekAt(id: string, showMs: number): RawPicture | null;
  /** What its sound is multiplied by. */
  gainOf(id: string): number;
  /** From now on it is heard so, in whatever scene; also a publisher that comes back. False where there is no such source. */
  setSound(id: string, sound: Partial<SourceSound>): boolean;
  /** Looks into all of them, for so long at the most, and gives the sizes that were found; null where one is not known. */
  look(limitMs: number): Promise<readonly ({ readonly width: number; readonly height: number } | null)[]>;
  /** The canvas is decided: from now on sources can be opened. */
  open(o: { readonly canvas: LifeParts["canvas"]; readonly pool: PicturePool }): void;
  /** These are needed now; all others are closed a little later. */
  use(ids: readonly string[]): void;
  /** Opens a source where it is not; resolves when its first picture is there, or with why it is not. */
  prepare(id: string): Promise<{ readonly kind: "ready" } | { readonly kind: "not_ready"; readonly reason: string }>;
  /** Called with each tick, before it is made. */
  advance(showMs: number): void;
  add(source: NamedSource): SourceView;
  /** A publisher that has come: the source of its key, at its next stay the same one. Out of use it goes when its publisher does. */
  addPublisher(publisher: Publisher): SourceView;
  /** False where there is no such source, or where it is in use: on air, or published to now. */
  remove(id: string): boolean;
  /** Nothing is shown any more: all are closed, until they are used again. */
  rest(): Promise<void>;
  readonly pids: readonly number[];
  stop(): Promise<void>;
}

export interface Machine {
  readonly os: OperatingSystem;
  /** The X display, where there is one. */
  readonly display: string | null;
  readonly isWayland: boolean;
  readonly ffmpegMajor: number;
  readonly hasZscale: boolean;
}

export interface SourcesOptions {
  /** At least one; the first is on air. */
  readonly named: readonly NamedSource[];
  readonly machine: Machine;
  /** HQ's set size, and the rate of the show. */
  readonly largest: { readonly width: number; readonly height: number };
  readonly rate: number;
  readonly folder: string;
  readonly title: string;
  readonly clock: ShowClock;
  readonly log: (line: string) => void;
  readonly now: () => number;
}

/** A wish to show a source waits for its first picture so long. */
const READY_WITHIN_MS = 3000;
const CLOSED_AFTER_MS = 5000;
/** A graph can be pages long. */
const MOST_NAME = 100;
/** Of a list so many are looked into at the start. */
const MOST_LOOKS = 8;

interface Entry {
  readonly id: string;
  name: string;
  readonly wish: SourceWish;
  source: Source | null;
  /** Who publishes, or has published last; null for what is no publisher. */
  publisher: Publisher | null;
  /** Its stay is over: out of use it would only be in the way. */
  isGone: boolean;
  /** The look of the start, until the source is opened for the first time. */
  looking: Promise<Looked> | null;
  /** What that found. */
  found: Found | null;
  /** In milliseconds of the show: when it was needed last. */
  usedAtMs: number;
}

export function createSources(o: SourcesOptions): Sources {
  const { machine, clock, log } = o;
  const entries: Entry[] = [];
  let made = 0;
  let used: readonly string[] = [];
  let opened: { readonly canvas: LifeParts["canvas"]; readonly pool: PicturePool } | null = null;
  let card: DrawnCard | null = null;
  const aborter = new AbortController();
  /** By the id: of those that are not as they come. */
  const sounds = new Map<string, SourceSound>();
  for (const { wish, text } of o.named) add(wish, text);

  function add(wish: SourceWish, name: string, id = `${++made}`): Entry {
    const entry: Entry = { id, name, wish, source: null, publisher: null, isGone: false, looking: null, found: null, usedAtMs: -Infinity };
    entries.push(entry);
    const hint = hintAt(wish, machine);
    if (hint !== null) log(hint);
    return entry;
  }

  async function plan(entry: Entry): Promise<IntakePlan> {
    const { wish } = entry;
    const needsDevices = wish.kind === "default" || (wish.kind === "camera" && (wish.video === null || machine.os === "windows"));
    const devices = needsDevices ? await listDevices(machine.os, { signal: aborter.signal }) : [];
    const names = (kind: "camera" | "microphone") => devices.filter((device) => device.kind === kind).map(({ id }) => id);
    if (wish.kind === "default") entry.name = nameDefault(devices.find(({ kind }) => kind === "camera"));
    const canvas = opened?.canvas ?? o.largest;
    if (wish.kind === "camera_list") return { kind: "problem", reason: "A list of cameras cannot be shown" };
    return planIntake(wish, { ...machine, cameras: names("camera"), microphones: names("microphone") }, { ...canvas, rate: o.rate });
  }

  async function lookInto(entry: Entry): Promise<Looked> {
    const planned = await plan(entry);
    const opened = new Map<PlannedInput, Opened>();
    await Promise.all(
      (planned.kind === "plan" ? planned.inputs : []).slice(0, MOST_LOOKS).map(async (input) => {
        if (input.known) return void opened.set(input, { way: input.pictures[0]!, found: input.known });
        if (input.pictures.some(({ takesOneConnection }) => takesOneConnection)) return;
        const outcome = await lookFirst(input.pictures, "picture", { canvas: o.largest, signal: aborter.signal });
        if (outcome.kind === "opened") opened.set(input, outcome);
      }),
    );
    entry.found = opened.values().next().value?.found ?? null;
    return { plan: planned, opened };
  }

  function sourceOf(entry: Entry): Source {
    if (entry.source) return entry.source;
    const { canvas, pool } = opened!;
    const name = () => quoteName(entry);
    const why = (reason: string) => trim(reason.replace(`${entry.name}: `, ""));
    const { looking, wish } = entry;
    entry.looking = null;
    const create = PUBLISHED_BY[wish.kind] === undefined ? createSource : (o: SourceOptions) => createPublished(entry, o);
    return entry.source = create({
      plan: () => plan(entry),
      looked: looking,
      random: Math.random,
      titleCard,
      parts: {
        canvas,
        pool,
        rate: o.rate,
        folder: o.folder,
        ffmpegMajor: machine.ffmpegMajor,
        hasZscale: machine.hasZscale,
        clock,
        note: (text) => log(`${name()} ${text}.`),
      },
      teller: createTeller({
        now: o.now,
        log,
        say: {
          begins: (reason) => `${name()} is away: ${why(reason)}.${used.includes(entry.id) ? " The card is shown." : ""}`,
          lasts: (reason, forMs, times) => `${name()} is still away after ${sayDuration(forMs)} (${times} tries): ${why(reason)}.`,
          isOver: (forMs) => `${name()} is back after ${sayDuration(forMs)}.`,
        },
      }),
    });
  }

  /** A publisher's source; without one what stands for whoever comes, of which nothing more is to be said than at the start. */
  function createPublished({ publisher, wish }: Entry, o: SourceOptions): PublisherSource {
    const teller = publisher === null ? { trouble() {}, over() {} } : o.teller;
    const source = createPublisherSource({ ...o, teller, waitsFor: `it waits for ${PUBLISHED_BY[wish.kind]}` });
    if (publisher !== null) source.take(publisher);
    return source;
  }

  /** Drawn when it is needed for the first time. */
  function titleCard(): RawPicture {
    card ??= drawCard({ path: null, ...opened!, text: o.title, log });
    return card.picture();
  }

  function view({ id, name, wish, source, found, publisher }: Entry): SourceView {
    const told = publisher && describePublisher(publisher.stats, o.largest);
    const state = source?.state ?? { kind: "closed" };
    return {
      id,
      name: publisher?.name ?? name,
      kind: publisher ? "publisher" : wish.kind,
      state,
      awayMs: state.kind === "away" ? clock.nowMs() - state.sinceMs : null,
      found: source?.found ?? told ?? found,
      sound: soundOf(id),
    };
  }

  function soundOf(id: string): SourceSound {
    return sounds.get(id) ?? AS_IT_COMES;
  }

  function sourceAt(id: string): Source | null {
    return entries.find((entry) => entry.id === id)?.source ?? null;
  }

  function drop(entry: Entry): void {
    const at = entries.indexOf(entry);
    if (at >= 0) entries.splice(at, 1);
  }

  function closeUnused(nowMs: number): void {
    for (const entry of [...entries]) {
      if (used.includes(entry.id)) entry.usedAtMs = nowMs;
      else if (nowMs - entry.usedAtMs >= CLOSED_AFTER_MS) {
        entry.source?.close();
        if (entry.isGone) drop(entry);
      }
    }
  }

  return {
    list: () => entries.map(view),
    describe(id) {
      const entry = entries.find((one) => one.id === id);
      return entry ? describeFound(quoteName(entry), view(entry).found) : "";
    },
    hasSound(id) {
      const entry = entries.find((one) => one.id === id);
      return entry !== undefined && (view(entry).found?.sound ?? null) !== null;
    },
    inputOf: (id) => sourceAt(id),
    isOpen: (id) => sourceAt(id)?.state.kind === "open",
    peekAt: (id, showMs) => sourceAt(id)?.peekAt(showMs) ?? null,
    gainOf: (id) => gainOf(soundOf(id)),
    setSound(id, sound) {
      if (!entries.some((entry) => entry.id === id)) return false;
      sounds.set(id, { ...soundOf(id), ...sound });
      return true;
    },
    async look(limitMs) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), limitMs));
      const looks = entries.map((entry) => Promise.race([entry.looking = lookInto(entry), late]));
      const looked = await Promise.all(looks);
      clearTimeout(timer);
      return looked.map((one) => one && largest([...one.opened.values()]));
    },
    open(canvas) {
      opened = canvas;
    },
    use(ids) {
      used = ids;
      for (const entry of entries) if (used.includes(entry.id) && opened) sourceOf(entry).open();
    },
    prepare(id) {
      const entry = entries.find((one) => one.id === id);
      if (!entry || !opened) return Promise.resolve({ kind: "not_ready", reason: "there is no such source" } as const);
      const source = sourceOf(entry);
      entry.usedAtMs = clock.nowMs();
      source.open();
      return source.ready(READY_WITHIN_MS);
    },
    advance(showMs) {
      for (const { source } of entries) source?.advance(showMs);
      closeUnused(showMs);
    },
    add: ({ wish, text }) => view(add(wish, text)),
    addPublisher(publisher) {
      const id = `publisher-${publisher.keyId}`;
      const entry = entries.find((one) => one.id === id) ?? add({ kind: "obs" }, publisher.name, id);
      entry.publisher = publisher;
      entry.isGone = false;
      if (entry.source) (entry.source as PublisherSource).take(publisher);
      publisher.ended.then(() => {
        entry.isGone = entry.publisher === publisher;
        // Off the air nobody comes by to see.
        if (entry.isGone && !used.includes(id) && view(entry).state.kind === "closed") drop(entry);
      });
      return view(entry);
    },
    remove(id) {
      const at = entries.findIndex((entry) => entry.id === id);
      if (at < 0 || used.includes(id)) return false;
      const { source, publisher, isGone } = entries[at]!;
      if (publisher !== null && !isGone) return false;
      source?.close();
      entries.splice(at, 1);
      sounds.delete(id);
      return true;
    },
    async rest() {
      used = [];
      const closing = entries.map(({ source }) => source?.close());
      for (const entry of entries.filter(({ isGone }) => isGone)) drop(entry);
      await Promise.all(closing);
    },
    get pids() {
      return entries.flatMap(({ source }) => [...source?.pids ?? []]);
    },
    async stop() {
      aborter.abort();
      await Promise.all(entries.flatMap(({ source, looking }) => [source?.close(), looking]));
      await card?.close();
    },
  };
}

function largest(opened: readonly Opened[]): { readonly width: number; readonly height: number } | null {
  const pictures = opened.map(({ found }) => found.video).filter((video) => video !== null);
  return pictures.toSorted((a, b) => b.width * b.height - a.width * a.height)[0] ?? null;
}

function quoteName({ name, publisher }: Pick<Entry, "name" | "publisher">): string {
  if (publisher) return `Source '${publisher.name}'`;
  return `Source '${name.length > MOST_NAME ? `${name.slice(0, MOST_NAME)}…` : name}'`;
}

function nameDefault(camera: Device | undefined): string {
  return camera ? `camera ${camera.name || camera.id}` : "test picture, for no camera was found";
}

function trim(reason: string): string {
  return reason.replace(/\.$/, "");
}

function describeFound(name: string, found: Found | null): string {
  if (found === null) return name;
  const { video, sound } = found;
  const rate = video?.rate ? ` at ${Number(video.rate.toFixed(2))} a second` : "";
  const picture = video ? `${video.width}x${video.height}${rate}` : "no picture";
  const heard = sound
    ? `sound ${sound.channels === 1 ? "mono" : sound.channels === 2 ? "stereo" : `in ${sound.channels} channels`}`
    : "no sound";
  return `${name}: ${picture}, ${heard}`;
}
