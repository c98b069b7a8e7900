import { hasChromium } from "../browser/chromium.ts";
import { openPage } from "../browser/watch.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { countViewers, startHouse } from "../fixtures/edges.ts";
import { signalTo } from "../fixtures/proc.ts";
import { hasHaproxy } from "../fixtures/proxy.ts";
import { type Engine, hasRedis, startEngine } from "../fixtures/redis.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, holds, median, note, quantile, type Row } from "./table.ts";

const SHOW = ["--source", "test", "--ladder", "426x240@300k,320x180@200k,256x144@120k"];
/** What rows of a show at its usual bits weigh: 97 KB a part. */
const HEAVY = [
  "--source",
  "lavfi:nullsrc=size=640x360:rate=30,noise=alls=100:allf=t[out0];anoisesrc=sample_rate=48000:amplitude=0.5[out1]",
  "--ladder",
  "320x180@2500k,256x144@1000k,192x108@400k",
];

/** What a show costs and loses on its way over an engine to an edge, as a player at the edge sees it. */
export async function runRelay({ quick }: BenchOptions): Promise<Row[]> {
  if (!hasRedis) return [note("relay", "left out: redis-server is not here (sh setup.sh --tests)")];
  return [...await measureDelay(quick ? 6 : 60), ...await measureFaults(), ...await measureTwoEngines(), ...await measurePage()];
}

/** When a player that waits for each part was told of it. */
interface Listener {
  readonly heard: Map<string, number>;
  /** The longest time without a new part since then. */
  longestGapMs(sinceMs: number): number;
  readonly problems: string[];
  stop(): Promise<void>;
}

async function listen(server: Tercet): Promise<Listener> {
  const answer = await fetch(`${server.baseUrl}/api/viewers`, { method: "POST", body: JSON.stringify({ player: "hls.js" }) });
  const { id } = await answer.json();
  const heard = new Map<string, number>();
  const problems: string[] = [];
  let isOver = false;
  async function run(): Promise<void> {
    let query = "";
    while (!isOver) {
      const answer = await fetch(`${server.baseUrl}/v/${id}/lq.m3u8${query}`);
      const text = await answer.text();
      if (answer.status !== 200) {
        problems.push(`${answer.status}`);
        await pause(50);
        continue;
      }
      const now = performance.now();
      const [, msn, part] = /TYPE=PART,URI=".*\/(\d+)\.(\d+)\.m4s"/.exec(text)!;
      query = `?_HLS_msn=${msn}&_HLS_part=${part}`;
      if (!heard.has(`${msn}.${part}`)) heard.set(`${msn}.${part}`, now);
    }
  }
  const running = run();
  return {
    heard,
    problems,
    longestGapMs(sinceMs) {
      const times = [...heard.values()].filter((ms) => ms >= sinceMs - 1000);
      return times.slice(1).reduce((most, ms, at) => Math.max(most, ms - times[at]!), 0);
    },
    async stop() {
      isOver = true;
      await running;
    },
  };
}

async function measureDelay(seconds: number): Promise<Row[]> {
  await using engine = await startEngine();
  await using origin = await startTercet({ args: [...HEAVY, "--relay", engine.address] });
  await using edge = await startTercet({ args: ["--edge", "--relay", engine.address] });
  await origin.settled();
  const idleBefore = edge.cpuSeconds();
  await pause(seconds * 1000 / 2);
  const idle = (edge.cpuSeconds() - idleBefore) / (seconds / 2);
  const [there, here] = await Promise.all([listen(origin), listen(edge)]);
  await pause(seconds * 1000);
  await Promise.all([there.stop(), here.stop()]);
  const added = [...here.heard].flatMap(([position, ms]) => there.heard.has(position) ? [ms - there.heard.get(position)!] : []).slice(2);
  const bytes = /MEMORY|used_memory:(\d+)/.exec(await engine.ask("INFO", "memory"))?.[1];
  return [
    note("parts compared", added.length),
    atMost("a part is at an edge's players later than at the origin's, p50", median(added), "ms", 3),
    note("  p95", quantile(added, 0.95), "ms"),
    atMost("an edge with nobody there", idle * 100, "% of a core", 1),
    note("  its memory in the engine", bytes === undefined ? null : Number(bytes) / 1e6, "MB"),
  ];
}

