import { closeQuietly, type Listening } from "../ffmpeg/sockets.ts";
import type { OutputFault } from "./intake_end.ts";
import type { NutPacket, NutReader, NutReaderOptions } from "./nut.ts";

/** One output of an intake, from its socket to whoever takes its packets. */
export interface IntakeOutput {
  readonly hadPackets: boolean;
  /** All that came was handed over, or is not wanted any more. Says what was wrong with the bytes. Never rejects. */
  readonly settled: Promise<OutputFault | null>;
  /** Its writer is gone: what is still on the way is taken, and nothing waited for that does not come. */
  drain(): void;
  /** Nothing more is wanted: no packet is handed over from here on, and the writer's next write fails. Dropping twice is harmless. */
  drop(): void;
}

/** Takes the one connection that comes, and reads packet after packet, as long as there is room for them. */
export function readOutput(o: {
  listening: Listening;
  createReader: (read: NutReaderOptions["read"]) => NutReader;
  /** Asked before each packet is read: null where there is room, or what resolves when there is. */
  mayRead: (() => Promise<void> | null) | null;
  onPacket: (packet: NutPacket, wasHeldBack: boolean) => void;
  /** After the last packet of a whole stream. */
  onEnd: () => void;
  /** At once where the bytes are broken, before `settled`. */
  onFault: (fault: OutputFault) => void;
  /** Nothing is read any more: what was being read can go. */
  onSettled: () => void;
}): IntakeOutput {
  let connection: Deno.Conn | null = null;
  let isDropped = false;
  let hadPackets = false;
  let sawEnd = false;
  let waitsForBytes = false;
  let received = 0;
  let giveUpWaiting = () => {};
  let quietTimer: ReturnType<typeof setInterval> | undefined;
  let graceTimer: ReturnType<typeof setTimeout> | undefined;

  async function read(into: Uint8Array): Promise<number | null> {
    waitsForBytes = true;
    // A connection that breaks has ended, whatever the reason.
    const bytes = await connection!.read(into).catch(() => null);
    waitsForBytes = false;
    if (bytes === null) sawEnd = true;
    else received += bytes;
    return bytes;
  }

  /** Says whether it had to wait. */
  async function waitForRoom(): Promise<boolean> {
    const room = o.mayRead?.() ?? null;
    if (room === null || isDropped) return false;
    await new Promise<void>((resolve, reject) => {
      giveUpWaiting = resolve;
      room.then(resolve, reject);
    });
    return true;
  }

  async function readPackets(): Promise<void> {
    const reader = o.createReader(read);
    while (!isDropped) {
      const wasHeldBack = await waitForRoom();
      if (isDropped) return;
      const packet = await reader.next();
      if (isDropped) return;
      if (packet === null) return o.onEnd();
      hadPackets = true;
      o.onPacket(packet, wasHeldBack);
    }
  }

  async function live(): Promise<OutputFault | null> {
    connection = await o.listening.accept();
    clearTimeout(graceTimer);
    o.listening.close();
    try {
      if (connection !== null) await readPackets();
      return null;
    } catch (problem) {
      if (isDropped) return null;
      const fault: OutputFault = { isCutShort: sawEnd, reason: problem instanceof Error ? problem.message : String(problem) };
      o.onFault(fault);
      return fault;
    } finally {
      clearInterval(quietTimer);
      if (connection !== null) closeQuietly(connection);
      o.onSettled();
    }
  }

  /** Counts its own ticks and not the clock: bytes that came while the event loop was busy are not late. */
  function watchQuiet(): void {
    let seen = received;
    let quietTicks = 0;
    quietTimer = setInterval(() => {
      quietTicks = waitsForBytes && received === seen ? quietTicks + 1 : 0;
      seen = received;
      if (quietTicks * QUIET_TICK_MS >= QUIET_LIMIT_MS && connection !== null) closeQuietly(connection);
    }, QUIET_TICK_MS);
  }

  let isSettled = false;
  const settled = live().finally(() => isSettled = true);
  return {
    get hadPackets() {
      return hadPackets;
    },
    settled,
    drain() {
      if (isSettled || quietTimer !== undefined) return;
      watchQuiet();
      if (connection === null) graceTimer = setTimeout(o.listening.close, ACCEPT_GRACE_MS);
    },
    drop() {
      isDropped = true;
      o.listening.close();
      if (connection !== null) closeQuietly(connection);
      giveUpWaiting();
    },
  };
}

/** A process that is gone has left all it wrote in the socket; only one that it has started itself could still write, or hold the socket open. */
const QUIET_LIMIT_MS = 500;
const QUIET_TICK_MS = 100;
/** Its connection, if it made one, waits to be accepted. */
const ACCEPT_GRACE_MS = 50;
