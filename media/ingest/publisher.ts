import { createArrivals } from "./arrivals.ts";
import { createEnvelope, type Envelope, type EnvelopeWriter, type Wanted } from "./envelope.ts";
import { createHold } from "./hold.ts";
import type { IngestItem, Metadata, PictureHeader, PictureItem, SoundHeader, SoundItem } from "./items.ts";
import type { PublisherStats } from "./judge.ts";
import { createLastGroup } from "./last_group.ts";
import { type TrackName, writeBlock, writeHead } from "./matroska.ts";
import { readPictureSize } from "./picture_size.ts";
import { createSourceClock } from "./source_clock.ts";
import type { SetTimer } from "../timer.ts";

export type PublisherState =
  | { readonly kind: "sending"; readonly address: string; readonly sinceMs: number }
  /** Its connection broke, or it is taken for broken; it may come back for as long as the desk waits. */
  | { readonly kind: "lost"; readonly sinceMs: number };

/** `stopped`: it said so. `gone`: it was lost and did not come back. `withdrawn`: its key is no longer good. `closed`: the server stops. */
export type PublisherEnd = "stopped" | "gone" | "withdrawn" | "closed";

/** One stay of one publisher: from its first picture on, over drops and returns, until it stops or stays away. A source of the mixer. */
export interface Publisher {
  /** Of its key: the same at its next stay. */
  readonly keyId: string;
  /** As the streamer has named the key: "OBS", "phone". */
  readonly name: string;
  readonly state: PublisherState;
  readonly stats: PublisherStats;
  readonly ended: Promise<PublisherEnd>;
  /** Live Matroska for one reader (an intake); may be asked for again at any time, also several at a time. Begins at once where a group of pictures is kept. */
  openEnvelope(wanted?: Wanted): Envelope;
  /** Hears of every change of state, name, codecs and size. Returns the way to hear no more. */
  subscribe(listener: () => void): () => void;
}

/** The publisher's side. All times are of one clock that never goes back. */
export interface PublisherStay {
  readonly publisher: Publisher;
  take(item: IngestItem, atMs: number): void;
  describe(metadata: Metadata): void;
  /** It connects: for the first time, or again. `askForKey` asks it for a key picture, if it is one that can be asked. */
  connect(address: string, atMs: number, askForKey: () => void): void;
  lose(atMs: number): void;
  rename(name: string): void;
  end(why: PublisherEnd): void;
  /** Null where more may be read from the publisher, otherwise when to ask again. */
  roomToRead(): Promise<void> | null;
}

/** A reader that owes more holds the publisher back: OBS leaves pictures out when 0.7 s wait to be sent. */
const MOST_OWED_MS = 500;
const MOST_OWED_BYTES = 16 * 1024 * 1024;
/** A reader that holds the publisher back for so long is let go: the publisher must not suffer from our faults. */
const HOLD_AT_MOST_MS = 3000;
/** Who begins with a longer group of pictures decodes for a while before it shows a fresh one. */
const LONG_GROUP_MS = 1000;
/** Sound that was promised is waited for so long before a stream of both begins without it. */
const WAIT_FOR_SOUND_MS = 300;

