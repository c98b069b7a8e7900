export type ToolOutcome =
  | { readonly kind: "finished"; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly kind: "timed_out"; readonly stderr: string }
  | { readonly kind: "cannot_start"; readonly reason: string };

/** Runs ffmpeg or ffprobe to its end and hands over what it wrote. Past `limitMs`, or when `signal` says so, it is killed. Never throws. */
export async function runTool(
  program: string,
  args: readonly string[],
  o: { limitMs: number; signal?: AbortSignal | undefined },
): Promise<ToolOutcome> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, { args: [...args], stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
  } catch (problem) {
    return { kind: "cannot_start", reason: explainSpawn(program, problem) };
  }
  let isLate = false;
  const kill = () => {
    isLate = true;
    killQuietly(child, "SIGKILL");
  };
  const timer = setTimeout(kill, o.limitMs);
  o.signal?.addEventListener("abort", kill, { once: true });
  if (o.signal?.aborted) kill();
  try {
    const [status, stdout, stderr] = await Promise.all([child.status, readText(child.stdout), readText(child.stderr)]);
    if (isLate) return { kind: "timed_out", stderr };
    return { kind: "finished", code: status.code, stdout, stderr };
  } finally {
    clearTimeout(timer);
    o.signal?.removeEventListener("abort", kill);
  }
}

/** One line for a program that could not be started. */
export function explainSpawn(program: string, problem: unknown): string {
  if (problem instanceof Deno.errors.NotFound) return `${program} is not installed (or not in PATH)`;
  return `${program} cannot be started: ${problem instanceof Error ? problem.message : problem}`;
}

/** A signal to a child that may have ended already. */
export function killQuietly(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // it is gone, which is what was wanted
  }
}

const MAX_TEXT_CHARACTERS = 1 << 20;

async function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const piece of stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)) {
    if (text.length < MAX_TEXT_CHARACTERS) text += piece;
  }
  return text;
}
