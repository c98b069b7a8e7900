import type { RelayWish } from "../settings/relay.ts";
import type { Log } from "./log.ts";
import { openRedisLog } from "./redis_log.ts";

/** The logs that a show goes over. */
export function openLogs({ engines, show }: RelayWish): readonly Log[] {
  return engines.map((engine) => openRedisLog(engine, show));
}
