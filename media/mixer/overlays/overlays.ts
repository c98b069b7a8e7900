import type { SetTimer } from "../../timer.ts";
import type { Overlay } from "../canvas/overlay.ts";
import type { Size } from "../canvas/size.ts";
import type { InsetCorner } from "../scene.ts";
import { drawLine, drawSigns, setSigns, toOverlay } from "./lettering.ts";
import { decodeLogo } from "./logo.ts";

/** A line of text over the whole show; a value. */
export type TextLine =
  & { readonly corner: InsetCorner }
  & (
    | { readonly kind: "words"; readonly words: string }
    /** The time of day, as the machine has it. */
    | { readonly kind: "clock" }
    /** What is left until then; at 0 it stands. */
    | { readonly kind: "countdown"; readonly untilMs: number }
  );

export type OverlayOutcome = { readonly kind: "laid" } | { readonly kind: "refused"; readonly reason: string };

/** What lies over whatever is shown: a logo and a line of text, each until it is taken away. */
export interface Overlays {
  /** Of the logo; null without one. */
  readonly logo: Overlay | null;
  readonly text: TextLine | null;
  /** Lays a PNG over the show, or says why it cannot, and nothing changes. Null takes it away. */
  setLogo(logo: { readonly png: Uint8Array; readonly corner: InsetCorner } | null): Promise<OverlayOutcome>;
  setText(text: TextLine | null): Promise<OverlayOutcome>;
  close(): void;
}

const SECOND_MS = 1000;

export function createOverlays(o: {
  /** Resolves when it is decided. */
  readonly canvas: () => Promise<Size>;
  /** For the words, while they are drawn. */
  readonly folder: string;
  readonly setTimer: SetTimer;
  /** Of the wall clock. */
  readonly nowMs: () => number;
  /** From now on these lie there, the last one on top. */
  readonly onChange: (overlays: readonly Overlay[]) => void;
}): Overlays {
  let logo: Overlay | null = null;
  let line: { readonly text: TextLine; overlay: Overlay; readonly stop: () => void } | null = null;
  let textWish = 0, logoWish = 0;

  function tell(): void {
    o.onChange([logo, line?.overlay ?? null].filter((overlay) => overlay !== null));
  }

  function takeLine(next: typeof line): OverlayOutcome {
    line?.stop();
    line = next;
    tell();
    return { kind: "laid" };
  }

  /** Draws the signs once, and sets them anew each second. */
  async function startClock(text: TextLine, canvas: Size, mine: number): Promise<OverlayOutcome> {
    const signs = await drawSigns(canvas);
    if (signs === null) return CANNOT_WRITE;
    if (mine !== textWish) return REPLACED;
    let cancel = () => {};
    const draw = () => toOverlay(setSigns(signs, sayTime(text, o.nowMs())), text.corner, canvas);
    const own = { text, overlay: draw(), stop: () => cancel() };
    const wait = () => {
      cancel = o.setTimer(() => {
        own.overlay = draw();
        tell();
        wait();
      }, SECOND_MS - o.nowMs() % SECOND_MS);
    };
    wait();
    return takeLine(own);
  }

  async function startWords(text: TextLine, words: string, canvas: Size, mine: number): Promise<OverlayOutcome> {
    const drawn = await drawLine(words, canvas, o.folder);
    if (drawn === null) return CANNOT_WRITE;
    return mine === textWish ? takeLine({ text, overlay: toOverlay(drawn, text.corner, canvas), stop() {} }) : REPLACED;
  }

  return {
    get logo() {
      return logo;
    },
    get text() {
      return line?.text ?? null;
    },
    async setLogo(next) {
      const mine = ++logoWish;
      const outcome = next && await decodeLogo(next.png, next.corner, await o.canvas());
      if (outcome?.kind === "refused") return outcome;
      if (mine !== logoWish) return REPLACED;
      logo = outcome?.overlay ?? null;
      tell();
      return { kind: "laid" };
    },
    async setText(text) {
      const mine = ++textWish;
      if (text === null) return takeLine(null);
      const canvas = await o.canvas();
      return await (text.kind === "words" ? startWords(text, text.words, canvas, mine) : startClock(text, canvas, mine));
    },
    close() {
      textWish++;
      logoWish++;
      line?.stop();
    },
  };
}

const CANNOT_WRITE: OverlayOutcome = { kind: "refused", reason: "this ffmpeg cannot write (it lacks drawtext, or a font)" };
const REPLACED: OverlayOutcome = { kind: "refused", reason: "another one was wished for meanwhile" };

function sayTime(text: TextLine, nowMs: number): string {
  if (text.kind === "countdown") {
    const seconds = Math.max(0, Math.ceil((text.untilMs - nowMs) / SECOND_MS));
    return [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits).join(":");
  }
  const now = new Date(nowMs);
  return [now.getHours(), now.getMinutes(), now.getSeconds()].map(twoDigits).join(":");
}

function twoDigits(value: number): string {
  return `${value}`.padStart(2, "0");
}
