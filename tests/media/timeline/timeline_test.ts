import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import fc from "fast-check";
import type { SegmentHead } from "../../../media/hls/segment.ts";
import { createSegmenter } from "../../../media/hls/segmenter.ts";
import { createTimelineClock, MOST_CORRECTION_MS } from "../../../media/timeline/clock.ts";
import { createGrid } from "../../../media/timeline/grid.ts";
import { startTimeline, type TimelineMemory } from "../../../media/timeline/resume.ts";
import { createRowAligner } from "../../../media/timeline/rows.ts";
import type { Slate } from "../../../media/timeline/slate.ts";
import { createTimeline } from "../../../media/timeline/timeline.ts";

const grid = createGrid({ rate: 30, partSeconds: 0.2, segmentSeconds: 1 });
const frameMs = 1000 / grid.rate;
const soundMs = 1024 / 48;
const START_MS = 1_790_000_000_123;
const slate: Slate = {
  pictures: [0, 1, 2].map(() => Array.from({ length: grid.framesPerSegment }, () => new Uint8Array(8))),
  silence: new Uint8Array(6),
};

/** Everything one show published, over all lives of its server. */
interface Published {
  heads: (SegmentHead & { life: number })[];
  pictures: { frame: number; life: number; atMs: number; source: string }[];
  sounds: { index: number; life: number }[];
  /** For each frame of a run, in the order of placing, how far it was moved from ffmpeg's time to the time line. */
  moves: { kind: "picture" | "sound"; run: string; byMs: number }[];
  parts: { msn: number; part: number; durationSeconds: number; life: number }[];
}

/** Where a frame's bytes came from. */
type Origins = WeakMap<Uint8Array, { run: string; timeMs: number }>;

/** A server with fake time: the timeline and the segmenter as the channel joins them. */
function createLife(published: Published, life: number, memory: TimelineMemory | null, nowMs: number, origins: Origins) {
  const start = startTimeline(memory, grid, nowMs);
  const clock = createTimelineClock(grid.rate, start.offsetMs);
  let kept = memory;
  let stints = 0;
  let out = { pictures: 0, sounds: 0 };
  let at = nowMs;
  const segmenter = createSegmenter({
    grid,
    firstMsn: start.msnAt,
    initRuns: (source) => [source, source, source],
    dueMs: clock.dueMs,
    onClosed: clock.correct,
    sink: {
      announce(head) {
        const last = published.heads.at(-1);
        if (last && last.life === life && last.msn === head.msn) published.heads.pop();
        published.heads.push({ ...head, life });
      },
      publish(part) {
        if (part.part === 0) {
          const head = published.heads.at(-1)!;
          const { msn, mediaTimeSeconds } = head;
          kept = { msn, mediaTimeSeconds, spentSeconds: mediaTimeSeconds + 1, offsetMs: clock.offsetMs };
        }
        out = { pictures: published.pictures.length, sounds: published.sounds.length };
        published.parts.push({ msn: part.msn, part: part.part, durationSeconds: part.durationSeconds, life });
      },
      close() {},
    },
  });
  const timeline = createTimeline({
    grid,
    clock,
    startFrame: start.frameAt,
    newStint: () => `slate${life}x${stints++}`,
    sink: {
      cut: (source) => segmenter.cut(source),
      picture(frame, isKey, pictures) {
        published.pictures.push({ frame, life, atMs: at, source: timeline.source ?? "" });
        note("picture", pictures[0]!, frame * frameMs);
        segmenter.picture(frame, isKey, pictures);
      },
      sound(index, data) {
        published.sounds.push({ index, life });
        note("sound", data, index * soundMs);
        segmenter.sound(index, data);
      },
    },
  });
  function note(kind: "picture" | "sound", data: Uint8Array, placedMs: number) {
    const origin = origins.get(data);
    if (origin) published.moves.push({ kind, run: origin.run, byMs: placedMs - origin.timeMs });
  }
  timeline.setSlate(slate);
  /** What was placed and had not gone out in a part dies with the server. */
  function die() {
    published.pictures.length = out.pictures;
    published.sounds.length = out.sounds;
    return kept;
  }
  return { timeline, clock, die, setNow: (nowMs: number) => (at = nowMs) };
}

