import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { explainUnwritableData, readSettings, type Settings } from "../../../media/settings/settings.ts";

interface Places {
  args?: string[];
  env?: Record<string, string>;
  files?: Record<string, string>;
}

function read({ args = [], env = {}, files = {} }: Places) {
  return readSettings({ args, env, readFile: (path) => files[path] ?? notFound(path), cwd: "/home/me" });
}

function notFound(path: string): never {
  throw Object.assign(new Error(`No such file: ${path}`), { name: "NotFound" });
}

function settingsOf(places: Places): Settings {
  const outcome = read(places);
  assert.equal(outcome.kind, "settings", JSON.stringify(outcome));
  return (outcome as { settings: Settings }).settings;
}

function problemsOf(places: Places): readonly string[] {
  const outcome = read(places);
  assert.equal(outcome.kind, "problems", JSON.stringify(outcome));
  return (outcome as { problems: readonly string[] }).problems;
}

describe("settings", () => {
  it("nothing said gives the defaults, frozen to the ground", () => {
    const settings = settingsOf({});
    assert.deepEqual(settings, {
      port: 8080,
      host: "0.0.0.0",
      trustedProxies: [],
      base: "/",
      title: "Tercet",
      roomKey: null,
      isPrivate: false,
      isOffAir: false,
      beginsWithInset: false,
      source: { kind: "default" },
      sourceText: "camera, or test where there is none",
      sources: [{ wish: { kind: "default" }, text: "camera, or test where there is none" }],
      uplinkBitsPerSecond: 100_000_000,
      segmentSeconds: 1,
      partSeconds: 0.2,
      rate: 30,
      encoder: "auto",
      ladder: [
        { name: "hq", width: 1280, height: 720, bitsPerSecond: 2_500_000 },
        { name: "mq", width: 854, height: 480, bitsPerSecond: 1_000_000 },
        { name: "lq", width: 426, height: 240, bitsPerSecond: 400_000 },
      ],
      isEvenLadder: false,
      maxViewers: null,
      motionThreshold: 0.008,
      slatePicture: null,
      dataDir: "/home/me/data",
      rtmp: { host: "0.0.0.0", port: 1935, allowPublic: false },
      srt: null,
      showKeys: false,
      chat: { slowSeconds: 0, links: false, fixed: [] },
      dvrSeconds: null,
      relay: null,
      isEdge: false,
      publicUrl: null,
      mediaBase: null,
      donations: { currency: "USD", link: null, kofiToken: null, stripeSecret: null },
    });
    const values = [settings, settings.source, settings.sources, ...settings.sources, settings.ladder, ...settings.ladder];
    for (const value of values) assert.ok(Object.isFrozen(value));
  });

  it("the command line wins over the environment, and that over the file", () => {
    const files = { "my.json": '{"rate": 25, "title": "file", "uplink": "5M", "port": 1}' };
    const env = { TERCET_CONFIG: "my.json", TERCET_TITLE: "environment", TERCET_UPLINK: "6M", HOME: "/x" };
    const settings = settingsOf({ args: ["9000", "--uplink=7M"], env, files });
    assert.deepEqual(
      [settings.rate, settings.title, settings.uplinkBitsPerSecond, settings.port],
      [25, "environment", 7_000_000, 9000],
    );
    assert.equal(settingsOf({ args: ["--rate", "24", "--rate", "50"] }).rate, 50);
  });

  it("--dvr is read in seconds, minutes or hours", () => {
    const spans = ["150s", "30m", "1.5h", "2h"].map((text) => settingsOf({ args: ["--dvr", text] }).dvrSeconds);
    assert.deepEqual(spans, [150, 1800, 5400, 7200]);
    assert.equal(settingsOf({ env: { TERCET_DVR: "2m" } }).dvrSeconds, 120);
  });

  const sources: [string, Settings["source"]][] = [
    ["test", { kind: "test" }],
    ["screen", { kind: "screen" }],
    ["camera", { kind: "camera", video: null, audio: null }],
    ["camera:?", { kind: "camera_list" }],
    ["camera:/dev/video2", { kind: "camera", video: "/dev/video2", audio: null }],
    ["camera:C920+ HD+hw:1,0", { kind: "camera", video: "C920+ HD", audio: "hw:1,0" }],
    ["camera:+hw:1", { kind: "camera", video: null, audio: "hw:1" }],
    ["file:a:b.mp4", { kind: "file", path: "/home/me/a:b.mp4" }],
    ["file:///srv/a.mp4", { kind: "file", path: "/srv/a.mp4" }],
    ["file:a.mp4|file:/srv/b|c.mp4", { kind: "files", paths: ["/home/me/a.mp4", "/srv/b|c.mp4"] }],
    ["file:a|b.mp4", { kind: "file", path: "/home/me/a|b.mp4" }],
    ["lavfi:testsrc2=size=640x480:rate=30", { kind: "lavfi", graph: "testsrc2=size=640x480:rate=30" }],
    ...[
      "rtsp://h/a",
      "rtmp://h/a/k",
      "rtmps://h/a",
      "http://h/a.ts",
      "https://h/a",
      "srt://h:1?mode=caller",
      "udp://@239.0.0.1:1234",
      "tcp://[::1]:9",
    ]
      .map((url): [string, Settings["source"]] => [url, { kind: "address", url }]),
  ];
  for (const [text, source] of sources) {
    it(`--source ${text} is ${source.kind}`, () => assert.deepEqual(settingsOf({ args: ["--source", text] }).source, source));
  }

  it("several sources come in the order in which they were given, the first on air", () => {
    const settings = settingsOf({ args: ["--source", "test", "--source=file:a.mp4", "--source", "rtmp://h/live/key"] });
    assert.deepEqual(settings.sources, [
      { wish: { kind: "test" }, text: "test" },
      { wish: { kind: "file", path: "/home/me/a.mp4" }, text: "file:a.mp4" },
      { wish: { kind: "address", url: "rtmp://h/live/key" }, text: "rtmp://h/live/…" },
    ]);
    assert.deepEqual([settings.source, settings.sourceText], [{ kind: "test" }, "test"]);
  });

  it("the environment has a source a line, the file one text or a list, and the strongest place has all of them", () => {
    const env = { TERCET_SOURCE: "screen\r\n\n  file:my film.mp4\n" };
    const files = { "c.json": '{"source": ["test", "camera"]}', "d.json": '{"source": "screen"}' };
    const kinds = (places: Places) => settingsOf(places).sources.map(({ wish }) => wish.kind);
    assert.deepEqual(kinds({ env }), ["screen", "file"]);
    assert.deepEqual(kinds({ args: ["--config=c.json"], files }), ["test", "camera"]);
    assert.deepEqual(kinds({ args: ["--config=d.json"], files }), ["screen"]);
    assert.deepEqual(kinds({ args: ["--config=c.json"], env, files }), ["screen", "file"]);
    assert.deepEqual(kinds({ args: ["--config=c.json", "--source", "test"], env, files }), ["test"]);
  });

  it("each bad source of each place is told, in its own spelling", () => {
    const files = { "c.json": '{"source": ["test", 5, "screen+cam"]}', "e.json": '{"source": []}' };
    const places = { args: ["--config=c.json", "--source", "test", "--source=film.mp4"], env: { TERCET_SOURCE: "screen\nmovie" }, files };
    const use = "use camera, screen, screen+camera, obs, srt, browser, test, file:PATH, lavfi:GRAPH or an address such as rtsp://…";
    assert.deepEqual(problemsOf(places), [
      'c.json: "source": 5: must be a text',
      `c.json: "source": "screen+cam": not a source; ${use}`,
      `TERCET_SOURCE=movie: not a source; ${use}`,
      "--source=film.mp4: not a source; a file is written file:film.mp4",
    ]);
    assert.deepEqual(problemsOf({ args: ["--config=e.json"], files }), ['e.json: "source": []: names no source']);
    assert.deepEqual(problemsOf({ args: ["--source", "camera:?", "--source", "test"] }), [
      "--source camera:?: lists the cameras, and is no source to show beside others",
    ]);
  });

  it("no problem shows a secret", () => {
    const address = `ftp://me:geheim@${"h".repeat(90)}/?token=geheim`;
    const files = { "c.json": JSON.stringify({ source: address, sorce: [{ at: address }], title: [address] }) };
    const args = ["--config=c.json", "--source", address, `--sorce=${address}`, address, "--source", `x ${address}`];
    const problems = problemsOf({ args, env: { TERCET_SOURCE: `test\n${address}`, TERCET_SORCE: address }, files });
    assert.equal(problems.length, 9);
    assert.doesNotMatch(problems.join("\n"), /geheim/);
  });

  it("--trusted-proxy takes addresses, networks and the word private", () => {
    const trusted = (text: string) => settingsOf({ args: ["--trusted-proxy", text] }).trustedProxies;
    assert.deepEqual(trusted("192.168.0.0/16, fd00::/8"), [{ family: 4, prefix: "1100000010101000" }, { family: 6, prefix: "11111101" }]);
    assert.ok(trusted("private").length > 5);
    assert.deepEqual(settingsOf({ env: { TERCET_TRUSTED_PROXY: "10.0.0.2" } }).trustedProxies.length, 1);
    assert.match(problemsOf({ args: ["--trusted-proxy", "nginx"] })[0]!, /^--trusted-proxy nginx: nginx is not an address; write/);
  });
  it("--base is a folder, written with slashes or without", () => {
    for (const [text, base] of [["/live/", "/live/"], ["live", "/live/"], ["/a/b", "/a/b/"], ["/", "/"]]) {
      assert.equal(settingsOf({ args: ["--base", text!] }).base, base);
    }
    for (const text of ["a b", "/../x", "http://x/", "/live?x"]) assert.equal(problemsOf({ args: ["--base", text] }).length, 1, text);
  });
  it("the source's text never shows a password", () => {
    const settings = settingsOf({ args: ["--source", "srt://me:pw@h:9/x?passphrase=geheim&mode=caller"] });
    assert.equal(settings.sourceText, "srt://…@h:9/x?passphrase=…&mode=caller");
  });

  const problems: [string, Places, string[]][] = [
    ["port 70000", { args: ["70000"] }, ["70000: not a port; it is a whole number from 0 to 65535"]],
    ...["30", "30min", "30ms", "-1m", "1d"].map((text): [string, Places, string[]] => [
      `a DVR of "${text}"`,
      { env: { TERCET_DVR: text } },
      [`TERCET_DVR=${text}: not a span of time; write it as 90s, 30m or 2h`],
    ]),
    ["a DVR of a minute", { args: ["--dvr", "60s"] }, ["--dvr 60s: shorter than 2m"]],
    ["a DVR of a day", { args: ["--dvr", "24h"] }, ["--dvr 24h: longer than 2h"]],
    ["a part of three seconds", { args: ["--part", "3s"] }, ["--part 3s: longer than 1s"]],
    ["an uplink below nothing", { args: ["--uplink", "-1"] }, [
      "--uplink -1: not a number of bits per second; write it as 2500k, 100M or 10G",
    ]],
    ["the same in the environment", { env: { TERCET_UPLINK: "-1" } }, [
      "TERCET_UPLINK=-1: not a number of bits per second; write it as 2500k, 100M or 10G",
    ]],
    ["a ladder of 1x1", { args: ["--ladder", "1x1"] }, [
      '--ladder 1x1: has 1 of 3 renditions; write it as 1280x720@2500k,854x480@1000k,426x240@400k or even; "1x1" is not WIDTHxHEIGHT@BITS, such as 854x480@1000k',
    ]],
    ["an empty value", { env: { TERCET_HOST: "" } }, ["TERCET_HOST=: needs a value; unset it to have the default"]],
    ["an option before an option", { args: ["--title", "--rate", "x"] }, [
      "--title: needs a value",
      "--rate x: not a frame rate; it is a whole number from 5 to 120",
    ]],
    ["an unknown option with its value", { args: ["--prat", "100ms"] }, ["--prat: no such option. Did you mean --part?"]],
    ["an unknown option far from all", { args: ["--quality=best"] }, ["--quality=best: no such option. --help lists them."]],
    ["a group of letters", { args: ["-abc"] }, ["-abc: no such option. --help lists them."]],
    ["--port", { args: ["--port", "8081"] }, ["--port: no such option; the port is a plain word: deno task serve 8081"]],
    ["two ports", { args: ["1", "2"] }, ["2: a port is given already"]],
    ["a plain word", { args: ["movie"] }, ["movie: not understood; the only plain word is the port, such as 8081"]],
    ["an unknown TERCET_ name", { env: { TERCET_SORCE: "test" } }, ["TERCET_SORCE=test: no such setting. Did you mean TERCET_SOURCE?"]],
    ["a file that is not there", { args: ["--config", "no.json"] }, ["no.json: there is no such file"]],
    ["a file with a list", { args: ["--config", "l.json"], files: { "l.json": "[]" } }, [
      'l.json: holds no settings; write {"rate": 25, "title": "My show"}',
    ]],
    ["a part longer than its segment", { args: ["--segment=0.5s"], env: { TERCET_PART: "600ms" } }, [
      "TERCET_PART=600ms: longer than a segment (--segment=0.5s)",
    ]],
    ["a segment that is no whole number of pictures", { args: ["--segment", "1.01s"] }, [
      "--segment 1.01s: makes 30.3 pictures (--rate 30); a segment is a whole number of them",
    ]],
    ["control characters", { args: ["--title", "a\x1b[31m"] }, ['--title "a\\u001b[31m": has control characters']],
  ];
  for (const [name, places, expected] of problems) {
    it(`tells of ${name} in the user's own spelling`, () => assert.deepEqual(problemsOf(places), expected));
  }

  it("lists the problems of all three places at once", () => {
    const files = { "tercet.json": '{"rate": 400, "upink": "1M", "title": ["x"], "config": "b.json"}' };
    const env = { TERCET_PART: "1", TERCET_LADER: "even" };
    assert.deepEqual(problemsOf({ args: ["--config", "tercet.json", "--encoder", "x265", "--rate", "30"], env, files }), [
      'tercet.json: "upink": "1M": no such setting. Did you mean uplink?',
      'tercet.json: "title": ["x"]: must be a text or a number',
      'tercet.json: "config": "b.json": a file cannot name another',
      "TERCET_LADER=even: no such setting. Did you mean TERCET_LADDER?",
      'tercet.json: "rate": 400: not a frame rate; it is a whole number from 5 to 120',
      "TERCET_PART=1: not a length of time; write it as 200ms or 0.5s",
      "--encoder x265: not an encoder; use auto, libx264, nvenc, vaapi, qsv or videotoolbox",
    ]);
  });

  it("a JSON file with a mistake in it is told as such", () => {
    assert.match(problemsOf({ args: ["--config=c.json"], files: { "c.json": "{rate: 25}" } }).join(), /^c\.json: not valid JSON \(.+\)$/);
  });

  const wrongSources = [
    "srt",
    "camera+screen",
    "movie.mp4",
    "file:",
    "file:a.mp4|file:",
    "file:|file:a.mp4",
    "camera:",
    "camera:a+",
    "test:1",
    "ftp://h/a",
    "rtsp://",
    "http://a b",
    "",
  ];
  for (const text of wrongSources) {
    it(`--source "${text}" is a problem`, () => assert.equal(problemsOf({ args: [`--source=${text}`] }).length, 1));
  }

  it("screen+camera is two sources, at the start the second as the inset of the first", () => {
    const [screen, camera] = [{ wish: { kind: "screen" }, text: "screen" }, {
      wish: { kind: "camera", video: null, audio: null },
      text: "camera",
    }];
    const { sources, beginsWithInset, source, sourceText } = settingsOf({ args: ["--source", "screen+camera", "--source", "test"] });
    assert.deepEqual(sources, [screen, camera, { wish: { kind: "test" }, text: "test" }]);
    assert.deepEqual([beginsWithInset, source, sourceText], [true, { kind: "screen" }, "screen+camera"]);
    const later = settingsOf({ args: ["--source", "test", "--source", "screen+camera"] });
    assert.deepEqual([later.beginsWithInset, later.sources.length, later.sourceText], [false, 3, "test"]);
  });

  it("OBS can be waited for where publishers can come", () => {
    assert.deepEqual(settingsOf({ args: ["--source", "obs"] }).source, { kind: "obs" });
    assert.deepEqual(problemsOf({ args: ["--source", "obs", "--rtmp", "off"] }), ["--source obs: comes by RTMP, and --rtmp is off"]);
  });

  it("a browser can be waited for, and SRT where it is asked for", () => {
    assert.deepEqual(settingsOf({ args: ["--source", "browser"] }).source, { kind: "browser" });
    const { source, srt } = settingsOf({ args: ["--source", "srt", "--srt", "9000"] });
    assert.deepEqual([source, srt], [{ kind: "srt" }, { host: "0.0.0.0", port: 9000 }]);
    assert.deepEqual(settingsOf({ args: ["--srt", "[::1]:9000"] }).srt, { host: "::1", port: 9000 });
    assert.equal(settingsOf({}).srt, null);
    assert.deepEqual(problemsOf({ args: ["--source", "srt"] }), [
      "--source srt: comes by SRT, which is only there when asked for: --srt 9000",
    ]);
    for (const text of ["0", "70000", "x", "udp:9000"]) assert.equal(problemsOf({ args: ["--srt", text] }).length, 1);
  });

  it("--ladder even keeps one size and lets only the bit rates differ", () => {
    const { ladder, isEvenLadder } = settingsOf({ args: ["--ladder", "even"] });
    assert.ok(isEvenLadder);
    assert.deepEqual(ladder.map(({ width, height, bitsPerSecond }) => [width, height, bitsPerSecond]), [
      [1280, 720, 2_500_000],
      [1280, 720, 1_000_000],
      [1280, 720, 400_000],
    ]);
  });

  const wrongLadders: [string, RegExp][] = [
    ["641x480@1M,320x240@500k,160x120@200k", /641 must be even/],
    ["640x480@1M,320x240@500k,32x32@200k", /32 must be even and from 64/],
    ["640x480@1M,320x240@2M,160x120@200k", /320x240@2M must have fewer bits than 640x480@1M/],
    ["640x480@1M,320x240@500k,160x120@96k", /the sound alone takes 96k/],
    ["640x480@1M,320x240@500k,160x120@0x9", /0x9 not a number of bits/],
    ["640x480@3M,640x480@2M,640x480@1M,640x480@900k", /has 4 of 3 renditions/],
  ];
  for (const [text, message] of wrongLadders) {
    it(`--ladder ${text} is a problem`, () => assert.match(problemsOf({ args: ["--ladder", text] }).join("\n"), message));
  }

  it("--help wins over every mistake and names each option; --version tells the version", () => {
    const help = read({ args: ["--rate", "x", "--help"] });
    assert.equal(help.kind, "help");
    for (
      const name of [
        "source",
        "uplink",
        "segment",
        "part",
        "rate",
        "encoder",
        "ladder",
        "slate",
        "data",
        "host",
        "title",
        "config",
        "help",
        "version",
      ]
    ) {
      assert.match((help as { text: string }).text, new RegExp(`--${name}\\b`));
    }
    assert.match((read({ args: ["--version"] }) as { text: string }).text, /^tercet \d+\.\d+\.\d+$/);
  });

  it("relative folders and pictures are taken from where the command was given", () => {
    const settings = settingsOf({ args: ["--data", "../d", "--slate", "card.png"] });
    assert.deepEqual([settings.dataDir, settings.slatePicture], ["/home/d", "/home/me/card.png"]);
  });

  it("a data folder that may not be written is told with the command that would do", () => {
    assert.match(explainUnwritableData("/srv/my x"), /start it as deno task serve --data '\/srv\/my x', or/);
  });

  it("whatever is written, it never throws, and a problem is one printable line", () => {
    const word = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("--part", "--source", "--", "-", "--ladder", "--config=", "--constructor", "--__proto__", "x".repeat(10_000)),
    );
    fc.assert(
      fc.property(fc.array(word), fc.dictionary(fc.string().map((it) => `TERCET_${it}`), fc.string()), fc.json(), (args, env, json) => {
        const outcome = read({ args: ["--config", "c.json", ...args], env, files: { "c.json": json } });
        if (outcome.kind !== "problems") return;
        for (const problem of outcome.problems) assert.match(problem, /^[^\p{Cc}]{3,700}$/u);
      }),
      { numRuns: 300 },
    );
  });
});
