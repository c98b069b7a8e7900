import { startChild } from "../fixtures/child.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { signalTo } from "../fixtures/proc.ts";
import { freePort, startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import type { Recorder } from "./recorder.ts";
import type { WitnessName } from "./witnesses.ts";

/** Something that goes wrong while people watch. */
export interface Fault {
  readonly name: string;
  readonly witnesses: readonly WitnessName[];
  /** Makes the source and starts the server. What has to be cleared away afterwards goes into `later`. */
  start(later: Later): Promise<Tercet>;
  /** Before the players are opened. */
  early?(server: Tercet): Promise<void>;
  /** The fault itself. Resolves when the show should be in order again. */
  happen(scene: Scene): Promise<void>;
  /** How many jumps forward and refused connections its nature allows: restarts of the server. */
  readonly restarts?: number;
  /** Its picture carries the barcode, which tells live pictures in VLC. */
  readonly hasClock?: boolean;
  /** In a stock hls.js, 500 unless told. */
  readonly freezeBarMs?: number;
}

export interface Scene {
  readonly server: Tercet;
  readonly later: Later;
  readonly recorder: Recorder;
  /**
   * What happens now, and within what time live pictures are promised. A hit ends what is live; after a repair, what is live may
   * have gone on.
   */
  mark(kind: "hit" | "repair", what: string, liveWithinMs: number | null): void;
}

export type Later = (undo: () => Promise<void> | void) => void;

/** ffmpeg killed at random moments. */
export function kills(times: number): Fault {
  return {
    name: `ffmpeg killed ${times} times`,
    witnesses: ["stock", "vlc", "mpv"],
    start: startLight,
    hasClock: true,
    happen: (scene) => hitRuns(scene, Array.from({ length: times }, () => "SIGKILL"), 2500),
  };
}

/** ffmpeg stopped: alive and silent. */
export function stops(times: number): Fault {
  return {
    name: `ffmpeg stopped ${times} times`,
    witnesses: ["stock", "vlc", "mpv"],
    start: startLight,
    hasClock: true,
    happen: (scene) => hitRuns(scene, Array.from({ length: times }, () => "SIGSTOP"), 2500),
  };
}

/** Kills and stops in turn, on one server: a short version for every commit. */
export function killsAndStop(kills: number): Fault {
  return {
    ...stops(1),
    name: `ffmpeg killed ${kills} times, stopped once`,
    happen: (scene) => hitRuns(scene, Array.from({ length: kills + 1 }, (_, hit) => hit === 1 ? "SIGSTOP" : "SIGKILL"), 1500),
  };
}

/** A fault in the first five seconds of a show: ffmpeg is killed as soon as it is there, and once more. */
export const earlyFault: Fault = {
  name: "faults in the first five seconds",
  witnesses: ["stock", "vlc", "mpv"],
  start: () => startTercet({ args: LIGHT_ARGS, readyWithinMs: 0 }),
  hasClock: true,
  async early(server) {
    for (let kill = 0; kill < 2; kill++) {
      const pid = await waitFor("a run", 10_000, () => server.runPid());
      await pause(400);
      signalTo(pid, "SIGKILL");
    }
    await waitFor(
      "/healthz",
      10_000,
      () => fetch(`${server.baseUrl}/readyz`).then((a) => a.body?.cancel().then(() => a.ok) ?? a.ok, () => false),
    );
  },
  happen: ({ recorder }) => waitForRun(recorder, false, 15_000),
};

/** The file that is being shown is cut in half in place; later it is whole again. */
export const truncatedFile: Fault = fileFault("source file truncated in place", async ({ path, server, recorder, mark }) => {
  mark("hit", "truncate", null);
  const whole = await Deno.readFile(path);
  await Deno.truncate(path, Math.floor(whole.length / 2));
  await pause(12_000);
  await Deno.writeFile(path, whole);
  mark("repair", "whole again", 12_000);
  await pause(1000);
  await waitFor("a run", 20_000, () => server.runPid());
  await waitForRun(recorder, false, 20_000);
});

/** The file is deleted, then ffmpeg, which still holds it open, is killed; later the file is there again. */
export const deletedFile: Fault = fileFault("source file deleted, then ffmpeg killed", async ({ path, server, recorder, mark }) => {
  const whole = await Deno.readFile(path);
  await Deno.remove(path);
  await pause(2000);
  const pid = await server.runPid();
  mark("hit", `KILL ${pid}`, null);
  if (pid !== null) signalTo(pid, "SIGKILL");
  await waitForRun(recorder, true, 5000);
  await pause(6000);
  await Deno.writeFile(path, whole);
  mark("repair", "there again", 12_000 + 2000);
  await waitForRun(recorder, false, 20_000);
});

/** The source accepts the connection and says nothing. */
export const hangingSource: Fault = {
  name: "a source that hangs",
  witnesses: ["stock", "vlc", "mpv"],
  start(later) {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const held: Deno.Conn[] = [];
    (async () => {
      for await (const connection of listener) held.push(connection);
    })();
    later(() => {
      listener.close();
      for (const connection of held) connection.close();
    });
    return startTercet({ args: ["--source", `http://127.0.0.1:${listener.addr.port}/`, "--ladder", LIGHT_LADDER] });
  },
  happen: () => pause(25_000),
};

/** Nothing answers at the source's address at first; then something does. */
export function noSource(): Fault {
  const port = freePort();
  return {
    name: "no source at all, then one",
    witnesses: ["stock", "vlc", "mpv"],
    start: () => startTercet({ args: ["--source", `http://127.0.0.1:${port}/live.ts`, "--ladder", LIGHT_LADDER] }),
    async happen({ recorder, mark, later }) {
      await pause(12_000);
      mark("repair", "the source appears", 12_000 + 4000);
      const source = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, sendMpegTs);
      later(() => source.shutdown());
      await waitForRun(recorder, false, 30_000);
      await pause(3000);
    },
  };
}

