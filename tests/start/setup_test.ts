import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { findOnPath } from "../fixtures/find_on_path.ts";

const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);
const TOOLS = ["sh", "dirname", "grep", "id", "getent", "cut", "sed", "sort", "head", "readlink", "mkdir", "ln"];

describe("setup.sh", () => {
  it("does without HOME and without Deno on the PATH, as in a service or a container", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const put = async (path: string, script: string) => {
        await Deno.writeTextFile(`${folder}/${path}`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      };
      await Deno.mkdir(`${folder}/deno/bin`, { recursive: true });
      await put("deno/bin/deno", 'case "$1" in --version) echo "deno 2.9.6" ;; esac');
      await put("ffmpeg", 'echo "V libx264"');
      await put("ffprobe", "");
      for (const tool of TOOLS) await Deno.symlink(findOnPath([tool])!, `${folder}/${tool}`).catch(() => {});
      const { code, stdout, stderr } = await new Deno.Command("env", {
        args: ["-i", `PATH=${folder}`, `DENO_INSTALL=${folder}/deno`, "sh", "setup.sh"],
        cwd: root,
      }).output();
      const said = new TextDecoder().decode(stdout), complained = new TextDecoder().decode(stderr);
      assert.equal(complained, "");
      assert.equal(code, 0);
      assert.match(said, /Deno is in .*deno\/bin, which is not on your PATH[^]*Start with: deno task serve/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});

describe("setup.sh --tests", () => {
  it("brings Redis (or Valkey) and HAProxy on every system that it knows", async () => {
    const script = await Deno.readTextFile(`${root}setup.sh`);
    const branches = script.slice(script.indexOf("install_for_tests() {")).split(";;").slice(0, 4);
    for (const branch of branches) assert.match(branch, /redis-server[ :].*haproxy/s);
    assert.match(script, /install_valkey \|\| echo/);
  });
});

describe("pages that may not be built", () => {
  /** A copy of what the build needs, which another user may not write. */
  async function build(before: (folder: string) => Promise<void>): Promise<{ code: number; complained: string }> {
    const folder = await Deno.makeTempDir();
    try {
      await new Deno.Command("cp", {
        args: ["-r", "static", "routes", "media", "deno.json", "deno.lock", "main.ts", "tests/std-testing", folder],
        cwd: root,
      }).output();
      await Deno.mkdir(`${folder}/tests`, { recursive: true });
      await Deno.rename(`${folder}/std-testing`, `${folder}/tests/std-testing`);
      await before(folder);
      // Root may write everywhere, so Deno itself is told not to.
      const args = ["run", "--quiet", "--no-prompt", "--allow-read", "--allow-env", "--allow-run", "static/build.ts"];
      const { code, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: folder, env: { NO_COLOR: "1" } }).output();
      return { code, complained: new TextDecoder().decode(stderr) };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }

  it("are served as they were, with one line about it", async () => {
    const { code, complained } = await build(async (folder) => {
      await Deno.utime(`${folder}/static/watch/app.ts`, new Date(Date.now() + 60_000), new Date(Date.now() + 60_000));
    });
    assert.equal(code, 0, complained);
    assert.match(complained, /^The pages are older than what they are made of.*the old ones are served\.\n$/);
  });
  it("and were never built end the start with a sentence, not a stack", async () => {
    const { code, complained } = await build((folder) => Deno.remove(`${folder}/static/dist`, { recursive: true }));
    assert.equal(code, 1);
    assert.match(complained, /^The pages are not built, and .* may not be written: .*\n$/);
  });
});
