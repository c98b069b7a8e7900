import { createJpegSplitter } from "./jpeg_splitter.ts";
import { explainSpawn, killQuietly } from "./tool.ts";

/** One ffmpeg that makes JPEGs of raw pictures of one size, for as long as it is wanted. */
export interface JpegEncoder {
  /** A JPEG of a picture of yuv420p, as the canvas has it (BT.709, limited range); null where it has ended, also by what is asked. One at a time. */
  encode(picture: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer> | null>;
  /** One line for a person that says why. Never rejects. */
  readonly ended: Promise<string>;
  /** Stopping twice is harmless. */
  stop(): Promise<void>;
}

/** Starts it, or says in one line why that cannot be done. One that makes nothing of a picture for `limitMs` is ended. */
export function startJpegEncoder(o: {
  readonly size: { readonly width: number; readonly height: number };
  /** Only tests name another. */
  readonly program?: string;
  readonly limitMs?: number;
}): JpegEncoder | string {
  const { program = "ffmpeg", limitMs = LIMIT_MS } = o;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, { args: buildJpegArguments(o.size), stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  } catch (problem) {
    return explainSpawn(program, problem);
  }
  const writer = (child.stdin as WritableStream<Uint8Array>).getWriter();
  writer.closed.catch(() => {});
  const reader = child.stdout.getReader();
  const splitter = createJpegSplitter();
  const lastSaid = readLastLine(child.stderr);
  let reason: string | null = null;
  const ended = Promise.all([child.status, lastSaid]).then(([{ code }, said]) => reason ?? (said || `ffmpeg ended with code ${code}`));

  function fail(why: string): void {
    reason ??= why;
    killQuietly(child, "SIGKILL");
  }

  async function read(): Promise<Uint8Array<ArrayBuffer> | null> {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return null;
      const [jpeg] = splitter.push(value);
      if (jpeg !== undefined) return jpeg;
    }
  }

  return {
    async encode(picture) {
      const timer = setTimeout(fail, limitMs, `ffmpeg made no JPEG within ${limitMs / 1000} s`);
      try {
        const [, jpeg] = await Promise.all([writer.write(picture), read()]);
        return jpeg;
      } catch (problem) {
        fail(problem instanceof Error ? problem.message : String(problem));
        return null;
      } finally {
        clearTimeout(timer);
      }
    },
    ended,
    async stop() {
      fail("stopped on request");
      await ended;
    },
  };
}

/** Nothing is looked at beforehand and nothing held back: a picture in, its JPEG out, on one thread: the show's own encoder needs the others. */
export function buildJpegArguments({ width, height }: { readonly width: number; readonly height: number }): string[] {
  return [
    ...["-hide_banner", "-nostats", "-loglevel", "error"],
    ...["-probesize", "32", "-analyzeduration", "0", "-threads", "1"],
    ...["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", `${width}x${height}`, "-framerate", "25", "-i", "pipe:0"],
    // A JPEG has BT.601 and the full range of values, without saying so.
    ...["-vf", "scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc,format=yuvj420p"],
    ...["-fps_mode", "passthrough", "-threads", "1", "-c:v", "mjpeg", "-q:v", "5", "-flush_packets", "1", "-f", "image2pipe", "pipe:1"],
  ];
}

const LIMIT_MS = 3000;
const KEPT_CHARACTERS = 1000;

async function readLastLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const bytes of stream) text = (text + decoder.decode(bytes, { stream: true })).slice(-KEPT_CHARACTERS);
  } catch {
    // a pipe that breaks has ended
  }
  return text.trim().split("\n").at(-1)!;
}
