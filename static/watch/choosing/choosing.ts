/// <reference lib="dom" />
import type { Wish } from "../../../media/audience/viewer.ts";
import type { RenditionName } from "../../../media/hls/rendition.ts";
import { createChoiceButtons } from "./choice_buttons.ts";
import { findRendition, sayChoice } from "./choice_line.ts";
import { createAsk } from "../../shared/ask.ts";
import { createEvents } from "../../shared/events.ts";
import { forget, hearEvent, NOTHING_TOLD, type Told, wishIn } from "./told.ts";
import type { ServerEvent } from "../../shared/server_event.ts";
import { keepWish, recallWish } from "./wish_memory.ts";
import { createWishes, type Refusal, type WishAnswer } from "./wishes.ts";
import { onLanguage, words } from "../../shared/words/words.ts";

export interface Choosing {
  readonly wish: Wish;
  readonly told: Told;
  /** What is on screen by its size; null where that cannot be told. */
  readonly shown: RenditionName | null;
  /** What is on screen, and why. */
  readonly line: string | null;
  /** Asks for what does not come by itself: the motion while not gaming. */
  refresh(): Promise<void>;
  /** This is the page's viewer from now on. */
  follow(viewerId: string): void;
  /** To be called a few times a second. */
  tick(): void;
  /** The network is back, or the machine or the page has woken. */
  returned(): void;
  /** The server has answered on another way, after it did not for a while. */
  reachable(): void;
  /** The page goes. */
  leave(): void;
}

const NEWS_PATIENCE_MS = 4000;

/** The viewer's say in its picture: buttons, the wishes they send, and the events that tell what came of them. `say` is for refusals. */
export function createChoosing(o: {
  readonly place: HTMLElement;
  readonly video: HTMLVideoElement;
  readonly storage: Storage | null;
  readonly base: string;
  readonly send: (wish: Wish) => Promise<WishAnswer>;
  readonly say: (text: string) => void;
  /** Whatever the server tells, also what is not about the picture. */
  readonly onEvent: (event: ServerEvent) => void;
  /** The viewer wishes for another mode or quality. */
  readonly onWish: () => void;
  /** Another rendition is on screen than before. */
  readonly onShown: (name: string) => void;
  /** Whether the picture is one of the past: what the server says of the newest segment is not about it. */
  readonly isPast: () => boolean;
}): Choosing {
  let told: Told = NOTHING_TOLD;
  let shown: RenditionName | null = null;
  let line: string | null = null;

  const wishes = createWishes({
    first: recallWish(o.storage),
    send: o.send,
    onChange() {
      keepWish(o.storage, wishes.shown);
      o.onWish();
      show();
    },
    onRefused: (refusal) => o.say(sayRefusal(refusal)),
  });

  const showChoice = createChoiceButtons(o.place, {
    mode: (mode) => void wishes.press({ mode }),
    quality(quality) {
      if (wishes.shown.mode === "gaming") o.say(words().choice.pressHome);
      else void wishes.press({ quality });
    },
  });

  const events = createEvents({
    open: (address) => new WebSocket(address),
    base: o.base,
    onEvent(event) {
      told = hearEvent(told, event, Date.now());
      const wish = wishIn(event);
      if (wish !== null) wishes.hear(wish);
      show();
      o.onEvent(event);
    },
    onLost() {
      told = forget(told);
      show();
    },
    ask: createAsk({ fetch: (address, init) => fetch(address, init), base: o.base, patienceMs: NEWS_PATIENCE_MS }),
    onBlocked: () => o.say(words().notice.newsIsLate),
    now: Date.now,
    random: Math.random,
  });

  async function refresh(): Promise<void> {
    try {
      const stream = await (await fetch(new URL("api/stream", o.base), { cache: "no-store" })).json();
      told = hearEvent(told, { type: "state", stream }, Date.now());
      show();
    } catch {
      // The next time tells.
    }
  }

  function show(): void {
    const size = { width: o.video.videoWidth, height: o.video.videoHeight };
    const before = shown;
    shown = findRendition(told, size) ?? shown;
    line = sayChoice(o.isPast() ? { ...told, choice: null } : told, size);
    if (before !== null && shown !== null && shown !== before) o.onShown(words().choice.qualities[shown]);
    showChoice({ wish: wishes.shown, line, motionScore: told.motionScore });
  }

  o.video.addEventListener("resize", show);
  onLanguage(show);
  return {
    get wish() {
      return wishes.shown;
    },
    get told() {
      return told;
    },
    get shown() {
      return shown;
    },
    get line() {
      return line;
    },
    refresh,
    follow: (viewerId) => events.follow(viewerId),
    tick: () => events.tick(),
    returned: () => events.returned(),
    reachable: () => events.reachable(),
    leave: () => events.leave(),
  };
}

function sayRefusal(refusal: Refusal): string {
  if (refusal.kind === "unreachable") return words().choice.unreachable;
  switch (refusal.problem) {
    case "quality_while_gaming":
      return words().choice.pressHome;
    case "unknown_viewer":
      return words().choice.unknownViewer;
    default:
      return words().choice.refused;
  }
}
