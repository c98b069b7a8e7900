import { startChild } from "../fixtures/child.ts";
import { beeping, numbered, type Size } from "../fixtures/numbered.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { type Watch, type WatchedTick, watchSources } from "../fixtures/watch_source.ts";
import { createPublisherStay, type Publisher, type PublisherStay } from "../../media/ingest/publisher.ts";
import { setSystemTimer } from "../../media/timer.ts";
import type { PictureCodec } from "../../media/ingest/items.ts";
import type { Stream } from "../media/ingest/rtmp/enhanced_publisher.ts";
import { openReception, type Reception } from "../media/ingest/rtmp/reception.ts";

export const SHAPE = { width: 320, height: 180 };

/** A canvas on which the card stands until somebody publishes; whoever does is on air at once. */
export interface Stage extends AsyncDisposable {
  readonly watch: Watch;
  readonly reception: Reception;
  /** Ticks since so much of the show. */
  since(ms: number): readonly WatchedTick[];
  /** When a picture of the publisher stood for the first time after `ms`, of the show. */
  untilShown(ms: number, limitMs?: number): Promise<number>;
  /** When the card stood for the first time after `ms`. */
  untilCard(ms: number, limitMs?: number): Promise<number>;
  take(publisher: Publisher): Promise<void>;
}

export async function openStage(o: { readonly shapes?: readonly Size[] } = {}): Promise<Stage> {
  const watch = await watchSources(["obs"], { canvas: SHAPE, ...o });
  async function take(publisher: Publisher): Promise<void> {
    const { id } = watch.sources.addPublisher(publisher);
    let isGone = false;
    publisher.ended.then(() => isGone = true);
    while (!isGone && watch.mixer.scene.source !== id && await watch.show(id) !== null) await pause(100);
  }
  const reception = openReception({ onPublisher: (publisher) => void take(publisher) });
  const since = (ms: number) => watch.ticks.filter((tick) => tick.ms >= ms);
  return {
    watch,
    reception,
    since,
    take,
    untilShown: async (ms, limitMs = 10_000) =>
      (await waitFor("a picture of the publisher", limitMs, () => since(ms).find(({ isCard }) => !isCard) ?? null)).ms,
    untilCard: async (ms, limitMs = 10_000) =>
      (await waitFor("the card", limitMs, () => since(ms).find(({ isCard }) => isCard) ?? null)).ms,
    async [Symbol.asyncDispose]() {
      await reception[Symbol.asyncDispose]();
      await watch.stop();
    },
  };
}

/** ffmpeg as a publisher: numbered pictures that flash, and beeps. */
export function publish(address: string, o: { readonly size?: Size; readonly gop?: number; readonly seconds?: number } = {}) {
  const { size = SHAPE, gop = 30, seconds = 60 } = o;
  return startChild("ffmpeg", [
    ...["-hide_banner", "-loglevel", "error", "-re", "-f", "lavfi", "-i", numbered({ ...size, rate: 30 }), "-re", "-f", "lavfi"],
    ...["-i", beeping(), "-t", `${seconds}`, "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-pix_fmt", "yuv420p"],
    ...["-g", `${gop}`, "-keyint_min", `${gop}`, "-sc_threshold", "0", "-c:a", "aac", "-f", "flv", address],
  ]);
}

/** A publisher without a connection: what has been encoded, in real time, its sound perhaps only since later. Resolves when all was sent. */
export async function send(
  o: {
    readonly codec: PictureCodec;
    readonly picture: Stream;
    readonly sound?: Stream;
    readonly soundFromMs?: number;
    readonly take: Stage["take"];
  },
): Promise<PublisherStay> {
  const { picture, sound, soundFromMs = 0 } = o;
  const now = () => performance.now();
  const stay = createPublisherStay({ keyId: "k", name: "OBS", setTimer: setSystemTimer, onReady: (publisher) => void o.take(publisher) });
  stay.connect("127.0.0.1", now(), () => {});
  stay.take({ kind: "picture_header", codec: o.codec, record: picture.record }, now());
  const media = [
    ...picture.packets.map(({ dtsMs, ptsMs, isKey, data }) => ({
      kind: "picture" as const,
      timeMs: dtsMs,
      compositionMs: ptsMs - dtsMs,
      isKey,
      data,
    })),
    ...(sound?.packets ?? []).filter(({ ptsMs }) => ptsMs >= soundFromMs).map(({ ptsMs, data }) => ({
      kind: "sound" as const,
      timeMs: ptsMs,
      data,
    })),
  ].sort((a, b) => a.timeMs - b.timeMs);
  const startMs = now();
  let hasSound = false;
  for (const item of media) {
    const waitMs = startMs + item.timeMs - now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    if (item.kind === "sound" && !hasSound) {
      hasSound = true;
      stay.take({ kind: "sound_header", codec: "opus", record: sound!.record, sampleRate: 48_000, channels: 1 }, now());
    }
    stay.take(item, now());
  }
  return stay;
}
