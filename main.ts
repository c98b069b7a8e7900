import { createApp } from "./routes/app.ts";
import { createEventHub, type EventHub } from "./routes/event_hub.ts";
import { composeBanner } from "./routes/banner.ts";
import { createMetrics } from "./routes/metrics.ts";
import { type ChatRoom, createChatRoom } from "./routes/chat/room.ts";
import { openChatStore } from "./routes/chat/store.ts";
import type { Donations } from "./routes/donations/routes.ts";
import { openDonationStore } from "./routes/donations/store.ts";
import { loadPages } from "./routes/pages.ts";
import { loadStreamerKey } from "./routes/streamer_key.ts";
import { type Channel, openChannel } from "./media/channel.ts";
import { claimDataFolder } from "./media/data_folder.ts";
import { listDevices } from "./media/ffmpeg/devices.ts";
import { checkFfmpeg } from "./media/ffmpeg/check_ffmpeg.ts";
import { probeInput } from "./media/ffmpeg/probe.ts";
import type { OperatingSystem } from "./media/ffmpeg/source.ts";
import { type ChatSettings, type DonationSettings, readSettings, type Settings } from "./media/settings.ts";

/** Held requests are answered and ffmpeg is gone well within this; what is left then is cut off. */
const STOP_WITHIN_MS = 1500;
const SAME_KEY_PRESS_MS = 200;
/** Longer than an encoder needs to be looked at, shorter than any player's patience. */
const LONGEST_WAIT_FOR_THE_SHOW_MS = 5000;

await main();

async function main(): Promise<void> {
  const read = readSettings({ args: Deno.args, env: Deno.env.toObject(), readFile: Deno.readTextFileSync, cwd: Deno.cwd() });
  if (read.kind === "problems") return refuse(read.problems, 2);
  if (read.kind !== "settings") return console.log(read.text);
  const { settings } = read;

  const { source } = settings;
  if (source.kind === "camera_list") return await listCameras();
  // Before anything is looked at: players of an earlier life of the server are asking already.
  const opened = Promise.withResolvers<Answer>();
  let answer: Answer = (request, info) => answerWhenOpened(opened.promise, request, info);
  const server = listen(settings, (request, info) => answer(request, info));
  if (typeof server === "string") return refuse([server], 1);

  const [ffmpeg, unreadable] = await Promise.all([checkFfmpeg(), findUnreadable(settings)]);
  if (ffmpeg.kind === "missing") return refuse([ffmpeg.reason], 1);
  if (unreadable.length > 0) return refuse(unreadable, 2);
  const folder = await claimDataFolder(settings.dataDir);
  if (folder.kind === "refused") return refuse([folder.reason], 1);

  const lines = composeBanner({
    settings,
    port: server.addr.port,
    networkAddresses: Deno.networkInterfaces(),
    showing: settings.sourceText,
    hasTerminal: Deno.stdout.isTerminal(),
  });
  console.log(lines.join("\n"));
  const streamerKey = await loadStreamerKey(settings.dataDir).catch((problem: Error) => refuse([problem.message], 1));
  if (streamerKey === undefined) return;
  const channel = await openChannel({
    settings,
    source,
    ffmpeg,
    machine: { os: operatingSystem(), display: Deno.env.get("DISPLAY") ?? null },
    log,
  });
  const hub = createEventHub();
  const chat = settings.chat === null ? null : openChat(settings.dataDir, settings.chat, channel);
  const donations = settings.donations === null ? null : openDonations(settings.dataDir, settings.donations, channel);
  stopOnSignals(channel, server, hub, () => {
    chat?.close();
    donations?.store.close();
  });
  const app = createApp({
    ...channel,
    viewers: channel.viewers,
    title: settings.title,
    metrics: createMetrics(),
    pages: await loadPages(new URL("static/dist", import.meta.url).pathname, [
      ...(settings.chat === null ? ["chat"] : []),
      ...(settings.donations === null ? ["donate"] : []),
    ]),
    now: Date.now,
    gauges: channel.gauges,
    hub,
    chat,
    donations,
    boostedUntilMs: ({ publicId }) => channel.donors.boostedUntilMs(publicId),
    streamerKey,
    playerWatch: channel.house,
    mayBegin: channel.house.mayBegin,
    sentBeside: channel.house.sentBeside,
    status() {
      const { state, showing, ladder, startedAtMs } = channel.status();
      const { motion, budget } = channel.house;
      return { state, run: showing, ladder, motion, budget, uptimeSeconds: Math.round((Date.now() - startedAtMs) / 1000) };
    },
    report: (error) => console.error(`A request failed: ${error.stack ?? error.message}`),
  });
  answer = app.fetch;
  opened.resolve(answer);
}

