import type { DecoderConfigs } from "./flv/frame.ts";
import type { Ladder } from "./hls/rendition.ts";
import type { SlateOutcome } from "./slates.ts";
import type { Slate } from "./timeline/slate.ts";

/** Sees to it that the slate fits the ladder. */
export interface SlateKeeper {
  /** Makes the slate for this ladder, unless it is the one that was wanted last. Resolves when it is there or has failed, and all before it. Never rejects. */
  want(ladder: Ladder): Promise<void>;
  /** Of the newest slate; null before the first. */
  readonly configs: DecoderConfigs | null;
  /** What is still being made is thrown away. */
  stop(): void;
}

/** Slates are prepared one after the other; `onSlate` hears of each, `log` of those that failed. */
export function createSlateKeeper(o: {
  prepare: (ladder: Ladder) => Promise<SlateOutcome>;
  onSlate: (slate: Slate) => void;
  log: (line: string) => void;
}): SlateKeeper {
  let wanted: string | null = null;
  let preparing: Promise<void> = Promise.resolve();
  let configs: DecoderConfigs | null = null;
  let isStopped = false;

  async function take(ladder: Ladder): Promise<void> {
    try {
      const found = await o.prepare(ladder);
      if (isStopped) return;
      if (found.kind === "failed") return o.log(`Cannot make the slate: ${found.reason}`);
      configs = found.configs;
      o.onSlate(found.slate);
    } catch (problem) {
      o.log(`Cannot make the slate: ${problem instanceof Error ? problem.message : problem}`);
    }
  }

  return {
    want(ladder) {
      const key = JSON.stringify(ladder);
      if (key !== wanted) {
        wanted = key;
        preparing = preparing.then(() => take(ladder));
      }
      return preparing;
    },
    get configs() {
      return configs;
    },
    stop() {
      isStopped = true;
    },
  };
}
