import { startChild } from "../fixtures/child.ts";
import { pause } from "../fixtures/condition.ts";
import { barcodeAgeMs, readLumaBarcode } from "./luma_barcode.ts";
import type { Playing } from "./playing.ts";
import { createY4mReader } from "./y4m.ts";

/** All times count from the start of VLC, in milliseconds. */
export interface VlcResult {
  readonly watchedMs: number;
  readonly firstPictureMs: number | null;
  /** Pictures that showed another barcode than the one before. */
  readonly pictures: number;
  /** How old the barcodes of the last two thirds were when shown; null where none was read. */
  readonly latencyMs: { readonly p5: number; readonly p50: number; readonly p95: number } | null;
  /** Where one barcode stood for more than 500 ms. */
  readonly freezes: readonly Stretch[];
  /** Where one barcode stood for more than 100 ms. */
  readonly stands: readonly Stretch[];
  /** Where the barcode went back, or on by more than half a second at once: `byMs` of the source's time. */
  readonly leaps: readonly Leap[];
  /** Stretches of more than 300 ms in which the pictures had no barcode: the slate. */
  readonly slates: readonly Stretch[];
  readonly sizes: readonly { readonly atMs: number; readonly width: number; readonly height: number }[];
  /** How long before the end a new barcode was last seen. */
  readonly lastPictureAgoMs: number | null;
  /** The segments in the order in which it fetched them, by its log. */
  readonly fetched: readonly { readonly atMs: number; readonly rendition: string; readonly msn: number }[];
  /** VLC's own error lines and those of its decoders, each once. */
  readonly errors: readonly string[];
  /** Set where VLC ended by itself. */
  readonly exited: { readonly atMs: number; readonly code: number } | null;
}

export interface Stretch {
  readonly atMs: number;
  readonly forMs: number;
}

interface Leap {
  readonly atMs: number;
  readonly byMs: number;
}

/** One picture that VLC showed. */
export interface Shown {
  readonly atMs: number;
  readonly clockMs: number | null;
  readonly ageMs: number | null;
}

/**
 * Plays an address in VLC without a screen: its `yuv` output hands each picture over a FIFO at the moment VLC would show it.
 * VLC refuses to be root, so then it is `nobody`. Needs vlc, mkfifo and, as root, setpriv.
 */
