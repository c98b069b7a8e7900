/** A TCP proxy on the loopback address that can hold all bytes back for a while, as a wireless network does. */
export interface HoldingProxy {
  readonly port: number;
  hold(): void;
  release(): void;
  close(): void;
}

export function startHoldingProxy(targetPort: number): HoldingProxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections = new Set<Deno.Conn>();
  let held: PromiseWithResolvers<void> | null = null;

  async function carry(from: Deno.Conn, to: Deno.Conn): Promise<void> {
    const buffer = new Uint8Array(1 << 16);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        while (held) await held.promise;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
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
