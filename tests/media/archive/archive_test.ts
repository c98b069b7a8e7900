import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { type Archive, type ArchiveOptions, openArchive } from "../../../media/archive/archive.ts";
import { openPieceFiles } from "../../../media/archive/pieces.ts";
import { RENDITION_NAMES } from "../../../media/hls/rendition.ts";
import type { Segment } from "../../../media/hls/segment.ts";
import { waitFor } from "../../fixtures/condition.ts";
import { createMemoryDisk } from "./memory_files.ts";

function textOf(rendition: string, msn: number, part: number): string {
  return `[${rendition} ${msn}.${part}]`;
}

/** A second of media in two parts, whose bytes tell what they are. */
function segment(msn: number, run = "r1"): Segment {
  const parts = [0, 1].map((part) => ({
    msn,
    part,
    durationSeconds: 0.5,
    isIndependent: part === 0,
    bodies: RENDITION_NAMES.map((name) => new TextEncoder().encode(textOf(name, msn, part))),
  }));
  const head = { msn, run, initRuns: [run, run, run], mediaTimeSeconds: msn, programDateTimeMs: msn * 1000 };
  return { ...head, parts, durationSeconds: 1, isClosed: true };
}

function open(o: Partial<ArchiveOptions> & Pick<ArchiveOptions, "files">): { archive: Archive; lines: string[] } {
  const lines: string[] = [];
  const log = (line: string) => void lines.push(line);
  return { lines, archive: openArchive({ keepSeconds: 20, pieceSeconds: 5, queueSeconds: 10, retryAfterMs: 1, log, ...o }) };
}

async function store(archive: Archive, fromMsn: number, toMsn: number): Promise<void> {
  for (let msn = fromMsn; msn <= toMsn; msn++) {
    archive.take(segment(msn));
    await written(archive, msn);
  }
}

async function written(archive: Archive, msn: number): Promise<void> {
  await waitFor(`segment ${msn} on disk`, 2000, () => archive.range?.lastMsn === msn, 0);
}

async function readText(archive: Archive, msn: number, rendition: number): Promise<string | null> {
  const excerpt = archive.find(msn, rendition);
  const bytes = await excerpt?.read(0, excerpt.length);
  return bytes ? new TextDecoder().decode(bytes) : null;
}

