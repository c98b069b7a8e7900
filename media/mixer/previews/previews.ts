import type { JpegEncoder } from "../../ffmpeg/jpeg_encoder.ts";
import type { RawPicture } from "../../intake/raw_picture.ts";
import type { Teller } from "../../teller.ts";
import type { SetTimer } from "../../timer.ts";
import type { Size } from "../canvas/size.ts";
import { shrinkPicture, sizeOfPreview } from "./shrink_picture.ts";

/** Small pictures of open sources, twice a second, while somebody asks for them. Nobody asking, nothing runs and nothing is copied. */
export interface Previews {
  /** From now on, for some seconds, pictures of it are made; gives the newest, and waits a little for the first. */
  ask(source: string): Promise<Preview>;
  /** Called with each tick, before it is made. */
  advance(showMs: number): void;
  stop(): Promise<void>;
}

export type Preview =
  | { readonly kind: "picture"; readonly jpeg: Uint8Array<ArrayBuffer>; readonly ageMs: number }
  /** Nothing of it is read: there is nothing to see. */
  | { readonly kind: "not_open" }
  | { readonly kind: "not_yet" };

const EVERY_MS = 500;
const WANTED_FOR_MS = 5000;
/** An encoder that cannot live must not be begun at every question. */
const LEAST_BETWEEN_MS = 1000;
const FIRST_WITHIN_MS = 3000;
/** Whoever looks hears only a moment later that a source was closed: until then it has the last picture, and how old that is. */
const SHOWN_AFTER_CLOSE_MS = 3000;

/** A source that somebody looks at. */
interface Watched {
  askedAtMs: number;
  /** The newest picture that was made small; for comparing only. */
  of: RawPicture | null;
  newest: { readonly jpeg: Uint8Array<ArrayBuffer>; readonly atMs: number } | null;
  /** Those who wait for the first picture. */
  readonly wakers: Set<() => void>;
}

interface Taken {
  readonly watched: Watched;
  /** Retained. */
  readonly picture: RawPicture;
  readonly atMs: number;
}

export function createPreviews(o: {
  /** Known where a source is open. */
  readonly canvas: () => Size;
  readonly isOpen: (source: string) => boolean;
  /** The picture that stands in it then, not retained; whatever has not begun goes on waiting. */
  readonly peekAt: (source: string, showMs: number) => RawPicture | null;
  /** Gives one line for a person where it cannot be done. */
  readonly startEncoder: (size: Size) => JpegEncoder | string;
  readonly teller: Teller;
  /** A clock that nobody sets. */
  readonly now: () => number;
  readonly setTimer: SetTimer;
}): Previews {
  const watched = new Map<string, Watched>();
  let encoder: JpegEncoder | null = null;
  let startedAtMs = -Infinity;
  let takenAtMs = -Infinity;
  let isMaking = false;
  let isStopped = false;
  let cancelRest = () => {};

  function begin(): void {
    const nowMs = o.now();
    if (encoder !== null || nowMs - startedAtMs < LEAST_BETWEEN_MS) return;
    startedAtMs = nowMs;
    const started = o.startEncoder(sizeOfPreview(o.canvas()));
    if (typeof started === "string") return o.teller.trouble(started);
    encoder = started;
    started.ended.then((reason) => {
      if (encoder !== started) return;
      encoder = null;
      o.teller.trouble(reason);
      for (const one of watched.values()) wake(one);
    });
  }

  /** Until it is there, or no encoder is left to make it. */
  function waitForFirst({ wakers }: Watched): Promise<void> {
    return new Promise((resolve) => {
      const cancel = o.setTimer(finish, FIRST_WITHIN_MS);
      wakers.add(finish);
      function finish(): void {
        cancel();
        wakers.delete(finish);
        resolve();
      }
    });
  }

  function wake({ wakers }: Watched): void {
    for (const finish of [...wakers]) finish();
  }

  function tell({ newest }: Watched): Preview {
    return newest === null ? { kind: "not_yet" } : { kind: "picture", jpeg: newest.jpeg, ageMs: o.now() - newest.atMs };
  }

  async function rest(): Promise<void> {
    const ending = encoder;
    encoder = null;
    for (const one of watched.values()) wake(one);
    watched.clear();
    await ending?.stop();
  }

  /** Retained until their turn: they are made small between two ticks. */
  function take(showMs: number, nowMs: number): Taken[] {
    const taken: Taken[] = [];
    for (const [source, one] of watched) {
      if (nowMs - one.askedAtMs >= WANTED_FOR_MS) {
        watched.delete(source);
        continue;
      }
      const picture = o.peekAt(source, showMs);
      // A still picture stands for as long as it likes, and is as new as ever.
      if (picture === one.of && one.newest !== null) one.newest = { ...one.newest, atMs: nowMs };
      else if (picture !== null) taken.push({ watched: one, picture: picture.retain(), atMs: nowMs });
    }
    return taken;
  }

  async function make(taken: readonly Taken[], by: JpegEncoder): Promise<void> {
    isMaking = true;
    const canvas = o.canvas(), size = sizeOfPreview(canvas);
    const small = new Uint8Array(size.width * size.height * 3 / 2);
    // Not within the tick.
    await null;
    for (const { watched: one, picture, atMs } of taken) {
      shrinkPicture(picture.bytes, canvas, small, size);
      picture.release();
      const jpeg = await by.encode(small);
      if (jpeg === null) continue;
      one.of = picture;
      one.newest = { jpeg, atMs };
      wake(one);
      o.teller.over();
    }
    isMaking = false;
  }

  return {
    async ask(source) {
      const askedAtMs = o.now();
      const known = watched.get(source);
      if (isStopped || !o.isOpen(source)) {
        const isFresh = known !== undefined && known.newest !== null && askedAtMs - known.newest.atMs < SHOWN_AFTER_CLOSE_MS;
        return isFresh ? tell(known) : { kind: "not_open" };
      }
      const one = known ?? { askedAtMs, of: null, newest: null, wakers: new Set() };
      one.askedAtMs = askedAtMs;
      watched.set(source, one);
      cancelRest();
      cancelRest = o.setTimer(() => void rest(), WANTED_FOR_MS);
      begin();
      if (one.newest === null && encoder !== null) await waitForFirst(one);
      return tell(one);
    },
    advance(showMs) {
      if (encoder === null || isMaking) return;
      const nowMs = o.now();
      if (nowMs - takenAtMs < EVERY_MS) return;
      const taken = take(showMs, nowMs);
      if (watched.size > 0) takenAtMs = nowMs;
      if (taken.length > 0) void make(taken, encoder);
    },
    async stop() {
      isStopped = true;
      cancelRest();
      await rest();
    },
  };
}
