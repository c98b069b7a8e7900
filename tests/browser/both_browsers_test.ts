/// <reference lib="dom" />
import { afterAll, beforeAll, describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { barcodeGraph } from "../fixtures/barcode.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet, type Tercet } from "../fixtures/server.ts";
import { LIGHT_LADDER } from "../fixtures/sources.ts";
import { hasChromium } from "./chromium.ts";
import { hasFirefox } from "./firefox.ts";
import { openChromiumSeat, openFirefoxSeat, press, type Seat, slide } from "./seat.ts";
import {
  goToEdge,
  isBadgeGrey,
  isBadgeRed,
  LIVE_MS,
  measureSpeed,
  readButton,
  readShownMs,
  readText,
  readUsualBehindMs,
  readVideo,
  waitForBehind,
  waitForMoving,
} from "./seat_looks.ts";

/** A picture that runs for four seconds and stands for six, but for the clock in it, which does not count as motion. */
const SOURCE = `lavfi:${
  barcodeGraph({ size: "960x540", base: "testsrc2=s=960x540:r=30,scroll=h=0.02,drawbox=color=gray:t=fill:enable='gte(mod(t,10),4)'" })
}[out0];sine=frequency=440:sample_rate=48000,volume=0.1[out1]`;
const ARGS = ["--source", SOURCE, "--ladder", LIGHT_LADDER, "--motion-threshold", "30%", "--dvr", "2m"];
const HEIGHTS = { HQ: 270, MQ: 240, LQ: 180 } as const;
/** What the server keeps in memory. */
const WINDOW_SECONDS = 60;

const BROWSERS = [["Chromium", hasChromium, openChromiumSeat], ["Firefox", hasFirefox, openFirefoxSeat]] as const;

// One server for both browsers, and one page for each: to open them takes longer than most of what is asked of them.
describe("the watch page, whatever the browser", () => {
  let server: Tercet, startedAtMs: number;
  beforeAll(async () => {
    server = await startTercet({ args: ARGS });
    startedAtMs = Date.now();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  for (const [name, isThere, openSeat] of BROWSERS) {
    (isThere() ? describe : describe.skip)(`in ${name}`, () => {
      let seat: Seat;
      beforeAll(async () => {
        seat = await openSeat(`${server.baseUrl}/`);
        await waitForMoving(seat);
      });
      afterAll(() => seat?.close());

      it("answers a press on its button in the same turn, and says the name when the picture is another", async () => {
        await seat.evaluate(() => {
          const answers: Record<string, string | null> = {}, names: { text: string; height: number }[] = [];
          Object.assign(globalThis, { answers, names });
          // Heard after the button's own listener, and before anything else can happen.
          addEventListener("click", ({ target }) => {
            const button = (target as Element).closest("button");
            if (button !== null) answers[button.innerText] = button.getAttribute("aria-pressed");
          });
          const shown = document.querySelector<HTMLElement>("#shown")!;
          new MutationObserver(() => {
            if (!shown.hidden) names.push({ text: shown.innerText, height: document.querySelector("video")!.videoHeight });
          }).observe(shown, { attributes: true, attributeFilter: ["hidden"], childList: true });
        });
        const first = (await readVideo(seat)).height === HEIGHTS.LQ ? ["MQ", "LQ", "HQ"] as const : ["LQ", "HQ", "MQ"] as const;
        for (const name of first) {
          await press(seat, name);
          await waitFor(`${HEIGHTS[name]} lines`, 8000, async () => (await readVideo(seat)).height === HEIGHTS[name]);
          await waitFor("its line", 4000, async () => await readText(seat, "#choice-line") === `${name} · your choice`);
          await waitFor("its name", 2000, async () => (await readNames()).at(-1)?.text === name);
        }
        await press(seat, "Auto");
        assert.deepEqual(await seat.evaluate(() => (globalThis as unknown as { answers: unknown }).answers), {
          HQ: "true",
          MQ: "true",
          LQ: "true",
          Auto: "true",
        });
        for (const { text, height } of await readNames()) {
          assert.equal(height, HEIGHTS[text as keyof typeof HEIGHTS], `"${text}" over ${height} lines`);
        }
        await waitFor("its line", 4000, async () => / · automatic$/.test(await readText(seat, "#choice-line") ?? ""));
      });

      it("while gaming shows the motion's choice and a live meter with the two steps, and at home what was chosen", async () => {
        await press(seat, "LQ");
        await press(seat, "Gaming");
        assert.equal(await readButton(seat, "Gaming", "aria-pressed"), "true");
        assert.equal(await readButton(seat, "LQ", "aria-disabled"), "true");
        const scores: number[] = [];
        for (const [name, line] of [["LQ", "LQ · nothing moves"], ["HQ", "HQ · a lot moves"]] as const) {
          await waitFor(line, 15_000, async () => {
            const meter = await readMeter();
            if (meter === null) return false;
            assert.deepEqual([meter.steps, meter.written], [["34%", "67%"], String(meter.score)]);
            scores.push(meter.score);
            return await readLine() === line;
          }, 100);
          assert.equal((await readVideo(seat)).height, HEIGHTS[name]);
          // The score runs ahead of the picture it chose: it may be at the other end already, until the source comes round again.
          await waitFor("the fill at the score", 12_000, async () => {
            const { score, filled } = (await readMeter())!;
            return Math.abs(filled - score) < 4 && (name === "LQ" ? score < 34 : score > 62);
          });
        }
        assert.ok(new Set(scores).size > 4 && Math.min(...scores) >= 1 && Math.max(...scores) <= 100, `scores ${scores}`);
        await press(seat, "Home");
        await waitFor("what was chosen", 8000, async () => await readLine() === "LQ · your choice");
        assert.equal((await readVideo(seat)).height, HEIGHTS.LQ);
        assert.equal(await readText(seat, ".meter"), null);
      });

      it("makes up for a short pause by its playback rate, at most 1.25, without a jump", async () => {
        await waitForBehind(seat, "the live edge", (ms) => ms < LIVE_MS);
        await waitFor("an ordinary speed there", 15_000, async () => (await readVideo(seat)).rate === 1);
        const before = await readUsualBehindMs(seat, 4);
        await seat.evaluate(() => {
          const video = document.querySelector("video")!;
          const seen = { rates: [] as number[], seeks: 0, stalls: 0 };
          Object.assign(globalThis, { seen });
          video.addEventListener("ratechange", () => seen.rates.push(video.playbackRate));
          video.addEventListener("seeking", () => seen.seeks++);
          video.addEventListener("waiting", () => seen.stalls++);
          // The space bar belongs to the button that was pressed, as long as that has the focus.
          (document.activeElement as HTMLElement).blur();
        });
        await seat.key(" ");
        await pause(500);
        await seat.key(" ");
        await waitForBehind(seat, "a picture later than before", (ms) => ms > before + 300);
        await waitFor("hurry", 2000, async () => (await readVideo(seat)).rate > 1.05);
        // What a stall teaches is not made up for: each lets the page stay 0.4 s further behind.
        await waitFor("nearly as near as before", 15_000, async () => {
          const [behindMs, { stalls }] = [await readUsualBehindMs(seat, 3), await readSeen()];
          return behindMs < before + 150 + 400 * stalls;
        });
        const { rates, seeks } = await readSeen();
        assert.ok(Math.max(...rates) <= 1.25, `rates ${rates}`);
        assert.equal(seeks, 0);
        assert.equal(await isBadgeRed(seat), true);
      });

      it("jumps to the edge when it has fallen more than 3 s behind", async () => {
        const { seeks } = await readSeen();
        await seat.evaluate(() => document.querySelector("video")!.currentTime -= 4.5);
        await waitFor("another seek than this", 4000, async () => (await readSeen()).seeks > seeks + 1);
        await waitForBehind(seat, "the edge", (ms) => ms < LIVE_MS, 4000);
      });

      it("goes on after a pause with the picture that stood, its badge grey, and to the edge at a press on LIVE", async () => {
        await waitFor("a red badge", 5000, () => isBadgeRed(seat));
        await press(seat, "Pause");
        await waitFor("the pause", 2000, async () => (await readVideo(seat)).isPaused);
        const stoodAtMs = (await readShownMs(seat))!;
        await pause(4000);
        assert.equal(await readShownMs(seat).then((ms) => Math.abs(ms! - stoodAtMs) < 5), true, "the picture stands");
        await recordPictures();
        await press(seat, "Play");
        await waitFor("a second of pictures", 5000, async () => (await readRecorded()).at(-1)! > stoodAtMs + 1000);
        const shown = await readRecorded();
        for (const [at, ms] of shown.entries()) {
          const step = ms - (shown[at - 1] ?? stoodAtMs);
          assert.ok(step > -5 && step < 1000, `a step of ${step} ms at picture ${at} after the pause`);
        }
        await waitForBehind(seat, "4 s behind still", (ms) => ms > 4000 && ms < 4000 + LIVE_MS + 2000);
        await waitFor("a grey badge", 3000, () => isBadgeGrey(seat));
        await press(seat, "LIVE: Jump to the live edge");
        await waitForBehind(seat, "the edge", (ms) => ms < LIVE_MS);
        await waitFor("a red badge again", 3000, () => isBadgeRed(seat));
      });

      it("obeys its keys: space, M, F, the arrows, L and ?", async () => {
        // Firefox lets the picture itself have the focus.
        await seat.evaluate(() => {
          (document.activeElement as HTMLElement).blur();
          document.querySelector("video")!.focus();
        });
        await seat.key(" ");
        await waitFor("the pause", 2000, async () => (await readVideo(seat)).isPaused);
        await seat.key(" ");
        await waitFor("play", 2000, async () => !(await readVideo(seat)).isPaused);
        await seat.key("m");
        await waitFor("silence", 2000, async () => (await readVideo(seat)).isMuted);
        assert.notEqual(await readButton(seat, "Unmute", "title"), null);
        await seat.key("m");
        await waitFor("sound", 2000, async () => !(await readVideo(seat)).isMuted);
        await seat.key("f");
        await waitFor("the full screen", 4000, () => seat.evaluate(() => document.fullscreenElement?.id === "stage"));
        await waitFor("its button's other name", 2000, async () => await readButton(seat, "Leave full screen", "data-on") === "true");
        await seat.key("f");
        await waitFor("the page again", 4000, () => seat.evaluate(() => document.fullscreenElement === null));
        await goToEdge(seat);
        await seat.key("ArrowLeft");
        await seat.key("ArrowLeft");
        await waitForBehind(seat, "10 s behind", (ms) => ms > 10_000 && ms < 10_000 + LIVE_MS + 1500);
        await seat.key("ArrowRight");
        await waitForBehind(seat, "5 s behind", (ms) => ms > 5000 && ms < 5000 + LIVE_MS + 1500);
        await seat.key("l");
        await waitForBehind(seat, "the edge", (ms) => ms < LIVE_MS);
        await seat.key("?");
        await waitFor("the list", 3000, async () => /Jump to the live edge/.test(await readText(seat, "#shortcuts") ?? ""));
        await seat.key("Escape");
        await waitFor("no list", 3000, async () => await readText(seat, "#shortcuts") === null);
        await seat.key("m");
        await waitFor("silence by the key right after Escape", 2000, async () => (await readVideo(seat)).isMuted);
        await press(seat, "Unmute");
        await waitFor("sound by its button", 2000, async () => !(await readVideo(seat)).isMuted);
      });

      it("is as loud as the slider says, also after a reload", async () => {
        await slide(seat, "#volume", 0.3);
        const { volume } = await waitFor("a lower volume", 2000, async () => {
          const video = await readVideo(seat);
          return Math.abs(video.volume - 0.3) < 0.05 && !video.isMuted && video;
        });
        await seat.reload();
        await waitForMoving(seat);
        const again = await readVideo(seat);
        assert.ok(Math.abs(again.volume - volume) < 0.02 && !again.isMuted, JSON.stringify(again));
        assert.equal(again.height, HEIGHTS.LQ, "the pin is kept, too");
      });

      it("moves the picture to a window of its own where the browser can", async () => {
        if (!await seat.evaluate(() => document.pictureInPictureEnabled === true)) {
          assert.equal(await readText(seat, "#picture-in-picture"), null);
          return;
        }
        const isAway = () => seat.evaluate(() => document.pictureInPictureElement?.id === "picture");
        await press(seat, "Picture in picture");
        await waitFor("the small window", 5000, isAway);
        await waitForMoving(seat);
        await press(seat, "Leave picture in picture");
        await waitFor("the picture in its page", 5000, async () => !await isAway());
        await waitForMoving(seat);
      });

      it("plays at the speed that is chosen while behind, and at an ordinary one from the edge on", async () => {
        await goToEdge(seat);
        await seat.key("ArrowLeft");
        await waitForBehind(seat, "5 s behind", (ms) => ms > 5000);
        for (const [name, least, most] of [["0.5×", 0.35, 0.65], ["2×", 1.6, 2.3]] as const) {
          await press(seat, "Settings");
          await press(seat, name);
          await seat.key("Escape");
          await waitFor("the speed", 2000, async () => (await readVideo(seat)).rate === Number.parseFloat(name));
          let speed = 0;
          await waitFor(`a burnt-in clock that runs at ${name}`, 4000, async () => {
            speed = await measureSpeed(seat, 1200);
            return speed > least && speed < most;
          }).catch((error) => {
            throw new Error(`${error.message}; it runs ${speed.toFixed(2)} times as fast`);
          });
        }
        await waitForBehind(seat, "the edge", (ms) => ms < LIVE_MS, 15_000);
        await waitFor("an ordinary speed", 3000, async () => (await readVideo(seat)).rate <= 1.25);
      });

      it("has what is chosen at once also where much is loaded ahead, and stays where it is", async () => {
        await waitFor("half a minute of show", 40_000, () => Date.now() - startedAtMs > 30_000, 20);
        await goToEdge(seat);
        // At once, where one player may still take over from another: no press is lost.
        for (let at = 0; at < 4; at++) await seat.key("ArrowLeft");
        await waitForBehind(seat, "20 s behind", (ms) => ms > 20_000);
        await press(seat, "MQ");
        await waitFor("240 lines", 4000, async () => (await readVideo(seat)).height === HEIGHTS.MQ);
        await waitForBehind(seat, "20 s behind still", (ms) => ms > 19_500 && ms < 20_000 + LIVE_MS + 3000);
        await waitFor("its name", 2000, async () => await readLine() === "MQ");
        await press(seat, "LIVE: Jump to the live edge");
        await waitForBehind(seat, "the edge", (ms) => ms < LIVE_MS);
        await waitFor("240 lines there", 4000, async () => (await readVideo(seat)).height === HEIGHTS.MQ);
      });

      it("is another viewer in a duplicated tab, with the same choice", async () => {
        const { viewers, pressed } = await openTwin("");
        assert.notEqual(viewers[0], seat.viewers.at(-1));
        assert.deepEqual(pressed, ["MQ", "Home"]);
        await waitForMoving(seat);
      });

      it("stays the viewer that it is where another tab comes with the same id; the other takes a new one", async () => {
        const mine = seat.viewers.at(-1)!;
        const { viewers, pressed } = await openTwin(mine);
        assert.notEqual(viewers.at(-1), mine);
        assert.deepEqual(pressed, ["MQ", "Home"]);
        await waitForMoving(seat);
        assert.equal(seat.viewers.at(-1), mine);
      });

      it("names all its controls to the Tab key", async () => {
        const reached = new Set<string>();
        await seat.evaluate(() => (document.activeElement as HTMLElement).blur());
        for (let at = 0; at < 40; at++) {
          await seat.key("Tab");
          reached.add(
            await seat.evaluate(() => {
              const element = document.activeElement as HTMLElement;
              const name = element.getAttribute("aria-label") ?? (element as HTMLInputElement).labels?.[0]?.innerText ?? element.innerText;
              return element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) ? name.trim() : `invisible ${name}`;
            }),
          );
        }
        for (
          const name of [
            ...["LIVE: Jump to the live edge", "Position in the show", "Pause", "Mute", "Volume"],
            ...["Auto", "HQ", "MQ", "LQ", "Home", "Gaming"],
            ...["Donate", "Share", "Settings", "Hide chat", "Full screen", "Name", "Message"],
          ]
        ) assert.ok(reached.has(name), `${name} is not among ${[...reached].join(", ")}`);
      });

      it("has nothing to complain of", () => assert.deepEqual(seat.complaints, []));

      /**
       * A window that the page opens takes a copy of its session storage along, as a duplicated tab does; `kept` is the viewer's id in it. Tells as which
       * viewers that window has asked for playlists until it moved, and what is pressed in it.
       */
      async function openTwin(kept: string): Promise<{ viewers: string[]; pressed: (string | null)[] }> {
        await seat.evaluate((kept) => {
          if (kept !== "") sessionStorage.setItem("tercet.viewer", kept);
          Object.assign(globalThis, { twin: open(location.href) });
          sessionStorage.removeItem("tercet.viewer");
        }, kept);
        return await waitFor("another viewer's picture", 10_000, () =>
          seat.evaluate((kept) => {
            const { twin } = globalThis as unknown as { twin: Window };
            const asked = twin.performance.getEntriesByType("resource").map(({ name }) => /\/v\/([^/]+)\/live\.m3u8/.exec(name)?.[1]);
            const viewers = [...new Set(asked)].filter((each) => each !== undefined);
            if (viewers.every((each) => each === kept) || !twin.document.querySelector("video")?.currentTime) return null;
            const pressed = [...twin.document.querySelectorAll("button.choice[aria-pressed=true]")].map(({ textContent }) => textContent);
            twin.close();
            return { viewers, pressed };
          }, kept), 100);
      }

      async function readLine(): Promise<string> {
        return await readText(seat, "#choice-line") ?? "";
      }

      function readSeen(): Promise<{ rates: number[]; seeks: number; stalls: number }> {
        return seat.evaluate(() => (globalThis as unknown as { seen: { rates: number[]; seeks: number; stalls: number } }).seen);
      }

      function readNames(): Promise<{ text: string; height: number }[]> {
        return seat.evaluate(() => (globalThis as unknown as { names: { text: string; height: number }[] }).names);
      }

      /** The meter as it is painted, null where it is not: its score, the steps drawn into it, and how much of it is filled in percent. */
      function readMeter(): Promise<{ score: number; written: string; steps: string[]; filled: number } | null> {
        return seat.evaluate(() => {
          const bar = document.querySelector(".meter-bar")!, whole = bar.getBoundingClientRect().width;
          const stepOf = (which: string) => `${Math.round(100 * Number.parseFloat(getComputedStyle(bar, which).left) / whole)}%`;
          if (whole === 0) return null;
          return {
            score: Number(bar.getAttribute("aria-valuenow")),
            written: document.querySelector(".meter-value")!.textContent!,
            steps: ["::before", "::after"].map(stepOf),
            filled: 100 * document.querySelector(".meter-fill")!.getBoundingClientRect().width / whole,
          };
        });
      }

      /** From now on the burnt-in clock of every picture is written down. */
      function recordPictures(): Promise<void> {
        return seat.evaluate(() => {
          const page = globalThis as unknown as { shownMs(): number | null; recorded: number[] };
          const video = document.querySelector("video")!;
          page.recorded = [];
          const note = () => {
            const shownMs = page.shownMs();
            if (shownMs !== null) page.recorded.push(shownMs);
            video.requestVideoFrameCallback(note);
          };
          video.requestVideoFrameCallback(note);
        });
      }

      function readRecorded(): Promise<number[]> {
        return seat.evaluate(() => (globalThis as unknown as { recorded: number[] }).recorded);
      }
    });
  }

  // Last: by now the show is older than what the server has in memory, and pages that are opened now have nothing else either.
  for (const [name, isThere, openSeat] of BROWSERS) {
    (isThere() ? it : it.skip)(
      `in ${name} goes back by its time range to what is on disk alone, plays on from there, and returns to the edge`,
      async () => {
        const seat = await openSeat(`${server.baseUrl}/`);
        try {
          const oldSeconds = WINDOW_SECONDS + 15;
          await waitFor("an old enough show", 90_000, () => Date.now() - startedAtMs > (oldSeconds + 3) * 1000, 500);
          await waitForBehind(seat, "the edge", (ms) => ms < LIVE_MS);
          const atEdgeMs = await readUsualBehindMs(seat, 4);
          const reachSeconds = await waitFor("a range that goes back so far", 5000, async () => {
            const seconds = await seat.evaluate(() => -Number(document.querySelector<HTMLInputElement>("#position")!.min));
            return seconds > oldSeconds && seconds;
          });
          await slide(seat, "#position", 1 - oldSeconds / reachSeconds);
          const wished = await waitFor("what was wished", 2000, async () => {
            const [, minutes, seconds] = /^(\d+):(\d\d) behind live$/.exec(await readPosition(seat)) ?? [];
            return minutes !== undefined && Number(minutes) * 60 + Number(seconds);
          });
          assert.ok(Math.abs(wished - oldSeconds) <= 2, `${wished} s wished by the range`);
          const isThere = (ms: number) => Math.abs(ms - (wished * 1000 + atEdgeMs - 700)) < 2000;
          const behind = await waitForBehind(seat, `${wished} s behind`, isThere);
          assert.ok(behind > WINDOW_SECONDS * 1000 + 5000, `${behind} ms behind is in the server's memory`);
          assert.equal(await isBadgeRed(seat), false);
          const speed = await measureSpeed(seat, 4000);
          assert.ok(speed > 0.85 && speed < 1.15, `the past plays at ${speed.toFixed(2)}`);
          const later = await readUsualBehindMs(seat, 3);
          assert.ok(Math.abs(later - behind) < 1200, `${behind} ms behind at first, ${later} ms later`);
          await press(seat, "LIVE: Jump to the live edge");
          await waitForBehind(seat, "the edge", (ms) => ms < LIVE_MS);
          await waitFor("a red badge", 5000, () => isBadgeRed(seat));
          assert.equal(await readPosition(seat), "Live");
          assert.deepEqual(seat.complaints, []);
        } finally {
          await seat.close();
        }
      },
    );
  }
});

/** Where the time range says that the picture is. */
function readPosition(seat: Seat): Promise<string> {
  return seat.evaluate(() => document.querySelector("#position")!.getAttribute("aria-valuetext") ?? "");
}
