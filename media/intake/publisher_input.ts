import { openSocketFolder } from "../ffmpeg/sockets.ts";
import type { Envelope, EnvelopeEnd, Wanted } from "../ingest/envelope.ts";
import type { PublisherStats } from "../ingest/judge.ts";
import { pourEnvelope } from "../ingest/pour.ts";
import type { Publisher } from "../ingest/publisher.ts";
import type { Way } from "./plan.ts";
import type { Found } from "./streams.ts";

/** A publisher as an intake opens it: without a look, for its headers tell all. */
export interface PublisherInput {
  readonly way: Way;
  readonly found: Found;
  /** How far what has this time is behind what the publisher has sent. Of the group of pictures that is kept all but the last is. */
  lagMs(ptsUs: number): number;
  /**
   * `new_headers`, `too_slow` and `reader_gone` ask for the next input, at once; `publisher_ended` for none. It resolves when the intake has been handed all
   * there was.
   */
  readonly ended: Promise<EnvelopeEnd | "reader_gone">;
  /** Nobody opens it any more, or on. Closing twice is harmless. */
  close(): Promise<void>;
}

/**
 * Opens a socket under `folder` for one intake and pours the publisher's envelope into it. `wanted`: where the publisher's sound came later than its picture,
 * an intake of its own reads the sound.
 */
export async function openPublisherInput(o: {
  publisher: Pick<Publisher, "openEnvelope" | "stats">;
  folder: string;
  /** Stands for the picture's size where the publisher has not told it. */
  canvas: { readonly width: number; readonly height: number };
  wanted?: Wanted;
}): Promise<PublisherInput> {
  const { publisher, wanted = "both" } = o;
  const sockets = await openSocketFolder({ folder: o.folder });
  const listening = sockets.listen("publisher");
  const envelope = publisher.openEnvelope(wanted);
  return {
    way: openSocket(listening.url),
    found: describePublisher(publisher.stats, o.canvas, wanted),
    lagMs: (ptsUs) => envelope.newestMs === null ? 0 : envelope.newestMs - ptsUs / 1000,
    ended: pourInto(listening.accept(), envelope).finally(sockets.close),
    async close() {
      envelope.close();
      await sockets.close();
    },
  };
}

/**
 * Next to nothing is looked at, and nothing of it thrown away, as `-fflags nobuffer` would: the first picture is there after 50 ms, not after the next key
 * picture (ingest.md, section 1).
 */
const PROBING = ["-probesize", "32768", "-analyzeduration", "100000"];
const ALLOWED = ["-protocol_whitelist", "unix,tcp", "-format_whitelist", "matroska,webm"];

function openSocket(address: string): Way {
  return {
    options: [...PROBING, ...ALLOWED, "-f", "matroska"],
    address,
    pace: "live",
    times: "source",
    isDevice: false,
    canBeHeldBack: true,
    takesOneConnection: true,
    isParted: false,
    atEnd: "retry",
  };
}

/** What a publisher's headers tell. */
export function describePublisher(
  { picture, sound, picturesPerSecond }: PublisherStats,
  canvas: { readonly width: number; readonly height: number },
  wanted: Wanted = "both",
): Found {
  return {
    kind: "found",
    video: picture && wanted !== "sound"
      ? {
        stream: "v:0",
        width: picture.width ?? canvas.width,
        height: picture.height ?? canvas.height,
        rate: Math.round(picturesPerSecond ?? 0),
        isInterlaced: false,
        transfer: "other",
      }
      : null,
    sound: sound && wanted !== "picture" ? { stream: "a:0", channels: sound.channels, rate: sound.sampleRate } : null,
    formatName: "matroska,webm",
    title: null,
    durationSeconds: null,
    startSeconds: 0,
    isStill: false,
    isArrivalTimed: false,
    joinsTimes: false, // one row of times that only goes on (media/ingest/source_clock.ts)
  };
}

/** Closed before the intake has come: nobody will. */
async function pourInto(accepted: Promise<Deno.Conn | null>, envelope: Envelope): Promise<EnvelopeEnd | "reader_gone"> {
  const reader = await accepted;
  if (reader !== null) return await pourEnvelope(envelope, reader);
  envelope.close();
  return await envelope.ended;
}
