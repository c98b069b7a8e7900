import { createShowDesk, type ShowDesk } from "../../../media/life/show_desk.ts";
import { type ShowLife, WAITING } from "../../../media/life/show_life.ts";

export const DESK_NOW_MS = 1_800_000_000_000;

/** A real desk before an empty stage. `pass` is the end of the closing card. */
export function openDesk(resumed: ShowLife = WAITING, nowMs = () => DESK_NOW_MS): { readonly desk: ShowDesk; readonly pass: () => void } {
  let closed = () => {};
  const desk = createShowDesk({
    resumed,
    said: { title: null, description: "" },
    titleGiven: "Tercet",
    stage: { begin() {}, pause() {}, goOn() {}, close() {}, end() {} },
    save: () => Promise.resolve(),
    setTimer(callback) {
      closed = callback;
      return () => {};
    },
    nowMs,
  });
  return { desk, pass: () => closed() };
}
