import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { describeBill, findStrange, listPackages } from "../../deploy/licences.ts";

const root = decodeURIComponent(new URL("../../", import.meta.url).pathname);

describe("what this is made of", () => {
  it("has licences that go with ours, of every package in the lock", async () => {
    const packages = await listPackages();
    assert.deepEqual(findStrange(packages), []);
    assert.ok(packages.length > 30);
    const served = packages.filter(({ used }) => used === "served").map(({ name }) => name);
    for (const name of ["hono", "zod", "hls.js", "tdigest"]) assert.ok(served.includes(name), name);
    for (const name of ["playwright-core", "fast-check", "axe-core"]) assert.ok(!served.includes(name), name);
    assert.equal(findStrange([{ ...packages[0]!, licence: "GPL-3.0" }, { ...packages[0]!, licence: null }]).length, 2, "would be caught");
  });
  it("is told as a bill of materials with a hash for each", async () => {
    const bill = describeBill(await listPackages()) as { components: { purl: string; hashes: { content: string }[] }[] };
    for (const { purl, hashes } of bill.components) {
      assert.match(purl, /^pkg:npm\/[^@]+@\d/);
      assert.match(hashes[0]!.content, /^[0-9a-f]{128}$/);
    }
  });
  it("is what the lock says, and no package may run a script when it is installed", async () => {
    assert.match(await Deno.readTextFile(`${root}setup.sh`), /deno install --frozen/);
    assert.equal((project as { allowScripts?: unknown }).allowScripts, undefined);
    const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: ["install", "--frozen", "--quiet"], cwd: root }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  });
  it("makes the same pages, byte for byte, wherever it stands", async () => {
    const top = await Deno.makeTempDir({ prefix: "tercet-elsewhere-" });
    // The bundler names its files by the way from here to the packages.
    const folder = `${top}/deeper/than/others`;
    try {
      await Deno.mkdir(folder, { recursive: true });
      const copy = ["static", "routes", "media", "deno.json", "deno.lock", "main.ts"];
      await new Deno.Command("cp", { args: ["-r", ...copy, folder], cwd: root }).output();
      await new Deno.Command("cp", { args: ["-r", "--parents", "tests/std-testing", folder], cwd: root }).output();
      await Deno.remove(`${folder}/static/dist`, { recursive: true }).catch(() => {});
      for (const cwd of [root, folder]) {
        const { code, stderr } = await new Deno.Command(Deno.execPath(), { args: ["task", "build"], cwd }).output();
        assert.equal(code, 0, new TextDecoder().decode(stderr));
      }
      assert.deepEqual(await readAll(`${folder}/static/dist`), await readAll(`${root}static/dist`));
    } finally {
      await Deno.remove(top, { recursive: true });
    }
  });
});

async function readAll(folder: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) Object.assign(files, await readAll(`${folder}/${name}`));
    else files[name] = await Deno.readTextFile(`${folder}/${name}`);
  }
  return files;
}
