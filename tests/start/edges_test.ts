import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { waitFor } from "../fixtures/condition.ts";
import { findOnPath } from "../fixtures/find_on_path.ts";
import { hasHaproxy, hasNginx, type Proxy, startHaproxy, startNginx } from "../fixtures/proxy.ts";
import { type Engine, hasRedis, startEngine } from "../fixtures/redis.ts";
import { freePort, startTercet, type Tercet } from "../fixtures/server.ts";

const deploy = new URL("../../deploy/", import.meta.url);
const SMALL = ["--source", "test", "--ladder", "426x240@300k,320x180@200k,256x144@120k"];
const VIEWERS = 12;

/** A player as the balancer sees it: asks for what comes next, for ever. */
interface Player {
  readonly id: string;
  /** The newest part it was told of: MSN and part. */
  newest: string;
  readonly problems: string[];
}

/** HAProxy's file as it is shipped, with the ports of this test's servers; the third edge is left out. */
async function fillHaproxy(port: number, origin: Tercet, edges: readonly Tercet[]): Promise<string> {
  return (await Deno.readTextFile(new URL("haproxy.cfg", deploy)))
    .replace("bind :80\n", `bind 127.0.0.1:${port}\n`)
    .replaceAll(":8080 ", `:${origin.port} `)
    .replaceAll(/127\.0\.0\.1:8081/g, `127.0.0.1:${edges[0]!.port}`)
    .replaceAll(/127\.0\.0\.1:8082/g, `127.0.0.1:${edges[1]!.port}`)
    .replaceAll(/^ *server edge3 .*\n/gm, "");
}

async function fillNginx(port: number, origin: Tercet, edges: readonly Tercet[]): Promise<string> {
  return (await Deno.readTextFile(new URL("edge.nginx.conf", deploy)))
    .replace(/server \{\n {2}listen 80;[^]*?\n\}\n/, "")
    .replace(/^ {2}listen \[::\]:443.*\n|^ {2}ssl_.*\n/gm, "")
    .replace("listen 443 ssl http2;", `listen 127.0.0.1:${port};`)
    .replaceAll("127.0.0.1:8080", `127.0.0.1:${origin.port}`)
    .replaceAll("127.0.0.1:8081", `127.0.0.1:${edges[0]!.port}`)
    .replaceAll("127.0.0.1:8082", `127.0.0.1:${edges[1]!.port}`)
    .replaceAll(/^ *server 127\.0\.0\.1:8083.*\n/gm, "");
}

const CASES = [
  {
    name: "haproxy.cfg",
    has: hasHaproxy,
    start: async (port: number, origin: Tercet, edges: readonly Tercet[]) => startHaproxy(await fillHaproxy(port, origin, edges), port),
  },
  {
    name: "edge.nginx.conf",
    has: hasNginx,
    start: async (port: number, origin: Tercet, edges: readonly Tercet[]) => startNginx(await fillNginx(port, origin, edges), port),
  },
];

