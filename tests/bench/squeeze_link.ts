/** A narrow way from this machine to a network namespace, as behind a modem. Linux, as root. */
export interface SqueezedLink {
  readonly kind: "open";
  /** Where servers of this machine are found from behind it. */
  readonly serverAddress: string;
  /** What to put before a command so that it runs behind it. */
  readonly behind: readonly string[];
  /** Bytes that went through, packets' heads included, and packets that found the queue full. */
  count(): Promise<{ bytes: number; dropped: number }>;
  [Symbol.asyncDispose](): Promise<void>;
}

export type LinkOutcome = SqueezedLink | { readonly kind: "not_permitted"; readonly reason: string };

const NET = "10.79.0";
const QUEUE_MS = 200;

/**
 * A namespace for the viewers and one for the modem between, which shapes what goes to the viewers. (Shaped on the server's own interface, the kernel
 * would hold each connection to a few packets on their way, which no modem does.)
 */
export async function openSqueezedLink({ mbit }: { mbit: number }): Promise<LinkOutcome> {
  const name = `tercet${Deno.pid}`;
  const viewers = `${name}v`, modem = `${name}m`, near = `tq${Deno.pid}`;
  const steps = [
    `ip netns add ${viewers}`,
    `ip netns add ${modem}`,
    `ip link add ${near} type veth peer name near netns ${modem}`,
    `ip -n ${modem} link add far type veth peer name home netns ${viewers}`,
    `ip addr add ${NET}.1/25 dev ${near}`,
    `ip link set ${near} up`,
    `ip -n ${modem} addr add ${NET}.126/25 dev near`,
    `ip -n ${modem} addr add ${NET}.129/25 dev far`,
    `ip -n ${modem} link set near up`,
    `ip -n ${modem} link set far up`,
    `ip netns exec ${modem} sysctl -q -w net.ipv4.ip_forward=1`,
    `ip -n ${viewers} addr add ${NET}.130/25 dev home`,
    `ip -n ${viewers} link set home up`,
    `ip -n ${viewers} link set lo up`,
    `ip -n ${viewers} route add default via ${NET}.129`,
    `ip route add ${NET}.128/25 via ${NET}.126`,
    `tc -n ${modem} qdisc add dev far root tbf rate ${mbit}mbit burst 32k latency ${QUEUE_MS}ms`,
  ];

  async function close(): Promise<void> {
    for (const step of [`ip link del ${near}`, `ip netns del ${viewers}`, `ip netns del ${modem}`]) await run(step);
  }

  for (const step of steps) {
    const outcome = await run(step);
    if (outcome.problem === null) continue;
    await close();
    return { kind: "not_permitted", reason: `${step}: ${outcome.problem}` };
  }
  return {
    kind: "open",
    serverAddress: `${NET}.1`,
    behind: ["ip", "netns", "exec", viewers],
    async count() {
      const { text } = await run(`tc -n ${modem} -s qdisc show dev far`);
      const [, bytes, dropped] = /Sent (\d+) bytes.*?dropped (\d+)/s.exec(text) ?? [];
      return { bytes: Number(bytes), dropped: Number(dropped) };
    },
    [Symbol.asyncDispose]: close,
  };
}

async function run(line: string): Promise<{ text: string; problem: string | null }> {
  const [command, ...args] = line.split(" ");
  try {
    const { success, stdout, stderr } = await new Deno.Command(command!, { args }).output();
    const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return { text: read(stdout), problem: success ? null : read(stderr) || "it failed" };
  } catch (problem) {
    return { text: "", problem: problem instanceof Error ? problem.message : String(problem) };
  }
}
