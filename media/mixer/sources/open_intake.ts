import { type Intake, isIntake, startIntake } from "../../intake/intake.ts";
import { buildIntakeArguments } from "../../intake/intake_arguments.ts";
import type { IntakeEnd } from "../../intake/intake_end.ts";
import { lacksToneMapping } from "../../intake/intake_arguments.ts";
import type { LifeParts, Opened } from "./life.ts";
import type { Room } from "./room.ts";
import type { TakeInput } from "../takes/take.ts";

/** An intake that may not have begun yet. */
export interface OpenIntake {
  /** Null until it has begun, and where it could not. */
  readonly pid: number | null;
  /** Never rejects. */
  readonly ended: Promise<IntakeEnd>;
  /** Ends one that delivers nothing. */
  fail(reason: string): void;
  stop(): Promise<void>;
}

/** Reads one opened input into a take: its pictures, its sound, or both. */
export function openIntake(
  parts: LifeParts,
  o: Opened & {
    readonly hasPicture: boolean;
    readonly hasSound: boolean;
    readonly take: TakeInput;
    readonly pictureRoom: Room | null;
    readonly soundRoom: Room | null;
    /** Something has come. */
    readonly onPicture?: () => void;
    readonly onSound?: () => void;
  },
): OpenIntake {
  const { clock, pool } = parts;
  const { take, way, found } = o;
  if (o.hasPicture && lacksToneMapping({ found, hasZscale: parts.hasZscale })) {
    parts.note("is HDR, and this ffmpeg has no zscale filter: its colours come out pale");
  }
  let intake: Intake | null = null;
  let isStopped = false;

  async function live(): Promise<IntakeEnd> {
    const begun = await startIntake({
      buildArguments: (urls) => buildIntakeArguments({ ...parts, way, found, urls }),
      inputAddresses: [way.address],
      hasPicture: o.hasPicture,
      hasSound: o.hasSound,
      folder: parts.folder,
      pool,
      onPicture(picture, ptsUs, wasHeldBack) {
        take.addPicture(picture, ptsUs, clock.nowMs(), wasHeldBack);
        o.onPicture?.();
      },
      onSound(samples, ptsUs) {
        take.addSound(samples, ptsUs, clock.nowMs());
        o.onSound?.();
      },
      ...(o.hasPicture ? { onPicturesEnd: take.endPictures } : {}),
      ...(o.hasSound ? { onSoundEnd: take.endSound } : {}),
      ...(o.pictureRoom ? { mayRead: o.pictureRoom.wait } : {}),
      ...(o.soundRoom ? { mayReadSound: o.soundRoom.wait } : {}),
      dropsOldest: !way.canBeHeldBack,
      times: way.times,
      now: clock.nowMs,
    });
    if (!isIntake(begun)) return begun;
    intake = begun;
    if (isStopped) await begun.stop();
    return await begun.ended;
  }

  const ended = live();
  return {
    get pid() {
      return intake?.pid ?? null;
    },
    ended,
    fail: (reason) => intake?.fail("stuck", reason),
    async stop() {
      isStopped = true;
      await intake?.stop();
      await ended;
    },
  };
}