/** The server is killed and started again on the same port and data folder after so long. */
export function serverAway(awayMs: number, witnesses: readonly WitnessName[]): Fault {
  return {
    name: `server killed, back after ${awayMs / 1000} s`,
    witnesses,
    restarts: 1,
    freezeBarMs: awayMs + 5000,
    start: startLight,
    hasClock: true,
    async happen({ server, recorder, mark }) {
      mark("hit", "KILL of the server", awayMs + 6000);
      await server.kill("SIGKILL");
      await pause(awayMs);
      await server.restart();
      await waitForRun(recorder, false, 20_000);
      await pause(12_000);
    },
  };
}

const LIGHT_ARGS = ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER];
const MPEG_TS = [
  "-hide_banner",
  "-loglevel",
  "error",
  "-re",
  "-f",
  "lavfi",
  "-i",
  "testsrc2=s=640x360:r=30",
  "-f",
  "lavfi",
  "-i",
  "sine",
  "-c:v",
  "libx264",
  "-preset",
  "ultrafast",
  "-g",
  "30",
  "-c:a",
  "aac",
  "-f",
  "mpegts",
  "-",
];

/** A live stream of its own for whoever asks. */
function sendMpegTs(): Response {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const ffmpeg = startChild("ffmpeg", MPEG_TS, { onStdout: (bytes) => void writer.write(bytes).catch(() => ffmpeg.kill("SIGKILL")) });
  ffmpeg.ended.then(() => writer.close()).catch(() => {});
  return new Response(readable, { headers: { "content-type": "video/mp2t" } });
}

function startLight(): Promise<Tercet> {
  return startTercet({ args: LIGHT_ARGS });
}

/** What the supervisor may wait before try number `faults`, jitter included. */
function backOffMs(faults: number): number {
  return Math.min(10_000, 500 * 2 ** faults) * 1.2;
}

/** The watchdog sees a silent run after so long; one that was killed is seen at once. */
const WATCHDOG_MS = 2000;

/** Sends a signal to one run after the other, each some moments after the picture is live again. */
async function hitRuns({ server, recorder, mark }: Scene, signals: readonly ("SIGKILL" | "SIGSTOP")[], mostPauseMs: number): Promise<void> {
  for (const [hit, signal] of signals.entries()) {
    await pause(500 + Math.random() * mostPauseMs);
    const withinMs = (signal === "SIGSTOP" ? WATCHDOG_MS : 0) + backOffMs(hit) + 2000;
    await hitRun(server, recorder, signal, (pid) => mark("hit", `${signal} ${pid}`, withinMs), withinMs + 10_000);
  }
  await pause(3000);
}

async function hitRun(
  server: Tercet,
  recorder: Recorder,
  signal: Deno.Signal,
  onHit: (pid: number) => void,
  limitMs: number,
): Promise<void> {
  const pid = await waitFor("a run", 15_000, () => server.runPid());
  const runBefore = recorder.lastRun()?.run;
  onHit(pid);
  signalTo(pid, signal);
  await waitFor(`live pictures after ${signal}`, limitMs, () => {
    const now = recorder.lastRun();
    return now?.isSlate === false && now.run !== runBefore;
  }, 100);
}

async function waitForRun(recorder: Recorder, isSlate: boolean, limitMs: number): Promise<void> {
  await waitFor(isSlate ? "the slate" : "live pictures", limitMs, () => recorder.lastRun()?.isSlate === isSlate, 100);
}

function fileFault(name: string, happen: (scene: Scene & { path: string }) => Promise<void>): Fault {
  let path = "";
  return {
    name,
    witnesses: ["stock", "vlc", "mpv"],
    async start(later) {
      const folder = await Deno.makeTempDir({ prefix: "tercet-source-" });
      later(() => Deno.remove(folder, { recursive: true }));
      path = `${folder}/clip.mp4`;
      const made = await new Deno.Command("ffmpeg", { args: [...CLIP, path], stderr: "piped" }).output();
      if (!made.success) throw new Error(`Cannot make ${path}: ${new TextDecoder().decode(made.stderr)}`);
      return await startTercet({ args: ["--source", `file:${path}`, "--ladder", LIGHT_LADDER] });
    },
    happen: (scene) => happen({ ...scene, path }),
  };
}

const CLIP = [
  ...[
    "-hide_banner",
    "-loglevel",
    "error",
    "-y",
    "-f",
    "lavfi",
    "-i",
    "testsrc2=s=640x360:r=30",
    "-f",
    "lavfi",
    "-i",
    "sine=frequency=500:sample_rate=48000",
  ],
  ...["-t", "20", "-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-c:a", "aac", "-movflags", "+faststart"],
];
