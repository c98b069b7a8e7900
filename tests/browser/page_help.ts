/// <reference lib="dom" />
import { waitFor } from "../fixtures/condition.ts";
import { listAddresses } from "../../routes/banner.ts";
import type { Watch } from "./watch.ts";

/** Waits until pictures are shown from now on: thirty more of them. */
export async function waitForPicture(watch: Watch, limitMs = 10_000): Promise<void> {
  let first = -1;
  await waitFor("a moving picture", limitMs, async () => {
    const { frames } = await watch.read().catch(() => ({ frames: 0 }));
    if (first < 0 || frames < first) first = frames;
    return frames >= first + 30;
  }, 100);
}

/** Also while the controls are hidden. */
export function button(watch: Watch, name: string) {
  return watch.page.getByRole("button", { name, exact: true, includeHidden: true });
}

export async function press(watch: Watch, name: string): Promise<void> {
  await wake(watch);
  await button(watch, name).click();
}

/** Moves the mouse, which brings the controls. */
export async function wake(watch: Watch): Promise<void> {
  await watch.page.mouse.move(100, 100);
  await watch.page.mouse.move(110, 110);
}

export async function isPressed(watch: Watch, name: string): Promise<boolean> {
  return await button(watch, name).getAttribute("aria-pressed") === "true";
}

export function decodedHeight(watch: Watch): Promise<number> {
  return watch.page.evaluate(() => document.querySelector("video")!.videoHeight);
}

/** How far behind the source the picture is by its burnt-in clock: the newest reading that is younger than `withinMs`. */
export async function readBehindMs(watch: Watch, withinMs = 1000): Promise<number | null> {
  const { readings } = await watch.read();
  const last = readings.at(-1);
  const nowMs = await watch.page.evaluate(() => performance.now());
  return last !== undefined && nowMs - last[0] < withinMs ? last[1] : null;
}

/** The page's address as others on the network reach it, which is handed on; the server's own where there is no network. */
export function addressForOthers(port: number): string {
  const o = { settings: { host: "0.0.0.0", base: "/" }, port, networkAddresses: Deno.networkInterfaces() };
  return listAddresses(o)[0] ?? `http://127.0.0.1:${port}/`;
}
