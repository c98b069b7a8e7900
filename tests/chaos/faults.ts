import { startChild } from "../fixtures/child.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { signalTo } from "../fixtures/proc.ts";
import { freePort, startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { NUMBERED_LADDER, NUMBERED_SOURCE } from "./numbered_show.ts";
import type { Recorder } from "./recorder.ts";
import type { StateWatch } from "./states.ts";
import { type Encoding, torture } from "./torture.ts";
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
  /** The longest wait for a part, 1000 unless told; nobody asks where the server itself was away. */
  readonly gapBarMs?: number;
}

export interface Scene {
  readonly server: Tercet;
  readonly later: Later;
  readonly recorder: Recorder;
  readonly states: StateWatch;
  /**
   * What happens now, and within what time live pictures are promised. A hit ends what is live; after a repair, what is live may
   * have gone on.
   */
  mark(kind: "hit" | "repair", what: string, liveWithinMs: number | null): void;
}

export type Later = (undo: () => Promise<void> | void) => void;

/** The encoders killed, and one stopped (alive and silent), at random moments. `hits` says who gets which signal, one after the other. */
export function torments(hits: readonly (readonly [Encoding, "SIGKILL" | "SIGSTOP"])[]): Fault {
  return {
    name: `encoders tormented: ${hits.map(([whose, signal]) => `${whose} ${signal}`).join(", ")}`,
    witnesses: ["stock", "vlc", "mpv"],
    start: () => startTercet({ args: ["--source", NUMBERED_SOURCE, "--ladder", NUMBERED_LADDER] }),
    hasClock: true,
    async happen({ server, mark }) {
      for (const [whose, signal] of hits) {
        await pause(1000 + Math.random() * 1500);
        mark("hit", `${signal} of the encoder of ${whose}`, 3000);
        await torture(server, whose, signal);
      }
      await pause(3000);
    },
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
  happen: ({ states }) => waitForState(states, "live", 15_000),
};

/** The file that is being shown is cut in half in place; later it is whole again. */
export const truncatedFile: Fault = fileFault("source file truncated in place", async ({ path, states, mark }) => {
  mark("hit", "truncate", null);
  const whole = await Deno.readFile(path);
  await Deno.truncate(path, Math.floor(whole.length / 2));
  await pause(12_000);
  await Deno.writeFile(path, whole);
  mark("repair", "whole again", 12_000);
  await pause(1000);
  await waitForState(states, "live", 20_000);
});

/** The file is deleted while it is shown: it is played to its end, then the card stands; later the file is there again. */
export const deletedFile: Fault = fileFault("source file deleted", async ({ path, states, mark }) => {
  const whole = await Deno.readFile(path);
  mark("hit", "delete", null);
  await Deno.remove(path);
  await waitForState(states, "card", 2 * CLIP_SECONDS * 1000 + 5000);
  await pause(3000);
  await Deno.writeFile(path, whole);
  mark("repair", "there again", 12_000 + 2000);
  await waitForState(states, "live", 20_000);
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
    async happen({ states, mark, later }) {
      await pause(12_000);
      mark("repair", "the source appears", 12_000 + 4000);
      const source = Deno.serve({ hostname: "127.0.0.1", port, onListen() {} }, sendMpegTs);
      later(() => source.shutdown());
      await waitForState(states, "live", 30_000);
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
    async happen({ server, states, mark }) {
      mark("hit", "KILL of the server", awayMs + 6000);
      await server.kill("SIGKILL");
      await pause(awayMs);
      await server.restart();
      await waitForState(states, "live", 20_000);
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

async function waitForState(states: StateWatch, wanted: string, limitMs: number): Promise<void> {
  await waitFor(`the show to be ${wanted}`, limitMs, () => states.now === wanted, 100);
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

const CLIP_SECONDS = 10;
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
  ...["-t", String(CLIP_SECONDS), "-c:v", "libx264", "-preset", "ultrafast", "-g", "30", "-c:a", "aac", "-movflags", "+faststart"],
];
