import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { install, type Machine } from "../../deploy/install_service.ts";
import { composeAgent, composeUnit, SERVICE_PATH } from "../../deploy/service_file.ts";
import { listRights, V8_FLAGS } from "../../serve.ts";
import { startChild } from "../fixtures/child.ts";
import { waitFor } from "../fixtures/condition.ts";
import { findOnPath } from "../fixtures/find_on_path.ts";
import { freePort } from "../fixtures/server.ts";

const root = decodeURIComponent(new URL("../..", import.meta.url).pathname).replace(/\/$/, "");
const unitTemplate = await Deno.readTextFile(`${root}/deploy/tercet.service`);
const agentTemplate = await Deno.readTextFile(`${root}/deploy/tercet.plist`);
const ffmpeg = findOnPath(["ffmpeg"]);
const HERE = { root, deno: Deno.execPath(), ffmpegFolder: null };
const GROUPS = { groups: ["audio", "video"] };
const SHOW = {
  TERCET_SOURCE: "lavfi:testsrc2=size=320x180:rate=15",
  TERCET_RATE: "15",
  TERCET_LADDER: "320x180@300k,214x120@250k,160x90@200k",
  TERCET_RTMP: "off",
  TERCET_OFF_AIR: "no",
};

describe("the service's files", () => {
  const server = (data: string) => ["run", "--quiet", "--cached-only", V8_FLAGS, ...listRights({ data, config: null }), "main.ts"];
  it("run the server with the rights of deno task serve and no other, from what is there", () => {
    assert.deepEqual(commandOf(unitTemplate), ["/usr/bin/deno", ...server("%S/tercet")]);
    const words = [...agentTemplate.split("ProgramArguments")[1]!.split("</array>")[0]!.matchAll(/<string>(.*)<\/string>/g)];
    assert.deepEqual(words.map(([, word]) => word), ["/usr/bin/deno", ...server("/opt/tercet/data")]);
  });
  it("name the checkout, Deno, ffmpeg where it stands apart, and only groups that there are", () => {
    const place = { root: "/srv/shows/tercet", deno: "/usr/local/bin/deno", ffmpegFolder: "/opt/ffmpeg/bin" };
    const unit = composeUnit(unitTemplate, place, GROUPS);
    assert.match(unit, /^WorkingDirectory=\/srv\/shows\/tercet$/m);
    assert.match(unit, /^ExecStart=\/usr\/local\/bin\/deno run /m);
    assert.match(unit, /^Environment=PATH=\/opt\/ffmpeg\/bin:\/usr\/local\/sbin:/m);
    assert.match(unit, /^SupplementaryGroups=video audio$/m);
    assert.match(unit, /^ProtectHome=yes$/m);
    assert.doesNotMatch(unit, /\/opt\/tercet|system only/);
    assert.match(composeUnit(unitTemplate, { ...place, root: "/home/anna/tercet" }, { groups: [] }), /^ProtectHome=read-only$/m);
    assert.doesNotMatch(composeUnit(unitTemplate, place, { groups: [] }), /^SupplementaryGroups/m);
    const agent = composeAgent(agentTemplate, { root: "/Users/anna/my show", deno: "/opt/homebrew/bin/deno", ffmpegFolder: null });
    assert.match(agent, /<string>--allow-write=\/Users\/anna\/my show\/data<\/string>/);
    assert.match(agent, /NOT TRIED/);
  });
  it("ask of a user's own systemd nothing that it has no right to", () => {
    const unit = composeUnit(unitTemplate, HERE, null);
    assert.doesNotMatch(
      unit,
      /^(DynamicUser|User|Group|SupplementaryGroups|CapabilityBoundingSet|PrivateDevices|Protect(Clock|Kernel\w+))=/m,
    );
    assert.match(unit, /^NoNewPrivileges=yes$/m);
    assert.match(unit, /^ProtectSystem=strict$/m);
    assert.match(unit, /^WantedBy=default\.target$/m);
  });
  it("refuse a path that would be read as something else", () => {
    for (const path of ["/my show", "/50%", "/a,b", '/a"b', "/a$b", "/a\\b", "relative"]) {
      assert.throws(
        () => composeUnit(unitTemplate, { ...HERE, root: path }, GROUPS),
        (error: Error) => error.message.startsWith(`${path}: `),
      );
    }
    for (const path of ["/a<b", "/a&b", "/a,b"]) assert.throws(() => composeAgent(agentTemplate, { ...HERE, root: path }), RangeError);
  });
});

