/// <reference lib="dom" />
import { readPictures } from "./capture/pictures.ts";
import type { SoundMix } from "./capture/sound.ts";
import { canEncodePictures, createPictureEncoder, type PictureEncoder } from "./encode/picture_encoder.ts";
import { type Recorder, startRecorder } from "./encode/recorder.ts";
import { openSoundEncoder, type SoundEncoder } from "./encode/sound_encoder.ts";
import type { Link } from "./send/link.ts";
import { writePicture, writePictureHeader, writeSound, writeSoundHeader, writeWebm } from "./send/messages.ts";
import { beginPace, judgePicture, MOST_QUEUED, type Pace, stepPace } from "./send/pace.ts";

/** One stay on air, from Go live to Stop. */
export interface Sending {
  /** The link is open: the server knows nothing of what was sent before. */
  begin(): void;
  /** The server wants a key picture. */
  askForKey(): void;
  /** What is seen and heard from now on. Sound may come later, and stays then. */
  show(track: MediaStreamTrack, mix: SoundMix | null): void;
  /** Several times a second. */
  tick(): void;
  readonly stats: SendingStats;
  stop(): void;
}

export interface SendingStats {
  readonly bitsPerSecond: number;
  readonly picturesPerSecond: number;
  /** Pictures left out by what was too slow, since it began. */
  readonly leftOut: { readonly encoder: number; readonly way: number };
  readonly lateMs: number;
  readonly targetBitsPerSecond: number;
}

/** README recommends the same to OBS. */
const MOST_BITS = 4_000_000;
const KEY_EVERY_US = 2_000_000;
const PAUSE_LATE_MS = 800, RESUME_LATE_MS = 200;

export interface SendingDeps {
  readonly link: Link;
  readonly preview: HTMLVideoElement;
  /** Nothing can be encoded here. */
  readonly onFault: () => void;
  /** The picture goes alone: this browser encodes no sound. */
  readonly onSilent: () => void;
}

/**
 * Everything that is sent while on air: by WebCodecs where the browser has it, otherwise by a MediaRecorder. Firefox's recorder hands nothing over before its
 * next key picture: some eight seconds at a time.
 */
export function startSending(deps: SendingDeps): Sending {
  return canEncodePictures() ? sendFrames(deps) : sendRecording(deps);
}

function sendFrames({ link, preview, onFault, onSilent }: SendingDeps): Sending {
  const headers = new Map<"picture" | "sound", Uint8Array<ArrayBuffer>>();
  /** What was captured, by its time, until it is encoded. */
  const numbers = new Map<number, number>();
  const sent = createTally();
  let pace: Pace = beginPace(performance.now(), MOST_BITS);
  let number = 0;
  const leftOut = { encoder: 0, way: 0 };
  let lastKeyUs = -Infinity;
  let idleAtMs = performance.now();
  let isKeyWanted = true;

  const encoder: PictureEncoder = createPictureEncoder({
    onHeader(codec, description) {
      const message = writePictureHeader(codec, description);
      headers.set("picture", message);
      link.send(message);
    },
    onPicture(chunk) {
      const mine = numbers.get(chunk.timestamp) ?? number;
      for (const timeUs of numbers.keys()) if (timeUs <= chunk.timestamp) numbers.delete(timeUs);
      const message = writePicture(chunk, mine);
      sent.count(message.length);
      link.send(message, mine);
    },
    onFault,
  }, pace.bitsPerSecond);

  function take(picture: VideoFrame): void {
    const bufferedBytes = link.bufferedBytes;
    if (bufferedBytes !== null) {
      number++;
      const nowMs = performance.now();
      const { way } = link;
      const { queued } = encoder;
      if (queued <= MOST_QUEUED) idleAtMs = nowMs;
      const facts = { lateMs: way.lateMs(nowMs), onTheWayMs: way.queuedMs(), isHeld: way.isHeld(nowMs), bufferedBytes };
      const verdict = judgePicture({ ...facts, queued, queuedForMs: nowMs - idleAtMs, bitsPerSecond: pace.bitsPerSecond, number });
      if (verdict === "encode") {
        const isKey = isKeyWanted || picture.timestamp - lastKeyUs >= KEY_EVERY_US;
        if (isKey) lastKeyUs = picture.timestamp;
        isKeyWanted = false;
        numbers.set(picture.timestamp, number);
        encoder.encode(picture, isKey);
      } else leftOut[verdict]++;
    }
    picture.close();
  }

  let shown: MediaStreamTrack | null = null;
  let stopReading = () => {};
  let heard: SoundMix | null = null;
  let sound: Promise<SoundEncoder | null> | null = null;

  function hear(mix: SoundMix): void {
    heard = mix;
    sound = openSoundEncoder({
      sampleRate: mix.sampleRate,
      onHeader(codec, description) {
        const message = writeSoundHeader(codec, description);
        headers.set("sound", message);
        link.send(message);
      },
      onSound: (chunk, timeUs) => link.send(writeSound(chunk, timeUs)),
    });
    void sound.then((encoder) => {
      if (heard !== mix) return;
      if (encoder === null) onSilent();
      else mix.onBlock = encoder.encode;
    });
  }

  return {
    begin() {
      for (const message of headers.values()) link.send(message);
      numbers.clear();
      isKeyWanted = true;
      pace = beginPace(performance.now(), MOST_BITS);
      encoder.setBits(pace.bitsPerSecond);
    },
    askForKey: () => isKeyWanted = true,
    show(track, mix) {
      if (track !== shown) {
        stopReading();
        shown = track;
        stopReading = readPictures(track, preview, take);
      }
      if (mix !== null && heard === null) hear(mix);
    },
    tick() {
      if (link.state.kind !== "open") return;
      pace = look(pace, link);
      encoder.setBits(pace.bitsPerSecond);
    },
    get stats() {
      return { ...sent.rates(), ...describe(leftOut, pace, link) };
    },
    stop() {
      stopReading();
      if (heard !== null) heard.onBlock = null;
      heard = null;
      void sound?.then((encoder) => encoder?.close());
      encoder.close();
    },
  };
}

