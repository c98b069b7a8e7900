import { Hono } from "hono";
import type { Viewer } from "../media/audience/viewer.ts";
import type { Viewers } from "../media/audience/viewers.ts";
import { describeViewer } from "./describe_viewer.ts";
import type { EventHub, EventSocket } from "./event_hub.ts";
import type { EventsDeps } from "./events.ts";
import { answerProblem } from "./problems.ts";
import { describeStream } from "./stream.ts";

export interface NewsDeps extends Omit<EventsDeps, "eventSources" | "speakEveryMs" | "forwarded" | "limits" | "putOut"> {
  readonly viewers: Viewers;
  readonly hub: EventHub;
  /** A line for the streamer. */
  readonly log?: (line: string) => void;
}

/** Who does not ask for so long is gone. A page asks every second or two. */
const FORGET_AFTER_MS = 20_000;
/** A page whose socket is only late asks for less long. */
const SURELY_MS = 15_000;
const OPEN = 1;

/**
 * GET /api/viewers/{viewer}/news: the events of the viewer's socket, for a page whose proxy does not pass WebSockets on. The first answer is a `state` in
 * full; each later one, asked for with `?after=` of the one before, what has come since. An answer that was lost is given again.
 */
export function createNewsRoutes(deps: NewsDeps): Hono {
  const { viewers, hub } = deps;
  const seats = new Map<string, Seat>();
  let hasSaid = false;
  let timer: ReturnType<typeof setInterval> | null = null;

  function takeSeat(viewer: Viewer): Seat {
    const seat = createSeat(viewer.id, deps.monotonic());
    const leave = hub.join(seat.socket, viewer.id);
    seat.onGone = () => {
      leave();
      seats.delete(seat.name);
    };
    seat.socket.send(JSON.stringify({ type: "state", stream: describeStream(deps), viewer: describeViewer(deps, viewer) }));
    seats.set(seat.name, seat);
    timer ??= setInterval(forget, FORGET_AFTER_MS / 4);
    return seat;
  }

  function forget(): void {
    for (const seat of seats.values()) if (deps.monotonic() - seat.askedAtMs > FORGET_AFTER_MS) seat.onGone();
    if (seats.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  }

  function sayOnce(seat: Seat): void {
    if (hasSaid || deps.monotonic() - seat.takenAtMs < SURELY_MS) return;
    hasSaid = true;
    deps.log?.(
      'A proxy in front does not pass WebSockets on: its pages hear of chat and counts a second or two late. README, "Behind a proxy", has the lines.',
    );
  }

  return new Hono().get("/api/viewers/:viewer/news", (c) => {
    const viewer = viewers.find(c.req.param("viewer"));
    if (viewer === null) return answerProblem("unknown_viewer");
    const [, name = "", number = ""] = /^([\w-]{1,40})\.(\d{1,15})$/.exec(c.req.query("after") ?? "") ?? [];
    const known = seats.get(name);
    const seat = known?.viewerId === viewer.id ? known : takeSeat(viewer);
    seat.askedAtMs = deps.monotonic();
    if (seat === known) sayOnce(seat);
    return new Response(seat.read(seat === known ? Number(number) : 0), { headers: HEADERS });
  });
}

const HEADERS = { "content-type": "application/json", "cache-control": "no-store" };

/** A place in the hub without a socket: keeps what was said until it is known to have arrived. */
interface Seat {
  readonly name: string;
  readonly viewerId: string;
  readonly takenAtMs: number;
  readonly socket: EventSocket;
  askedAtMs: number;
  onGone: () => void;
  /** All that came behind the one of that number, as the answer. */
  read(after: number): string;
}

function createSeat(viewerId: string, nowMs: number): Seat {
  const name = crypto.randomUUID();
  const texts: string[] = [];
  /** The number of the last text that is kept no more. */
  let past = 0;
  let unread = 0;
  const seat: Seat = {
    name,
    viewerId,
    takenAtMs: nowMs,
    askedAtMs: nowMs,
    onGone() {},
    socket: {
      readyState: OPEN,
      /** The hub gives up a reader that leaves too much of it. */
      get bufferedAmount() {
        return unread;
      },
      send(text) {
        texts.push(String(text));
        unread += String(text).length;
      },
      close: () => seat.onGone(),
    },
    read(after) {
      const read = texts.splice(0, Math.max(0, Math.min(after - past, texts.length)));
      past += read.length;
      for (const text of read) unread -= text.length;
      return `{"after":"${name}.${past + texts.length}","events":[${texts.join()}]}`;
    },
  };
  return seat;
}
