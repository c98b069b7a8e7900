/// <reference lib="dom" />
import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { waitFor } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import { LIGHT_LADDER, LIGHT_SOURCE } from "../fixtures/sources.ts";
import { hasChromium } from "./chromium.ts";
import { hasFirefox } from "./firefox.ts";
import { findBox, openChromiumSeat, openFirefoxSeat, press, type Seat } from "./seat.ts";
import { readButton, readText, readVideo, waitForMoving } from "./seat_looks.ts";

const BROWSERS = [["Chromium", hasChromium, openChromiumSeat], ["Firefox", hasFirefox, openFirefoxSeat]] as const;
const WIDE = { width: 1440, height: 900 };
const PHONE = { width: 320, height: 640 };
const ARGS = ["--source", LIGHT_SOURCE, "--ladder", LIGHT_LADDER];
const LQ_HEIGHT = 180;

(hasChromium() && hasFirefox() ? describe : describe.skip)("the page where the uplink is full", () => {
  it("says so, with how many watch, also to who has chosen better; a Chromium and a Firefox", async () => {
    await using server = await startTercet({ args: [...ARGS, "--uplink", "500k"] });
    const seats: Seat[] = [];
    const line = (seat: Seat) => readText(seat, "#choice-line");
    try {
      const first = await openChromiumSeat(`${server.baseUrl}/`);
      seats.push(first);
      await waitFor("its own line", 15_000, async () => await line(first) === "LQ · uplink full", 100);
      const second = await openFirefoxSeat(`${server.baseUrl}/`);
      seats.push(second);
      await waitForMoving(second);
      await press(second, "HQ");
      for (const seat of seats) {
        await waitFor("both in the line", 15_000, async () => await line(seat) === "LQ · 2 watching, uplink full", 100);
        assert.equal((await readVideo(seat)).height, LQ_HEIGHT);
      }
      assert.equal(await readButton(second, "HQ", "aria-pressed"), "true");
    } finally {
      for (const seat of seats) await seat.close();
    }
  });
});

for (const [name, isThere, openSeat] of BROWSERS) {
  (isThere() ? describe : describe.skip)(`in ${name}`, () => {
    it("a page without chat and donations has nothing left of them, and the picture has their room", async () => {
      await using server = await startTercet({ args: [...ARGS, "--no-chat", "--no-donate"] });
      const seat = await openSeat(`${server.baseUrl}/`);
      try {
        await waitForMoving(seat);
        for (const { width, height } of [PHONE, WIDE]) {
          await seat.resize(width, height);
          await waitFor("the whole window for the picture", 3000, async () => {
            const box = await findBox(seat, "#stage");
            return box.x === 0 && box.y === 0 && box.width === width && box.height === height;
          });
          assert.deepEqual(await seat.evaluate(findChatAndDonate), []);
        }
      } finally {
        await seat.close();
      }
    });

    it("a whole page fits on a screen 320 px wide: nothing lies beyond its edges, and all can be pressed", async () => {
      await using server = await startTercet({ args: ARGS });
      const seat = await openSeat(`${server.baseUrl}/`);
      try {
        await waitForMoving(seat);
        await seat.resize(PHONE.width, PHONE.height);
        await waitFor("the narrow page", 3000, async () => (await findBox(seat, "#stage")).width <= PHONE.width);
        assert.deepEqual(await seat.evaluate(findBeyond), []);
        for (const name of ["Settings", "Donate", "Share"]) {
          await press(seat, name);
          await waitFor(name, 3000, () => seat.evaluate(() => document.querySelector("dialog[open]")?.checkVisibility() ?? false));
          assert.deepEqual(await seat.evaluate(findBeyond), [], name);
          await seat.key("Escape");
          await waitFor(`no ${name}`, 3000, () => seat.evaluate(() => document.querySelector("dialog[open]") === null));
        }
        for (const name of ["LQ", "Gaming", "Home"]) {
          await press(seat, name);
          assert.equal(await readButton(seat, name, "aria-pressed"), "true");
        }
      } finally {
        await seat.close();
      }
    });
  });
}

/** Runs in the page: what is to be seen of chat and donations. */
function findChatAndDonate(): string[] {
  const named = [...document.querySelectorAll("button")].filter((each) => /donate|chat|send/i.test(each.ariaLabel ?? each.textContent!));
  const parts = document.querySelectorAll("aside, .chat-form, .donate, .thanks-live, input[type=text], textarea");
  return [...named, ...parts].filter((each) => each.checkVisibility()).map((each) => each.outerHTML.slice(0, 100));
}

/** Runs in the page: buttons and fields that are not all within the window's width, and the window where it can be scrolled aside. */
function findBeyond(): string[] {
  const beyond = [...document.querySelectorAll<HTMLElement>("button, input, textarea, select")].filter((each) => {
    const { left, right, width } = each.getBoundingClientRect();
    return width > 1 && each.checkVisibility() && (left < -0.5 || right > innerWidth + 0.5);
  });
  return [
    ...beyond.map((each) => each.outerHTML.slice(0, 100)),
    ...document.documentElement.scrollWidth > innerWidth ? [`the page is ${document.documentElement.scrollWidth} px wide`] : [],
  ];
}
