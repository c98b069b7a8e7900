import { type ProcessEnd, startProcess } from "../../ffmpeg/process.ts";
import { closeQuietly, openSocketFolder } from "../../ffmpeg/sockets.ts";
import { pause } from "../../timer.ts";
import { LET_GO, type PublisherDesk, type PublisherLine } from "../desk.ts";
import { createWebmReader } from "../webm.ts";

/** Where encoders publish by SRT. */
export interface SrtListener {
  /** Stopping twice is harmless. */
  close(): Promise<void>;
}

export interface SrtOptions {
  readonly host: string;
  readonly port: number;
  /** 10 to 79 characters (libsrt). */
  readonly passphrase: string;
  readonly key: { readonly id: string; readonly name: string };
  readonly desk: Pick<PublisherDesk, "admit">;
  /** Under which the sockets are. */
  readonly folder: string;
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** Listens again so soon after a caller has gone; ffmpeg's own start takes 0.1 s (ingest.md, section 3). */
const AGAIN_AFTER_MS = 50;
/** Who cannot listen tries again after so long. */
const CANNOT_LISTEN_MS = 10_000;
/** A listener that ends sooner without a caller has never listened. */
const NEVER_LISTENED_MS = 1000;
/** libsrt tells nobody that a caller was killed: so long nothing comes then. */
const SILENT_AFTER_US = 2_000_000;
/** Before it hears of a lost packet again and again (SRT's own default). */
const LATENCY_US = 120_000;
/** MPEG-TS must be looked at: of 32 KiB the first pictures were broken (ingest.md, section 1). */
const PROBING = ["-probesize", "200000", "-analyzeduration", "500000"];

/**
 * One ffmpeg listens by its libsrt, checks the passphrase, and writes what comes as Matroska, its picture as it is, into a socket of ours: read as what a browser records
 * is, it becomes a publisher like others, with its last group of pictures kept, taken over, judged and waited for as they are. A wrong passphrase and stray
 * packets never get past libsrt. One caller at a time: the listener is closed at the first one (libsrt.c), and opened again when that one has gone.
 */
export function startSrt(o: SrtOptions): SrtListener {
  const aborter = new AbortController();
  const { signal } = aborter;
  let isToldOff = false;

  async function run(): Promise<void> {
    while (!signal.aborted) {
      const { end, hadCaller } = await listenOnce(o, signal, withdraw);
      if (signal.aborted) return;
      const neverListened = !hadCaller && end.aliveMs < NEVER_LISTENED_MS;
      if (neverListened && !isToldOff) o.log(`Nobody can publish by SRT on port ${o.port}: ${explain(end)}`);
      isToldOff = neverListened;
      await pause(neverListened ? CANNOT_LISTEN_MS : AGAIN_AFTER_MS, signal);
    }
  }

  /** Its passphrase is no longer good. */
  function withdraw(): void {
    o.log("Nobody can publish by SRT any more: its key was withdrawn. The next start makes another one.");
    aborter.abort();
  }

  const running = run();
  return {
    async close() {
      aborter.abort();
      await running;
    },
  };
}

/** One caller, from the waiting on. */
async function listenOnce(
  o: SrtOptions,
  signal: AbortSignal,
  withdraw: () => void,
): Promise<{ end: Pick<ProcessEnd, "aliveMs" | "lastLines">; hadCaller: boolean }> {
  const sockets = await openSocketFolder({ folder: o.folder });
  const listening = sockets.listen("srt");
  const process = startProcess({ args: listArguments(o, listening.url) });
  if ("kind" in process) {
    await sockets.close();
    return { end: { aliveMs: 0, lastLines: [process.reason] }, hadCaller: false };
  }
  const stop = () => void process.stop();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const reading = listening.accept().then((conn) => conn === null ? false : readCaller(conn, o, withdraw));
  const end = await process.ended;
  signal.removeEventListener("abort", stop);
  await sockets.close();
  return { end, hadCaller: await reading };
}

export function listArguments({ host, port, passphrase }: Pick<SrtOptions, "host" | "port" | "passphrase">, output: string): string[] {
  const at = host.includes(":") ? `[${host}]` : host;
  const query = new URLSearchParams({
    mode: "listener",
    passphrase,
    pbkeylen: "16",
    latency: String(LATENCY_US),
    timeout: String(SILENT_AFTER_US),
  });
  return [
    ...["-hide_banner", "-loglevel", "error", "-nostdin", ...PROBING, "-f", "mpegts", "-i", `srt://${at}:${port}?${query}`],
    // Matroska's header wants a record that AAC has in MPEG-TS only in its frames, and encoders send MP2 and AC-3 too: sound is encoded anew.
    ...["-map", "0:v:0?", "-map", "0:a:0?", "-c:v", "copy", "-c:a", "aac", "-b:a", "192k"],
    // A cluster is written when it is whole: one a frame, and each at once.
    ...["-f", "matroska", "-cluster_time_limit", "0", "-flush_packets", "1", output],
  ];
}

/** Hands over what a caller sends. True once it has been let in. */
async function readCaller(conn: Deno.Conn, { desk, key, now, log }: SrtOptions, withdraw: () => void): Promise<boolean> {
  const reader = createWebmReader();
  const buffer = new Uint8Array(1 << 16);
  let heardAtMs = now();
  let line: PublisherLine | null = null;
  try {
    const admission = desk.admit(key, {
      address: "unknown", // libsrt knows it, and does not tell
      heardAtMs: () => heardAtMs,
      close(reason) {
        line = null;
        closeQuietly(conn);
        if (reason === LET_GO.withdrawn) withdraw();
      },
    });
    if (admission.kind === "refused") return false;
    ({ line } = admission);
    log(`${key.name} publishes by SRT`);
    for (;;) {
      const count = await conn.read(buffer);
      if (count === null || line === null) return true;
      heardAtMs = now();
      for (const item of reader.give(buffer.subarray(0, count))) line.take(item);
      await line.roomToRead();
    }
  } catch (problem) {
    if (problem instanceof SyntaxError || problem instanceof RangeError) log(`What came by SRT cannot be read: ${problem.message}`);
    return true; // otherwise the connection broke
  } finally {
    line?.leave("lost");
    closeQuietly(conn);
  }
}

function explain({ lastLines }: Pick<ProcessEnd, "lastLines">): string {
  const said = lastLines.at(-1) ?? "ffmpeg ends at once";
  return lastLines.some((line) => /address already in use|bind|setup failure/i.test(line))
    ? "the port is in use"
    : said.replace(/^\[.*?\] /, "");
}
