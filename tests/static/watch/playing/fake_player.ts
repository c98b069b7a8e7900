import type { Player, Reach } from "../../../../static/watch/playing/player.ts";

/** A player that only writes down what is asked of it, and says what its `moment` says. */
export interface FakePlayer extends Player {
  readonly asked: string[];
  moment: {
    latencySeconds: number | null;
    targetSeconds: number | null;
    shownAtMs: number | null;
    reach: Reach | null;
    bufferedSeconds: number;
  };
}

export function createFakePlayer(): FakePlayer {
  const asked: string[] = [];
  const fake: FakePlayer = {
    asked,
    moment: { latencySeconds: null, targetSeconds: null, shownAtMs: null, reach: null, bufferedSeconds: 0 },
    load: (address) => void asked.push(`load ${address}`),
    loadAt: (address, wallMs) => void asked.push(`load ${address} at ${wallMs}`),
    latencySeconds: () => fake.moment.latencySeconds,
    targetSeconds: () => fake.moment.targetSeconds,
    shownAtMs: () => fake.moment.shownAtMs,
    reach: () => fake.moment.reach,
    bufferedSeconds: () => fake.moment.bufferedSeconds,
    setExtraLatency: (seconds) => void asked.push(`extra ${seconds}`),
    setHighestLevel: (level) => void asked.push(`highest level ${level}`),
    jumpToLive: () => void asked.push("jump"),
    recoverMedia: () => void asked.push("recover media"),
    destroy: () => void asked.push("destroy"),
  };
  return fake;
}
