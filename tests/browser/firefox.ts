import puppeteer, { type Page } from "puppeteer-core";
import { findOnPath } from "../fixtures/find_on_path.ts";

/** A headless Firefox with a profile of its own, driven by WebDriver BiDi, as it comes but for a mouse. `close` removes the profile. */
export interface Firefox {
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

const NAMES = ["firefox", "firefox-esr"];
/** Without a screen it would say that nothing can hover: fine (2) and hover (4). */
const HAS_MOUSE = { "ui.primaryPointerCapabilities": 6, "ui.allPointerCapabilities": 6 };
const MAY_AUTOPLAY = { "media.autoplay.default": 0 };
/** Neither with sound nor without. */
const NEVER_AUTOPLAY = { "media.autoplay.default": 5 };

/** A camera, a microphone that beeps, and nobody is asked. */
const FAKE_DEVICES = { "media.navigator.streams.fake": true, "media.navigator.permission.disabled": true };

/** Starts the Firefox that the PATH has. Throws where there is none. `mayAutoplay`: it plays with sound without a press, which is the default; "never": not even without. */
export async function openFirefox(
  { mayAutoplay = true, hasFakeDevices = false, env = {} }: {
    readonly mayAutoplay?: boolean | "never";
    readonly hasFakeDevices?: boolean;
    /** Beside ours. */
    readonly env?: Readonly<Record<string, string>>;
  } = {},
): Promise<Firefox> {
  const executablePath = findOnPath(NAMES);
  if (executablePath === null) throw new Error(`Cannot find a Firefox on the PATH: looked for ${NAMES.join(", ")}`);
  const userDataDir = await Deno.makeTempDir({ prefix: "tercet-firefox-" });
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath,
    headless: true,
    env: { ...Deno.env.toObject(), ...env },
    userDataDir,
    defaultViewport: { width: 1280, height: 720 },
    extraPrefsFirefox: {
      ...HAS_MOUSE,
      ...mayAutoplay === "never" ? NEVER_AUTOPLAY : mayAutoplay ? MAY_AUTOPLAY : {},
      ...hasFakeDevices ? FAKE_DEVICES : {},
    },
  });
  let isClosed = false;
  return {
    newPage: () => browser.newPage(),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await browser.close();
      await Deno.remove(userDataDir, { recursive: true }).catch(() => {});
    },
  };
}

/** Whether there is one; a test is left out where not. */
export function hasFirefox(): boolean {
  return findOnPath(NAMES) !== null;
}