type Fault =
  | { kind: "kill"; afterMs: number; awayMs: number }
  | { kind: "stall"; afterMs: number; forMs: number }
  | { kind: "restart"; afterMs: number; awayMs: number }
  | { kind: "steady"; afterMs: number }
  | { kind: "slow"; afterMs: number; forMs: number };

const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constant("kill" as const), afterMs: fc.integer({ min: 0, max: 3000 }), awayMs: fc.integer({ min: 10, max: 4000 }) }),
  fc.record({ kind: fc.constant("stall" as const), afterMs: fc.integer({ min: 0, max: 3000 }), forMs: fc.integer({ min: 10, max: 3000 }) }),
  fc.record({
    kind: fc.constant("restart" as const),
    afterMs: fc.integer({ min: 0, max: 3000 }),
    awayMs: fc.integer({ min: 10, max: 6000 }),
  }),
  fc.record({ kind: fc.constant("steady" as const), afterMs: fc.integer({ min: 500, max: 6000 }) }),
  fc.record({ kind: fc.constant("slow" as const), afterMs: fc.integer({ min: 0, max: 2000 }), forMs: fc.integer({ min: 500, max: 3000 }) }),
);

/** Plays faults over a run of ffmpeg, frame by frame on fake time, and gives all that was published. */
function play(
  faults: readonly Fault[],
  o: { soundLateMs: number; soundStartMs: number; driftPpm: number; burstFrames: number },
): Published {
  const published: Published = { heads: [], pictures: [], sounds: [], moves: [], parts: [] };
  let nowMs = START_MS;
  let lives = 0;
  let runs = 0;
  const origins: Origins = new WeakMap();
  let life = createLife(published, lives, null, nowMs, origins);
  let run: ReturnType<typeof startRun> | null = null;
  const perFrameMs = frameMs * (1 + o.driftPpm / 1e6);

  function startRun() {
    const id = `run${runs++}`;
    life.timeline.beginRun(id, frameMs, nowMs);
    return { id, aligner: createRowAligner(grid, 3), bornMs: nowMs, rows: 0, sounds: 0, heldMs: 0 };
  }
  function deliver(run: ReturnType<typeof startRun>) {
    // A burst at the start: a source that hands over what it had kept.
    const burstMs = o.burstFrames * frameMs;
    while (run.bornMs + run.heldMs + run.rows * perFrameMs - burstMs <= nowMs) {
      const timeMs = Math.round(1000 + run.rows * frameMs);
      const isKey = run.rows % grid.framesPerSegment === 0;
      for (const rendition of [0, 1, 2]) {
        const data = new Uint8Array(4);
        origins.set(data, { run: run.id, timeMs });
        const row = run.aligner.push(rendition, { kind: "video", timeMs, isKey, data });
        if (row) life.timeline.addRow(run.id, row, nowMs);
      }
      run.rows++;
    }
    while (run.bornMs + run.heldMs + o.soundLateMs + run.sounds * soundMs * (1 + o.driftPpm / 1e6) - burstMs <= nowMs) {
      const timeMs = Math.round(1000 + o.soundStartMs + run.sounds * soundMs);
      const data = new Uint8Array(4);
      origins.set(data, { run: run.id, timeMs });
      life.timeline.addSound(run.id, { kind: "audio", timeMs, data });
      run.sounds++;
    }
  }
  function advance(ms: number, runDelivers: boolean) {
    for (const endMs = nowMs + ms; nowMs < endMs;) {
      nowMs += Math.min(20, endMs - nowMs);
      life.setNow(nowMs);
      if (run && runDelivers) deliver(run);
      life.timeline.tick(nowMs);
    }
  }

  run = startRun();
  advance(1500, true);
  for (const fault of faults) {
    advance(fault.afterMs, true);
    if (fault.kind === "kill") {
      if (run) life.timeline.endRun(run.id, nowMs);
      run = null;
      advance(fault.awayMs, false);
      run = startRun();
    } else if (fault.kind === "stall") {
      advance(fault.forMs, false);
    } else if (fault.kind === "slow" && run) {
      run.heldMs += fault.forMs / 2; // an encoder that cannot keep up stays behind
      advance(fault.forMs, true);
    } else if (fault.kind === "restart") {
      const memory = life.die();
      nowMs += fault.awayMs;
      life = createLife(published, ++lives, memory, nowMs, origins);
      run = startRun();
    }
  }
  advance(2500, true);
  return published;
}

