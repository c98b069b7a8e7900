import type { SetTimer } from "../timer.ts";
import type { KeptShow, Said } from "./life_file.ts";
import { close, CLOSING_MS, isOnAir, letTimePass, type LifeOutcome, type LifeWish, press, type ShowLife } from "./show_life.ts";

/** What everybody may know of the show; a value. Times are of the wall clock, in ms since 1970. */
export interface ShowAbout {
  readonly title: string;
  /** Empty where there is none. */
  readonly description: string;
  readonly life: ShowLife;
}

/** Where the streamer starts, pauses and ends the show, and says what it is called. */
export interface ShowDesk {
  readonly about: ShowAbout;
  press(wish: LifeWish): LifeOutcome;
  /** What is left out stays. */
  say(said: Partial<Pick<ShowAbout, "title" | "description">>): void;
  /** The server stops in order. */
  stop(): Promise<void>;
}

/** What is done about it. None of these throws, and each is called only where the life before allows it. */
export interface Stage {
  begin(): void;
  /** The card stands from now on. */
  pause(backAtMs: number | null): void;
  /** The scene stands again. */
  goOn(): void;
  /** The closing card stands from now on. */
  close(): void;
  end(): void;
}

const LOOK_EVERY_MS = 500;

/** Moves the show through its life, tells the stage, and keeps it all in a file. `resumed` is where it begins; the stage is told of that as well. */
export function createShowDesk(o: {
  readonly resumed: ShowLife;
  readonly said: Said;
  /** The title where the streamer has not said another one. */
  readonly titleGiven: string;
  readonly stage: Stage;
  readonly save: (show: KeptShow) => Promise<void>;
  readonly setTimer: SetTimer;
  /** Of the wall clock. */
  readonly nowMs: () => number;
}): ShowDesk {
  const { stage } = o;
  let life: ShowLife = { kind: "waiting", startsAtMs: null, startsByItself: false };
  let { said } = o;
  let cancelClose = () => {};
  let cancelLook = () => {};

  function enter(next: ShowLife): void {
    if (next === life) return;
    const before = life;
    life = next;
    cancelClose();
    if (isOnAir(next) && !isOnAir(before)) stage.begin();
    if (next.kind === "paused") stage.pause(next.backAtMs);
    if (next.kind === "on_air" && isOnAir(before)) stage.goOn();
    if (next.kind === "ending") {
      stage.close();
      cancelClose = o.setTimer(() => enter(close(life)), CLOSING_MS);
    }
    if (!isOnAir(next) && isOnAir(before)) stage.end();
    void save(false);
    look();
  }

  /** Only what begins by itself has to be looked at. */
  function look(): void {
    cancelLook();
    if (life.kind !== "waiting" || !life.startsByItself) return;
    cancelLook = o.setTimer(() => {
      const next = letTimePass(life, o.nowMs());
      if (next === life) look();
      else enter(next);
    }, LOOK_EVERY_MS);
  }

  function save(isStopped: boolean): Promise<void> {
    return o.save({ life, isStopped, said, titleGiven: o.titleGiven });
  }

  enter(o.resumed);
  return {
    get about() {
      return { title: said.title ?? o.titleGiven, description: said.description, life };
    },
    press(wish) {
      const outcome = press(life, wish);
      if (outcome.kind === "moved") enter(outcome.life);
      return outcome;
    },
    say(next) {
      said = { ...said, ...next };
      void save(false);
    },
    async stop() {
      cancelClose();
      cancelLook();
      await save(true);
    },
  };
}
