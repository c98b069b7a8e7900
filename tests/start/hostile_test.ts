import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { play, sendHostile } from "../bench/hostile.ts";
import { HOSTILE_KINDS, type HostileKind } from "../bench/hostile_client.ts";
import { waitFor } from "../fixtures/condition.ts";
import { ask } from "../fixtures/proxy.ts";
import { residentBytesOf } from "../fixtures/proc.ts";
import { startTercet } from "../fixtures/server.ts";

const SHOW = ["--source", "lavfi:testsrc2=size=320x180:rate=15", "--rate", "15", "--ladder", "320x180@300k,214x120@250k,160x90@200k"];
const CONNECTIONS: Readonly<Record<HostileKind, number>> = {
  "one address": 60,
  "a thousand addresses": 60,
  "slow": 100,
  "never reading": 60,
  "idle": 2000,
};
const HOUSEHOLD = "192.0.2.7";

describe("hostile and slow clients of all kinds at once", () => {
  it("are not noticed by a household of twenty, take no memory, are told of in a line, and leave nothing behind", async () => {
    await using server = await startTercet({ args: SHOW });
    await server.settled();
    const memory = () => (residentBytesOf(server.pid) ?? NaN) / 1e6;
    const memoryBefore = memory();
    const target = { port: server.port };
    const slow = ask(target, "/api/viewers", { method: "POST", headers: { "content-length": "100" }, body: "{" });
    const hostile = await Promise.all(
      HOSTILE_KINDS.map((kind) => sendHostile({ port: server.port, kind, connections: CONNECTIONS[kind], seconds: 9 })),
    );
    const [players, told] = await Promise.all([
      play(server, 20, 5, [HOUSEHOLD]),
      (async () => {
        const headers = { "x-forwarded-for": HOUSEHOLD };
        const made = await fetch(`${server.baseUrl}/api/viewers`, { method: "POST", headers });
        const { id } = await made.json();
        const body = JSON.stringify({ viewer: id, name: "Anna", text: "is anything the matter?" });
        return [made.status, (await fetch(`${server.baseUrl}/api/chat`, { method: "POST", headers, body })).status];
      })(),
    ]);
    assert.deepEqual([players.stalls, players.errors, told], [0, {}, [201, 201]]);
    assert.ok(players.requests >= 20 * 5 * 8, `${players.requests} requests in 5 s`);
    // Of all kinds together, with what twenty players take: V8 keeps young objects in up to 32 MB more.
    assert.ok(memory() - memoryBefore < 160, `${memory() - memoryBefore} MB more`);
    const reports = await Promise.all(hostile.map(({ told }) => told));
    for (const [at, { answers }] of reports.slice(0, 2).entries()) {
      assert.ok(answers["429"]! > 0, `${HOSTILE_KINDS[at]}: ${JSON.stringify(answers)}`);
    }
    assert.ok(reports.at(-1)!.connected === 2000, JSON.stringify(reports.at(-1)));
    const lines = server.output().split("\n").filter((line) => /Too many /.test(line));
    assert.ok(lines.length === 1 || lines.length === 2, server.output());
    assert.match(lines[0]!, /what is above any viewer's need is refused, and those who watch go on/);
    assert.equal((await slow).status, 408);
    await waitFor("all to be let go", 5000, async () => await server.metric("tercet_held_requests") === 0);
  });
});