/** `onReady` is called at the first picture that a decoder can begin with: from then on there is something to show. */
export function createPublisherStay(
  o: { keyId: string; name: string; setTimer: SetTimer; onReady: (publisher: Publisher) => void },
): PublisherStay {
  const clock = createSourceClock();
  const arrivals = createArrivals();
  const listeners = new Set<() => void>();
  const writers = new Set<EnvelopeWriter>();
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<PublisherEnd>();
  let name = o.name;
  let state: PublisherState = { kind: "lost", sinceMs: 0 };
  let metadata: Metadata | null = null;
  let pictureHeader: PictureHeader | null = null;
  let soundHeader: SoundHeader | null = null;
  let isWaitingForKey = true;
  let picturesLeftOut = 0;
  let askForKey = () => {};
  let isReady = false;
  let isEnded = false;
  const group = createLastGroup();
  const hold = createHold({
    setTimer: o.setTimer,
    atMostMs: HOLD_AT_MOST_MS,
    isOwing: () => [...writers].some(isOwing),
    giveUp: endSlowReaders,
  });

  function changed(): void {
    for (const listener of listeners) listener();
  }

  function takePictureHeader(header: PictureHeader): void {
    if (pictureHeader !== null && isSame(pictureHeader, header)) return;
    const isFirst = pictureHeader === null;
    pictureHeader = header;
    isWaitingForKey = true;
    if (!isFirst) {
      endWriters("new_headers", (writer) => writer.carries("picture"));
      group.forget();
      arrivals.restart();
    }
    changed();
  }

  function takeSoundHeader(header: SoundHeader): void {
    if (soundHeader !== null && isSame(soundHeader, header)) return;
    const isFirst = soundHeader === null;
    soundHeader = header;
    if (!isFirst) {
      endWriters("new_headers", (writer) => writer.carries("sound"));
      group.forgetSound();
    }
    changed();
  }

  function endWriters(why: "new_headers" | "publisher_ended", isConcerned: (writer: EnvelopeWriter) => boolean): void {
    for (const writer of writers) {
      if (!isConcerned(writer)) continue;
      writers.delete(writer);
      writer.end(why);
    }
    hold.look();
  }

  function takePicture(item: PictureItem, atMs: number): void {
    if (pictureHeader === null || isWaitingForKey && !item.isKey) return;
    isWaitingForKey = false;
    const outMs = clock.map("picture", item.timeMs, atMs);
    arrivals.addPicture(item, outMs);
    deliver("picture", outMs, item.isKey, writeBlock("picture", Math.max(0, outMs + item.compositionMs), item.isKey, item.data));
    if (isReady) return;
    isReady = true;
    o.onReady(publisher);
  }

  function takeSound(item: SoundItem, atMs: number): void {
    if (soundHeader === null) return;
    const outMs = clock.map("sound", item.timeMs, atMs);
    arrivals.addSound(item.data, outMs);
    deliver("sound", outMs, true, writeBlock("sound", outMs, true, item.data));
  }

  function deliver(track: TrackName, outMs: number, isKey: boolean, block: Uint8Array): void {
    for (const writer of writers) if (writer.carries(track)) writer.push(block, outMs);
    group.add({ track, outMs, block }, track === "picture" && isKey);
    for (const writer of writers) beginIfReady(writer);
  }

  /** A stream of both begins with a key picture, of sound alone with what there is of it. */
  function beginIfReady(writer: EnvelopeWriter): void {
    if (writer.hasBegun) return;
    const { wanted } = writer;
    const sound = wanted === "picture" ? null : soundHeader;
    if (wanted === "sound" ? sound === null : pictureHeader === null || group.frames.length === 0) return;
    if (wanted === "both" && sound === null && metadata?.promisesSound && group.spanMs < WAIT_FOR_SOUND_MS) return;
    const picture = wanted === "sound" ? null : { header: pictureHeader!, ...pictureSize(), frameRate: frameRate() };
    const tracks: TrackName[] = [...(picture ? ["picture" as const] : []), ...(sound ? ["sound" as const] : [])];
    const due = group.frames.filter(({ track }) => tracks.includes(track));
    const edgeMs = due.findLast(({ track }) => track === "picture")?.outMs ?? null;
    writer.begin(writeHead({ picture, sound }), tracks, due.map(({ block }) => block), { edgeMs, newestMs: due.at(-1)?.outMs ?? null });
  }

  function frameRate(): number | null {
    return arrivals.stats().picturesPerSecond ?? metadata?.frameRate ?? null;
  }

  /** Matroska wants a size; the decoder takes its own from the picture. */
  function pictureSize(): { width: number; height: number } {
    const { width, height } = describePicture() ?? {};
    return { width: width ?? 1280, height: height ?? 720 };
  }

  function describePicture(): PublisherStats["picture"] {
    if (pictureHeader === null) return null;
    const size = readPictureSize(pictureHeader);
    return { codec: pictureHeader.codec, width: size?.width ?? metadata?.width ?? null, height: size?.height ?? metadata?.height ?? null };
  }

  function endSlowReaders(): void {
    for (const writer of [...writers].filter(isOwing)) {
      writers.delete(writer);
      writer.end("too_slow");
    }
  }

  const publisher: Publisher = {
    keyId: o.keyId,
    get name() {
      return name;
    },
    get state() {
      return state;
    },
    get stats() {
      const sound = soundHeader;
      return {
        ...arrivals.stats(),
        picture: describePicture(),
        sound: sound === null ? null : { codec: sound.codec, sampleRate: sound.sampleRate, channels: sound.channels },
        picturesLeftOut,
        encoder: metadata?.encoder ?? null,
      };
    },
    ended,
    openEnvelope(wanted = "both") {
      const writer: EnvelopeWriter = createEnvelope({ wanted, onRead: hold.look });
      if (isEnded) {
        writer.end("publisher_ended");
        return writer.envelope;
      }
      writers.add(writer);
      writer.envelope.ended.then(() => {
        writers.delete(writer);
        hold.look();
      });
      beginIfReady(writer);
      if (wanted !== "sound" && (group.frames.length === 0 || group.spanMs > LONG_GROUP_MS)) askForKey();
      return writer.envelope;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };

  return {
    publisher,
    take(item, atMs) {
      if (isEnded) return;
      if (item.kind === "picture_header") takePictureHeader(item);
      else if (item.kind === "sound_header") takeSoundHeader(item);
      else if (item.kind === "picture") takePicture(item, atMs);
      else if (item.kind === "sound") takeSound(item, atMs);
      else picturesLeftOut += item.pictures;
    },
    describe(told) {
      metadata = told;
      changed();
    },
    connect(address, atMs, ask) {
      askForKey = ask;
      state = { kind: "sending", address, sinceMs: atMs };
      clock.restart();
      isWaitingForKey = true;
      changed();
    },
    lose(atMs) {
      askForKey = () => {};
      state = { kind: "lost", sinceMs: atMs };
      changed();
    },
    rename(to) {
      name = to;
      changed();
    },
    end(why) {
      if (isEnded) return;
      isEnded = true;
      endWriters("publisher_ended", () => true);
      group.forget();
      resolveEnded(why);
      listeners.clear();
    },
    roomToRead: hold.roomToRead,
  };
}

function isOwing(writer: EnvelopeWriter): boolean {
  return writer.owedMs > MOST_OWED_MS || writer.owedBytes > MOST_OWED_BYTES;
}

function isSame(a: PictureHeader | SoundHeader, b: PictureHeader | SoundHeader): boolean {
  return a.codec === b.codec && a.record.length === b.record.length && a.record.every((byte, at) => byte === b.record[at]) &&
    (a.kind === "picture_header" || b.kind === "picture_header" || a.sampleRate === b.sampleRate && a.channels === b.channels);
}
