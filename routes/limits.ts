import { createTeller, sayDuration } from "../media/teller.ts";
import { setSystemTimer, type SetTimer } from "../media/timer.ts";
import { createRateLimit, networkOf, type RateLimit } from "./rate_limit.ts";

/** `burst` at once, and `perSecond` in the long run. */
interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

interface Bounds {
  /** A household, a school behind one router, or a proxy that nobody has named. */
  readonly address: Rate;
  /** All together: what a thousand addresses can do. */
  readonly all: Rate | null;
  /** Of `address`, what a family needs: whatever a thousand others do is not held against it. */
  readonly family: Rate | null;
}

/** How often the same may be asked. Low-latency players ask ten times a second: a hundred of them behind one address are let through. */
export const LIMITS = {
  request: { address: { burst: 2000, perSecond: 1000 }, all: null, family: null },
  /** Pages whose proxy passes no WebSockets on ask for their news every second. */
  api: { address: { burst: 1000, perSecond: 200 }, all: { burst: 2000, perSecond: 500 }, family: { burst: 10, perSecond: 0.2 } },
  /** A crowd opens its pages within a few seconds of each other. Pages that are refused ask again. */
  viewer: { address: { burst: 100, perSecond: 10 }, all: { burst: 2000, perSecond: 200 }, family: { burst: 4, perSecond: 0.1 } },
  /** Event sockets that are opened. Whoever never reads is let go after half a minute: so there are never more than some thousand. */
  socket: { address: { burst: 200, perSecond: 10 }, all: { burst: 2000, perSecond: 50 }, family: { burst: 4, perSecond: 0.1 } },
  /** A class behind one router; nobody can read more than the whole room may say. */
  message: { address: { burst: 20, perSecond: 8 }, all: { burst: 60, perSecond: 30 }, family: null },
  /** A banner on everybody's page each time. */
  donation: { address: { burst: 10, perSecond: 0.2 }, all: { burst: 30, perSecond: 2 }, family: null },
} as const satisfies Record<string, Bounds>;

/** Playlists of one viewer that are there already: a player asks for one that is not there yet, or once a second. */
export const EACH_PLAYER: Rate = { burst: 60, perSecond: 10 };
/** A lively talker's pace. */
export const EACH_TALKER: Rate = { burst: 5, perSecond: 1 };
/** Event sockets that one viewer opens: a page that loses its network again and again. */
export const EACH_LISTENER: Rate = { burst: 16, perSecond: 0.5 };
/** Event sockets that are open. A page needs one, a page that reconnects two. */
const MOST_SOCKETS = { address: 200, all: 10_000 };

export type Limited = keyof typeof LIMITS;

/** What bounds those who ask for more than viewers do, so that viewers notice nothing of them. An empty address tells nobody from another: it shares the bounds of all. */
export interface Limits {
  /** Whether one more is within bounds. */
  may(what: Limited, address: string): boolean;
  /** Whether one more event socket is within bounds, of those that are opened as of those that are open. */
  mayConnect(address: string): boolean;
  /** An event socket is open. Returns how to tell that it is not any more. */
  connected(address: string): () => void;
  /** The answer to who is out of bounds, seconds late: a program that asks again as soon as it is answered then costs next to nothing. */
  late(answer: Response): Response | Promise<Response>;
}

/** Not for long enough to make anybody give up. Whatever waits is collected late, so that fewer that wait longer cost less memory than many that wait a second. */
const LATE_MS = 3000;
/** So many answers wait at once: each costs as much as a held request (30 KB). */
const MOST_LATE = 1000;
const OVER_AFTER_MS = 60_000;
const LOOK_EVERY_MS = 10_000;
const MOST_COUNTED_ADDRESSES = 1000;