type Answer = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

/** A line for the streamer. */
function log(line: string): void {
  console.log(`${new Date().toLocaleTimeString("en-GB")}  ${line}`);
}

function openChat(dataDir: string, rules: ChatSettings, { donors }: Channel): ChatRoom {
  const { store, problem } = openChatStore({ path: `${dataDir}/chat.sqlite`, nowMs: Date.now(), log });
  if (problem !== null) log(problem);
  return createChatRoom({ store, rules, isDonor: donors.isDonor, now: Date.now });
}

function openDonations(dataDir: string, settings: DonationSettings, { donors }: Channel): Donations {
  const { store, problem } = openDonationStore({ path: `${dataDir}/donations.sqlite`, nowMs: Date.now(), log });
  if (problem !== null) log(problem);
  return { settings, store, donors };
}

/** Files that the streamer named and that ffmpeg cannot read: told now rather than by a slate. */
async function findUnreadable({ source, sourceText, slatePicture }: Settings): Promise<string[]> {
  const named = [
    ...(source.kind === "file" ? [{ option: `--source ${sourceText}`, path: source.path }] : []),
    ...(slatePicture === null ? [] : [{ option: `--slate ${slatePicture}`, path: slatePicture }]),
  ];
  const problems = await Promise.all(named.map(async ({ option, path }) => {
    const found = await probeInput({ reading: [], options: [], address: `file:${path}` });
    if (found.kind === "failed") return `${option}: ${found.reason.replace(`file:${path}: `, "")}`;
    return found.video ? null : `${option}: there is no picture in it`;
  }));
  return problems.filter((problem) => problem !== null);
}

async function listCameras(): Promise<void> {
  const devices = await listDevices(operatingSystem());
  for (const { kind, id, name } of devices) console.log(`${kind.padEnd(11)} ${id}${name && name !== id ? `  (${name})` : ""}`);
  if (devices.length === 0) console.log("No camera and no microphone was found.");
}

function refuse(problems: readonly string[], code: number): void {
  for (const problem of problems) console.error(problem);
  Deno.exit(code);
}

function operatingSystem(): OperatingSystem {
  return Deno.build.os === "darwin" || Deno.build.os === "windows" ? Deno.build.os : "linux";
}

/**
 * Who asks while the show is being set up waits for it: to a player of a server that was started again a refusal is a failure, and a stock hls.js gives
 * up after three in a row, which take it as many seconds.
 */
async function answerWhenOpened(opened: Promise<Answer>, request: Request, info: Deno.ServeHandlerInfo): Promise<Response> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), LONGEST_WAIT_FOR_THE_SHOW_MS));
  const answer = await Promise.race([opened, tooLong]);
  clearTimeout(timer);
  return answer?.(request, info) ?? new Response("Starting.\n", { status: 503, headers: { "retry-after": "1", "refresh": "1" } });
}

/** Listens, or says why not. */
function listen(settings: Settings, handler: Deno.ServeHandler<Deno.NetAddr>): Deno.HttpServer<Deno.NetAddr> | string {
  const { host, port } = settings;
  try {
    return Deno.serve({ hostname: host, port, onListen() {} }, handler);
  } catch (problem) {
    if (problem instanceof Deno.errors.AddrInUse) return `Port ${port} is in use: name another one, as in: deno task serve ${port + 1}`;
    if (problem instanceof Deno.errors.PermissionDenied) {
      return `Port ${port} may not be used: ports below 1024 are for root. Name another one, as in: deno task serve 8080`;
    }
    return `Cannot listen on ${host}:${port}: ${problem instanceof Error ? problem.message : problem}`;
  }
}

/** The first signal ends the show in order, a second Ctrl-C at once. (`deno task` may hand one key press on as two signals.) */
function stopOnSignals(channel: Channel, server: Deno.HttpServer, hub: EventHub, closeFiles: () => void): void {
  let stoppingSinceMs: number | null = null;
  async function stop(): Promise<void> {
    stoppingSinceMs = performance.now();
    setTimeout(end, STOP_WITHIN_MS);
    hub.close();
    await Promise.all([channel.stop(), server.shutdown()]);
    end();
  }
  /** Files last: a request that is still answered may write. */
  function end(): void {
    closeFiles();
    Deno.exit(0);
  }
  function interrupt(): void {
    if (stoppingSinceMs === null) stop();
    else if (performance.now() - stoppingSinceMs > SAME_KEY_PRESS_MS) Deno.exit(130);
  }
  Deno.addSignalListener("SIGINT", interrupt);
  Deno.addSignalListener(Deno.build.os === "windows" ? "SIGBREAK" : "SIGTERM", () => stoppingSinceMs === null && stop());
}
