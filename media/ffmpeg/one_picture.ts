import { QUIET } from "./graph.ts";
import { explainSpawn, killQuietly } from "./tool.ts";

const LIMIT_MS = 5000;

/** Draws one raw picture. Gives its planes, or one line for a person that says why there are none. Never throws. */
export async function drawOnePicture(o: {
  /** What is read, with `-i` and all. */
  readonly input: readonly string[];
  /** For `-vf`; it says which pixels come out. */
  readonly graph: string;
  readonly byteLength: number;
  /** What the standard input gives, where that is read. */
  readonly fed?: Uint8Array;
  /** Only tests name another. */
  readonly program?: string | undefined;
}): Promise<Uint8Array | string> {
  const program = o.program ?? "ffmpeg";
  const output = ["-frames:v", "1", "-threads", "1", "-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"];
  const args = [...QUIET, ...o.fed ? [] : ["-nostdin"], ...o.input, "-vf", o.graph, ...output];
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, { args, stdin: o.fed ? "piped" : "null", stdout: "piped", stderr: "null" }).spawn();
  } catch (problem) {
    return explainSpawn(program, problem);
  }
  const timer = setTimeout(() => killQuietly(child, "SIGKILL"), LIMIT_MS);
  const [{ code, stdout }] = await Promise.all([child.output(), o.fed && feed(child.stdin, o.fed)]);
  clearTimeout(timer);
  return code === 0 && stdout.length === o.byteLength ? stdout : "it cannot be decoded";
}

/** ffmpeg stops reading when it has its picture, or when it is none. */
async function feed(stdin: WritableStream<Uint8Array>, bytes: Uint8Array): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(bytes);
    await writer.close();
  } catch {
    // its end tells why
  }
}
