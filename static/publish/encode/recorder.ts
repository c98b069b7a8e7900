/// <reference lib="dom" />

/** A MediaRecorder, for browsers that do not encode frame by frame: later, and without a key picture on demand. */
export interface Recorder {
  /** Its header and a key picture come only with a new recorder: begins anew, unless that has just been done. */
  restart(bitsPerSecond: number): void;
  isPaused: boolean;
  close(): void;
}

const TYPES = ["video/webm;codecs=h264,opus", "video/webm;codecs=vp8,opus", "video/webm"];
/** ingest.md, section 4: smaller pieces cost more and are no earlier. */
const PIECE_MS = 50;
const RESTART_AT_MOST_EVERY_MS = 1500;
const SOUND_BITS = 128_000;
const KEY_EVERY_MS = 2000;

export function canRecord(): boolean {
  return typeof MediaRecorder !== "undefined" && TYPES.some((type) => MediaRecorder.isTypeSupported(type));
}

/** `onPiece` is called in the order of recording. */
export function startRecorder(
  stream: MediaStream,
  firstBits: number,
  onPiece: (piece: Uint8Array<ArrayBuffer>, isFirst: boolean) => void,
): Recorder {
  let recorder = begin(firstBits);
  let begunAtMs = performance.now();

  function begin(bitsPerSecond: number): MediaRecorder {
    const mine = new MediaRecorder(stream, {
      mimeType: TYPES.find((type) => MediaRecorder.isTypeSupported(type))!,
      videoBitsPerSecond: bitsPerSecond,
      audioBitsPerSecond: SOUND_BITS,
      // Chromium knows it.
      ...{ videoKeyFrameIntervalDuration: KEY_EVERY_MS },
    });
    let isFirst = true;
    let last: Promise<void> = Promise.resolve();
    mine.ondataavailable = ({ data }) => {
      last = last.then(async () => {
        const piece = new Uint8Array(await data.arrayBuffer());
        if (recorder !== mine || piece.length === 0) return;
        onPiece(piece, isFirst);
        isFirst = false;
      });
    };
    mine.start(PIECE_MS);
    return mine;
  }

  function end(was: MediaRecorder): void {
    if (was.state !== "inactive") was.stop();
  }

  return {
    restart(bitsPerSecond) {
      const nowMs = performance.now();
      if (nowMs - begunAtMs < RESTART_AT_MOST_EVERY_MS) return;
      begunAtMs = nowMs;
      const was = recorder;
      recorder = begin(bitsPerSecond);
      end(was);
    },
    get isPaused() {
      return recorder.state === "paused";
    },
    set isPaused(is) {
      if (is && recorder.state === "recording") recorder.pause();
      else if (!is && recorder.state === "paused") recorder.resume();
    },
    close: () => end(recorder),
  };
}