export async function startVlc(url: string, moreArgs: readonly string[] = []): Promise<Playing<VlcResult>> {
  const isRoot = Deno.uid() === 0;
  const folder = await Deno.makeTempDir({ prefix: "tercet-vlc-" });
  const fifo = `${folder}/pictures`;
  await new Deno.Command("mkfifo", { args: [fifo] }).output();
  if (isRoot) { for (const path of [folder, fifo]) await Deno.chown(path, NOBODY, NOBODY); }
  // Opened for both: VLC closes and opens it when the size changes, which must not read as the end.
  const pipe = await Deno.open(fifo, { read: true, write: true });
  const ownEnd = await Deno.open(fifo, { write: true }); // a file that is being read takes no write

  const startedAt = performance.now();
  const sinceStart = () => Math.round(performance.now() - startedAt);
  const shown: Shown[] = [];
  const sizes: { atMs: number; width: number; height: number }[] = [];
  const reader = createY4mReader((picture) => {
    const atMs = Math.round(picture.atMs - startedAt);
    const size = sizes.at(-1);
    if (size?.width !== picture.width || size.height !== picture.height) sizes.push({ atMs, width: picture.width, height: picture.height });
    const clockMs = readLumaBarcode(picture);
    const wallMs = performance.timeOrigin + picture.atMs;
    shown.push({ atMs, clockMs, ageMs: clockMs === null ? null : barcodeAgeMs(clockMs, wallMs) });
  });
  const errors = new Set<string>();
  const fetched: { atMs: number; rendition: string; msn: number }[] = [];
  const vlcArgs = [...VLC_OPTIONS, "--vout=yuv", `--yuv-file=${fifo}`, "--yuv-yuv4mpeg2", "--yuv-chroma=I420", ...moreArgs, url];
  const [command, args] = isRoot
    ? ["setpriv", [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", "vlc", ...vlcArgs]] as const
    : ["vlc", vlcArgs] as const;
  const vlc = startChild(command, args, {
    env: { ...Deno.env.toObject(), HOME: folder },
    onLine: (line) => {
      const segment = /Retrieving .*\/media\/[^/]+\/(\w+)\/(\d+)\.m4s/.exec(line);
      if (segment) fetched.push({ atMs: sinceStart(), rendition: segment[1]!, msn: Number(segment[2]) });
      if (/ error: |^\[(h264|aac) @ /.test(line) && !/dbus|hotkeys|interface module|Reinit context/.test(line)) {
        errors.add(line.replace(/^\[\w+\] /, "").replace(/ @ 0x[0-9a-f]+/, ""));
      }
    },
  });
  let exited: { atMs: number; code: number } | null = null;
  let isStopping = false;
  vlc.ended.then(({ code }) => {
    if (!isStopping) exited = { atMs: sinceStart(), code };
  });
  const reading = readPipe();

  async function readPipe(): Promise<void> {
    const buffer = new Uint8Array(1 << 18);
    while (!isStopping) {
      const count = await pipe.read(buffer);
      if (count === null) return;
      reader.push(buffer.subarray(0, count));
    }
  }
  async function end(): Promise<VlcResult> {
    const watchedMs = sinceStart();
    isStopping = true;
    vlc.kill("SIGKILL");
    await vlc.ended;
    // Frees a read that waits for VLC's next picture. Where the last read is over already and the pipe is full, it is this that waits, until the pipe is closed.
    const freeing = ownEnd.write(new Uint8Array(1)).catch(() => {});
    await reading;
    pipe.close();
    await freeing;
    ownEnd.close();
    await Deno.remove(folder, { recursive: true });
    return { ...judgeShown(shown, watchedMs), sizes, fetched, errors: [...errors].slice(0, 8), exited };
  }
  let result: Promise<VlcResult> | null = null;
  const stop = () => result ??= end();
  return { stop, [Symbol.asyncDispose]: async () => void await stop() };
}

/** Plays for so long. */
export async function playInVlc(url: string, seconds: number): Promise<VlcResult> {
  await using vlc = await startVlc(url);
  await pause(seconds * 1000);
  return await vlc.stop();
}

/** What a row of shown pictures tells. */
export function judgeShown(shown: readonly Shown[], watchedMs: number): Omit<VlcResult, "sizes" | "fetched" | "errors" | "exited"> {
  const stands: Stretch[] = [];
  const leaps: Leap[] = [];
  const slates: Stretch[] = [];
  const fresh: Shown[] = [];
  let last: Shown | null = null; // the first picture of what stands now
  for (const next of [...shown, { atMs: watchedMs, clockMs: -1, ageMs: null }]) {
    if (last !== null && next.clockMs === last.clockMs) continue;
    if (last !== null) {
      const stretch = { atMs: last.atMs, forMs: next.atMs - last.atMs };
      if (last.clockMs === null && stretch.forMs > 300) slates.push(stretch);
      if (last.clockMs !== null && stretch.forMs > STAND_MS) stands.push(stretch);
    }
    const before = fresh.at(-1);
    if (next.clockMs !== null && next.ageMs !== null) {
      const byMs = before === undefined ? 0 : barcodeAgeMs(before.clockMs ?? 0, next.clockMs);
      if (byMs < 0 || byMs > LEAP_MS) leaps.push({ atMs: next.atMs, byMs });
      fresh.push(next);
    }
    last = next;
  }
  const ages = fresh.filter((picture) => picture.atMs > watchedMs / 3).map((picture) => picture.ageMs ?? 0).sort((a, b) => a - b);
  const quantile = (share: number) => Math.round(ages[Math.min(ages.length - 1, Math.floor(ages.length * share))] ?? 0);
  return {
    watchedMs,
    firstPictureMs: shown[0]?.atMs ?? null,
    pictures: fresh.length,
    latencyMs: ages.length === 0 ? null : { p5: quantile(0.05), p50: quantile(0.5), p95: quantile(0.95) },
    freezes: stands.filter((stand) => stand.forMs > FREEZE_MS),
    stands,
    leaps,
    slates,
    lastPictureAgoMs: fresh.length === 0 ? null : watchedMs - (fresh.at(-1)?.atMs ?? 0),
  };
}

const STAND_MS = 100;
const FREEZE_MS = 500;
const LEAP_MS = 500;
const NOBODY = 65534;

const VLC_OPTIONS = [
  "-vv",
  "-I",
  "dummy",
  "--no-color",
  "--no-video-title-show",
  "--no-osd",
  "--no-spu",
  "--aout=adummy",
];
