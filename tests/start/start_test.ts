import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { findNamed, listRights } from "../../serve.ts";
import { waitFor } from "../fixtures/condition.ts";
import { startChild } from "../fixtures/child.ts";
import { freePort, startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";

const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);

/** `deno task serve` to its end. */
async function serve(args: readonly string[], env: Record<string, string> = {}) {
  const data = await Deno.makeTempDir();
  try {
    const command = new Deno.Command("deno", {
      args: ["task", "--quiet", "serve", ...args],
      cwd: root,
      env: { NO_COLOR: "1", TERCET_DATA: data, ...env },
      signal: AbortSignal.timeout(20_000),
    });
    const { code, stdout, stderr } = await command.output();
    const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim().split("\n").filter((line) => line);
    return { code, said: read(stdout), complained: read(stderr) };
  } finally {
    await Deno.remove(data, { recursive: true });
  }
}

describe("a start that cannot be", () => {
  const cases: { name: string; args: string[]; env?: Record<string, string>; code: number; lines: RegExp[] }[] = [
    { name: "a port that is none", args: ["70000"], code: 2, lines: [/^70000: not a port/] },
    {
      name: "a file that is not there",
      args: ["--source", "file:nothing.mp4"],
      code: 2,
      lines: [/^--source file:nothing\.mp4: No such file/],
    },
    { name: "a text file as source", args: ["--source", "file:README.md"], code: 2, lines: [/^--source file:README\.md: Invalid data/] },
    { name: "an uplink below zero", args: ["--uplink", "-1"], code: 2, lines: [/^--uplink -1: not a number of bits/] },
    { name: "a ladder of one", args: ["--ladder", "1x1"], code: 2, lines: [/^--ladder 1x1: has 1 of 3 renditions/] },
    { name: "a part longer than its segment", args: ["--part", "3s"], code: 2, lines: [/^--part 3s: longer than/] },
    {
      name: "problems in every place",
      args: ["--sorce", "test", "--rate", "x"],
      env: { TERCET_UPLIMK: "1M", TERCET_PART: "0" },
      code: 2,
      lines: [/^TERCET_UPLIMK=1M: no such setting/, /^TERCET_PART=0: /, /^--sorce: no such option/, /^--rate x: /],
    },
    {
      name: "a data folder that cannot be made",
      args: ["--data", "README.md/x"],
      code: 1,
      lines: [/^Cannot use .*README\.md\/x as the data folder: /],
    },
    {
      name: "a data folder that Deno cannot be told of",
      args: ["--data", "/tmp/a,b"],
      code: 2,
      lines: [/^--data \/tmp\/a,b: there is a comma/],
    },
    {
      name: "a settings file that is not there",
      args: ["--config", "/nowhere.json"],
      code: 2,
      lines: [/^\/nowhere\.json: there is no such file/],
    },
  ];
  for (const { name, args, env, code, lines } of cases) {
    it(`says in a line for each problem what is wrong: ${name}`, async () => {
      const outcome = await serve(args, env);
      assert.equal(outcome.code, code, outcome.complained.join("\n"));
      const complained = outcome.complained.toSorted();
      assert.equal(complained.length, lines.length, complained.join("\n"));
      for (const line of lines) assert.ok(complained.some((each) => line.test(each)), `${line} in ${complained.join("\n")}`);
    });
  }

  it("says that the port is in use", async () => {
    using taken = Deno.listen({ hostname: "0.0.0.0", port: 0 });
    const { code, complained } = await serve([`${taken.addr.port}`, "--source", "test"]);
    assert.equal(code, 1);
    assert.deepEqual(complained.length, 1);
    assert.match(complained[0]!, /^Port \d+ is in use/);
  });

  it("says that ffmpeg is missing", async () => {
    const empty = await Deno.makeTempDir();
    await Deno.symlink(Deno.execPath(), `${empty}/deno`);
    const { code, complained } = await serve(["--source", "test"], { PATH: empty });
    await Deno.remove(empty, { recursive: true });
    assert.equal(code, 1, complained.join("\n"));
    // Deno puts a line of its own before ours, about the program it was allowed to run and cannot find.
    assert.match(complained.at(-1)!, /^ffmpeg is not installed .*sh setup\.sh/);
    assert.ok(complained.every((line) => !/^\s+at /.test(line)), "no stack trace");
  });
});

describe("a start", () => {
  it("lets whoever asks meanwhile wait for the show: the first answer is a playlist", async () => {
    await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER], readyWithinMs: 0 });
    const ask = () => fetch(`${server.baseUrl}/live.m3u8`).then(async (answer) => `${answer.status} ${await answer.text()}`, () => null);
    assert.match(await waitFor("the port", 15_000, ask, 1), /^200 #EXTM3U/);
  });
});

describe("a log for machines", () => {
  it("is an object in each line, from the first to the last, without the room's key", async () => {
    const key = "a key for friends only";
    const env = { TERCET_LOG: "json", TERCET_ROOM_KEY: key, NO_COLOR: "1" };
    await using server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER], env });
    await server.stop();
    const lines = server.output().split("\n").filter((line) => line !== "" && !line.startsWith("Task serve "));
    const [first, ...rest] = lines.map((line) => JSON.parse(line));
    assert.equal(first.what, 'Tercet shows "Tercet"');
    assert.ok(first.about.some((line: string) => line.startsWith("In VLC ")));
    assert.ok(rest.some(({ level, what }) => level === "info" && what.startsWith("Live. ")), server.output());
    for (const { at } of [first, ...rest]) assert.equal(new Date(at).toISOString(), at);
    assert.doesNotMatch(server.output(), new RegExp(key));
  });
  it("tells what is wrong with the settings in the same way, and a form that is none in words", async () => {
    const { code, said } = await serve(["--rate", "x"], { TERCET_LOG: "json" });
    assert.equal(code, 2);
    assert.match(JSON.parse(said[0]!).what, /^--rate x: /);
    assert.deepEqual((await serve([], { TERCET_LOG: "xml" })).complained, ["TERCET_LOG=xml: not a form of log; use text, json or auto"]);
  });
});