function sendRecording({ link }: SendingDeps): Sending {
  const sent = createTally();
  let pace: Pace = beginPace(performance.now(), MOST_BITS);
  let shown: { readonly track: MediaStreamTrack; readonly mix: SoundMix | null } | null = null;
  let recorder: Recorder | null = null;
  let recordedBits = 0;
  let number = 0;

  function record(): void {
    recorder?.close();
    if (shown === null) return;
    const { track, mix } = shown;
    recordedBits = pace.bitsPerSecond;
    recorder = startRecorder(new MediaStream([track, ...(mix === null ? [] : [mix.track])]), recordedBits, (piece, isFirst) => {
      if (link.state.kind !== "open") return;
      const message = writeWebm(piece, isFirst, ++number);
      sent.count(message.length);
      link.send(message, number);
    });
  }

  return {
    begin() {
      pace = beginPace(performance.now(), MOST_BITS);
      record();
    },
    askForKey: () => recorder?.restart(recordedBits = pace.bitsPerSecond),
    show(track, mix) {
      if (shown?.track === track && shown.mix === mix) return;
      shown = { track, mix };
      if (link.state.kind === "open") record();
    },
    tick() {
      if (link.state.kind !== "open" || recorder === null) return;
      pace = look(pace, link);
      const lateMs = link.way.lateMs(performance.now());
      if (lateMs > PAUSE_LATE_MS) recorder.isPaused = true;
      else if (lateMs < RESUME_LATE_MS) recorder.isPaused = false;
      // Each change costs a key picture.
      const isOther = pace.bitsPerSecond < 0.8 * recordedBits || pace.bitsPerSecond > 1.5 * recordedBits;
      if (isOther && !recorder.isPaused) recorder.restart(recordedBits = pace.bitsPerSecond);
    },
    get stats() {
      return { ...sent.rates(), ...describe({ encoder: 0, way: 0 }, pace, link) };
    },
    stop: () => recorder?.close(),
  };
}

function look(pace: Pace, { way }: Link): Pace {
  const nowMs = performance.now();
  const facts = {
    lateMs: way.lateMs(nowMs),
    oldestMs: way.oldestMs(nowMs),
    heardBitsPerSecond: way.heardBitsPerSecond(nowMs),
    isHeld: way.isHeld(nowMs),
  };
  return stepPace(pace, facts, nowMs, MOST_BITS);
}

function describe(leftOut: SendingStats["leftOut"], pace: Pace, { way }: Link): Omit<SendingStats, keyof Rates> {
  return { leftOut, lateMs: way.lateMs(performance.now()), targetBitsPerSecond: pace.bitsPerSecond };
}

type Rates = Pick<SendingStats, "bitsPerSecond" | "picturesPerSecond">;

const COUNTED_MS = 2000;

/** What was sent in the last two seconds. */
function createTally(): { count(bytes: number): void; rates(): Rates } {
  let sent: { readonly atMs: number; readonly bytes: number }[] = [];
  function recent(nowMs: number): typeof sent {
    return sent = sent.filter(({ atMs }) => nowMs - atMs <= COUNTED_MS);
  }
  return {
    count(bytes) {
      const nowMs = performance.now();
      recent(nowMs).push({ atMs: nowMs, bytes });
    },
    rates() {
      const nowMs = performance.now();
      const all = recent(nowMs);
      const spanSeconds = Math.max(0.5, (nowMs - (all[0]?.atMs ?? nowMs)) / 1000);
      return {
        bitsPerSecond: all.reduce((sum, { bytes }) => sum + bytes, 0) * 8 / spanSeconds,
        picturesPerSecond: all.length / spanSeconds,
      };
    },
  };
}
