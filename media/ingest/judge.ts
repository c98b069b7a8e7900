import type { ArrivalStats } from "./arrivals.ts";
import type { PictureCodec, SoundCodec } from "./items.ts";

/** What a publisher sends, as far as it is known. */
export interface PublisherStats extends ArrivalStats {
  readonly picture: { readonly codec: PictureCodec; readonly width: number | null; readonly height: number | null } | null;
  readonly sound: { readonly codec: SoundCodec; readonly sampleRate: number; readonly channels: number } | null;
  /** Pictures of this stay that the publisher itself has left out, where it is one that says so. */
  readonly picturesLeftOut: number;
  /** As it names itself, such as `obs-output module (libobs version 29.0.2)`. */
  readonly encoder: string | null;
}

/** What the show makes of it. */
export interface ShowFacts {
  readonly rate: number;
  readonly width: number;
  readonly height: number;
  /** Of HQ, sound included. */
  readonly bitsPerSecond: number;
}

const LONG_KEY_INTERVAL_SECONDS = 2.5;

/** Lines for the streamer, the most useful first: what of that which arrives costs time or picture, and what to set. None where all is well. */
export function judgePublisher(stats: PublisherStats, show: ShowFacts): readonly string[] {
  const { picture, sound, bitsPerSecond, picturesPerSecond, keyIntervalSeconds, reorderMs, reorderPictures } = stats;
  const where = /obs/i.test(stats.encoder ?? "") ? " in OBS" : "";
  const lines: (string | null)[] = [
    picture === null ? "no picture arrives" : null,
    keyIntervalSeconds !== null && keyIntervalSeconds >= LONG_KEY_INTERVAL_SECONDS
      ? `key frames every ${oneDigit(keyIntervalSeconds)} s: changes take that long; set 1 s${where}`
      : null,
    reorderPictures > 0
      ? `${reorderPictures} B-frame${reorderPictures === 1 ? "" : "s"}: ${
        Math.round(reorderMs)
      } ms more; set 0${where}, or tune zerolatency`
      : null,
    judgeRate(picturesPerSecond, show.rate),
    bitsPerSecond !== null && bitsPerSecond < 0.8 * show.bitsPerSecond
      ? `${megabits(bitsPerSecond)} Mbit/s arrives, HQ sends ${megabits(show.bitsPerSecond)}`
      : null,
    picture === null ? null : judgeSize(picture, show),
    picture !== null && picture.codec !== "h264" ? `${CODEC_NAMES[picture.codec]} costs more to decode than H.264` : null,
    picture !== null && sound === null ? "no sound arrives" : null,
  ];
  return lines.filter((line) => line !== null);
}

const CODEC_NAMES: Readonly<Record<PictureCodec, string>> = { h264: "H.264", hevc: "HEVC", av1: "AV1", vp9: "VP9", vp8: "VP8" };

function judgeRate(arrives: number | null, shown: number): string | null {
  if (arrives === null || Math.abs(arrives - shown) < 0.07 * shown) return null;
  const rounded = Math.round(arrives);
  return arrives > shown
    ? `${rounded} pictures a second: shown at ${shown}`
    : `${rounded} pictures a second arrive, ${shown} are shown: some stand twice`;
}

function judgeSize({ width, height }: NonNullable<PublisherStats["picture"]>, show: ShowFacts): string | null {
  if (width === null || height === null) return null;
  const said = `${width}x${height} arrives`;
  if (Math.abs(width / height - show.width / show.height) > 0.02) return `${said}: bars fill it up to ${show.width}x${show.height}`;
  if (width * height < 0.9 * show.width * show.height) return `${said}: stretched to ${show.width}x${show.height}`;
  return width * height > 1.5 * show.width * show.height
    ? `${said}: shown as ${show.width}x${show.height}, so it costs more than it gives`
    : null;
}

function megabits(bitsPerSecond: number): string {
  return oneDigit(bitsPerSecond / 1e6);
}

function oneDigit(value: number): string {
  return String(Number(value.toFixed(1)));
}
