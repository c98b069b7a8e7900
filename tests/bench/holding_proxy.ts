import { pause } from "../fixtures/condition.ts";

/** A TCP proxy on the loopback address that can hold all bytes back for a while, as a wireless network does. */
export interface HoldingProxy {
  readonly port: number;
  hold(): void;
  release(): void;
  close(): void;
}

/** So much may be on its way in one direction of a connection; then the sender waits. */
const MOST_ON_THE_WAY_BYTES = 1 << 20;

/** `delayMs` is asked for every piece that arrives, in either direction; a piece never overtakes the one before. By itself the proxy delays nothing. */
export function startHoldingProxy(targetPort: number, delayMs: () => number = () => 0): HoldingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  let held: PromiseWithResolvers<void> | null = null;

  async function carry(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    let bytesOnTheWay = 0, dueMs = 0;
    let delivered = Promise.resolve();
    async function deliver(piece: Uint8Array, atMs: number): Promise<void> {
      const leftMs = atMs - performance.now();
      if (leftMs > 0) await pause(leftMs);
      while (held) await held.promise;
      for (let at = 0; at < piece.length;) at += await to.write(piece.subarray(at));
      bytesOnTheWay -= piece.length;
    }
    try {
      for (;;) {
        const buffer = new Uint8Array(1 << 16);
        const count = await from.read(buffer);
        if (count === null) break;
        bytesOnTheWay += count;
        dueMs = Math.max(dueMs, performance.now() + delayMs());
        const atMs = dueMs;
        delivered = delivered.then(() => deliver(buffer.subarray(0, count), atMs));
        // Whoever awaits it next hears of a failure.
        delivered.catch(() => {});
        if (bytesOnTheWay > MOST_ON_THE_WAY_BYTES) await delivered;
      }
      await delivered;
    } catch {
      // One side is gone; so is the other.
    }
    for (const connection of [from, to]) {
      if (!connections.delete(connection)) continue;
      connection.close();
    }
  }
  (async () => {
    for await (const near of listener) {
      near.setNoDelay();
      connections.add(near);
      Deno.connect({ hostname: "127.0.0.1", port: targetPort }).then((far) => {
        far.setNoDelay();
        connections.add(far);
        carry(near, far);
        carry(far, near);
      }, () => connections.delete(near) && near.close());
    }
  })().catch(() => {});
  return {
    port: listener.addr.port,
    hold: () => held ??= Promise.withResolvers<void>(),
    release() {
      held?.resolve();
      held = null;
    },
    close() {
      listener.close();
      held?.resolve();
      held = null;
      for (const connection of connections) connection.close();
      connections.clear();
    },
  };
}