const verifies = findOnPath(["systemd-analyze"]) !== null;
(verifies ? describe : describe.skip)("the unit, as systemd reads it", () => {
  for (const scope of ["system", "user"] as const) {
    it(`has nothing that it does not understand: ${scope}`, async () => {
      const folder = await Deno.makeTempDir();
      try {
        await Deno.writeTextFile(`${folder}/tercet.service`, composeUnit(unitTemplate, HERE, scope === "system" ? GROUPS : null));
        const { code, said } = await run("systemd-analyze", [`--${scope}`, "verify", "--man=no", `${folder}/tercet.service`], {
          XDG_RUNTIME_DIR: folder,
        });
        assert.equal(code, 0, said);
        assert.doesNotMatch(said, /tercet/, said);
        if (scope === "user") return;
        const judged = await run("systemd-analyze", [
          "security",
          "--offline=yes",
          "--threshold=25",
          "--no-pager",
          `${folder}/tercet.service`,
        ]);
        assert.equal(judged.code, 0, judged.said);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
});

/** Temporary folders in place of the machine's, and what was said. */
async function imagine(over: Partial<Machine> = {}) {
  const folder = await Deno.makeTempDir({ prefix: "tercet-service-" });
  const said: string[] = [];
  const machine: Machine = {
    os: "linux",
    isRoot: false,
    hasSystemd: true,
    systemdVersion: 252,
    home: folder,
    configHome: `${folder}/.config`,
    etc: `${folder}/etc`,
    root,
    deno: Deno.execPath(),
    ffmpeg,
    groups: GROUPS.groups,
    say: (line) => void said.push(line),
    complain: (line) => void said.push(line),
    ...over,
  };
  return { folder, said, machine, [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
}

describe("deno task install-service", () => {
  it("writes a unit of one's own, starts nothing, says what starts it, and leaves settings alone a second time", async () => {
    await using there = await imagine();
    assert.equal(await install([], there.machine), 0, there.said.join("\n"));
    const unit = `${there.folder}/.config/systemd/user/tercet.service`;
    assert.equal(await Deno.readTextFile(unit), composeUnit(unitTemplate, HERE, null));
    const settings = `${there.folder}/.config/tercet.env`;
    assert.equal((await Deno.stat(settings)).mode! & 0o777, 0o600);
    assert.equal(there.said[1], `Wrote ${unit}.`);
    assert.match(there.said[3]!, /keeps its data in .*\/\.config\/tercet, not in /);
    assert.match(there.said[4]!, /loginctl enable-linger/);
    assert.match(there.said.at(-2)!, /^Nothing has been started/);
    assert.equal(there.said.at(-1), "  systemctl --user enable --now tercet");
    assert.ok((await Deno.stat(`${root}/.deno/npm`)).isDirectory);

    await Deno.writeTextFile(settings, "TERCET_PORT=8081\n");
    await Deno.writeTextFile(unit, "old");
    assert.equal(await install(["--user"], there.machine), 0);
    assert.equal(await Deno.readTextFile(settings), "TERCET_PORT=8081\n");
    assert.ok(there.said.includes(`Replaced ${unit}.`));
  });
  it("writes a unit of the system where root asks", { skip: Deno.uid() !== 0 }, async () => {
    await using there = await imagine({ isRoot: true });
    const code = await install([], there.machine);
    // A checkout that others may not read is refused, and that is tested below.
    if (code !== 0) return assert.match(there.said[0]!, /is closed to other users/);
    assert.equal(await Deno.readTextFile(`${there.folder}/etc/systemd/system/tercet.service`), composeUnit(unitTemplate, HERE, GROUPS));
    assert.match(there.said.join("\n"), /keeps its data in \/var\/lib\/tercet/);
    assert.equal(there.said.at(-1), "  systemctl enable --now tercet");
  });
  it("writes an agent of launchd, and says that it was not tried", async () => {
    await using there = await imagine({ os: "darwin", hasSystemd: false, ffmpeg: "/opt/homebrew/bin/ffmpeg" });
    assert.equal(await install([], there.machine), 0, there.said.join("\n"));
    assert.equal(await Deno.readTextFile(`${there.folder}/Library/LaunchAgents/tercet.plist`), composeAgent(agentTemplate, HERE));
    assert.match(there.said.join("\n"), /not been tried on a Mac/);
    assert.match(there.said.at(-1)!, /^ {2}launchctl load -w /);
  });
  const refusals: [string, string[], Partial<Machine>, number, RegExp][] = [
    ["an option that is none", ["--now"], {}, 2, /^--now: not understood; it is deno task install-service/],
    ["both kinds", ["--user", "--system"], {}, 2, /^--user --system: one of the two/],
    ["Windows", [], { os: "windows" }, 1, /^windows has services of another kind/],
    ["no systemd", [], { hasSystemd: false }, 1, /^systemd does not run this machine/],
    ["no ffmpeg", [], { ffmpeg: null }, 1, /sh setup\.sh/],
    ["the system without being root", ["--system"], {}, 1, /^--system: only root/],
    ["root on a Mac", [], { os: "darwin", isRoot: true }, 1, /without sudo/],
    ["a checkout with a space", [], { root: "/my show" }, 1, /^No such file|\/my show/],
  ];
  for (const [name, args, over, code, line] of refusals) {
    it(`refuses in words: ${name}`, async () => {
      await using there = await imagine(over);
      assert.equal(await install(args, there.machine), code);
      assert.match(there.said.join("\n"), line);
      assert.deepEqual([...Deno.readDirSync(there.folder)], [], "nothing was written");
    });
  }
  it("refuses a checkout that the service's user could not read, and names the folder", async () => {
    await using there = await imagine({ isRoot: true });
    const closed = `${there.folder}/closed`;
    await Deno.mkdir(closed, { mode: 0o700 });
    await Deno.writeTextFile(`${closed}/main.ts`, "");
    await Deno.chmod(there.folder, 0o755);
    assert.equal(await install([], { ...there.machine, root: closed }), 1);
    assert.match(there.said[0]!, /\/closed is closed to other users, .*--user/);
  });
});

describe("the service's command", () => {
  const canRun = Deno.build.os === "linux" && Deno.uid() === 0 && findOnPath(["setpriv"]) !== null && mayUnshare() && mayBeRead();
  it("serves as nobody, from a disk that may not be written but for the state folder, and ends in order", { skip: !canRun }, async () => {
    await using there = await imagine();
    assert.equal(await install([], there.machine), 0, there.said.join("\n"));
    const unit = await Deno.readTextFile(`${there.folder}/.config/systemd/user/tercet.service`);
    const state = `${there.folder}/state`;
    await Deno.mkdir(state);
    await Deno.chown(state, 65534, 65534);
    const port = freePort();
    const given = Object.fromEntries([...unit.matchAll(/^Environment=(\w+)=(.*)$/gm)].map(([, name, value]) => [name!, expand(value!)]));
    const env = { PATH: SERVICE_PATH.join(":"), ...given, ...SHOW, TERCET_PORT: String(port) };
    const inside = ["setpriv", "--no-new-privs", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set=-all", "--"];
    const args = ["-m", "sh", "-c", CONFINE, "sh", `${there.folder}/root`, state, root, ...inside, ...commandOf(unit).map(expand)];
    await Deno.mkdir(`${there.folder}/root`);
    await using child = startChild("unshare", args, { env });
    const playlist = await waitFor("a playlist", 20_000, async () => {
      if (child.status !== null) throw new Error(child.output());
      return await fetch(`http://127.0.0.1:${port}/live.m3u8`).then((answer) => answer.ok ? answer.text() : null, () => null);
    });
    assert.match(playlist, /^#EXTM3U/);
    const media = await fetch(new URL(playlist.trim().split("\n").at(-1)!, `http://127.0.0.1:${port}/`));
    assert.match(await media.text(), /#EXTINF/);
    assert.equal((await Deno.stat(`${state}/tercet/streamer.key`)).uid, 65534);
    assert.doesNotMatch(child.output(), /could be written|[Rr]ead-only|may not/);
    child.kill("SIGTERM");
    assert.equal((await child.ended).code, 0, child.output());
  });
});

/** Of this machine only a view that may not be written, with the state folder as /var/lib: in a mount namespace, which ends with the command. */
const CONFINE = `
set -e
mount --make-rprivate /
mount --bind / "$1" && mount -o remount,ro,bind "$1"
mount --bind "$3" "$1$3" && mount -o remount,ro,bind "$1$3"
mount --bind "$2" "$1/var/lib"
mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev"
cd "$1$3" && root="$1" here="$3" && shift 3
if touch main.ts.x 2>/dev/null; then echo "the checkout could be written"; fi
exec chroot "$root" sh -c 'cd "$0" && exec "$@"' "$here" "$@"
`;

/** %S is the folder of states. */
function expand(word: string): string {
  return word.replaceAll("%S", "/var/lib");
}

function commandOf(unit: string): string[] {
  return /^ExecStart=(.*)$/m.exec(unit)![1]!.split(" ");
}

function mayUnshare(): boolean {
  try {
    return new Deno.Command("unshare", { args: ["-m", "mount", "--make-rprivate", "/"], stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

/** A checkout in somebody's own folder is nobody's to read. */
function mayBeRead(): boolean {
  const args = ["--reuid", "65534", "--regid", "65534", "--clear-groups", "--", "test", "-r", `${root}/main.ts`];
  return new Deno.Command("setpriv", { args }).outputSync().success;
}

async function run(program: string, args: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await new Deno.Command(program, { args: [...args], env: { NO_COLOR: "1", ...env } }).output();
  const read = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, said: read(stdout) + read(stderr) };
}
