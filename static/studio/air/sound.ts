/// <reference lib="dom" />
import type { SourceAnswer } from "../../../routes/studio/schemas.ts";
import { make } from "../../shared/controls/make.ts";
import type { Api, Outcome } from "../api.ts";
import { studioWords } from "../words/words.ts";
import { nameOf } from "./describe_source.ts";
import { createMeter } from "./meter.ts";
import { createWish } from "./wish.ts";

/** How loud a source is heard: its slider, its mute, its meter. */
export interface SoundPart {
  readonly element: HTMLElement;
  /** `askedAtMs`: when the server was asked for it. */
  update(source: SourceAnswer, askedAtMs: number): void;
  /** Of the source, before its gain. */
  showPeak(peak: number): void;
}

const MOST_GAIN = 2;

export function createSoundPart(o: {
  readonly id: string;
  readonly api: Api;
  readonly onAnswer: (outcome: Outcome<unknown>) => void;
}): SoundPart {
  const element = make("div", { class: "source-sound" });
  const mute = make("button", { class: "source-mute", type: "button" });
  const slider = make("input", { type: "range", min: "0", max: String(MOST_GAIN), step: "0.05" });
  const percent = make("span", { class: "source-gain", "aria-hidden": "true" });
  const meter = createMeter();
  const middle = make("div", { class: "source-fader" });
  middle.append(slider, meter.element);
  element.append(mute, middle, percent);

  const wish = createWish<Pick<SourceAnswer, "gain" | "muted">>({
    send: (value) => o.api.send("PATCH", `api/studio/sources/${encodeURIComponent(o.id)}`, value),
    onChange: mark,
    onAnswer: o.onAnswer,
    now: () => performance.now(),
  });
  mute.addEventListener("click", () => wish.value && void wish.set({ ...wish.value, muted: !wish.value.muted }));
  slider.addEventListener("input", () => wish.value && void wish.set({ ...wish.value, gain: slider.valueAsNumber }));

  function mark(): void {
    if (wish.value === null) return;
    const { gain, muted } = wish.value;
    const text = `${Math.round(gain * 100)} %`;
    if (slider.valueAsNumber !== gain) slider.value = String(gain);
    slider.setAttribute("aria-valuetext", text);
    percent.textContent = text;
    mute.setAttribute("aria-pressed", String(muted));
    element.dataset["muted"] = String(muted);
  }

  return {
    element,
    update(source, askedAtMs) {
      const { gain, muted } = source;
      const { air } = studioWords();
      wish.learn({ gain, muted }, askedAtMs);
      element.hidden = source.state === "open" && source.sound === null;
      mute.textContent = air.mute;
      mute.setAttribute("aria-label", air.muteName(nameOf(source)));
      slider.setAttribute("aria-label", air.gain(nameOf(source)));
      mark();
    },
    showPeak: (peak) => meter.show(peak * (wish.value?.gain ?? 1)),
  };
}
