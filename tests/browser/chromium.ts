import { type BrowserContext, chromium, type Page } from "playwright-core";
import { findOnPath } from "../fixtures/find_on_path.ts";

/** A headless Chromium with a profile of its own, which `close` removes. */
export interface Chromium {
  readonly context: BrowserContext;
  newPage(): Promise<Page>;
  close(): Promise<void>;
}

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export interface ChromiumOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Plays with sound without a press. Default true; false is what a viewer's browser does. */
  readonly mayAutoplay?: boolean;
  /** Takes media from any origin, as a test page beside the server needs. Default true. */
  readonly ignoresOrigins?: boolean;
  readonly isTouch?: boolean;
  /** A camera of 30 pictures a second, a microphone that beeps and a screen, of which nobody is asked. */
  readonly hasFakeDevices?: boolean;
  /** Names that lead to this machine. */
  readonly names?: readonly string[];
  readonly deviceScaleFactor?: number;
}

/** Starts the Chromium that the PATH has. Throws where there is none. */
export async function openChromium(options: ChromiumOptions = {}): Promise<Chromium> {
  const {
    viewport = { width: 1280, height: 720 },
    mayAutoplay = true,
    ignoresOrigins = true,
    isTouch = false,
    deviceScaleFactor = 1,
    hasFakeDevices = false,
    names = [],
  } = options;
  const executablePath = findOnPath(NAMES);
  if (executablePath === null) throw new Error(`Cannot find a Chromium on the PATH: looked for ${NAMES.join(", ")}`);
  const profile = await Deno.makeTempDir({ prefix: "tercet-chromium-" });
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport,
    hasTouch: isTouch,
    deviceScaleFactor,
    args: [
      ...ARGS,
      ...(mayAutoplay ? ["--autoplay-policy=no-user-gesture-required"] : []),
      ...(hasFakeDevices ? ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=fps=30"] : []),
      ...(names.length > 0 ? [`--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1`).join()}`] : []),
      ...(ignoresOrigins ? ["--disable-web-security"] : []),
    ],
  });
  let isClosed = false;
  return {
    context,
    newPage: () => context.newPage(),
    async close() {
      if (isClosed) return;
      isClosed = true;
      await context.close();
      await Deno.remove(profile, { recursive: true }).catch(() => {});
    },
  };
}

/** Whether there is one; a test is left out where not. */
export function hasChromium(): boolean {
  return findOnPath(NAMES) !== null;
}
