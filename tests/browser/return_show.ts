import { waitFor } from "../fixtures/condition.ts";
import { startCutProxy } from "../fixtures/cut_proxy.ts";
import { argumentsOf, descendantsOf, signalTo } from "../fixtures/proc.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_SOURCE } from "../fixtures/sources.ts";
import { type Absence, settle } from "./returning.ts";
import { openChromiumSeat, openFirefoxSeat, press, type Seat } from "./seat.ts";
import { readButton, readVideo } from "./seat_looks.ts";

/** A viewer that has chosen, in a browser of its own, behind a network of its own. */
export interface Returner {
  readonly name: string;
  readonly seat: Seat;
  /** What it has chosen. `height` in lines; null where that is the motion's choice. */
  readonly chosen: Choice;
  /** What the button and the server say of that now, and what is on screen. */
  readChoice(): Promise<Choice>;
  /** Without a network for so long. */
  cut(forMs: number): Absence;
  /** Its tab stopped for so long, as by a machine that sleeps. */
  suspend(forMs: number): Absence;
}

export interface Choice {
  readonly isPressed: boolean;
  readonly mode: string;
  readonly height: number | null;
}

export interface ReturnShow {
  readonly server: Tercet;
  readonly returners: readonly Returner[];
  /** The one server of them all, killed and started again after so long at least. For as many as the returners are. */
  killServer(afterMs: number): Absence;
  close(): Promise<void>;
}

const LADDER = "426x240@500k,384x216@400k,320x180@300k";

const KINDS = [
  { name: "Chromium, refused", open: openChromiumSeat, isTab: isChromiumTab, cut: "refuse", button: "LQ", height: 180 },
  { name: "Chromium, in silence", open: openChromiumSeat, isTab: isChromiumTab, cut: "silence", button: "Gaming", height: null },
  { name: "Firefox, in silence", open: openFirefoxSeat, isTab: isFirefoxTab, cut: "silence", button: "MQ", height: 216 },
] as const;

export type ReturnerName = typeof KINDS[number]["name"];

/** A server, and viewers that play and have pressed one button each; all kinds unless some are named. */
export async function openReturnShow(names: readonly ReturnerName[] = KINDS.map(({ name }) => name)): Promise<ReturnShow> {
  const server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LADDER] });
  const returners: Returner[] = [];
  const closing: (() => unknown)[] = [() => server[Symbol.asyncDispose]()];
  const close = async () => {
    for (const each of closing.splice(0).reverse()) await each();
  };
  try {
    for (const kind of KINDS.filter(({ name }) => names.includes(name))) returners.push(await openReturner(server, kind, closing));
  } catch (problem) {
    await close();
    throw problem;
  }
  return {
    server,
    returners,
    killServer(afterMs) {
      return {
        forMs: afterMs,
        isServerAlive: false,
        begin: onceAllAreThere(returners.length, () => server.kill("SIGKILL")),
        end: onceAllAreThere(returners.length, () => server.restart()),
      };
    },
    close,
  };
}

async function openReturner(server: Tercet, kind: typeof KINDS[number], closing: (() => unknown)[]): Promise<Returner> {
  const { name, button } = kind;
  const proxy = startCutProxy(server.port);
  closing.push(proxy.close);
  const earlier = new Set(descendantsOf(Deno.pid));
  const seat = await kind.open(`http://127.0.0.1:${proxy.port}/`);
  closing.push(seat.close);
  await settle(seat);
  const tabs = descendantsOf(Deno.pid).filter((pid) => !earlier.has(pid) && kind.isTab(argumentsOf(pid).join(" ")));
  await press(seat, button);

  async function readChoice(): Promise<Choice> {
    const [viewer] = seat.viewers;
    const { mode } = await (await fetch(`${server.baseUrl}/api/viewers/${viewer}`)).json();
    const { height } = await readVideo(seat);
    return { isPressed: await readButton(seat, button, "aria-pressed") === "true", mode, height: kind.height === null ? null : height };
  }
  const chosen: Choice = { isPressed: true, mode: button === "Gaming" ? "gaming" : "home", height: kind.height };
  await waitFor(`${button} on screen`, 10_000, async () => JSON.stringify(await readChoice()) === JSON.stringify(chosen), 200);

  return {
    name,
    seat,
    chosen,
    readChoice,
    cut: (forMs) => ({ forMs, begin: () => proxy.cut(kind.cut), end: () => proxy.mend() }),
    suspend: (forMs) => ({
      forMs,
      isTabAlive: false,
      begin: () => tabs.forEach((pid) => signalTo(pid, "SIGSTOP")),
      end: () => tabs.forEach((pid) => signalTo(pid, "SIGCONT")),
    }),
  };
}

/** Does it when so many have called, and lets them all go on when it is done. */
function onceAllAreThere(count: number, act: () => Promise<void>): () => Promise<void> {
  const done = Promise.withResolvers<void>();
  let left = count;
  return () => {
    if (--left === 0) act().then(done.resolve, done.reject);
    return done.promise;
  };
}

/** The browser's own surface is a renderer too, and stays awake. */
function isChromiumTab(commandLine: string): boolean {
  return commandLine.includes(" --type=renderer ") && !commandLine.includes(" --top-chrome-webui");
}

function isFirefoxTab(commandLine: string): boolean {
  return commandLine.endsWith(" tab");
}