describe("the archive", () => {
  it("gives back every rendition of every segment, byte by byte, from real files", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet-archive-" });
    try {
      const { archive } = open({ files: openPieceFiles(`${folder}/dvr`) });
      await store(archive, 100, 112);
      for (let msn = 100; msn <= 112; msn++) {
        for (const [rendition, name] of RENDITION_NAMES.entries()) {
          assert.equal(await readText(archive, msn, rendition), textOf(name, msn, 0) + textOf(name, msn, 1));
        }
      }
      const excerpt = archive.find(107, 1)!;
      assert.equal(new TextDecoder().decode((await excerpt.read(1, 3))!), "mq");
      const names = [...Deno.readDirSync(`${folder}/dvr`)].map(({ name }) => name).sort();
      assert.deepEqual(names, ["100", "105", "110"].flatMap((msn) => ["hq", "lq", "mq"].map((name) => `${msn}-${name}.m4s`)));
      await archive.stop();
      assert.deepEqual([...Deno.readDirSync(`${folder}/dvr`)], []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("throws away what an earlier life left, and nothing else", async () => {
    const folder = await Deno.makeTempDir({ prefix: "tercet-archive-" });
    try {
      for (const name of ["17-hq.m4s", "17-mq.m4s", "holiday.m4s", "17-hq.txt"]) Deno.writeTextFileSync(`${folder}/${name}`, "x");
      const { archive } = open({ files: openPieceFiles(folder) });
      await store(archive, 100, 100);
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
      assert.deepEqual(names, ["100-hq.m4s", "100-lq.m4s", "100-mq.m4s", "17-hq.txt", "holiday.m4s"]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });

  it("keeps what was asked for and no more than a piece beyond it", async () => {
    const disk = createMemoryDisk();
    const { archive } = open({ files: disk.files });
    for (let msn = 1; msn <= 100; msn++) {
      await store(archive, msn, msn);
      const { firstMsn } = archive.range!;
      const seconds = msn - firstMsn + 1;
      assert.ok(seconds >= Math.min(msn, 20) && seconds <= 26, `${seconds} s at segment ${msn}`);
      assert.ok(disk.contents.size <= 3 * 7, `${disk.contents.size} files`);
      assert.equal(archive.find(firstMsn - 1, 0), null);
      assert.equal(await readText(archive, firstMsn, 2), textOf("lq", firstMsn, 0) + textOf("lq", firstMsn, 1));
    }
  });

  it("names the runs that its segments need, until they are gone", async () => {
    const { archive } = open({ files: createMemoryDisk().files });
    archive.take({ ...segment(1, "r2"), initRuns: ["r1", "r1", "r2"] });
    await written(archive, 1);
    assert.deepEqual(new Set(archive.runs()), new Set(["r1", "r2"]));
    for (let msn = 2; msn <= 30; msn++) {
      archive.take(segment(msn, "r3"));
      await written(archive, msn);
    }
    assert.deepEqual(new Set(archive.runs()), new Set(["r3"]));
  });

  it("a disk that is full for a moment costs nothing but one line, and one when it works again", async () => {
    const disk = createMemoryDisk();
    const { archive, lines } = open({ files: disk.files });
    await store(archive, 1, 8);
    disk.room = 30; // half a segment: one rendition fits
    archive.take(segment(9));
    archive.take(segment(10));
    await waitFor("the line", 2000, () => lines.length > 0, 0);
    assert.equal(archive.range?.lastMsn, 8);
    disk.room = Infinity;
    await written(archive, 10);
    assert.equal(archive.range?.firstMsn, 1);
    for (let msn = 1; msn <= 10; msn++) assert.equal(await readText(archive, msn, 0), textOf("hq", msn, 0) + textOf("hq", msn, 1));
    assert.deepEqual(lines, [
      "Cannot keep what viewers go back to: No space left on device.",
      "What viewers go back to is kept again.",
    ]);
  });

  it("a disk that stays full makes room by letting the past go, and goes on behind the gap", async () => {
    const disk = createMemoryDisk();
    const { archive, lines } = open({ files: disk.files, queueSeconds: 3, keepSeconds: 1000 });
    await store(archive, 1, 10);
    disk.room = 0;
    archive.take(segment(11));
    await waitFor("the line", 2000, () => lines.length > 0, 0);
    for (let msn = 12; msn <= 20; msn++) archive.take(segment(msn));
    await waitFor("the newest segment on disk", 2000, () => archive.range?.lastMsn === 20, 0);
    const { firstMsn } = archive.range!;
    assert.ok(firstMsn >= 17, `begins at ${firstMsn}`);
    for (let msn = firstMsn; msn <= 20; msn++) assert.equal(await readText(archive, msn, 1), textOf("mq", msn, 0) + textOf("mq", msn, 1));
    assert.equal(archive.find(5, 0), null);
    await waitFor("the second line", 2000, () => lines.length > 1, 0);
    assert.equal(lines.length, 2);
  });

  it("a disk that hangs holds nobody up, and no more than the queue in memory", async () => {
    const disk = createMemoryDisk();
    const { archive } = open({ files: disk.files, queueSeconds: 3 });
    await store(archive, 1, 2);
    const { release } = disk.hang();
    for (let msn = 3; msn <= 50; msn++) archive.take(segment(msn));
    assert.equal(archive.range?.lastMsn, 2);
    release();
    await written(archive, 50);
    assert.ok(archive.range!.firstMsn >= 47);
  });

  it("a file that vanished is told as nothing to read", async () => {
    const disk = createMemoryDisk();
    const { archive } = open({ files: disk.files });
    await store(archive, 1, 3);
    const excerpt = archive.find(2, 0)!;
    await disk.files.remove("1-hq.m4s");
    assert.equal(await excerpt.read(0, excerpt.length), null);
  });

  it("takes nothing more once it is stopped", async () => {
    const disk = createMemoryDisk();
    const { archive } = open({ files: disk.files });
    await store(archive, 1, 3);
    archive.take(segment(4));
    await archive.stop();
    archive.take(segment(5));
    await archive.stop();
    assert.equal(archive.range, null);
    assert.equal(disk.contents.size, 0);
  });
});
