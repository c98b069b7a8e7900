import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { checkContinuity, type RecordedPart } from "./continuity.ts";

const START_SECONDS = 1_795_000_000;

/** Part `index` of a show with five parts of 0.2 s a segment, as it should be. */
function part(index: number, changes: Partial<RecordedPart> = {}): RecordedPart {
  const startSeconds = START_SECONDS + index / 5;
  const sounds = Math.floor(startSeconds * 48_000 / 1024), nextSounds = Math.floor((startSeconds + 0.2) * 48_000 / 1024);
  return {
    msn: START_SECONDS + Math.floor(index / 5),
    part: index % 5,
    run: "a",
    uri: `/media/a/hq/${index}`,
    mapUri: "/media/a/hq/init.mp4",
    durationSeconds: 0.2,
    segmentDateMs: (START_SECONDS + Math.floor(index / 5)) * 1000,
    bytes: 1,
    listedAtMs: index * 200,
    receivedAtMs: index * 200,
    video: {
      startTicks: Math.round(startSeconds * 30_000),
      endTicks: Math.round((startSeconds + 0.2) * 30_000),
      samples: 6,
      durationsTicks: Array(6).fill(1000),
      timescale: 30_000,
    },
    sound: {
      startTicks: sounds * 1024,
      endTicks: nextSounds * 1024,
      samples: nextSounds - sounds,
      durationsTicks: Array(nextSounds - sounds).fill(1024),
      timescale: 48_000,
    },
    ...changes,
  };
}
const show = (count: number) => Array.from({ length: count }, (_, index) => part(index));

describe("continuity", () => {
  it("finds nothing in a show as it should be", () => {
    assert.deepEqual(checkContinuity(show(40)), { faults: [], jumps: [] });
  });
  it("takes a segment that a fault ended early", () => {
    const cut = show(3);
    const after = show(10).map((each, index) => ({
      ...part(index + 3),
      msn: START_SECONDS + 1 + Math.floor(index / 5),
      part: index % 5,
      segmentDateMs: START_SECONDS * 1000 + 600 + Math.floor(index / 5) * 1000,
      run: each.run + "slate",
    }));
    assert.deepEqual(checkContinuity([...cut, ...after]), { faults: [], jumps: [] });
  });

  const at = 7;
  const { video, sound } = part(at) as { video: NonNullable<RecordedPart["video"]>; sound: NonNullable<RecordedPart["sound"]> };
  const broken: [string, Partial<RecordedPart>, RegExp][] = [
    ["pictures that overlap", { video: { ...video, startTicks: video.startTicks - 1000, endTicks: video.endTicks - 1000 } }, /steps back/],
    ["a hole in the sound", { sound: { ...sound, startTicks: sound.startTicks + 1024 } }, /has a hole of 1024/],
    ["sound that overlaps", { sound: { ...sound, startTicks: sound.startTicks - 1024 } }, /overlaps/],
    ["sound off its grid", { sound: { ...sound, startTicks: sound.startTicks + 10 } }, /off its grid/],
    ["no picture", { video: null }, /no picture/],
    ["a DURATION that is not what it holds", { durationSeconds: 0.1 }, /DURATION/],
    ["an MSN that goes back", { msn: START_SECONDS - 1 }, /follows/],
    ["a date that is changed afterwards", { segmentDateMs: 5 }, /was changed/],
  ];
  for (const [name, changes, expected] of broken) {
    it(`sees ${name}`, () => {
      const { faults } = checkContinuity(show(20).map((each, index) => index === at ? part(at, changes) : each));
      assert.match(faults.join("; "), expected);
    });
  }
  it("sees a date that runs away from the media time", () => {
    const { faults } = checkContinuity(
      show(20).map((each) => ({ ...each, segmentDateMs: (each.segmentDateMs ?? 0) + (each.msn - START_SECONDS) * 22 })),
    );
    assert.match(faults.join("; "), /its date advances by 1022 ms/);
  });
  it("tells a jump on which all agree from a hole in the pictures", () => {
    const restarted = [...show(10), ...Array.from({ length: 10 }, (_, index) => part(index + 20))];
    const { faults, jumps } = checkContinuity(restarted);
    assert.deepEqual(faults, []);
    assert.equal(jumps.length, 1);
    assert.equal(jumps[0]?.byMsn, 3);
    assert.equal(jumps[0]?.byMediaSeconds.toFixed(3), "2.000");
  });
});