function checkJoined(published: Published) {
  for (const [at, picture] of published.pictures.entries()) {
    const before = published.pictures[at - 1];
    if (before?.life === picture.life) assert.equal(picture.frame, before.frame + 1, `pictures join at ${at}`);
    else if (before) assert.ok(picture.frame > before.frame, "a restarted server never steps back");
  }
  for (const [at, sound] of published.sounds.entries()) {
    const before = published.sounds[at - 1];
    if (before?.life === sound.life) assert.equal(sound.index, before.index + 1, `sounds join at ${at}`);
    else if (before) assert.ok(sound.index > before.index - 2, "sound never steps back by more than it lies against its picture");
  }
}

function checkAdvanceTogether(published: Published) {
  const opened = published.heads.filter((head) => published.parts.some((part) => part.life === head.life && part.msn === head.msn));
  for (const [at, head] of opened.entries()) {
    const before = opened[at - 1];
    if (!before) continue;
    const mediaMs = (head.mediaTimeSeconds - before.mediaTimeSeconds) * 1000;
    const dateMs = head.programDateTimeMs - before.programDateTimeMs;
    assert.ok(mediaMs > 0, "media time advances");
    if (before.life === head.life) {
      assert.equal(head.msn, before.msn + 1, "MSN advances by one");
      const durationMs = published.parts.filter((part) => part.life === before.life && part.msn === before.msn)
        .reduce((sum, part) => sum + part.durationSeconds * 1000, 0);
      assert.ok(Math.abs(mediaMs - durationMs) < 0.01, `media time advances by the segment's duration: ${mediaMs} against ${durationMs}`);
      assert.ok(Math.abs(dateMs - mediaMs) <= MOST_CORRECTION_MS + 0.01, "PDT advances as media time does");
    } else {
      assert.equal(head.msn, before.msn + Math.max(1, Math.ceil(mediaMs / 1000 - 1e-6)), "MSN advances by the time away");
      assert.ok(Math.abs(dateMs - mediaMs) <= 2 * MOST_CORRECTION_MS, "PDT advances by the time away");
    }
  }
}

/** Sound is never more than its own lateness short of the picture when a part goes out, and never ahead of it. */
function checkSoundCovers(published: Published) {
  const last = published.pictures.at(-1)!;
  const sound = published.sounds.at(-1)!;
  const pictureEnd = (last.frame + 1) / grid.rate;
  const soundEnd = (sound.index + 1) * 1024 / 48000;
  assert.ok(Math.abs(pictureEnd - soundEnd) < 0.75, `sound ends ${(pictureEnd - soundEnd).toFixed(3)} s before the picture`);
}

/** The grid rule: sound is moved as its picture is, to within half an AAC frame (and FLV's rounding to milliseconds). */
function checkSoundLiesByItsPicture(published: Published) {
  for (const [at, move] of published.moves.entries()) {
    if (move.kind !== "sound") continue;
    // Sounds that waited for their run's seat are placed before its first picture.
    const before = published.moves.slice(Math.max(0, at - 110), at).findLast((other) => other.kind === "picture" && other.run === move.run);
    const after = published.moves.slice(at, at + 110).find((other) => other.kind === "picture" && other.run === move.run);
    const offMs = Math.min(...[before, after].flatMap((picture) => picture ? [Math.abs(move.byMs - picture.byMs)] : []));
    assert.ok(offMs === Infinity || offMs <= 1000 * 512 / 48000 + 1.6, `sound lies ${offMs.toFixed(1)} ms off its picture`);
  }
}

