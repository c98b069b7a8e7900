/// <reference lib="dom" />
import type { GoingBack } from "./past/going_back.ts";
import { measureLatency, sayLatency } from "./playing/latency.ts";
import { createPositionBar } from "./past/position_bar.ts";
import { findReachSeconds, sayTime } from "./past/time_shift.ts";
import type { Told } from "./choosing/told.ts";
import type { Elements } from "./view.ts";
import { showText } from "../shared/controls/show.ts";
import { words } from "../shared/words/words.ts";
import type { Watching } from "./playing/watching.ts";

/** The badge, the time range and the line that says how far behind live the picture is. Returns the function that shows where it stands now. */
export function createWhere(elements: Pick<Elements, "stage" | "badgeText" | "position" | "latency">, o: {
  readonly watching: Pick<Watching, "player" | "isPlaying" | "isPaused">;
  readonly goingBack: Pick<GoingBack, "isBehind" | "behindSeconds" | "edgeMs" | "seekTo">;
  readonly told: () => Pick<Told, "dvr" | "isAway" | "show">;
}): (isMoving: boolean, nowMs: number) => void {
  const { watching, goingBack } = o;
  const showPosition = createPositionBar(
    elements.position,
    (behindSeconds) => goingBack.seekTo(goingBack.edgeMs() - behindSeconds * 1000),
  );

  return (isMoving, nowMs) => {
    const { player } = watching;
    const countedSeconds = player?.latencySeconds() ?? null;
    const isPlaying = isMoving && watching.isPlaying;
    const { dvr, isAway, show } = o.told();
    elements.stage.dataset["live"] = String(isPlaying && !goingBack.isBehind && !isAway);
    const backMs = (show?.backAtMs ?? 0) - nowMs;
    const away = backMs > 0 ? words().player.backIn(sayTime(backMs / 1000)) : words().player.away;
    showText(elements.badgeText, isAway ? away : words().player.live);
    const behindSeconds = Math.max(0, goingBack.behindSeconds ?? 0);
    showPosition({
      isLive: !goingBack.isBehind && !watching.isPaused,
      behindSeconds,
      reachSeconds: findReachSeconds({
        dvrSeconds: dvr?.seconds ?? 0,
        showSeconds: dvr === null ? 0 : dvr.showSeconds + (nowMs - dvr.atMs) / 1000,
        reach: player?.reach() ?? null,
        edgeMs: goingBack.edgeMs(),
      }),
    });
    // A pause leads away from the edge, also before the way back is known.
    if (goingBack.isBehind || (watching.isPaused && goingBack.behindSeconds !== null)) {
      return showText(elements.latency, sayLatency({ seconds: behindSeconds, isMeasured: true }));
    }
    if (!isPlaying || countedSeconds === null || !player) return showText(elements.latency, null);
    showText(elements.latency, sayLatency(measureLatency({ countedSeconds, shownAtMs: player.shownAtMs(), nowMs })));
  };
}
