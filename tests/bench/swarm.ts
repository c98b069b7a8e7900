import { startChild } from "../fixtures/child.ts";
import { cpuSecondsOf, descendantsOf, residentBytesOf } from "../fixtures/proc.ts";
import type { SwarmOrder, SwarmReport } from "./swarm_client.ts";

export interface SwarmOutcome extends SwarmReport {
  /** CPU seconds of the served-by processes in the measured time. */
  readonly serverCpuSeconds: number;
  /** Their highest resident memory seen. */
  readonly serverMemoryBytes: number;
}

/** Sends a swarm of players, in a process of its own, and measures what the servers (with their children, if told so) spend on it. */
export async function sendSwarm(order: SwarmOrder, serverPids: readonly number[]): Promise<SwarmOutcome> {
  const cpu = () => serverPids.reduce((sum, pid) => sum + (cpuSecondsOf(pid) ?? 0), 0);
  const memory = () => serverPids.reduce((sum, pid) => sum + (residentBytesOf(pid) ?? 0), 0);
  let report: SwarmReport | null = null;
  let cpuAtStart = 0, cpuAtEnd = 0, serverMemoryBytes = 0;
  const script = decodeURIComponent(new URL("swarm_client.ts", import.meta.url).pathname);
  await using client = startChild(Deno.execPath(), ["run", "--quiet", "--allow-all", script, JSON.stringify(order)], {
    onLine(line) {
      if (line === "steady") cpuAtStart = cpu();
      if (!line.startsWith("{")) return;
      cpuAtEnd = cpu();
      report = JSON.parse(line);
    },
  });
  const watching = setInterval(() => serverMemoryBytes = Math.max(serverMemoryBytes, memory()), 500);
  await client.ended;
  clearInterval(watching);
  if (!report) throw new Error(`The swarm told nothing: ${client.output()}`);
  return { ...report as SwarmReport, serverCpuSeconds: cpuAtEnd - cpuAtStart, serverMemoryBytes };
}

/** A process and all it has started. */
export function withChildren(pid: number): number[] {
  return [pid, ...descendantsOf(pid)];
}