for (const { name, has, start } of CASES) {
  (hasRedis && has ? describe : describe.skip)(`two edges behind deploy/${name}`, () => {
    let engine: Engine, origin: Tercet, edges: Tercet[], balancer: Proxy, base: string;
    let isOver = false;
    const players: Player[] = [];
    const playing: Promise<void>[] = [];

    async function play(player: Player): Promise<void> {
      let query = "";
      while (!isOver) {
        const answer = await fetch(`${base}/v/${player.id}/hq.m3u8${query}`).catch((problem) =>
          new Response(String(problem), { status: 599 })
        );
        const text = await answer.text();
        if (isOver) return;
        if (answer.status !== 200) {
          player.problems.push(`${answer.status} ${text.slice(0, 100)}`);
          await new Promise((resolve) => setTimeout(resolve, 100));
          continue;
        }
        const [, msn, part] = /TYPE=PART,URI=".*\/(\d+)\.(\d+)\.m4s"/.exec(text)!;
        query = `?_HLS_msn=${msn}&_HLS_part=${part}`;
        player.newest = `${msn}.${part}`;
      }
    }

    const msnOf = (player: Player) => Number(player.newest.split(".")[0]);

    beforeAll(async () => {
      engine = await startEngine();
      origin = await startTercet({ args: [...SMALL, "--relay", engine.address] });
      edges = await Promise.all([1, 2].map(() => startTercet({ args: ["--edge", "--relay", engine.address] })));
      const port = freePort();
      base = `http://127.0.0.1:${port}`;
      balancer = await start(port, origin, edges);
      await waitFor("an edge to be known as ready", 5000, async () => {
        const answer = await fetch(`${base}/readyz`);
        await answer.body?.cancel();
        return answer.status === 200;
      });
      for (let at = 0; at < VIEWERS; at++) {
        const answer = await fetch(`${base}/api/viewers`, { method: "POST", body: "{}" });
        const player = { id: (await answer.json()).id, newest: "0", problems: [] };
        players.push(player);
        playing.push(play(player));
      }
      await waitFor("all to play", 10_000, () => players.every((player) => msnOf(player) > 0));
    });
    afterAll(async () => {
      isOver = true;
      await Promise.all(playing);
      await balancer?.[Symbol.asyncDispose]();
      await Promise.all(edges?.map((edge) => edge[Symbol.asyncDispose]()) ?? []);
      await origin?.[Symbol.asyncDispose]();
      await engine?.[Symbol.asyncDispose]();
    });

    const countOf = async (edge: Tercet) => (await (await fetch(`${edge.baseUrl}/api/stream`)).json()).viewers.total as number;

    it("share the viewers, each of whom stays where it is", async () => {
      const counts = await Promise.all(edges.map(countOf));
      // Who was made at one and hashed to the other counts at both for some seconds.
      assert.ok(counts.every((count) => count > 0 && count <= VIEWERS), counts.join());
    });

    it("go on with everybody where one of them is killed: no player hears an error", async () => {
      const before = Math.max(...players.map(msnOf));
      await edges[0]!.kill("SIGKILL");
      await waitFor("all to be further on", 15_000, () => players.every((player) => msnOf(player) > before + 3));
      assert.deepEqual(players.flatMap(({ problems }) => problems), []);
      assert.ok(await countOf(edges[1]!) >= VIEWERS);
    });

    it("go on with everybody where one comes back and the other is told to end", async () => {
      await edges[0]!.restart();
      // Its viewers come back once the balancer has seen it ready.
      await waitFor("viewers at the first", 10_000, async () => await countOf(edges[0]!) > 0);
      const before = Math.max(...players.map(msnOf));
      assert.equal((await edges[1]!.stop()).code, 0);
      await waitFor("all to be further on", 15_000, () => players.every((player) => msnOf(player) > before + 2));
      assert.deepEqual(players.flatMap(({ problems }) => problems), []);
    });

    it("leave what is the streamer's to the box that makes the show", async () => {
      const key = (await Deno.readTextFile(`${origin.dataDir}/streamer.key`)).trim();
      const headers = { authorization: `Bearer ${key}` };
      const cases: [path: string, method: string, body?: string][] = [
        ["/api/studio/sources", "GET"],
        ["/api/studio/edges", "GET"],
        ["/api/chat/bans", "GET"],
        ["/studio", "GET"],
        ["/api/chat", "PATCH", '{"slowSeconds":0}'],
      ];
      for (const [path, method, body] of cases) {
        const answer = await fetch(base + path, { method, headers, ...(body ? { body } : {}) });
        assert.equal(answer.status, 200, `${method} ${path}: ${await answer.text()}`);
      }
    });
  });
}

(findOnPath(["haproxy"]) === null ? it.skip : it)("deploy/haproxy.cfg is understood as it is", async () => {
  const { code, stderr } = await new Deno.Command("haproxy", { args: ["-c", "-f", new URL("haproxy.cfg", deploy).pathname] }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  assert.equal(new TextDecoder().decode(stderr), "");
});
