import { lookFirst } from "../../intake/look.ts";
import type { PlannedInput, Way } from "../../intake/plan.ts";
import { openRelay, type Relay } from "../../intake/relay.ts";
import { hideSecrets } from "../../settings/secrets.ts";
import type { LifeParts, Opened } from "./life.ts";

/** The inputs of a plan one after the other, again and again; those that cannot be opened are left out. */
export interface OpenedInputs {
  /** Null where none can be opened. */
  next(): Promise<(Opened & { readonly input: PlannedInput }) | null>;
  /** Why the newest one could not be. */
  readonly reason: string;
}

/** Opens inputs by looking into them, over all the lives of a source. */
export interface Opener {
  open(inputs: readonly PlannedInput[], known: ReadonlyMap<PlannedInput, Opened>, signal: AbortSignal): OpenedInputs;
  /** Which the look and the intake share where the source takes one connection. */
  readonly relay: Relay | null;
  stopRelay(): Promise<void>;
}

/** Whoever listens for a sender says so. */
const NOTHING_COMES_AFTER_MS = 5000;

export function createOpener(parts: Pick<LifeParts, "canvas" | "folder" | "note">, onNothingComes: () => void): Opener {
  /** By the place in the plan: the way that went well last time. */
  const good: number[] = [];
  let relay: Relay | null = null;

  async function openOneConnection(way: Way, signal: AbortSignal): Promise<Opened | string> {
    const timer = setTimeout(onNothingComes, NOTHING_COMES_AFTER_MS);
    const begun = await openRelay({ way, folder: parts.folder, signal });
    clearTimeout(timer);
    if (typeof begun === "string") return begun;
    relay = begun;
    const outcome = await lookFirst([begun.way], "picture", { canvas: parts.canvas, signal });
    begun.settle();
    if (outcome.kind === "opened" && !signal.aborted) return outcome;
    relay = null;
    await begun.stop();
    return outcome.kind === "failed" ? begun.reason ?? outcome.reason : "Stopped on request";
  }

  async function openInput(input: PlannedInput, place: number, signal: AbortSignal): Promise<Opened | string> {
    if (input.known) return { way: input.pictures[0]!, found: input.known };
    const oneConnection = input.pictures.find(({ takesOneConnection }) => takesOneConnection);
    if (oneConnection) return await openOneConnection(oneConnection, signal);
    const outcome = await lookFirst(input.pictures, "picture", { canvas: parts.canvas, good: good[place] ?? 0, signal });
    if (outcome.kind === "failed") return outcome.reason;
    good[place] = outcome.index;
    return outcome;
  }

  return {
    get relay() {
      return relay;
    },
    async stopRelay() {
      await relay?.stop();
      relay = null;
    },
    open(inputs, known, signal) {
      const leftOut = new Set<PlannedInput>();
      const fresh = new Map(known);
      let at = 0;
      let reason = "There is nothing in the list";
      return {
        get reason() {
          return reason;
        },
        async next() {
          for (let tried = 0; tried < inputs.length && !signal.aborted; tried++) {
            const place = at++ % inputs.length;
            const input = inputs[place]!;
            const opened = fresh.get(input) ?? await openInput(input, place, signal);
            fresh.delete(input);
            if (typeof opened !== "string") {
              leftOut.delete(input);
              return { ...opened, input };
            }
            reason = opened;
            if (inputs.length > 1 && !leftOut.has(input)) parts.note(`leaves out what cannot be opened: ${hideSecrets(opened)}`);
            leftOut.add(input);
          }
          return null;
        },
      };
    },
  };
}
