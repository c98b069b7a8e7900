import { afterAll, afterEach, beforeAll, beforeEach, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { FORMAT_VERSION, writeEntry } from "../../../media/relay/entry.ts";
import { type Log, LogAway } from "../../../media/relay/log.ts";
import { openLogs } from "../../../media/relay/open_logs.ts";
import { parseRelay } from "../../../media/settings/relay.ts";
import { waitFor } from "../../fixtures/condition.ts";
import { type CutProxy, startCutProxy } from "../../fixtures/cut_proxy.ts";
import { hasOpenssl, makeCertificate } from "../../fixtures/proxy.ts";
import { type Engine, ENGINES, startEngine } from "../../fixtures/redis.ts";
import { freePort } from "../../fixtures/server.ts";
import { createShow, type Show } from "../hls/synthetic_show.ts";
import { follow, send } from "./boxes.ts";
import { makeEntry } from "./history.ts";

const NOTHING_READ = { row: null, notes: { wishes: 0, chat: 0, gifts: 0 } } as const;

function open(address: string): Log {
  return openLogs(parseRelay(address))[0]!;
}

function row(msn: number, part: number) {
  return { position: { msn, part }, bytes: writeEntry(makeEntry(msn, part)) };
}

const MINE = { term: "mine", keepFromMsn: 0 };

for (const program of ENGINES) {
  describe(`a log in ${program.split("/").at(-1)}`, () => {
    let engine: Engine, log: Log, show: string;
    let count = 0;

    beforeAll(async () => void (engine = await startEngine({ program })));
    afterAll(() => engine[Symbol.asyncDispose]());
    beforeEach(async () => {
      show = `show${count++}`;
      log = open(`${engine.address}?show=${show}`);
      await log.ready();
    });
    afterEach(() => log.stop());

    it("gives back what was put in, bytes as they were, and knows what it has", async () => {
      assert.equal(await log.top(), null);
      assert.equal(await log.append(row(100, 0), MINE), "kept");
      assert.equal(await log.append(row(100, 1), MINE), "kept");
      assert.equal(await log.append(row(100, 1), MINE), "known");
      assert.equal(await log.append(row(99, 4), MINE), "known");
      assert.deepEqual(await log.top(), row(100, 1));
      assert.deepEqual((await log.after(NOTHING_READ)).rows, [row(100, 0), row(100, 1)]);
      assert.deepEqual((await log.after({ ...NOTHING_READ, row: { msn: 100, part: 0 } })).rows, [row(100, 1)]);
    });

    it("wakes who waits, and lets nobody wait for long", async () => {
      const waiting = log.after(NOTHING_READ);
      await log.append(row(100, 0), MINE);
      assert.equal((await waiting).rows.length, 1);
      assert.deepEqual(await log.after({ ...NOTHING_READ, row: { msn: 100, part: 0 } }), { rows: [], notes: [] });
    });

    it("is written by one origin at a time, and the next one where the first is silent", async () => {
      const other = open(`${engine.address}?show=${show}`);
      await other.ready();
      await log.append(row(100, 0), MINE);
      assert.equal(await other.append(row(100, 1), { ...MINE, term: "other" }), "fenced");
      assert.equal(await other.tellShow("other's", "other"), "fenced");
      assert.equal(await log.append(row(100, 1), MINE), "kept");
      await waitFor("the lease to end", 4000, async () => await other.append(row(100, 2), { ...MINE, term: "other" }) === "kept", 100);
      assert.equal(await log.append(row(100, 3), MINE), "fenced");
      other.stop();
    });

    it("lets go of what is too old", async () => {
      for (let msn = 100; msn < 110; msn++) await log.append(row(msn, 0), { ...MINE, keepFromMsn: msn - 3 });
      assert.deepEqual((await log.after(NOTHING_READ)).rows.map(({ position }) => position.msn), [106, 107, 108, 109]);
    });

    it("numbers notes so that they rise and never repeat, and takes what is to be there once, once", async () => {
      const before = Date.now();
      const numbers = await Promise.all(Array.from({ length: 50 }, (_, at) => log.note("chat", `message ${at}`)));
      assert.equal(new Set(numbers).size, 50);
      assert.ok(numbers[0]! >= before && numbers.at(-1)! < Date.now() + 100);
      const far = await log.note("chat", "after a clock that was ahead", { floor: before + 1e6 });
      assert.equal(far, before + 1e6 + 1);
      assert.equal(await log.note("chat", "the next"), far! + 1);
      assert.notEqual(await log.note("gifts", "a gift", { once: "key" }), null);
      assert.equal(await log.note("gifts", "a gift", { once: "key" }), null);
      await log.refill("gifts", [{ number: 7, text: "an older one" }]);
      const { notes } = await log.after({ row: "no_rows", notes: NOTHING_READ.notes });
      assert.deepEqual(notes.filter(({ kind }) => kind === "gifts").map(({ text }) => text), ["a gift"]);
    });

    it("is filled again with what was noted, under the numbers that it had, where it has nothing", async () => {
      const notes = [{ number: 1000, text: "first" }, { number: 1007, text: "second" }];
      await log.refill("chat", notes);
      await log.refill("chat", [{ number: 5000, text: "too late" }]);
      await log.refill("wishes", []);
      const read = await log.after({ row: "no_rows", notes: NOTHING_READ.notes });
      assert.deepEqual(read.notes, notes.map((note) => ({ kind: "chat", ...note })));
    });

    it("has a roster of those who have told of themselves lately", async () => {
      await log.enrol("one", "first");
      await log.enrol("two", "second");
      assert.deepEqual([...await log.roster()].sort(), ["first", "second"]);
      await engine.ask("DEL", `{tercet:${show}}edge:one`);
      assert.deepEqual(await log.roster(), ["second"]);
    });
  });

  describe(`a show over ${program.split("/").at(-1)}`, () => {
    let engine: Engine, proxy: CutProxy, show: Show, log: Log, reading: Log;
    let publisher: ReturnType<typeof send>, edge: ReturnType<typeof follow>, producing: ReturnType<typeof setInterval>;
    const said: string[] = [];

    beforeEach(async () => {
      engine = await startEngine({ program });
      proxy = startCutProxy(engine.port);
      show = createShow();
      said.length = 0;
      log = open(engine.address);
      reading = open(`redis://127.0.0.1:${proxy.port}`);
      publisher = send(show, log, { said, pause });
      edge = follow([reading], pause);
      producing = setInterval(() => show.publishPart(), 40);
      await waitFor("the edge to follow", 5000, () => edge.window.segments.length > 2);
    });
    afterEach(async () => {
      clearInterval(producing);
      log.stop();
      await edge.stop();
      await publisher.stop();
      proxy.close();
      await engine[Symbol.asyncDispose]();
    });

    /** Both have the same, and nothing was lost on the way. */
    async function isWhole(): Promise<void> {
      clearInterval(producing);
      await waitFor("the edge to have all", 10_000, () => JSON.stringify(edge.window.last()) === JSON.stringify(show.window.last()));
      const first = edge.window.segments[0]!.msn;
      assert.deepEqual(edge.window.segments, show.window.segments.filter(({ msn }) => msn >= first));
      assert.deepEqual([edge.anew, edge.bad], [[], []]);
    }

    it("loses and doubles nothing where the engine is killed and comes back empty", async () => {
      await engine.kill();
      const { msn } = show.window.last()!;
      await waitFor("the show to go on", 5000, () => show.window.last()!.msn > msn + 2);
      await engine.start();
      await waitFor("the edge to go on", 5000, () => edge.window.last()!.msn > msn + 2);
      await isWhole();
      await waitFor(
        "the log to have all that is kept",
        5000,
        async () => Number((await engine.ask("XLEN", "{tercet:show}rows")).slice(1)) >= 5 * Math.min(show.window.segments.length - 1, 50),
      );
    });

    it("loses and doubles nothing where the engine hangs, and says what is wrong once", async () => {
      engine.hang();
      await waitFor("somebody to notice", 8000, () => said.length > 0 && edge.troubles.length > 0);
      engine.goOn();
      await isWhole();
      assert.match(said[0]!, /it does not answer\. The show goes on here/);
      assert.ok(said.length <= 2, said.join("\n"));
    });

    it("comes back to an edge whose connection carries nothing any more", async () => {
      proxy.cut("silence");
      await waitFor("the edge to notice", 8000, () => edge.troubles.length > 0);
      proxy.mend();
      await isWhole();
    });

    it("goes on where the engine is full, with less of the past", async () => {
      const used = Number(/used_memory:(\d+)/.exec(await engine.ask("INFO", "memory"))![1]);
      await engine.ask("CONFIG", "SET", "maxmemory", String(used - 200_000));
      await waitFor("it to be said", 8000, () => said.length > 0);
      assert.match(said[0]!, /it is full \(maxmemory\)/);
      await engine.ask("CONFIG", "SET", "maxmemory", "0");
      await isWhole();
    });

    it("leaves out a row that somebody has damaged, or that another version has written, and goes on", async () => {
      const other = writeEntry(makeEntry(1, 0));
      other[3] = FORMAT_VERSION + 1;
      clearInterval(producing);
      await waitFor("all to be sent", 5000, () => publisher.sent?.part === show.window.last()?.part);
      const { msn, part } = show.window.upcoming!;
      await engine.ask("XADD", "{tercet:show}rows", `${msn}-${part}`, "e", "nonsense");
      await waitFor("the edge to see it", 5000, () => edge.bad.length > 0);
      producing = setInterval(() => show.publishPart(), 40);
      await waitFor("the edge to go on", 5000, () => edge.window.last()!.msn > msn + 1);
      assert.deepEqual(edge.bad, ["damaged"]);
      assert.equal(edge.anew.length, 1);
    });
  });
}

(ENGINES.length > 0 ? describe : describe.skip)("an engine that lets nobody in", () => {
  const reasonOf = async (log: Log) => {
    // The first thing that is known is that nothing is known yet.
    const reason = await waitFor("a reason", 5000, async () => {
      const problem = await log.ready().then(
        () => "it lets us in",
        (problem) => problem instanceof LogAway ? problem.message : String(problem),
      );
      return problem.includes("not reached yet") ? null : problem;
    });
    log.stop();
    return reason;
  };

  it("is told from one that is not there", async () => {
    assert.equal(await reasonOf(open(`redis://127.0.0.1:${freePort()}`)), "nothing listens there");
  });

  it("says that it wants another password, or one at all", async () => {
    await using engine = await startEngine({ program: ENGINES[0]!, password: "right" });
    const at = `127.0.0.1:${engine.port}`;
    assert.match(await reasonOf(open(`redis://:wrong@${at}`)), /refuses the name or password \(WRONGPASS\)/);
    assert.match(await reasonOf(open(`redis://${at}`)), /refuses the name or password \(NOAUTH\)/);
    assert.equal(await reasonOf(open(`redis://:right@${at}`)), "it lets us in");
  });

  (hasOpenssl ? it : it.skip)("is reached over TLS only where its certificate is known", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet-engine-" });
    const { cert, key, authority } = await makeCertificate(folder, "localhost");
    await Deno.writeTextFile(`${folder}/ca`, authority);
    const tlsPort = freePort();
    await using engine = await startEngine({
      program: ENGINES[0]!,
      args: [
        "--tls-port",
        String(tlsPort),
        "--tls-cert-file",
        cert,
        "--tls-key-file",
        key,
        "--tls-ca-cert-file",
        `${folder}/ca`,
        "--tls-auth-clients",
        "no",
      ],
    });
    assert.match(await reasonOf(open(`rediss://localhost:${tlsPort}`)), /certificate/i);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        "--allow-net",
        "--allow-env",
        "--allow-read",
        new URL("tls_client.ts", import.meta.url).pathname,
        `rediss://localhost:${tlsPort}`,
      ],
      env: { DENO_CERT: `${folder}/ca` },
    }).output();
    assert.equal(new TextDecoder().decode(stdout).trim(), "kept");
    assert.match(await engine.ask("XLEN", "{tercet:show}rows"), /:1/);
    await Deno.remove(folder, { recursive: true });
  });
});
