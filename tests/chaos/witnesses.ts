import { openChromium } from "../browser/chromium.ts";
import { openPage, openStock, type Watch, type Watched } from "../browser/watch.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import type { Tercet } from "../fixtures/server.ts";
import { type MpvResult, startMpv } from "../players/mpv.ts";
import type { Playing } from "../players/playing.ts";
import { startVlc, type VlcResult } from "../players/vlc.ts";
import { type Recorder, type Recording, startRecorder } from "./recorder.ts";
import { type SeenState, type StateWatch, watchStates } from "./states.ts";

export type WitnessName = "stock" | "page" | "vlc" | "mpv";

/** Everybody who watches while something goes wrong. The recorder always does. */
export interface Witnesses {
  readonly recorder: Recorder;
  readonly states: StateWatch;
  /** Resolves when all of them show pictures and have done so for `calmMs`. */
  settle(calmMs: number): Promise<void>;
  /** Ends all and tells what each saw. */
  testify(): Promise<Testimony>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Testimony {
  readonly recording: Recording;
  readonly states: readonly SeenState[];
  /** performance.now() since when all had settled: what came before is their start and not the fault's. */
  readonly settledAtMs: number;
  readonly stock: BrowserTestimony | null;
  readonly page: BrowserTestimony | null;
  readonly vlc: VlcResult | null;
  /** performance.now() when VLC was started: its times count from there. */
  readonly vlcOpenedAtMs: number;
  readonly mpv: MpvResult | null;
}

export interface BrowserTestimony extends Watched {
  /** performance.now() when it was opened: its times count from there, nearly. */
  readonly openedAtMs: number;
  /** It still shows new pictures at the end. */
  readonly isPlaying: boolean;
}

/** Opens the players on a server that is ready. */
export async function openWitnesses(server: Tercet, names: readonly WitnessName[]): Promise<Witnesses> {
  const url = `${server.baseUrl}/live.m3u8`;
  const closing: (() => Promise<unknown>)[] = [];
  const recorder = startRecorder(url, { followsHints: true });
  closing.push(() => recorder.stop());
  const states = watchStates(server.baseUrl);
  closing.push(() => states.stop());
  let settledAtMs = performance.now();
  const browsers = new Map<"stock" | "page", { watch: Watch; openedAtMs: number }>();
  const has = (name: WitnessName) => names.includes(name);
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end().catch(() => {});
  };
  try {
    if (has("stock") || has("page")) {
      const chromium = await openChromium();
      closing.push(() => chromium.close());
      for (const name of ["stock", "page"] as const) {
        if (!has(name)) continue;
        const openedAtMs = performance.now();
        const watch = name === "stock" ? await openStock(url, {}, chromium) : await openPage(`${server.baseUrl}/`, chromium);
        closing.push(() => watch.close());
        browsers.set(name, { watch, openedAtMs });
      }
    }
    const vlcOpenedAtMs = performance.now();
    const vlc: Playing<VlcResult> | null = has("vlc") ? await startVlc(url) : null;
    if (vlc) closing.push(() => vlc.stop());
    const mpv: Playing<MpvResult> | null = has("mpv") ? startMpv(url) : null;
    if (mpv) closing.push(() => mpv.stop());

    return {
      recorder,
      states,
      async settle(calmMs) {
        for (const [name, { watch }] of browsers) {
          await waitFor(`a picture in ${name}`, 20_000, async () => ((await watch.read()).firstFrameMs ?? 0) > 0, 200);
        }
        await pause(calmMs);
        settledAtMs = performance.now();
      },
      async testify() {
        const recording = await recorder.stop();
        const testimonies = await Promise.all(
          (["stock", "page"] as const).map(async (name) => {
            const browser = browsers.get(name);
            return browser ? await testifyBrowser(browser) : null;
          }),
        );
        const [stock, page] = [testimonies[0] ?? null, testimonies[1] ?? null];
        const told = { vlc: await vlc?.stop() ?? null, mpv: await mpv?.stop() ?? null };
        await close();
        return { recording, states: states.states, settledAtMs, stock, page, vlcOpenedAtMs, ...told };
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (problem) {
    await close();
    throw problem;
  }
}

/** The longest freeze that began after everything had settled, in ms. */
export function longestFreezeMs(testimony: Testimony, of: { openedAtMs: number; freezes: Watched["freezes"] }): number {
  return Math.max(
    0,
    ...of.freezes.filter((freeze) => of.openedAtMs + freeze.atMs + freeze.forMs > testimony.settledAtMs).map((f) => f.forMs),
  );
}

async function testifyBrowser({ watch, openedAtMs }: { watch: Watch; openedAtMs: number }): Promise<BrowserTestimony> {
  const before = await watch.read();
  await pause(1000);
  const watched = await watch.read();
  return { ...watched, openedAtMs, isPlaying: watched.frames > before.frames };
}