describe("a data folder and a settings file elsewhere", () => {
  it("simply work from deno task serve, named on the command line or in the file, and nothing else may be written", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet else where-" });
    try {
      await Deno.writeTextFile(`${folder}/my.json`, JSON.stringify({ title: "Elsewhere", data: `${folder}/from file` }));
      for (const [args, kept] of [[["--data", `${folder}/kept`], "kept"], [["--config", `${folder}/my.json`], "from file"]] as const) {
        const port = freePort();
        const env = Object.fromEntries(Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("TERCET_")));
        const show = [String(port), "--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER, ...args];
        await using task = startChild(Deno.execPath(), ["task", "serve", ...show], { cwd: root, env });
        const { title } = await waitFor("the show", 20_000, async () => {
          if (task.status !== null) throw new Error(task.output());
          return await fetch(`http://127.0.0.1:${port}/api/stream`).then((answer) => answer.ok ? answer.json() : null, () => null);
        });
        assert.equal(title, kept === "kept" ? "Tercet" : "Elsewhere");
        assert.ok((await Deno.stat(`${folder}/${kept}/streamer.key`)).isFile);
        task.kill("SIGTERM");
        assert.equal((await task.ended).code, 0, task.output());
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
  const named: [string, Parameters<typeof findNamed>[0], ReturnType<typeof findNamed>][] = [
    ["nothing", { args: ["8081"], env: () => undefined, readFile: () => "" }, { data: "data", config: null }],
    ["the last of the line", { args: ["--data", "a", "--data=b"], env: () => "c", readFile: () => "" }, { data: "b", config: "c" }],
    ["the environment before the file", {
      args: ["--config", "f"],
      env: (name) => name === "TERCET_DATA" ? "e" : undefined,
      readFile: () => '{"data":"d"}',
    }, { data: "e", config: "f" }],
    ["the file", { args: ["--config", "f"], env: () => "", readFile: () => '{"data":"d"}' }, { data: "d", config: "f" }],
    ["an option without its value, a broken file", { args: ["--data", "--config=f"], env: () => "", readFile: () => "{" }, {
      data: "data",
      config: "f",
    }],
    ["what follows --", { args: ["--", "--data", "a"], env: () => "", readFile: () => "" }, { data: "data", config: null }],
  ];
  for (const [name, given, wanted] of named) it(`are found: ${name}`, () => assert.deepEqual(findNamed(given), wanted));
});

describe("the server's rights", () => {
  it("end at ffmpeg, ffprobe, the project and the data folder", async () => {
    const [data, elsewhere] = [await Deno.makeTempDir(), await Deno.makeTempDir()];
    try {
      await Deno.copyFile("/bin/true", `${elsewhere}/ffmpeg`);
      const args = ["run", "--quiet", ...listRights({ data, config: null }), `${root}tests/start/confined.ts`, root, data, elsewhere];
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: root }).output();
      assert.deepEqual(
        JSON.parse(new TextDecoder().decode(stdout) || "null"),
        {
          "run ffmpeg": "allowed",
          "run ffprobe": "allowed",
          "run sh": "refused",
          "run another ffmpeg": "refused",
          "write data": "allowed",
          "write elsewhere": "refused",
          "write the project": "refused",
          "read the project": "allowed",
          "read elsewhere": "refused",
        },
        new TextDecoder().decode(stderr),
      );
    } finally {
      await Promise.all([data, elsewhere].map((folder) => Deno.remove(folder, { recursive: true })));
    }
  });
});

describe("the end", () => {
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    it(`comes within 2 s of ${signal}: held requests are answered, ffmpeg is gone, nothing is left but what is kept`, async () => {
      const server = await startTercet({ args: ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER] });
      try {
        const multivariant = await (await fetch(`${server.baseUrl}/live.m3u8`)).text();
        const slot = new URL(multivariant.split("\n").find((line) => line.endsWith("lq.m3u8"))!, server.baseUrl + "/");
        const playlist = await (await fetch(slot)).text();
        const hint = /TYPE=PART,URI="([^"]+?)(\d+)\.(\d+)\.m4s"/.exec(playlist)!;
        const held = fetch(`${slot}?_HLS_msn=${Number(hint[2]) + 1}`).then(
          async (answer) => (await answer.body?.cancel(), answer.status),
          String,
        );
        await waitFor(
          "the request to be held",
          2000,
          async () => /^tercet_held_requests 1$/m.test(await (await fetch(`${server.baseUrl}/metrics`)).text()),
          1,
        );
        const ended = performance.now();
        await server.kill(signal);
        assert.ok([200, 503].includes(await held as number), `the held request got ${await held}`);
        const end = await server.stop();
        assert.ok(performance.now() - ended < 2500, `it took ${Math.round(performance.now() - ended)} ms`);
        assert.equal(end.code, 0);
        assert.equal(end.leftFfmpegs, 0);
        const left = [...Deno.readDirSync(server.dataDir)].map((entry) => entry.name).filter((name) => !KEPT.test(name));
        assert.deepEqual(left, []);
      } finally {
        await server[Symbol.asyncDispose]();
      }
    });
  }
});

/** The keys, the timeline's memory, the lock, slates, the wishes. */
const KEPT =
  /^(streamer\.key|studio\.address|viewer\.?key|key|(?:timeline|show)\.json|publishers\.json|overlay\.json|studio\.json|lock|slate-.*|.*\.sqlite.*)$/;