async function measureFaults(): Promise<Row[]> {
  await using engine = await startEngine();
  await using origin = await startTercet({ args: [...SHOW, "--relay", engine.address] });
  await using edge = await startTercet({ args: ["--edge", "--relay", engine.address] });
  await origin.settled();
  const player = await listen(edge);
  const goesOn = async () => {
    const before = player.heard.size;
    await waitFor("the show to go on", 10_000, () => player.heard.size > before + 10);
  };
  await goesOn();
  const killedAt = performance.now();
  await engine.kill();
  await pause(500);
  await engine.start();
  await goesOn();
  const killed = player.longestGapMs(killedAt);
  const hungAt = performance.now();
  engine.hang();
  await pause(4000);
  engine.goOn();
  await goesOn();
  const hung = player.longestGapMs(hungAt);
  await player.stop();
  return [
    atMost("the only engine killed, back empty after 0.5 s: longest without a part", killed, "ms", 1000),
    atMost("  it hangs for 4 s", hung, "ms", 4500),
    holds("  nothing of the show was left out", !edge.output().includes("did not come"), "as the edge says"),
    note("  requests given up, as they are after three segments", player.problems.length),
  ];
}

/** What our page shows where the edge that it is at is killed or hangs, behind HAProxy. */
async function measurePage(): Promise<Row[]> {
  if (!hasHaproxy || !hasChromium()) return [note("the page behind HAProxy", "left out: haproxy or chromium is not here")];
  const rows: Row[] = [];
  for (const [what, signal, limitMs] of [["killed", "SIGKILL", 500], ["hung", "SIGSTOP", 2500]] as const) {
    await using house = await startHouse({ balancer: "haproxy.cfg", show: SHOW });
    const watch = await openPage(`${house.baseUrl}/`);
    try {
      await waitFor("the picture", 15_000, async () => (await watch.read()).frames > 150, 200);
      const busy = await waitFor("the page to be at one edge", 15_000, async () => {
        const counts = await Promise.all(house.edges.map((edge) => countViewers(house, edge)));
        return counts.filter((count) => count > 0).length === 1 ? house.edges[counts[0]! > 0 ? 0 : 1] : null;
      }, 200);
      const { frames } = await watch.read();
      signalTo(busy!.pid, signal);
      await waitFor("the picture to go on", 30_000, async () => (await watch.read()).frames > frames + 300, 200);
      const { freezes, errors } = await watch.read();
      const longest = freezes.reduce((most, { forMs }) => Math.max(most, forMs), 0);
      rows.push(
        atMost(`the page behind HAProxy, its edge ${what}: longest without a new picture`, longest, "ms", limitMs),
        note("  what the browser says", errors.slice(0, 2).join("; ").slice(0, 120) || "nothing"),
      );
      if (signal === "SIGSTOP") signalTo(busy!.pid, "SIGCONT");
    } finally {
      await watch.close();
    }
  }
  return rows;
}

async function measureTwoEngines(): Promise<Row[]> {
  await using first = await startEngine();
  await using second = await startEngine();
  const relay = ["--relay", `${first.address},${second.address}`];
  await using origin = await startTercet({ args: [...SHOW, ...relay] });
  await using edge = await startTercet({ args: ["--edge", ...relay] });
  await origin.settled();
  const player = await listen(edge);
  await waitFor("the show", 10_000, () => player.heard.size > 10);
  const beganAt = performance.now();
  const ill = async (engine: Engine, begin: (engine: Engine) => void | Promise<void>, end: (engine: Engine) => void | Promise<void>) => {
    await begin(engine);
    await pause(4000);
    await end(engine);
    await pause(1500);
  };
  await ill(first, (engine) => engine.kill(), (engine) => engine.start());
  await ill(second, (engine) => engine.hang(), (engine) => engine.goOn());
  await ill(first, (engine) => engine.hang(), (engine) => engine.goOn());
  const gap = player.longestGapMs(beganAt);
  await player.stop();
  return [
    atMost("one of two engines killed, then the other hung, then the first: longest without a part", gap, "ms", 500),
    holds("  nothing of the show was left out", !edge.output().includes("did not come"), "as the edge says"),
  ];
}
