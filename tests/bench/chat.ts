import { startChild } from "../fixtures/child.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { BARCODE_SOURCE } from "../fixtures/sources.ts";
import type { ChatOrder, ChatReport } from "./chat_client.ts";
import type { BenchOptions } from "./options.ts";
import { sendSwarm, type SwarmOutcome } from "./swarm.ts";
import type { SwarmOrder } from "./swarm_client.ts";
import { atMost, holds, median, note, type Row } from "./table.ts";

const PLAYERS = 50;
const PAGES = 200;
/** A lively evening: twenty people write at once. */
const MESSAGES_PER_SECOND = 10;

/** 50 players alone, and beside 200 chatting pages, in turn: how soon a message is on every page, and what the picture pays for it. */
export async function runChat({ quick }: BenchOptions): Promise<Row[]> {
  const seconds = quick ? 6 : 30;
  await using server = await startTercet({ args: ["--source", BARCODE_SOURCE, "--uplink", "10G"] });
  await server.settled();
  await pause(quick ? 3000 : 10_000);
  const order: SwarmOrder = {
    url: `${server.baseUrl}/live.m3u8`,
    players: PLAYERS,
    rampSeconds: 2,
    seconds,
    behaviour: { kind: "ll", slot: 2 },
  };
  const alone: SwarmOutcome[] = [], beside: SwarmOutcome[] = [], talks: ChatReport[] = [];
  for (let turn = 0; turn < (quick ? 1 : 3); turn++) {
    alone.push(await sendSwarm(order, [server.pid]));
    const talk = await talkBeside(server, {
      url: server.baseUrl,
      pages: PAGES,
      messagesPerSecond: MESSAGES_PER_SECOND,
      seconds: seconds + 5,
    }, order);
    beside.push(talk.players);
    talks.push(talk.chat);
  }
  return compare(alone, beside, talks);
}

async function talkBeside(server: Tercet, chat: ChatOrder, players: SwarmOrder): Promise<{ chat: ChatReport; players: SwarmOutcome }> {
  let isSteady = false;
  let report: ChatReport | null = null;
  const script = decodeURIComponent(new URL("chat_client.ts", import.meta.url).pathname);
  await using client = startChild(Deno.execPath(), ["run", "--quiet", "--allow-all", script, JSON.stringify(chat)], {
    onLine(line) {
      if (line === "steady") isSteady = true;
      if (line.startsWith("{")) report = JSON.parse(line);
    },
  });
  await waitFor(`${chat.pages} event sockets`, 60_000, () => isSteady || client.status !== null);
  const outcome = await sendSwarm(players, [server.pid]);
  await client.ended;
  if (report === null) throw new Error(`The chatting pages told nothing: ${client.output()}`);
  return { chat: report, players: outcome };
}

function compare(alone: readonly SwarmOutcome[], beside: readonly SwarmOutcome[], talks: readonly ChatReport[]): Row[] {
  const middle = (outcomes: readonly SwarmOutcome[], read: (outcome: SwarmOutcome) => number | undefined) =>
    median(outcomes.map((outcome) => read(outcome) ?? NaN)) ?? NaN;
  const worst = (read: (talk: ChatReport) => number | undefined) => Math.max(...talks.map((talk) => read(talk) ?? Infinity));
  const [before, after] = [middle(alone, (o) => o.partLagMs?.p50), middle(beside, (o) => o.partLagMs?.p50)];
  const cores = (outcomes: readonly SwarmOutcome[]) => middle(outcomes, (o) => o.serverCpuSeconds / o.seconds);
  const faults = [...talks, ...alone, ...beside].flatMap(({ errors }) =>
    Object.entries(errors).map(([what, count]) => `${count} x ${what}`)
  );
  const missing = talks.reduce((sum, talk) => sum + talk.missing + talk.doubled, 0);
  return [
    atMost(
      `a message on ${PAGES} pages beside ${PLAYERS} players, p99 (worst of ${talks.length})`,
      worst((talk) => talk.lagMs?.p99),
      "ms",
      100,
    ),
    note("  p50", median(talks.map((talk) => talk.lagMs?.p50 ?? NaN)), "ms"),
    note("  the slowest of all", worst((talk) => talk.lagMs?.max), "ms"),
    note("  answer to its sender, on disk, p99", worst((talk) => talk.answerMs?.p99), "ms"),
    note("  messages said", talks.reduce((sum, talk) => sum + talk.said, 0)),
    holds("  none lost, none doubled", missing === 0, String(missing)),
    note("  release to whole part in hand, p50, players alone", before, "ms"),
    note("  the same beside the chat", after, "ms"),
    atMost("  added by the chat", after - before, "ms", 5),
    note("  p99, players alone", middle(alone, (o) => o.partLagMs?.p99), "ms"),
    note("  p99 beside the chat", middle(beside, (o) => o.partLagMs?.p99), "ms"),
    note("  our CPU, players alone", cores(alone), "cores"),
    note("  our CPU beside the chat", cores(beside), "cores"),
    holds("  no error", faults.length === 0, faults.join(", ") || "none"),
  ];
}
