/// <reference lib="dom" />
import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startCutProxy } from "../fixtures/cut_proxy.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { startSlowProxy } from "../fixtures/slow_proxy.ts";
import { openSoundDevice } from "../fixtures/sound_device.ts";
import { openStudio } from "../fixtures/studio.ts";
import type { PublisherReport } from "../../media/ingest/publishing.ts";
import { hasChromium } from "./chromium.ts";
import { hasFirefox } from "./firefox.ts";
import { openPublishHouse, type PublishHouse } from "./publish_house.ts";
import { openChromiumSeat, press, type Seat } from "./seat.ts";
import { readText } from "./seat_looks.ts";
import { type BrowserName, BUSY_CAMERA, goLive, openSender, readFigures, typeKey } from "./sender.ts";

const PATIENCE_MS = 15_000;
const BROWSERS: readonly [BrowserName, () => boolean][] = [["Chromium", hasChromium], ["Firefox", hasFirefox]];
/** Sixty are `deno task bench --only browser_publisher`. */
const SECONDS = 5;
/** By then what a link that is suddenly narrow still had on the way has come through. */
const SETTLE_MS = 7000;

async function withSender(
  browser: BrowserName,
  test: (o: { house: PublishHouse; seat: Seat }) => Promise<void>,
  options: Parameters<typeof openSender>[3] = {},
): Promise<void> {
  await using house = await openPublishHouse();
  const seat = await openSender(browser, house.url, house.key, options);
  try {
    await test({ house, seat });
    assert.deepEqual(seat.complaints, []);
  } finally {
    await seat.close();
  }
}

async function untilSending(house: PublishHouse, seat: Seat): Promise<PublisherReport> {
  try {
    return await waitFor("a publisher with picture and sound", PATIENCE_MS, () => {
      const report = house.report();
      return report?.state === "sending" && report.picture !== null && report.sound !== null && report.picturesPerSecond !== null && report;
    });
  } catch (problem) {
    const said = [
      await readText(seat, "#notice"),
      await readText(seat, "#status"),
      await readFigures(seat),
      house.report(),
      seat.complaints,
    ];
    throw new Error(`${problem}: ${JSON.stringify(said)}`);
  }
}

for (const [browser, isThere] of BROWSERS) {
  (isThere() ? describe : describe.skip)(`a browser's camera, in ${browser},`, () => {
    it("is in the show, loses no picture, comes back after a drop, and says when it stops", async () => {
      await using tercet = await startTercet({
        args: ["--host", "127.0.0.1", "--source", "browser", "--ladder", "640x360@800k,426x240@400k,320x180@200k"],
      });
      assert.match(tercet.output(), /Browser +http:\/\/127\.0\.0\.1:\d+\/publish, with the key in .*streamer\.key/);
      assert.match(tercet.output(), /Waiting for the browser at http:\/\/127\.0\.0\.1:\d+\/publish\./);
      await untilState(tercet, "card");
      const key = (await Deno.readTextFile(`${tercet.dataDir}/streamer.key`)).trim();
      const proxy = startCutProxy(tercet.port);
      await using device = browser === "Firefox" ? await openSoundDevice() : null;
      const seat = await openSender(browser, `http://127.0.0.1:${proxy.port}/publish`, key, { env: device?.env ?? {} });
      try {
        const card = await readThumbnail(tercet);
        await goLive(seat);
        await untilState(tercet, "live");
        const studio = await openStudio(tercet);
        const [waiting, source] = await studio.sources();
        assert.deepEqual([waiting!.kind, source!.kind, source!.name, source!.state], ["browser", "publisher", "browser", "open"]);
        await pause(1000);
        const before = await publishing(tercet);
        await pause(SECONDS * 1000);
        const after = await publishing(tercet);
        const figures = await readFigures(seat);
        const leftOut = after.picturesLeftOut - before.picturesLeftOut;
        assert.equal(figures.leftOutByWay, 0, `the way lost pictures: ${JSON.stringify(figures)}`);
        // Without a processor of tracks each picture is taken from the page: how many of them two busy cores encode is a matter of speed,
        // and speeds are `deno task bench --only browser_publisher`.
        if (browser === "Chromium") assert.equal(leftOut, 0, JSON.stringify(figures));
        const [fewest, most] = browser === "Chromium" ? [25, 33] : [5, 33];
        assert.ok(after.picturesPerSecond! > fewest && after.picturesPerSecond! < most, `${after.picturesPerSecond} pictures a second`);
        // Firefox's own mixer stands still where there is no sound device.
        if (browser === "Chromium" || device !== null) assert.equal(after.sound?.codec, "opus");
        // It may be ten seconds old.
        const seen = await waitFor("a thumbnail that is not the card", PATIENCE_MS, async () => {
          const colour = await readThumbnail(tercet);
          return distance(colour, card) > 20 && colour;
        }, 500);
        // The colour of Firefox's own camera goes round meanwhile.
        if (browser === "Chromium") assert.ok(distance(seen, await readPreview(seat)) < 30, "it is another picture");

        proxy.cut("refuse");
        await untilState(tercet, "card");
        assert.equal(await readText(seat, "#notice"), "The server does not answer. Trying again…");
        proxy.mend();
        await untilState(tercet, "live");
        assert.equal(await readText(seat, "#notice"), null);

        await press(seat, "Stop");
        await waitFor("why it is away", PATIENCE_MS, async () => (await studio.sources())[1]!.reason === "it has stopped");
        assert.ok(!tercet.output().includes(key), "the key stands in the log");
      } finally {
        await seat.close();
        proxy.close();
      }
    });
  });
}

