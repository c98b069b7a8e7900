/// <reference lib="dom" />
import type { Wish } from "../media/audience/viewer.ts";
import { createChoiceButtons } from "./choice_buttons.ts";
import { sayChoice } from "./choice_line.ts";
import { createEvents } from "./events.ts";
import { forget, hearEvent, NOTHING_TOLD, type Told, wishIn } from "./told.ts";
import { keepWish, recallWish } from "./wish_memory.ts";
import { createWishes, type Refusal, type WishAnswer } from "./wishes.ts";
import { WORDS } from "./words.ts";

export interface Choosing {
  readonly wish: Wish;
  /** This is the page's viewer from now on. */
  follow(viewerId: string): void;
  /** To be called a few times a second. */
  tick(): void;
  /** The network is back, or the machine or the page has woken. */
  returned(): void;
  /** The page goes. */
  leave(): void;
}

/** The viewer's say in its picture: buttons, the wishes they send, and the events that tell what came of them. `say` is for refusals. */
export function createChoosing(o: {
  readonly place: HTMLElement;
  readonly video: HTMLVideoElement;
  readonly storage: Storage | null;
  readonly base: string;
  readonly send: (wish: Wish) => Promise<WishAnswer>;
  readonly say: (text: string) => void;
}): Choosing {
  let told: Told = NOTHING_TOLD;

  const wishes = createWishes({
    first: recallWish(o.storage),
    send: o.send,
    onChange() {
      keepWish(o.storage, wishes.shown);
      if (wishes.shown.mode === "gaming") void askForMotion();
      show();
    },
    onRefused: (refusal) => o.say(sayRefusal(refusal)),
  });

  const showChoice = createChoiceButtons(o.place, {
    mode: (mode) => void wishes.press({ mode }),
    quality(quality) {
      if (wishes.shown.mode === "gaming") o.say(WORDS.pressHome);
      else void wishes.press({ quality });
    },
  });

  const events = createEvents({
    open: (address) => new WebSocket(address),
    base: o.base,
    onEvent(event) {
      told = hearEvent(told, event);
      const wish = wishIn(event);
      if (wish !== null) wishes.hear(wish);
      show();
    },
    onLost() {
      told = forget(told);
      show();
    },
    now: Date.now,
    random: Math.random,
  });

  /** Motion comes as an event only while gaming, and only when it changes. */
  async function askForMotion(): Promise<void> {
    try {
      const { motion } = await (await fetch(new URL("api/stream", o.base), { cache: "no-store" })).json();
      if (motion) told = hearEvent(told, { type: "motion", ...motion });
      show();
    } catch {
      // The next change tells.
    }
  }

  function show(): void {
    const { videoWidth, videoHeight } = o.video;
    const line = sayChoice(told, { width: videoWidth, height: videoHeight });
    showChoice({ wish: wishes.shown, line, motionScore: told.motionScore });
  }

  o.video.addEventListener("resize", show);
  show();
  return {
    get wish() {
      return wishes.shown;
    },
    follow: (viewerId) => events.follow(viewerId),
    tick: () => events.tick(),
    returned: () => events.returned(),
    leave: () => events.leave(),
  };
}

function sayRefusal(refusal: Refusal): string {
  if (refusal.kind === "unreachable") return WORDS.unreachable;
  switch (refusal.problem) {
    case "quality_while_gaming":
      return WORDS.pressHome;
    case "unknown_viewer":
      return WORDS.unknownViewer;
    default:
      return WORDS.refused;
  }
}
