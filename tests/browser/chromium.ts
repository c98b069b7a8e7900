import { type BrowserContext, chromium, type Page } from "playwright-core";

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
  readonly deviceScaleFactor?: number;
}

/** Starts the Chromium that the PATH has. Throws where there is none. */
export async function openChromium(options: ChromiumOptions = {}): Promise<Chromium> {
  const { viewport = { width: 1280, height: 720 }, mayAutoplay = true, ignoresOrigins = true, isTouch = false, deviceScaleFactor = 1 } =
    options;
  const executablePath = findChromium();
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

/** The first browser of the usual names on the PATH; null where a test has to be left out. */
export function hasChromium(): boolean {
  try {
    findChromium();
    return true;
  } catch {
    return false;
  }
}

function findChromium(): string {
  for (const folder of (Deno.env.get("PATH") ?? "").split(Deno.build.os === "windows" ? ";" : ":")) {
    for (const name of NAMES) {
      try {
        const path = `${folder}/${name}`;
        if (Deno.statSync(path).isFile) return path;
      } catch {
        // Not in this folder.
      }
    }
  }
  throw new Error(`Cannot find a Chromium on the PATH: looked for ${NAMES.join(", ")}`);
}