(hasChromium() ? describe : describe.skip)("the sender's page", () => {
  // How late it is then is `deno task bench --only browser_publisher`.
  it("is lowered to what a link of 1 Mbit/s carries", async () => {
    await using house = await openPublishHouse();
    const proxy = startSlowProxy(house.port);
    const seat = await openSender("Chromium", `http://127.0.0.1:${proxy.port}/publish`, house.key, { before: BUSY_CAMERA });
    try {
      await goLive(seat);
      await untilSending(house, seat);
      await waitFor("more than the link will carry", PATIENCE_MS, async () => (await readFigures(seat)).target > 2_000_000);
      proxy.bitsPerSecond = 1_000_000;
      await pause(SETTLE_MS);
      const fromMs = performance.timeOrigin + performance.now();
      await pause(SECONDS * 1000);
      const recent = house.pictures.filter(({ atMs }) => atMs > fromMs);
      const bits = recent.reduce((sum, { bytes }) => sum + bytes, 0) * 8 / SECONDS;
      assert.ok(bits < 1_000_000 && bits > 300_000, `${bits} bits a second`);
      assert.deepEqual(seat.complaints, []);
    } finally {
      await seat.close();
      proxy.close();
    }
  });

  it("refuses a wrong key in words, asks for another, and keeps the right one over a reload", async () => {
    await using house = await openPublishHouse();
    const seat = await openSender("Chromium", house.url, "wrong");
    try {
      await press(seat, "Go live");
      await waitFor("the refusal", 5000, async () => await readText(seat, "#notice") === "That key is not right, or is no longer good.");
      await typeKey(seat, house.key);
      await goLive(seat);
      await untilSending(house, seat);
      await seat.reload();
      await waitFor("a preview", 8000, () => seat.evaluate(() => document.querySelector<HTMLVideoElement>("#preview")!.videoWidth > 0));
      await goLive(seat);
      await untilSending(house, seat);
      assert.deepEqual(house.logged.filter((line) => line.includes(house.key)), []);
    } finally {
      await seat.close();
    }
  });

  it("is let go where its key is withdrawn, and says so", () =>
    withSender("Chromium", async ({ house, seat }) => {
      await goLive(seat);
      await untilSending(house, seat);
      house.publishing.desk.withdraw("browser");
      await waitFor("why", 5000, async () => /no longer good/.test(await readText(seat, "#notice") ?? ""));
    }));

  for (
    const [how, before] of [["records where it cannot encode", "VideoEncoder"], [
      "sends what its preview shows",
      "MediaStreamTrackProcessor",
    ]]
  ) {
    it(
      `${how}, in a browser without ${before}`,
      () =>
        withSender("Chromium", async ({ house, seat }) => {
          await goLive(seat);
          const report = await untilSending(house, seat);
          assert.ok(["h264", "vp8"].includes(report.picture!.codec) && report.sound!.codec === "opus", JSON.stringify(report));
          await pause(3000);
          const { picturesPerSecond } = house.report()!;
          assert.ok(picturesPerSecond! > 20, `${picturesPerSecond} pictures a second`);
        }, { before: `delete globalThis.${before};` }),
    );
  }

  it("shares a screen, goes back to the camera, mutes, and shows a level", () =>
    withSender("Chromium", async ({ house, seat }) => {
      await goLive(seat);
      await untilSending(house, seat);
      await waitFor("a level", 5000, () => seat.evaluate(() => document.querySelector<HTMLMeterElement>("#level")!.value > 0.01));
      const camera = house.report()!.picture!;
      await press(seat, "Screen or window");
      const isOther = () => JSON.stringify(house.report()?.picture) !== JSON.stringify(camera);
      await waitFor("another picture", PATIENCE_MS, isOther);
      await press(seat, "Screen or window");
      await waitFor("the camera again", PATIENCE_MS, () => !isOther());
      await press(seat, "Mute");
      assert.equal(await seat.evaluate(() => document.querySelector("#mute")!.getAttribute("aria-pressed")), "true");
    }));

  it("says why plain http has no camera, and what to do", async () => {
    await using house = await openPublishHouse();
    const seat = await openChromiumSeat(`http://tv.example:${house.port}/publish`, { hasFakeDevices: true, names: ["tv.example"] });
    try {
      const said = await waitFor("the notice", 5000, () => readText(seat, "#notice"));
      assert.match(said, /no camera and no microphone .* plain http .*http:\/\/localhost:\d+\/publish.* https .*RTMP/s);
      await press(seat, "繁體中文");
      assert.match(await readText(seat, "#notice") ?? "", /http.*攝影機.*https.*RTMP/s);
    } finally {
      await seat.close();
    }
  });

  it("is whole on a telephone's screen, and can be worked by the keyboard alone", () =>
    withSender("Chromium", async ({ house, seat }) => {
      await seat.resize(390, 844);
      const { width, right } = await seat.evaluate(() => ({
        width: document.documentElement.scrollWidth,
        right: Math.max(...[...document.querySelectorAll("#stage *")].map((element) => element.getBoundingClientRect().right)),
      }));
      assert.ok(width <= 390 && right <= 390, `${width} and ${right} wide`);
      await waitFor("the microphone", 5000, () => seat.evaluate(() => !document.querySelector<HTMLButtonElement>("#mute")!.disabled));
      const reached = new Set<string>();
      for (let i = 0; i < 12; i++) {
        await seat.key("Tab");
        reached.add(await seat.evaluate(() => document.activeElement?.id ?? ""));
      }
      for (const id of ["language", "camera", "microphone", "screen", "mirror", "mute", "live"]) {
        assert.ok(reached.has(id), `no way to ${id}`);
      }
      await seat.evaluate(() => document.querySelector<HTMLElement>("#live")!.focus());
      await seat.key("Enter");
      await untilSending(house, seat);
    }));
});