/** `monotonic` in ms. `setTimer` sees to what is late and to the end of a flood. */
export function createLimits(o: {
  readonly monotonic: () => number;
  readonly log: (line: string) => void;
  readonly setTimer?: SetTimer;
}): Limits {
  const setTimer = o.setTimer ?? setSystemTimer;
  const rates = Object.fromEntries(Object.entries(LIMITS).map(([what, rate]) => [what, createBounds(rate)])) as Record<Limited, RateLimit>;
  const crowd = createCrowd({ ...o, setTimer });
  const sockets = new Map<string, number>();
  let openSockets = 0;
  let late = 0;

  return {
    may(what, address) {
      const isAllowed = rates[what](address, o.monotonic());
      if (!isAllowed) crowd.note(WORDS[what], address);
      return isAllowed;
    },
    mayConnect(address) {
      const own = address === "" ? 0 : sockets.get(networkOf(address)) ?? 0;
      const isAllowed = own < MOST_SOCKETS.address && openSockets < MOST_SOCKETS.all && rates.socket(address, o.monotonic());
      if (!isAllowed) crowd.note(WORDS.socket, address);
      return isAllowed;
    },
    connected(address) {
      const network = networkOf(address);
      let isOpen = true;
      openSockets++;
      sockets.set(network, (sockets.get(network) ?? 0) + 1);
      return () => {
        if (!isOpen) return;
        isOpen = false;
        openSockets--;
        const left = sockets.get(network)! - 1;
        if (left > 0) sockets.set(network, left);
        else sockets.delete(network);
      };
    },
    late(answer) {
      if (late >= MOST_LATE) return answer;
      late++;
      return new Promise((resolve) =>
        setTimer(() => {
          late--;
          resolve(answer);
        }, LATE_MS)
      );
    },
  };
}

const WORDS: Readonly<Record<Limited, string>> = {
  request: "requests",
  api: "requests to the API",
  viewer: "new viewers",
  message: "chat messages",
  donation: "donations",
  socket: "event sockets",
};

/** The bound of one address first: what it refuses is not taken from the others. */
function createBounds({ address: each, all, family }: Bounds): RateLimit {
  const ofAddress = createRateLimit(each);
  const ofAll = all === null ? () => true : createRateLimit(all);
  const ofFamily = family === null ? () => false : createRateLimit(family);
  return (address, nowMs) => {
    if (address === "") return ofAll("", nowMs);
    return ofAddress(address, nowMs) && (ofFamily(address, nowMs) || ofAll("", nowMs));
  };
}

/** Tells the streamer of those who are refused: when it begins, how often now and then, and when there has been none for a minute. */
function createCrowd({ monotonic, log, setTimer }: {
  readonly monotonic: () => number;
  readonly log: (line: string) => void;
  readonly setTimer: SetTimer;
}) {
  const addresses = new Set<string>();
  let newest = "";
  let refusedAtMs = 0;
  let isLooking = false;
  const from = () =>
    addresses.size === 0
      ? ""
      : addresses.size === 1
      ? ` from ${newest}`
      : ` from ${addresses.size >= MOST_COUNTED_ADDRESSES ? "more than " : ""}${addresses.size} addresses`;
  const teller = createTeller({
    now: monotonic,
    log,
    say: {
      begins: (what) =>
        `Too many ${what}${from()}: what is above any viewer's need is refused, and those who watch go on.${nameProxy(newest)}`,
      lasts: (_, forMs, times) => `Still too much is asked${from()}: ${times.toLocaleString("en")} refused in ${sayDuration(forMs)}.`,
      isOver: (forMs) => `Nobody asks for too much any more; it has taken ${sayDuration(forMs - OVER_AFTER_MS)}.`,
    },
  });

  function look(): void {
    isLooking = monotonic() - refusedAtMs < OVER_AFTER_MS;
    if (isLooking) return void setTimer(look, LOOK_EVERY_MS);
    teller.over();
    addresses.clear();
  }

  return {
    note(what: string, address: string): void {
      refusedAtMs = monotonic();
      newest = address;
      if (address !== "" && addresses.size < MOST_COUNTED_ADDRESSES) addresses.add(address);
      teller.trouble(what);
      if (!isLooking) look();
    },
  };
}

function nameProxy(address: string): string {
  return address === "" ? "" : ` Where ${address} is a proxy, it must be named: --trusted-proxy ${address}`;
}
