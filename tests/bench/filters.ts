/// <reference lib="dom" />
import { openChromium } from "../browser/chromium.ts";
import { button, decodedHeight, press, wake } from "../browser/page_help.ts";
import { openPage, type Watch } from "../browser/watch.ts";
import { pause, waitFor } from "../fixtures/condition.ts";
import { startTercet } from "../fixtures/server.ts";
import type { BenchOptions } from "./options.ts";
import { atMost, note, type Row } from "./table.ts";

/** By the names that the page has for them; none stands at both ends and in the middle, so that a drift of the machine shows. */
const FILTERS = ["None", "Grey", "Sepia", "High contrast", "Mirror", "None", "Blur", "Night", "Pixel", "Edge glow", "None"] as const;
/** 720p30 for the picture that is looked at, next to nothing for the two that are not. */
const LADDER = "1280x720@2500k,320x180@300k,256x144@200k";
const SOURCE = "lavfi:testsrc2=size=1280x720:rate=30,realtime[out0];sine=frequency=440:sample_rate=48000,volume=0.1[out1]";

interface Seen {
  readonly filter: string;
  readonly decoded: number;
  readonly dropped: number;
  readonly shown: number;
}

/** Pictures that the browser dropped (getVideoPlaybackQuality) of 1280x720 at 30, filter after filter, with "none" to compare. */
export async function runFilters({ quick }: BenchOptions): Promise<Row[]> {
  const seen = await measureFilters(FILTERS, quick ? 3 : 15);
  const none = seen.filter(({ filter }) => filter === "None");
  const usual = Math.max(...none.map(({ dropped }) => dropped));
  return [
    note("filters at 1280x720 and 30: pictures dropped with none, each time", none.map(say).join(", ")),
    ...seen.filter((each) => !none.includes(each)).flatMap((each) => [
      atMost(`  ${each.filter}: dropped beyond the most of none`, Math.max(0, each.dropped - usual), "", 0),
      note("    dropped of decoded", say(each)),
    ]),
  ];
}

/** One after another on one page, so many seconds each. */
export async function measureFilters(filters: readonly string[], seconds: number): Promise<Seen[]> {
  await using server = await startTercet({ args: ["--source", SOURCE, "--ladder", LADDER] });
  await server.settled();
  const chromium = await openChromium({ ignoresOrigins: false });
  try {
    const watch = await openPage(`${server.baseUrl}/`, chromium);
    await waitFor("a first picture", 20_000, async () => (await watch.read()).firstFrameMs);
    await press(watch, "HQ");
    await waitFor("720 lines", 10_000, async () => await decodedHeight(watch) === 720);
    const seen: Seen[] = [];
    for (const filter of filters) seen.push(await measure(watch, filter, seconds));
    return seen;
  } finally {
    await chromium.close();
  }
}

async function measure(watch: Watch, filter: string, seconds: number): Promise<Seen> {
  await wake(watch);
  await press(watch, "Settings");
  await button(watch, filter).click();
  await watch.page.keyboard.press("Escape");
  await pause(1500);
  const before = await watch.read();
  await pause(seconds * 1000);
  const after = await watch.read();
  return {
    filter,
    decoded: after.decodedFrames - before.decodedFrames,
    dropped: after.droppedFrames - before.droppedFrames,
    shown: after.frames - before.frames,
  };
}

function say({ decoded, dropped, shown }: Seen): string {
  return `${dropped} of ${decoded} (${shown} shown)`;
}
