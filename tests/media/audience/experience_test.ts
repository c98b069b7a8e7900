import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createExperiences, type PlayerReport } from "../../../media/audience/experience.ts";
import type { Viewer } from "../../../media/audience/viewer.ts";

const SILENT: PlayerReport = { sessionId: null, bufferSeconds: null, throughputBitsPerSecond: null, isStarved: false };
const [ann, bob] = [{ id: "ann" } as Viewer, { id: "bob" } as Viewer];

describe("viewers' experiences", () => {
  it("keep the newest word on everything, and count how often a picture stood", () => {
    const experiences = createExperiences({ now: () => 5 });
    assert.equal(experiences.of(ann), null);
    experiences.noteOf(ann, { ...SILENT, bufferSeconds: 2, isStarved: true });
    experiences.noteOf(ann, { ...SILENT, throughputBitsPerSecond: 1e6 });
    experiences.noteOf(ann, { ...SILENT, bufferSeconds: 1, isStarved: true });
    assert.deepEqual(experiences.of(ann), { bufferSeconds: 1, throughputBitsPerSecond: 1e6, starvations: 2, reportedAtMs: 5 });
  });
  it("learn from playlists whose session it is that asks for media", () => {
    const heard: PlayerReport[] = [];
    const experiences = createExperiences({ now: () => 5, heard: (report) => heard.push(report) });
    experiences.noteOfSession({ ...SILENT, sessionId: "s1", bufferSeconds: 9 });
    experiences.noteOf(ann, { ...SILENT, sessionId: "s1" });
    experiences.noteOfSession({ ...SILENT, sessionId: "s1", bufferSeconds: 3 });
    experiences.noteOfSession({ ...SILENT, bufferSeconds: 8 });
    assert.equal(experiences.of(ann)!.bufferSeconds, 3);
    assert.equal(heard.length, 4);
  });
  it("let nobody speak for another whose session he overheard", () => {
    const experiences = createExperiences({ now: () => 5 });
    experiences.noteOf(ann, { ...SILENT, sessionId: "s1", bufferSeconds: 1 });
    experiences.noteOf(bob, { ...SILENT, sessionId: "s1", bufferSeconds: 2 });
    experiences.noteOfSession({ ...SILENT, sessionId: "s1", bufferSeconds: 4 });
    assert.deepEqual([experiences.of(ann)!.bufferSeconds, experiences.of(bob)!.bufferSeconds], [4, 2]);
  });
});