const stateOf = async ({ baseUrl }: Tercet): Promise<string> => (await (await fetch(`${baseUrl}/api/stream`)).json()).state;
const untilState = (tercet: Tercet, state: string) =>
  waitFor(`the state ${state}`, PATIENCE_MS, async () => await stateOf(tercet) === state, 50).catch((problem) => {
    throw new Error(`${problem.message}; it said:\n${tercet.output().split("\n").slice(-12).join("\n")}`);
  });

interface Publishing {
  readonly picturesLeftOut: number;
  readonly picturesPerSecond: number | null;
  readonly sound: { readonly codec: string; readonly channels: number } | null;
}

/** As the server counts. */
async function publishing(tercet: Tercet): Promise<Publishing> {
  const publishers = await (await openStudio(tercet)).publishers();
  return publishers.find(({ name }) => name === "browser")!.publishing as unknown as Publishing;
}

type Colour = readonly [red: number, green: number, blue: number];

function distance(a: Colour, b: Colour): number {
  return Math.max(...a.map((value, at) => Math.abs(value - b[at]!)));
}

/** The mean of what viewers see. */
async function readThumbnail({ baseUrl }: Tercet): Promise<Colour> {
  const jpeg = await waitFor("a thumbnail", PATIENCE_MS, async () => {
    const answer = await fetch(`${baseUrl}/thumbnail.jpg`, { headers: { "cache-control": "no-cache" } });
    const bytes = await answer.bytes();
    return answer.ok && bytes;
  }, 200);
  const ffmpeg = new Deno.Command("ffmpeg", {
    args: ["-v", "error", "-i", "-", "-vf", "scale=1:1:flags=area", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = ffmpeg.stdin.getWriter();
  await writer.write(jpeg);
  await writer.close();
  const [red = 0, green = 0, blue = 0] = (await ffmpeg.output()).stdout;
  return [red, green, blue];
}

/** The mean of what the sender sees. */
function readPreview(seat: Seat): Promise<Colour> {
  return seat.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [64, 36];
    const context = canvas.getContext("2d")!;
    context.drawImage(document.querySelector<HTMLVideoElement>("#preview")!, 0, 0, 64, 36);
    const { data } = context.getImageData(0, 0, 64, 36);
    const mean = (channel: number) => data.reduce((sum, value, at) => at % 4 === channel ? sum + value : sum, 0) / (64 * 36);
    return [mean(0), mean(1), mean(2)] as const;
  });
}
