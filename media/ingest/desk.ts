import type { SetTimer } from "../timer.ts";
import { describeAddress } from "./addresses.ts";
import type { IngestItem, Metadata } from "./items.ts";
import { createPublisherStay, type Publisher, type PublisherEnd, type PublisherStay } from "./publisher.ts";

/** A connection on which somebody with the right key wants to publish, whatever it speaks. */
export interface PublishingConnection {
  /** Of whom it speaks for. */
  readonly address: string;
  /** When bytes last came, or would have come had we read them. */
  heardAtMs(): number;
  /** It was taken over, or its key is no longer good. The desk asks for nothing of it any more. */
  close(reason: string): void;
  /** Makes it send a key picture soon, where it can be asked: somebody wants to begin. */
  askForKey?(): void;
}

export type Admission =
  | { readonly kind: "admitted"; readonly line: PublisherLine }
  | { readonly kind: "refused"; readonly description: string };

/** What an admitted connection says. Everything is passed over once another connection has taken its place. */
export interface PublisherLine {
  take(item: IngestItem): void;
  describe(metadata: Metadata): void;
  /** `stopped`: it said so; `lost`: it is not heard of any more. */
  leave(how: "stopped" | "lost"): void;
  roomToRead(): Promise<void> | null;
}

/** What a connection is told that has to go. */
export const LET_GO = {
  takenOver: "another connection with its key has taken over",
  withdrawn: "its key is no longer good",
  stopping: "the server stops",
} as const;

/** Who publishes now. */
export interface PublisherDesk {
  admit(key: { readonly id: string; readonly name: string }, connection: PublishingConnection): Admission;
  readonly publishers: readonly Publisher[];
  rename(keyId: string, name: string): void;
  /** The key is no longer good. */
  withdraw(keyId: string): void;
  close(): void;
}

/** ingest.md, sections 2 and 6: a key is free for another connection after so long a silence. */
const SILENT_AFTER_MS = 2000;
/** Who is lost may come back so long as if nothing had been. */
const WAIT_FOR_RETURN_MS = 10_000;

/**
 * Each key is a source of its own; all may be connected. A second connection with the same key takes over where the first has been silent for 2 s or comes
 * from the same address, and is refused otherwise: always refusing strands OBS after a drop, always taking over makes two encoders throw each other out for
 * ever (ingest.md, section 2). Behind a proxy that does not say for whom it speaks all addresses are of this machine and tell nothing.
 */
export function createPublisherDesk(
  o: { now: () => number; setTimer: SetTimer; log: (line: string) => void; onPublisher: (publisher: Publisher) => void },
): PublisherDesk {
  const seats = new Map<string, Seat>();

  function endStay(keyId: string, seat: Seat, why: PublisherEnd): void {
    seat.callOffWait?.();
    if (seats.get(keyId) === seat) seats.delete(keyId);
    seat.stay.end(why);
  }

  function createSeat(key: { readonly id: string; readonly name: string }): Seat {
    const seat: Seat = {
      stay: createPublisherStay({ keyId: key.id, name: key.name, setTimer: o.setTimer, onReady: o.onPublisher }),
      connection: null,
      callOffWait: null,
    };
    seats.set(key.id, seat);
    return seat;
  }

  function createLine(keyId: string, seat: Seat, connection: PublishingConnection): PublisherLine {
    const isOn = () => seat.connection === connection;
    return {
      take: (item) => isOn() && seat.stay.take(item, o.now()),
      describe: (metadata) => isOn() && seat.stay.describe(metadata),
      leave(how) {
        if (!isOn()) return;
        seat.connection = null;
        if (how === "stopped") {
          o.log(`${seat.stay.publisher.name} has stopped`);
          return endStay(keyId, seat, "stopped");
        }
        o.log(`${seat.stay.publisher.name} is lost; it is waited for`);
        seat.stay.lose(o.now());
        seat.callOffWait = o.setTimer(() => {
          o.log(`${seat.stay.publisher.name} has not come back`);
          endStay(keyId, seat, "gone");
        }, WAIT_FOR_RETURN_MS);
      },
      roomToRead: () => isOn() ? seat.stay.roomToRead() : null,
    };
  }

  return {
    admit(key, connection) {
      const seat = seats.get(key.id) ?? createSeat(key);
      const before = seat.connection;
      if (before !== null) {
        const isSameAddress = before.address === connection.address && !describeAddress(connection.address).isLoopback;
        if (!isSameAddress && o.now() - before.heardAtMs() < SILENT_AFTER_MS) {
          return { kind: "refused", description: "Somebody publishes with this key already." };
        }
        seat.connection = null; // so that its leaving is not heard
        before.close(LET_GO.takenOver);
      }
      seat.callOffWait?.();
      seat.callOffWait = null;
      seat.connection = connection;
      seat.stay.connect(connection.address, o.now(), () => connection.askForKey?.());
      return { kind: "admitted", line: createLine(key.id, seat, connection) };
    },
    get publishers() {
      return [...seats.values()].map(({ stay }) => stay.publisher);
    },
    rename: (keyId, name) => seats.get(keyId)?.stay.rename(name),
    withdraw(keyId) {
      const seat = seats.get(keyId);
      if (seat === undefined) return;
      const { connection } = seat;
      seat.connection = null;
      connection?.close(LET_GO.withdrawn);
      endStay(keyId, seat, "withdrawn");
    },
    close() {
      for (const [keyId, seat] of seats) {
        const { connection } = seat;
        seat.connection = null;
        connection?.close(LET_GO.stopping);
        endStay(keyId, seat, "closed");
      }
    },
  };
}

interface Seat {
  readonly stay: PublisherStay;
  connection: PublishingConnection | null;
  callOffWait: (() => void) | null;
}
