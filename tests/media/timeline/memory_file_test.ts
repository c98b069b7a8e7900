import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createMemoryWriter, loadMemory } from "../../../media/timeline/memory_file.ts";

const memory = (msn: number) => ({ msn, mediaTimeSeconds: msn, spentSeconds: msn, offsetMs: 0, toldOffsetMs: 0 });

describe("the file of the timeline's memory", () => {
  it("that cannot be written is told of once, and once more when it can", async () => {
    const folder = await Deno.makeTempDir();
    try {
      const path = `${folder}/timeline.json`;
      const lines: string[] = [];
      const writer = createMemoryWriter(path, (line) => lines.push(line));
      const save = async (msn: number) => {
        writer.save(memory(msn));
        await writer.settled();
      };
      await save(1);
      await Deno.mkdir(`${path}.new`);
      for (let msn = 2; msn < 50; msn++) await save(msn);
      assert.equal((await loadMemory(path))?.msn, 1, "what is there stays whole");
      await Deno.remove(`${path}.new`);
      await save(50);
      await save(51);
      assert.equal((await loadMemory(path))?.msn, 51);
      assert.equal(lines.length, 2, lines.join("\n"));
      assert.match(lines[0]!, /^Cannot write \S+timeline\.json: Is a directory \(os error 21\).*\. The show goes on; /);
      assert.match(lines[1]!, /^\S+timeline\.json is written again, after 0 s\.$/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
});
