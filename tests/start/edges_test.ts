import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { waitFor } from "../fixtures/condition.ts";
import { countViewers, type House, startHouse } from "../fixtures/edges.ts";
import { signalTo } from "../fixtures/proc.ts";
import { hasHaproxy, hasNginx } from "../fixtures/proxy.ts";
import { hasRedis } from "../fixtures/redis.ts";

const SMALL = ["--source", "test", "--ladder", "426x240@300k,320x180@200k,256x144@120k"];
const VIEWERS = 12;

/** A player as the balancer sees it: asks for what comes next, for ever. */
interface Player {
  readonly id: string;
  /** The segment that comes next, as it was told last. */
  msn: number;
  readonly problems: string[];
}

for (const [balancer, has] of [["haproxy.cfg", hasHaproxy], ["edge.nginx.conf", hasNginx]] as const) {
  (hasRedis && has ? describe : describe.skip)(`two edges behind deploy/${balancer}`, () => {
    let house: House;
    let isOver = false;
    const players: Player[] = [];
    const playing: Promise<void>[] = [];

    async function play(player: Player): Promise<void> {
      let query = "";
      while (!isOver) {
        const answer = await fetch(`${house.baseUrl}/v/${player.id}/hq.m3u8${query}`)
          .catch((problem) => new Response(String(problem), { status: 599 }));
        const text = await answer.text();
        if (isOver) return;
        if (answer.status !== 200) {
          player.problems.push(`${answer.status} ${text.slice(0, 100)}`);
          await new Promise((resolve) => setTimeout(resolve, 100));
          continue;
        }
        const [, msn, part] = /TYPE=PART,URI=".*\/(\d+)\.(\d+)\.m4s"/.exec(text)!;
        query = `?_HLS_msn=${msn}&_HLS_part=${part}`;
        player.msn = Number(msn);
      }
    }

    /** All play on, and none of them was told of any fault. */
    async function allGoOn(): Promise<void> {
      const before = Math.max(...players.map(({ msn }) => msn));
      await waitFor("all to be further on", 20_000, () => players.every(({ msn }) => msn > before + 2));
      assert.deepEqual(players.flatMap(({ problems }) => problems), []);
    }

    beforeAll(async () => {
      house = await startHouse({ balancer, show: SMALL });
      for (let at = 0; at < VIEWERS; at++) {
        const answer = await fetch(`${house.baseUrl}/api/viewers`, { method: "POST", body: "{}" });
        const player = { id: (await answer.json()).id, msn: 0, problems: [] };
        players.push(player);
        playing.push(play(player));
      }
      await waitFor("all to play", 10_000, () => players.every(({ msn }) => msn > 0));
    });
    afterAll(async () => {
      isOver = true;
      await Promise.all(playing);
      await house?.[Symbol.asyncDispose]();
    });

    it("share the viewers, each of whom stays where it is", async () => {
      const counts = await waitFor("the viewers to be told", 5000, async () => {
        const counts = await Promise.all(house.edges.map((edge) => countViewers(house, edge)));
        return counts.every((count) => count > 0) ? counts : null;
      });
      // Who was made at one and hashed to the other counts at both for some seconds.
      assert.ok(counts.every((count) => count <= VIEWERS), counts.join());
    });

    it("go on with everybody where one of them hangs: no player hears an error", async () => {
      signalTo(house.edges[0].pid, "SIGSTOP");
      await allGoOn();
      signalTo(house.edges[0].pid, "SIGCONT");
      await allGoOn();
    });

    it("go on with everybody where one of them is killed", async () => {
      await house.edges[0].kill("SIGKILL");
      await allGoOn();
      await waitFor("all to be at the other", 5000, async () => await countViewers(house, house.edges[1]) >= VIEWERS);
      await waitFor("its viewers to be told of all", 5000, async () => {
        const { viewers } = await (await fetch(`${house.edges[1].baseUrl}/api/stream`)).json();
        return viewers.total >= VIEWERS;
      });
    });

    it("go on with everybody where one comes back and the other is told to end", async () => {
      const atMs = Date.now();
      await house.edges[0].restart();
      // Its viewers come back once the balancer has seen it ready.
      await waitFor("viewers at the first", 10_000, async () => await countViewers(house, house.edges[0], atMs) > 0);
      assert.equal((await house.edges[1].stop()).code, 0);
      await allGoOn();
    });

    it("leave what is the streamer's to the box that makes the show", async () => {
      const key = (await Deno.readTextFile(`${house.origin.dataDir}/streamer.key`)).trim();
      const headers = { authorization: `Bearer ${key}` };
      const cases: [path: string, method: string, body?: string][] = [
        ["/api/studio/sources", "GET"],
        ["/api/studio/edges", "GET"],
        ["/api/chat/bans", "GET"],
        ["/studio", "GET"],
        ["/api/chat", "PATCH", '{"slowSeconds":0}'],
      ];
      for (const [path, method, body] of cases) {
        const answer = await fetch(house.baseUrl + path, { method, headers, ...(body ? { body } : {}) });
        assert.equal(answer.status, 200, `${method} ${path}: ${await answer.text()}`);
      }
    });
  });
}

(hasHaproxy ? it : it.skip)("deploy/haproxy.cfg is understood as it is", async () => {
  const path = new URL("../../deploy/haproxy.cfg", import.meta.url).pathname;
  const { code, stderr } = await new Deno.Command("haproxy", { args: ["-c", "-f", path] }).output();
  assert.deepEqual([code, new TextDecoder().decode(stderr)], [0, ""]);
});