describe("timeline", () => {
  it("keeps MSN, media time and PDT together over any mixture of kills, stalls, slates and restarts, without a hole or an overlap", () => {
    fc.assert(
      fc.property(
        fc.array(fault, { maxLength: 8 }),
        fc.record({
          soundLateMs: fc.integer({ min: 0, max: 120 }),
          soundStartMs: fc.integer({ min: -22, max: 60 }),
          driftPpm: fc.integer({ min: -300, max: 300 }),
          burstFrames: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 90 })),
        }),
        (faults, o) => {
          const published = play(faults, o);
          checkJoined(published);
          checkAdvanceTogether(published);
          checkSoundCovers(published);
          checkSoundLiesByItsPicture(published);
        },
      ),
      { numRuns: 500 },
    );
  });

  it("covers a killed run within a frame and lets the next run cut the slate at its first key frame", () => {
    const { pictures } = play([{ kind: "kill", afterMs: 400, awayMs: 1500 }], {
      soundLateMs: 50,
      soundStartMs: -21,
      driftPpm: 0,
      burstFrames: 0,
    });
    const sources = pictures.map((picture) => picture.source).filter((source, at, all) => source !== all[at - 1]);
    assert.deepEqual(sources, ["run0", "slate0x0", "run1"]);
    const killedAtMs = START_MS + 1900;
    assert.equal(pictures.find((picture) => picture.source === "slate0x0")?.atMs, killedAtMs);
  });

  it("covers a silent run after 400 ms and takes it back at a key frame that is not behind the clock", () => {
    const { pictures } = play([{ kind: "stall", afterMs: 400, forMs: 1100 }], {
      soundLateMs: 50,
      soundStartMs: -21,
      driftPpm: 0,
      burstFrames: 0,
    });
    const sources = pictures.map((picture) => picture.source).filter((source, at, all) => source !== all[at - 1]);
    assert.deepEqual(sources, ["run0", "slate0x0", "run0"]);
    for (const picture of pictures) assert.ok(picture.frame / grid.rate * 1000 < picture.atMs + 2 * frameMs, "never ahead of the clock");
  });

  it("leaves a hiccup of 300 ms alone and publishes it late", () => {
    const { pictures } = play([{ kind: "stall", afterMs: 400, forMs: 300 }], {
      soundLateMs: 50,
      soundStartMs: -21,
      driftPpm: 0,
      burstFrames: 0,
    });
    assert.ok(pictures.every((picture) => picture.source === "run0"));
  });

  it("never runs more than half a second ahead of the clock, whatever a source had kept", () => {
    const { pictures } = play([{ kind: "steady", afterMs: 5000 }], { soundLateMs: 50, soundStartMs: -21, driftPpm: 0, burstFrames: 90 });
    for (const picture of pictures) assert.ok(picture.frame / grid.rate * 1000 - picture.atMs < 550);
    assert.match(pictures.at(-1)!.source, /^run/);
  });

  it("follows a source whose clock drifts by 200 ppm for two hours with corrections of at most a millisecond", () => {
    const published = play([{ kind: "steady", afterMs: 7_200_000 }], { soundLateMs: 50, soundStartMs: -21, driftPpm: 200, burstFrames: 0 });
    checkJoined(published);
    checkAdvanceTogether(published);
    checkSoundCovers(published);
    const last = published.heads.at(-1)!;
    const at = published.pictures.findLast((picture) => picture.frame / grid.rate <= last.mediaTimeSeconds)!.atMs;
    assert.ok(Math.abs(last.programDateTimeMs - at) < 100, `PDT is ${last.programDateTimeMs - at} ms off the wall clock`);
  });
});
