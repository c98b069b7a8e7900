/// <reference lib="dom" />
import { make } from "../../shared/controls/make.ts";

/** Two bursts over `place`; nothing for those who want little motion. The library is loaded when it is needed first. */
export async function throwConfetti(place: HTMLElement): Promise<void> {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  try {
    const { default: confetti } = await import("canvas-confetti");
    const canvas = make("canvas", { class: "confetti", "aria-hidden": "true" });
    place.append(canvas);
    const fire = confetti.create(canvas, { resize: true, useWorker: false, disableForReducedMotion: true });
    const burst = { particleCount: 60, spread: 70, startVelocity: 50, ticks: 160 };
    await Promise.all([fire({ ...burst, angle: 60, origin: { x: 0.1, y: 1 } }), fire({ ...burst, angle: 120, origin: { x: 0.9, y: 1 } })]);
    canvas.remove();
  } catch {
    // It is loaded from the server, which may just be away; the thanks stand without.
  }
}
