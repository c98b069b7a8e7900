import { QUIET } from "../ffmpeg/graph.ts";
import { startProcess } from "../ffmpeg/process.ts";
import { closeQuietly, openSocketFolder } from "../ffmpeg/sockets.ts";
import { judgeIntakeEnd } from "./intake_end.ts";
import type { Way } from "./plan.ts";

/**
 * The one connection that a source gives, or takes: an ffmpeg hands on its bytes as they come. Whoever looks and whoever decodes after that reads them from
 * the beginning on.
 */
export interface Relay {
  readonly pid: number;
  /** As the way that was opened, but may be opened as often as is wanted until `settle`. */
  readonly way: Way;
  /** Who connects next is the last: what came before is not kept any longer than until it has that. */
  settle(): void;
  /** Why it is over; null while it is not. */
  readonly reason: string | null;
  stop(): Promise<void>;
}

/** Kept for those who come later; of a longer look only the end is lost, which every container of live streams bears. */
const MOST_KEPT_BYTES = 16 << 20;
const CHUNK_BYTES = 1 << 16;

/** Resolves when its first bytes are there, or with why they will not come. Stopped by `signal`. */
export async function openRelay(o: { readonly way: Way; readonly folder: string; readonly signal: AbortSignal }): Promise<Relay | string> {
  const { way } = o;
  const sockets = await openSocketFolder({ folder: o.folder });
  const [from, to] = [sockets.listen("from"), sockets.listen("to")];
  const input = [...replace(way.options, "-format_whitelist", "data"), "-f", "data", "-i", way.address];
  const process = startProcess({
    args: [...QUIET, "-nostdin", ...input, "-map", "0", "-c", "copy", "-flush_packets", "1", "-f", "data", from.url],
  });
  if ("kind" in process) {
    await sockets.close();
    return process.reason;
  }
  let kept: Uint8Array[] | null = [];
  let keptBytes = 0;
  let reason: string | null = null;
  const readers = new Set<Deno.Conn>();
  const begun = Promise.withResolvers<void>();

  async function give(reader: Deno.Conn, chunk: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < chunk.length;) at += await reader.write(chunk.subarray(at));
    } catch {
      readers.delete(reader);
      closeQuietly(reader);
    }
  }

  async function pump(): Promise<void> {
    const source = await from.accept();
    const buffer = new Uint8Array(CHUNK_BYTES);
    while (source) {
      const bytes = await source.read(buffer).catch(() => null);
      if (bytes === null) break;
      const chunk = buffer.slice(0, bytes);
      keptBytes += bytes;
      if (keptBytes > MOST_KEPT_BYTES) kept = null;
      kept?.push(chunk);
      begun.resolve();
      await Promise.all([...readers].map((reader) => give(reader, chunk)));
    }
    if (source) closeQuietly(source);
    for (const reader of readers) closeQuietly(reader);
  }

  let isSettled = false;
  async function serve(): Promise<void> {
    for (let reader; (reader = await to.accept()) !== null;) {
      // What comes while the kept bytes are on their way is kept as well.
      for (let given = 0; kept && given < kept.length; given++) await give(reader, kept[given]!);
      if (reason !== null) closeQuietly(reader);
      else readers.add(reader);
      if (isSettled) kept = null;
    }
  }

  const pumping = pump();
  const serving = serve();
  const ended = process.ended.then(async (end) => {
    const hadPictures = keptBytes > 0;
    reason = judgeIntakeEnd({ process: end, hadPictures, hadSound: false, faults: [], inputAddresses: [way.address] }).reason;
    from.close();
    await pumping;
    begun.resolve();
  });

  async function stop(): Promise<void> {
    await ended;
    await sockets.close();
    for (const reader of readers) closeQuietly(reader);
    await serving;
  }

  const abort = () => void process.stop();
  o.signal.addEventListener("abort", abort, { once: true });
  if (o.signal.aborted) abort();
  await begun.promise;
  o.signal.removeEventListener("abort", abort);
  if (keptBytes === 0) {
    await stop();
    return reason ?? "It was closed before anything came";
  }
  const options = [...replace(replace(way.options, "-protocol_whitelist", "unix,tcp"), "-timeout", null)];
  return {
    pid: process.pid,
    way: { ...way, address: to.url, options: replace(options, "-rw_timeout", null), takesOneConnection: false },
    settle: () => isSettled = true,
    get reason() {
      return reason;
    },
    stop() {
      process.stop();
      return stop();
    },
  };
}

/** The options with another value for one of them, or without it. */
function replace(options: readonly string[], name: string, value: string | null): string[] {
  const at = options.indexOf(name);
  return at < 0 ? [...options] : [...options.slice(0, at), ...(value === null ? [] : [name, value]), ...options.slice(at + 2)];
}
