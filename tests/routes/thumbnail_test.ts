import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { createThumbnailRoutes } from "../../routes/thumbnail.ts";

/** A door whose pictures are numbered, on a clock that the test moves. */
function open() {
  const clock = { ms: 1000 };
  const camera = { taken: 0, isBroken: false };
  const counted: number[] = [];
  const app = createThumbnailRoutes({
    monotonic: () => clock.ms,
    metrics: { countRequest: (_, status) => void counted.push(status) },
    async takeThumbnail() {
      camera.taken++;
      await Promise.resolve();
      return camera.isBroken ? null : new TextEncoder().encode(`picture ${camera.taken}`);
    },
  });
  return { app, clock, camera, counted, get: (method = "GET") => Promise.resolve(app.request("/thumbnail.jpg", { method })) };
}

describe("GET /thumbnail.jpg", () => {
  it("takes a picture when asked, and the next one no sooner than ten seconds later", async () => {
    const { get, clock, camera } = open();
    const first = await get();
    assert.equal(first.headers.get("content-type"), "image/jpeg");
    assert.equal(first.headers.get("cache-control"), "public, max-age=10");
    assert.equal(await first.text(), "picture 1");
    clock.ms += 9_999;
    assert.equal(await (await get()).text(), "picture 1");
    clock.ms += 1;
    assert.equal(await (await get()).text(), "picture 2");
    assert.equal(camera.taken, 2);
  });

  it("takes one picture for all who ask at once", async () => {
    const { get, camera } = open();
    const texts = await Promise.all(Array.from({ length: 20 }, async () => await (await get()).text()));
    assert.deepEqual([new Set(texts).size, camera.taken], [1, 1]);
  });

  it("is 503 without a first picture, and does not try again at once", async () => {
    const { get, clock, camera, counted } = open();
    camera.isBroken = true;
    const answer = await get();
    assert.deepEqual([answer.status, answer.headers.get("retry-after"), (await answer.json()).kind], [503, "1", "not_ready"]);
    await get();
    assert.equal(camera.taken, 1);
    clock.ms += 1000;
    camera.isBroken = false;
    assert.equal((await get()).status, 200);
    assert.deepEqual(counted, [503, 503, 200]);
  });

  it("shows an older picture for a minute while no new one can be made", async () => {
    const { get, clock, camera } = open();
    await get();
    camera.isBroken = true;
    clock.ms += 59_000;
    assert.equal(await (await get()).text(), "picture 1");
    clock.ms += 1000;
    assert.equal((await get()).status, 503);
  });

  it("takes none for HEAD", async () => {
    const { get, camera } = open();
    assert.equal((await get("HEAD")).status, 503);
    assert.equal(camera.taken, 0);
  });

  it("is 404 where no pictures can be taken", async () => {
    const answer = await createThumbnailRoutes({ monotonic: () => 0, metrics: { countRequest() {} } }).request("/thumbnail.jpg");
    assert.equal(answer.status, 404);
  });
});
