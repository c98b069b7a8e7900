import { quantile } from "./table.ts";

/**
 * Many chatting pages' event sockets in a process of their own. Its one argument is a ChatOrder as JSON. It prints the line "steady" when all are connected
 * and the talk begins, then a ChatReport as JSON when it ends.
 */
export interface ChatOrder {
  readonly url: string;
  readonly pages: number;
  readonly messagesPerSecond: number;
  readonly seconds: number;
}

export interface ChatReport {
  readonly said: number;
  /** From the moment when a message is sent to its event on each page; null where none came. */
  readonly lagMs: { readonly p50: number; readonly p99: number; readonly max: number } | null;
  /** From sending to the answer, which waits for the disk. */
  readonly answerMs: { readonly p50: number; readonly p99: number } | null;
  /** Messages that did not come, over all pages. */
  readonly missing: number;
  readonly doubled: number;
  readonly errors: Readonly<Record<string, number>>;
}

/** What comes later than this counts as missing. */
const GRACE_MS = 3000;
/** As many new viewers as the server takes from one address. */
const JOIN_EVERY_MS = 42;

interface Page {
  readonly viewer: string;
  readonly address: string;
  readonly heard: Map<string, number>;
}

async function main({ url, pages: count, messagesPerSecond, seconds }: ChatOrder): Promise<void> {
  const lags: number[] = [], answers: number[] = [];
  const sentAtMs = new Map<string, number>();
  const errors: Record<string, number> = {};
  const note = (what: string) => errors[what] = (errors[what] ?? 0) + 1;

  async function join(at: number): Promise<Page> {
    const address = `10.9.${at >> 8}.${at & 255}`;
    const answer = await fetch(`${url}/api/viewers`, {
      method: "POST",
      body: '{"player":"hls.js"}',
      headers: { "x-forwarded-for": address },
    });
    const { id } = await answer.json();
    const page = { viewer: id, address, heard: new Map<string, number>() };
    const socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/viewers/${id}/events`);
    socket.onmessage = ({ data }) => {
      const nowMs = performance.now();
      if (!data.startsWith('{"type":"chat"')) return;
      const { key } = JSON.parse(data);
      const sinceMs = sentAtMs.get(key);
      if (sinceMs !== undefined) lags.push(nowMs - sinceMs);
      page.heard.set(key, (page.heard.get(key) ?? 0) + 1);
    };
    socket.onclose = () => note("a socket closed");
    await new Promise((done, failed) => {
      socket.onopen = done;
      socket.onerror = failed;
    });
    return page;
  }

  async function say(page: Page, at: number): Promise<void> {
    const key = `${page.address}-${at}`;
    const body = JSON.stringify({ viewer: page.viewer, name: `Page ${page.address}`, text: `message ${at} of a lively evening 🎉`, key });
    const beganMs = performance.now();
    sentAtMs.set(key, beganMs);
    const answer = await fetch(`${url}/api/chat`, { method: "POST", body, headers: { "x-forwarded-for": page.address } });
    await answer.body?.cancel();
    answers.push(performance.now() - beganMs);
    if (answer.status === 201) return;
    sentAtMs.delete(key);
    note(`answered ${answer.status}`);
  }

  const pages: Page[] = [];
  for (let at = 0; at < count; at++) {
    pages.push(await join(at));
    await pause(JOIN_EVERY_MS);
  }
  console.log("steady");
  const beganMs = performance.now();
  const saying: Promise<void>[] = [];
  for (let at = 0; at < seconds * messagesPerSecond; at++) {
    await pause(beganMs + at * 1000 / messagesPerSecond - performance.now());
    saying.push(say(pages[at * 7 % pages.length]!, at).catch((problem) => void note(String(problem))));
  }
  await Promise.all(saying);
  await pause(GRACE_MS);
  const keys = [...sentAtMs.keys()];
  const report: ChatReport = {
    said: keys.length,
    lagMs: lags.length === 0 ? null : { p50: quantile(lags, 0.5)!, p99: quantile(lags, 0.99)!, max: lags.reduce((a, b) => Math.max(a, b)) },
    answerMs: answers.length === 0 ? null : { p50: quantile(answers, 0.5)!, p99: quantile(answers, 0.99)! },
    missing: pages.reduce((sum, { heard }) => sum + keys.filter((key) => !heard.has(key)).length, 0),
    doubled: pages.reduce((sum, { heard }) => sum + [...heard.values()].filter((times) => times > 1).length, 0),
    errors,
  };
  console.log(JSON.stringify(report));
  Deno.exit(0);
}

function pause(forMs: number): Promise<void> {
  return new Promise((done) => setTimeout(done, Math.max(0, forMs)));
}

if (import.meta.main) await main(JSON.parse(Deno.args[0] ?? "{}"));
