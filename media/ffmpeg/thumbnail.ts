import { explainSpawn, killQuietly } from "./tool.ts";

export type Thumbnail =
  | { readonly kind: "picture"; readonly jpeg: Uint8Array<ArrayBuffer> }
  | { readonly kind: "failed"; readonly reason: string };

/** Makes a JPEG of the first picture of a segment. `fragments` are its init and then its parts, in order. Never throws. */
export async function makeThumbnail(fragments: readonly Uint8Array[], o: { program?: string; limitMs?: number } = {}): Promise<Thumbnail> {
  const program = o.program ?? "ffmpeg";
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, { args: buildThumbnailArguments(), stdin: "piped", stdout: "piped", stderr: "piped" }).spawn();
  } catch (problem) {
    return { kind: "failed", reason: explainSpawn(program, problem) };
  }
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    killQuietly(child, "SIGKILL");
  }, o.limitMs ?? LIMIT_MS);
  try {
    const [, { code, stdout, stderr }] = await Promise.all([feed(child.stdin, fragments), child.output()]);
    if (isLate) return { kind: "failed", reason: `No thumbnail within ${(o.limitMs ?? LIMIT_MS) / 1000} s` };
    if (code === 0 && stdout.length > 0) return { kind: "picture", jpeg: stdout };
    const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
    return { kind: "failed", reason: said || `ffmpeg ended with code ${code} and without a picture` };
  } finally {
    clearTimeout(timer);
  }
}

/** One picture of what comes in by standard input, as a JPEG by standard output, on one thread: the show's own encoder needs the others. */
export function buildThumbnailArguments(): string[] {
  return [
    ...["-hide_banner", "-nostats", "-loglevel", "error", "-threads", "1", "-f", "mp4", "-i", "pipe:0", "-an"],
    // A JPEG has BT.601 and the full range of values, without saying so.
    ...[
      "-frames:v",
      "1",
      "-vf",
      "scale=out_color_matrix=bt601:out_range=pc,format=yuvj420p",
      "-threads",
      "1",
      "-q:v",
      "4",
      "-f",
      "mjpeg",
      "pipe:1",
    ],
  ];
}

const LIMIT_MS = 5000;

/** ffmpeg stops reading when it has its picture. */
async function feed(stdin: WritableStream<Uint8Array>, fragments: readonly Uint8Array[]): Promise<void> {
  const writer = stdin.getWriter();
  try {
    for (const fragment of fragments) await writer.write(fragment);
    await writer.close();
  } catch {
    // it has what it needs, or its end tells why not
  }
}
