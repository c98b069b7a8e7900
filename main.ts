import { fstatSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { createApp } from "./routes/app.ts";
import { createEventHub, type EventHub } from "./routes/event_hub.ts";
import { composeBanner, composeEdgeBanner, describeSender, describeServer, listAddresses, listStudioAddresses } from "./routes/banner.ts";
import { createForwarded } from "./routes/forwarded.ts";
import { createLimits, type Limits } from "./routes/limits.ts";
import { chooseHost, listen, type Listening } from "./routes/listen.ts";
import { chooseLogForm, createLogOutput } from "./routes/log_output.ts";
import { createMetrics } from "./routes/metrics.ts";
import { type ChatRoom, createChatRoom } from "./routes/chat/room.ts";
import { createChatWire } from "./routes/chat/shared.ts";
import { openChatStore } from "./routes/chat/store.ts";
import { createBook } from "./routes/donations/book.ts";
import type { Donations } from "./routes/donations/routes.ts";
import { createGiftWire } from "./routes/donations/shared.ts";
import { type Donation, openDonationStore } from "./routes/donations/store.ts";
import { loadPages } from "./routes/pages.ts";
import { keepStudio } from "./routes/studio/kept_studio.ts";
import { openLogoFile } from "./routes/studio/logo_file.ts";
import { type Kept, openKept } from "./routes/studio/kept_file.ts";
import { createPast, PAST_EVERY_MS, readMoment } from "./routes/studio/past.ts";
import { createSaidLines } from "./routes/studio/said_lines.ts";
import { loadStreamerKey } from "./routes/streamer_key.ts";
import { countAll } from "./media/audience/count_all.ts";
import { DONOR_MS } from "./media/audience/donors.ts";
import type { Viewer } from "./media/audience/viewer.ts";
import { type Channel, openChannel } from "./media/channel.ts";
import { createSteadyClock } from "./media/steady_clock.ts";
import { claimDataFolder } from "./media/data_folder.ts";
import { openPublishing, type Publishing } from "./media/ingest/publishing.ts";
import { listDevices } from "./media/intake/devices.ts";
import { checkFfmpeg } from "./media/ffmpeg/check_ffmpeg.ts";
import { pickHardware } from "./media/pick_hardware.ts";
import { explainUnreadable } from "./media/intake/check_file.ts";
import type { OperatingSystem } from "./media/intake/plan.ts";
import type { Origin } from "./media/relay/origin.ts";
import { keepStudioAddresses } from "./media/studio/address_file.ts";
import { type Moderators, openModerators } from "./media/studio/moderators.ts";
import { openOverlayToken, type OverlayToken } from "./media/studio/overlay_token.ts";
import { openSessions, type Sessions } from "./media/studio/sessions.ts";
import { hideSecrets } from "./media/settings/secrets.ts";
import { type ChatSettings, type DonationSettings, readSettings, type Settings } from "./media/settings/settings.ts";

/** Held requests are answered and ffmpeg is gone well within this; what is left then is cut off. */
const STOP_WITHIN_MS = 1500;
/** An edge hands its viewers on before it ends. */
const STOP_EDGE_WITHIN_MS = 3500;
const SAME_KEY_PRESS_MS = 200;
/** Longer than an encoder needs to be looked at, shorter than any player's patience. */
const LONGEST_WAIT_FOR_THE_SHOW_MS = 5000;
/** What `log` has told. */
const said = createSaidLines();
const logForm = chooseLogForm({ env: (name) => Deno.env.get(name), stdout: () => fstatSync(1) });
const output = createLogOutput({ form: logForm.form, now: () => new Date(), out: console.log, err: console.error });

await main();

async function main(): Promise<void> {
  if (logForm.problem !== null) return refuse([logForm.problem], 2);
  const read = readSettings({ args: Deno.args, env: Deno.env.toObject(), readFile: Deno.readTextFileSync, cwd: Deno.cwd() });
  if (read.kind === "problems") return refuse(read.problems, 2);
  if (read.kind !== "settings") return console.log(read.text);
  const { settings } = read;

  const { source } = settings;
  if (source.kind === "camera_list") return await listCameras();
  // Before anything is looked at: players of an earlier life of the server are asking already.
  const opened = Promise.withResolvers<Answer>();
  let answer: Answer = (request, info) => answerWhenOpened(opened.promise, request, info);
  const host = chooseHost(settings.host, Deno.networkInterfaces());
  const spare = new URL("deno.json", import.meta.url);
  const server = listen({ host, port: settings.port, handler: (request, info) => answer(request, info), log, spare });
  if (typeof server === "string") return refuse([server], 1);
  if (settings.isEdge) {
    const { startEdge } = await import("./routes/edge.ts");
    console.log(
      composeEdgeBanner({ settings: { ...settings, host }, port: server.port, networkAddresses: Deno.networkInterfaces() }).join("\n"),
    );
    let next = opened;
    const answerWith = (found: Answer | null) => {
      if (found === null) next = Promise.withResolvers();
      else next.resolve(found);
      answer = found ?? ((request, info) => answerWhenOpened(next.promise, request, info));
    };
    const edge = startEdge({ settings, port: server.port, log, answerWith });
    return endOnSignals(async () => {
      await edge.stop();
      await server.shutdown();
    }, STOP_EDGE_WITHIN_MS);
  }

  const [ffmpeg, unreadable] = await Promise.all([checkFfmpeg(), findUnreadable(settings)]);
  if (ffmpeg.kind === "missing") return refuse([ffmpeg.reason], 1);
  if (unreadable.length > 0) return refuse(unreadable, 2);
  const folder = await claimDataFolder(settings.dataDir);
  if (folder.kind === "refused") return refuse([folder.reason], 1);

  const streamer = await openStreamer(settings.dataDir).catch((problem: Error) => refuse([problem.message], 1));
  if (streamer === undefined) return;
  const { streamerKey, sessions, kept, overlay, moderators } = streamer;
  const opening = Promise.withResolvers<Channel>();
  const publishing = await openPublishing({
    rtmp: settings.rtmp && { ...settings.rtmp, host: chooseHost(settings.rtmp.host, Deno.networkInterfaces()) },
    srt: settings.srt && { ...settings.srt, host: chooseHost(settings.srt.host, Deno.networkInterfaces()) },
    dataDir: settings.dataDir,
    trustedProxies: settings.trustedProxies,
    show: { rate: settings.rate, ...settings.ladder[0] },
    onPublisher: (publisher) => void opening.promise.then((channel) => channel.takePublisher(publisher)),
    log,
  });
  const { hardware, encoder, lines: encoderLines } = await pickHardware(settings, operatingSystem());
  const place = { settings: { ...settings, host }, port: server.port, networkAddresses: Deno.networkInterfaces() };
  await keepStudioAddresses(settings.dataDir, listStudioAddresses(place)).catch((problem: Error) => log(problem.message));
  const lines = composeBanner({
    ...place,
    studioCode: Deno.stdout.isTerminal() || settings.showKeys ? sessions.makeCode() : null,
    showing: settings.sourceText,
    hasTerminal: Deno.stdout.isTerminal(),
    hasColour: !Deno.noColor,
    hardware: encoder,
    ...(publishing.srt ? { srt: { ...publishing.srt, isShown: settings.showKeys } } : {}),
    ...(publishing.rtmp ? { publishing: { ...publishing.rtmp, keys: settings.showKeys ? await publishing.revealUnseen() : [] } } : {}),
  });
  output.begin([
    ...lines,
    ...(settings.source.kind === "srt" && publishing.srt ? ["", `Waiting for SRT on port ${publishing.srt.port}.`] : []),
    ...(settings.source.kind === "browser" ? ["", `Waiting for the browser at ${describeSender(place)}.`] : []),
    ...(settings.source.kind === "obs" && publishing.rtmp
      ? ["", `Waiting for OBS at ${describeServer(publishing.rtmp, Deno.networkInterfaces())}.`]
      : []),
  ]);
  for (const line of encoderLines) log(line);
  const now = createSteadyClock();
  const relay = settings.relay && (await import("./media/relay/origin.ts")).openOrigin({ ...settings, relay: settings.relay, now, log });
  const channel = await openChannel({
    settings,
    now,
    ...(relay ? { shareWishes: relay.shareWishes } : {}),
    ffmpegVersion: ffmpeg.version,
    hardware,
    machine: {
      os: operatingSystem(),
      display: Deno.env.get("DISPLAY") || null,
      isWayland: Boolean(Deno.env.get("WAYLAND_DISPLAY")) || Deno.env.get("XDG_SESSION_TYPE") === "wayland",
      ffmpegMajor: ffmpeg.major,
      hasZscale: ffmpeg.hasZscale,
    },
    log,
  });
  opening.resolve(channel);
  const past = createPast();
  setInterval(() => past.note(readMoment(channel, Date.now())), PAST_EVERY_MS);
  const hub = createEventHub();
  const limits = createLimits({ monotonic: () => performance.now(), log });
  const chat = settings.chat === null ? null : openChat(settings.dataDir, settings.chat, channel, limits, kept, relay);
  const donations = settings.donations === null ? null : openDonations(settings.dataDir, settings.donations, channel, kept, relay);
  stopOnSignals({ stop: () => Promise.all([channel.stop(), kept.settled()]) }, publishing, server, hub, relay, () => {
    chat?.close();
    donations?.store.close();
  });
  const app = createApp({
    ...channel,
    viewersHere: channel.viewers,
    viewers: relay === null ? channel.viewers : countAll(channel.viewers, (own) => own + relay.viewersOnEdges),
    about: () => channel.desk.about,
    forwarded: createForwarded({ trusted: settings.trustedProxies, base: settings.base }),
    limits,
    base: settings.base,
    isPrivate: settings.isPrivate,
    port: server.port,
    metrics: createMetrics(),
    pages: await loadPages(new URL("static/dist", import.meta.url).pathname, [
      ...(settings.chat === null ? ["chat"] : []),
      ...(settings.donations === null ? ["donate"] : []),
      ...(settings.relay === null ? ["edges"] : []),
      // A television has neither key nor cookie.
      ...(settings.roomKey === null ? [] : ["remote"]),
    ]),
    now,
    reach: () =>
      listAddresses({ settings: { ...settings, host }, port: server.port, networkAddresses: Deno.networkInterfaces() })[0] ?? null,
    log,
    gauges: channel.gauges,
    hub,
    chat,
    fixedRules: settings.chat?.fixed ?? [],
    donations,
    boostedUntilMs: ({ publicId }) => channel.donors.boostedUntilMs(publicId),
    streamerKey,
    sessions,
    overlay,
    moderators,
    studioHealth: { past, said },
    studio: {
      studio: keepStudio({
        studio: channel,
        kept,
        logoFile: openLogoFile(`${settings.dataDir}/studio-logo.png`),
        named: settings.sources.map(({ text }) => text),
        nowMs: Date.now(),
        log,
      }),
      mediaFolder: `${settings.dataDir}/media`,
      explainUnreadable: (path) => explainUnreadable(path, { needsPicture: false }),
      async findFreeBytes(folder) {
        const { bavail, bsize } = await statfs(folder);
        return bavail * bsize;
      },
      listCameras: async () => (await listDevices(operatingSystem())).filter(({ kind }) => kind === "camera"),
    },
    previews: channel,
    edges: relay && (() => relay.edges),
    publishers: {
      keys: publishing.keys,
      publishing: publishing.report,
      renamed: publishing.desk.rename,
      withdrawn: publishing.desk.withdraw,
    },
    publish: publishing,
    playerWatch: channel.house,
    isStalled: () => channel.isStalled,
    ...listMediaHomes(settings, relay),
    mayBegin: channel.house.mayBegin,
    sentBeside: channel.house.sentBeside,
    status() {
      const { state, showing, ladder, onAirSinceMs } = channel.status();
      const { motion, budget } = channel.house;
      return {
        state,
        run: showing,
        ladder,
        motion,
        budget,
        uptimeSeconds: onAirSinceMs === null ? 0 : Math.round((now() - onAirSinceMs) / 1000),
      };
    },
    report: (error) => output.fail(`A request failed: ${error.stack ?? error.message}`),
  });
  // Whoever is to hear of other boxes listens by now.
  relay?.begin(channel, () => donations?.book.goal ?? null);
  answer = app.fetch;
  opened.resolve(answer);
}

/** Media may be elsewhere, and boxes that list them further on. */
function listMediaHomes({ mediaBase }: Settings, relay: Origin | null) {
  if (mediaBase === null && relay === null) return {};
  const startedAtMs = Date.now();
  return {
    mediaHomes: () => relay?.mediaHomes.map(({ url }) => url) ?? [mediaBase!],
    mediaHome: ({ firstSeenMs }: Viewer) => firstSeenMs > startedAtMs ? mediaBase : null,
    aheadSeconds: 2,
  };
}

type Answer = (request: Request, info: Deno.ServeHandlerInfo) => Response | Promise<Response>;

/** A line for the streamer. No secret of an address leaves, whoever wrote it into a line. */
function log(line: string): void {
  const shown = hideSecrets(line);
  said.note(shown, Date.now());
  output.say(shown);
}

interface Streamer {
  readonly streamerKey: string;
  readonly sessions: Sessions;
  readonly kept: Kept;
  readonly overlay: OverlayToken;
  readonly moderators: Moderators;
}

async function openStreamer(dataDir: string): Promise<Streamer> {
  const streamerKey = await loadStreamerKey(dataDir);
  const sessions = await openSessions({ dataDir, streamerKey, nowMs: Date.now, log });
  const overlay = await openOverlayToken({ dataDir, streamerKey, nowMs: Date.now(), log });
  const { moderators, problem } = await openModerators({ dataDir, streamerKey, nowMs: Date.now });
  if (problem !== null) log(problem);
  return { streamerKey, sessions, moderators, kept: await openKept({ dataDir, nowMs: Date.now(), log }), overlay };
}

/** What the command line sets counts at each start; else what the studio has kept. */
function openChat(
  dataDir: string,
  { fixed, ...usual }: ChatSettings,
  { donors }: Channel,
  limits: Limits,
  { values, keep }: Kept,
  relay: Origin | null,
): ChatRoom {
  const rules = {
    slowSeconds: fixed.includes("slowSeconds") ? usual.slowSeconds : values.slowSeconds ?? usual.slowSeconds,
    links: fixed.includes("links") ? usual.links : values.links ?? usual.links,
  };
  const { store, problem } = openChatStore({ path: `${dataDir}/chat.sqlite`, nowMs: Date.now(), log });
  if (problem !== null) log(problem);
  const wire = relay === null ? {} : { wire: createChatWire(relay.notes.carry("chat")) };
  const words = values.heldWords ?? [];
  const chat = createChatRoom({ store, rules, words, keep, isDonor: donors.isDonor, limits, now: Date.now, ...wire });
  relay?.remember("chat", () => chat.recall().map(({ number, change }) => ({ number, text: JSON.stringify(change) })));
  return chat;
}

function openDonations(dataDir: string, settings: DonationSettings, { donors }: Channel, kept: Kept, relay: Origin | null): Donations {
  const { store, problem } = openDonationStore({ path: `${dataDir}/donations.sqlite`, nowMs: Date.now(), log });
  if (problem !== null) log(problem);
  const { currency } = settings;
  const book = createBook({ store, currency, goal: kept.values.goal ?? null, keep: (goal) => kept.keep({ goal }), now: Date.now });
  relay?.remember("gifts", () => numberByTime(store.since(Date.now() - DONOR_MS)));
  const wire = relay === null ? {} : { wire: createGiftWire(relay.notes.carry("gifts"), { isHome: true }) };
  return { settings, store, donors, book, ...wire };
}

/** A number for each, which rises: the time at which it was told, or one more. */
function numberByTime(donations: readonly Donation[]): { readonly number: number; readonly text: string }[] {
  let last = 0;
  return donations.map((donation) => ({ number: last = Math.max(last + 1, donation.atMs), text: JSON.stringify(donation) }));
}

/** Files that the streamer named and that ffmpeg cannot read: all told now rather than by a card. */
async function findUnreadable({ sources, slatePicture }: Settings): Promise<string[]> {
  const named = [
    ...sources.flatMap(({ wish, text }) =>
      (wish.kind === "file" ? [wish.path] : wish.kind === "files" ? wish.paths : []).map((path) => ({
        option: `--source ${text}`,
        path,
        needsPicture: false,
      }))
    ),
    ...(slatePicture === null ? [] : [{ option: `--slate ${slatePicture}`, path: slatePicture, needsPicture: true }]),
  ];
  const problems = await Promise.all(named.map(async ({ option, path, ...needs }) => {
    const reason = await explainUnreadable(path, needs);
    return reason === null ? null : `${option}: ${reason}`;
  }));
  return problems.filter((problem) => problem !== null);
}

async function listCameras(): Promise<void> {
  const devices = await listDevices(operatingSystem());
  for (const { kind, id, name } of devices) console.log(`${kind.padEnd(11)} ${id}${name && name !== id ? `  (${name})` : ""}`);
  if (devices.length === 0) console.log("No camera and no microphone was found.");
}

function refuse(problems: readonly string[], code: number): void {
  for (const problem of problems) output.fail(problem);
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

/** Files last: a request that is still answered may write. */
function stopOnSignals(
  channel: { stop(): Promise<unknown> },
  publishing: Publishing,
  server: Listening,
  hub: EventHub,
  relay: Origin | null,
  closeFiles: () => void,
): void {
  endOnSignals(
    async () => {
      hub.close();
      await Promise.all([publishing.stop(), channel.stop(), relay?.stop(), server.shutdown()]);
    },
    STOP_WITHIN_MS,
    closeFiles,
  );
}

/** The first signal ends the show in order, a second Ctrl-C at once. (`deno task` may hand one key press on as two signals.) */
function endOnSignals(stop: () => Promise<void>, withinMs: number, closeFiles = () => {}): void {
  let stoppingSinceMs: number | null = null;
  async function stopInOrder(): Promise<void> {
    stoppingSinceMs = performance.now();
    setTimeout(end, withinMs);
    await stop();
    end();
  }
  function end(): void {
    closeFiles();
    Deno.exit(0);
  }
  function interrupt(): void {
    if (stoppingSinceMs === null) stopInOrder();
    else if (performance.now() - stoppingSinceMs > SAME_KEY_PRESS_MS) Deno.exit(130);
  }
  Deno.addSignalListener("SIGINT", interrupt);
  // A terminal that is closed says SIGHUP.
  const ends: readonly Deno.Signal[] = Deno.build.os === "windows" ? ["SIGBREAK"] : ["SIGTERM", "SIGHUP"];
  for (const signal of ends) Deno.addSignalListener(signal, () => stoppingSinceMs === null && stopInOrder());
}
