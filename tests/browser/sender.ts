/// <reference lib="dom" />
import { waitFor } from "../fixtures/condition.ts";
import { openChromiumSeat, openFirefoxSeat, press, type Seat, type SeatOptions } from "./seat.ts";
import { readText } from "./seat_looks.ts";

export type BrowserName = "Chromium" | "Firefox";

/** What the sender's page says of what it sends. */
export interface SenderFigures {
  readonly bits: number;
  /** What its encoder is asked for. */
  readonly target: number;
  readonly lateMs: number;
  readonly leftOutByEncoder: number;
  readonly leftOutByWay: number;
}

/**
 * Runs in the page before its own code: a camera whose picture takes more bits than the browsers' own fake ones, which are flat and fit any link. Blobs that
 * change twenty times a second.
 */
export const BUSY_CAMERA = `
  navigator.mediaDevices && (() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = (wanted) => {
      if (!wanted.video) return open(wanted);
      const [small, large] = [[80, 45], [1280, 720]].map(([width, height]) => Object.assign(document.createElement("canvas"), { width, height }));
      const [from, to] = [small, large].map((canvas) => canvas.getContext("2d"));
      const noise = from.createImageData(80, 45);
      setInterval(() => {
        for (let at = 0; at < noise.data.length; at++) noise.data[at] = at % 4 === 3 ? 255 : Math.random() * 256;
        from.putImageData(noise, 0, 0);
        to.drawImage(small, 0, 0, 1280, 720);
      }, 50);
      return Promise.resolve(large.captureStream(30));
    };
  })();`;

/** The sender's page in a browser with a camera and a microphone of its own, the key typed in. */
export async function openSender(browser: BrowserName, url: string, key: string, options: SeatOptions = {}): Promise<Seat> {
  const open = browser === "Chromium" ? openChromiumSeat : openFirefoxSeat;
  const seat = await open(url, { hasFakeDevices: true, ...options });
  try {
    await typeKey(seat, key);
    await waitFor(
      "a preview",
      15_000,
      () => seat.evaluate(() => (document.querySelector<HTMLVideoElement>("#preview")?.videoWidth ?? 0) > 0),
    );
    return seat;
  } catch (problem) {
    const said = await readText(seat, "#notice").catch(() => null);
    await seat.close();
    throw new Error(`${problem instanceof Error ? problem.message : problem}; the page says ${said}, and ${seat.complaints}`);
  }
}

export async function typeKey(seat: Seat, key: string): Promise<void> {
  await waitFor("the field for the key", 8000, () => seat.evaluate(() => document.querySelector("#key")?.checkVisibility() ?? false));
  await seat.evaluate((key) => {
    const field = document.querySelector<HTMLInputElement>("#key")!;
    field.value = key;
    field.focus();
  }, key);
  await seat.key("Enter");
}

export async function goLive(seat: Seat): Promise<void> {
  await press(seat, "Go live");
  await waitFor("the badge", 10_000, async () => await readText(seat, "#badge") === "LIVE");
}

export async function readFigures(seat: Seat): Promise<SenderFigures> {
  return await seat.evaluate(() => {
    const { bits, target, late, leftOutByEncoder, leftOutByWay } = document.querySelector<HTMLElement>("#status")!.dataset;
    return {
      bits: Number(bits),
      target: Number(target),
      lateMs: Number(late),
      leftOutByEncoder: Number(leftOutByEncoder),
      leftOutByWay: Number(leftOutByWay),
    };
  });
}
