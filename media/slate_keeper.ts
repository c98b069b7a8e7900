import type { DecoderConfigs } from "./flv/frame.ts";
import type { PictureEncoding } from "./encoder/arguments.ts";
import type { SlateOutcome } from "./slates.ts";
import type { Slate } from "./timeline/slate.ts";

/** Sees to it that the slate fits the encoding. */
export interface SlateKeeper {
  /**
   * Makes the slate for this encoding, unless it is the one that was wanted last. Resolves when it is there or has failed, and all before it. Never rejects.
   * One that has failed is made again when it is wanted again later; that is not waited for.
   */
  want(encoding: PictureEncoding): Promise<void>;
  /** Of the newest slate; null before the first. */
  readonly configs: DecoderConfigs | null;
  /** What is still being made is thrown away. */
  stop(): void;
}

/** So long a slate that failed is not tried again. It is wanted several times a second as long as there is no picture to begin with. */
const RETRY_AFTER_MS = 10_000;

/** Slates are prepared one after the other; `onSlate` hears of each, `log` of those that failed, but not of the same reason twice in a row. `now` in ms. */
export function createSlateKeeper(o: {
  prepare: (encoding: PictureEncoding) => Promise<SlateOutcome>;
  onSlate: (slate: Slate) => void;
  now: () => number;
  log: (line: string) => void;
}): SlateKeeper {
  let wanted: string | null = null;
  /** What was wanted last is there, or has failed once. */
  let tried: Promise<void> = Promise.resolve();
  let making: Promise<void> = Promise.resolve();
  let retryAtMs = Infinity;
  let toldReason: string | null = null;
  let configs: DecoderConfigs | null = null;
  let isStopped = false;

  function enqueue(encoding: PictureEncoding): Promise<void> {
    retryAtMs = Infinity;
    making = making.then(() => take(encoding));
    return making;
  }

  async function take(encoding: PictureEncoding): Promise<void> {
    const reason = await make(encoding).catch((problem) => problem instanceof Error ? problem.message : String(problem));
    retryAtMs = reason === null ? Infinity : o.now() + RETRY_AFTER_MS;
    if (reason !== null && reason !== toldReason) o.log(`Cannot make the slate: ${reason}`);
    toldReason = reason;
  }

  /** Null, or why there is none. */
  async function make(encoding: PictureEncoding): Promise<string | null> {
    const found = await o.prepare(encoding);
    if (isStopped) return null;
    if (found.kind === "failed") return found.reason;
    configs = found.configs;
    o.onSlate(found.slate);
    return null;
  }

  return {
    want(encoding) {
      const key = JSON.stringify(encoding);
      if (key !== wanted) {
        wanted = key;
        tried = enqueue(encoding);
      } else if (o.now() >= retryAtMs) {
        void enqueue(encoding);
      }
      return tried;
    },
    get configs() {
      return configs;
    },
    stop() {
      isStopped = true;
    },
  };
}
