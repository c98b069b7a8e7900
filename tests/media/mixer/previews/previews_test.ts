import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import type { JpegEncoder } from "../../../../media/ffmpeg/jpeg_encoder.ts";
import { createPicturePool, type RawPicture } from "../../../../media/intake/raw_picture.ts";
import { createPreviews } from "../../../../media/mixer/previews/previews.ts";

const CANVAS = { width: 8, height: 4 };

/** Sources with a picture each, and encoders that name what they were given by its first pixel. */
function open(o: { readonly cannotStart?: string } = {}) {
  const pool = createPicturePool(CANVAS.width * CANVAS.height * 3 / 2);
  const sources = new Map<string, RawPicture>();
  const encoders: { isStopped: boolean; isDead: boolean; die(reason: string): void }[] = [];
  const troubles: string[] = [];
  const timers = new Set<{ readonly atMs: number; readonly callback: () => void }>();
  let nowMs = 0;
  let peeks = 0;

  function startEncoder(): JpegEncoder | string {
    if (o.cannotStart !== undefined) return o.cannotStart;
    const ended = Promise.withResolvers<string>();
    const encoder = {
      isStopped: false,
      isDead: false,
      die(reason: string) {
        encoder.isDead = true;
        ended.resolve(reason);
      },
    };
    encoders.push(encoder);
    return {
      encode: ([first]) => Promise.resolve(encoder.isDead || encoder.isStopped ? null : new TextEncoder().encode(`jpeg ${first}`)),
      ended: ended.promise,
      stop() {
        encoder.isStopped = true;
        ended.resolve("stopped");
        return Promise.resolve();
      },
    };
  }

  const previews = createPreviews({
    canvas: () => CANVAS,
    isOpen: (source) => sources.has(source),
    peekAt(source) {
      peeks++;
      return sources.get(source) ?? null;
    },
    startEncoder,
    teller: { trouble: (reason) => troubles.push(reason), over() {} },
    now: () => nowMs,
    setTimer(callback, delayMs) {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
  });

  return {
    previews,
    pool,
    encoders,
    troubles,
    sources,
    peeks: () => peeks,
    /** The source has a new picture, all of that value. */
    picture(source: string, value: number) {
      sources.get(source)?.release();
      const picture = pool.take();
      picture.bytes.fill(value);
      sources.set(source, picture);
    },
    /** Ticks, 25 a second. */
    async run(ms: number) {
      for (const untilMs = nowMs + ms; nowMs < untilMs;) {
        nowMs += 40;
        for (const timer of [...timers]) if (timer.atMs <= nowMs && timers.delete(timer)) timer.callback();
        previews.advance(nowMs);
        for (let i = 0; i < 20; i++) await null;
      }
    },
    /** What is told of a source: a JPEG's text and age, or why there is none. */
    async ask(source: string) {
      const preview = await previews.ask(source);
      return preview.kind === "picture" ? [new TextDecoder().decode(preview.jpeg), preview.ageMs] : preview.kind;
    },
  };
}

describe("previews", () => {
  it("cost nothing while nobody asks: nothing runs, and no picture is looked at", async () => {
    const { picture, run, encoders, peeks } = open();
    picture("a", 7);
    await run(2000);
    assert.deepEqual([encoders.length, peeks()], [0, 0]);
  });

  it("are made of what is asked for, twice a second, by one encoder", async () => {
    const { picture, run, ask, encoders, peeks } = open();
    picture("a", 7);
    picture("b", 8);
    picture("c", 9);
    const first = Promise.all([ask("a"), ask("b")]);
    await run(80);
    assert.deepEqual(await first, [["jpeg 7", 0], ["jpeg 8", 0]], "whoever asks first waits");
    assert.deepEqual([await ask("a"), await ask("b")], [["jpeg 7", 40], ["jpeg 8", 40]]);
    picture("a", 17);
    await run(400);
    assert.deepEqual(await ask("a"), ["jpeg 7", 440]);
    await run(160);
    assert.deepEqual(await ask("a"), ["jpeg 17", 80]);
    assert.deepEqual([encoders.length, peeks()], [1, 4]);
  });

  it("hold no picture when they are made", async () => {
    const { picture, run, ask, pool } = open();
    for (let value = 0; value < 5; value++) {
      picture("a", value);
      void ask("a");
      await run(600);
    }
    assert.equal(pool.taken, 1);
  });

  it("of a picture that stands still are as new as ever", async () => {
    const { picture, run, ask } = open();
    picture("a", 7);
    void ask("a");
    await run(4000);
    const [jpeg, ageMs] = await ask("a");
    assert.equal(jpeg, "jpeg 7");
    assert.ok(Number(ageMs) < 520, `${ageMs}`);
  });

  it("of what is not open are none, and start nothing", async () => {
    const { ask, encoders } = open();
    assert.equal(await ask("a"), "not_open");
    assert.equal(encoders.length, 0);
  });

  it("of what has just been closed are the last one, for a moment", async () => {
    const { picture, run, ask, sources } = open();
    picture("a", 7);
    void ask("a");
    await run(80);
    sources.delete("a");
    await run(2000);
    assert.deepEqual(await ask("a"), ["jpeg 7", 2040]);
    await run(1000);
    assert.equal(await ask("a"), "not_open");
  });

  it("of what has no picture are waited for, not for ever", async () => {
    const { run, ask, sources, picture } = open();
    picture("a", 7);
    const hidden = sources.get("a")!;
    const asked = ask("a");
    sources.delete("a");
    await run(3080);
    assert.equal(await asked, "not_yet");
    hidden.release();
  });

  it("end when nobody has asked for five seconds, and begin anew", async () => {
    const { picture, run, ask, encoders, peeks } = open();
    picture("a", 7);
    void ask("a");
    await run(4900);
    assert.equal(encoders[0]!.isStopped, false);
    await run(200);
    assert.equal(encoders[0]!.isStopped, true);
    const before = peeks();
    await run(2000);
    assert.equal(peeks(), before);
    picture("a", 8);
    const again = ask("a");
    await run(80);
    assert.deepEqual(await again, ["jpeg 8", 0], "an old picture is not kept");
    assert.equal(encoders.length, 2);
  });

  it("of one source end by themselves while another is looked at", async () => {
    const { picture, run, ask, peeks } = open();
    picture("a", 7);
    picture("b", 8);
    void ask("b");
    for (let i = 0; i < 12; i++) {
      void ask("a");
      await run(520);
    }
    const before = peeks();
    await ask("a");
    await run(520);
    assert.equal(peeks() - before, 1);
  });

  it("go on by another encoder where one has died, at the next question and at most once a second", async () => {
    const { picture, run, ask, encoders, troubles } = open();
    picture("a", 7);
    void ask("a");
    await run(80);
    encoders[0]!.die("killed");
    picture("a", 8);
    await run(400);
    assert.deepEqual([await ask("a"), encoders.length], [["jpeg 7", 440], 1]);
    await run(1000);
    assert.equal(encoders.length, 1, "nobody has asked");
    assert.deepEqual(await ask("a"), ["jpeg 7", 1440]);
    await run(80);
    assert.deepEqual([await ask("a"), encoders.length], [["jpeg 8", 40], 2]);
    assert.deepEqual(troubles, ["killed"]);
  });

  it("are not waited for where the encoder dies", async () => {
    const { picture, ask, encoders } = open();
    picture("a", 7);
    const asked = ask("a");
    encoders[0]!.die("killed");
    assert.equal(await asked, "not_yet");
  });

  it("that cannot be made are told of, and tried again at most once a second", async () => {
    const { picture, run, ask, troubles } = open({ cannotStart: "no ffmpeg" });
    picture("a", 7);
    for (let i = 0; i < 8; i++) {
      assert.equal(await ask("a"), "not_yet");
      await run(400);
    }
    assert.deepEqual(troubles, ["no ffmpeg", "no ffmpeg", "no ffmpeg"]);
  });

  it("end with the channel", async () => {
    const { picture, ask, previews, encoders } = open();
    picture("a", 7);
    const asked = ask("a");
    await previews.stop();
    assert.deepEqual([await asked, encoders[0]!.isStopped, await ask("a"), encoders.length], ["not_yet", true, "not_open", 1]);
  });
});
