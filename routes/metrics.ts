import { Hono } from "hono";
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { PlayerReport } from "../media/audience/experience.ts";
import type { RenditionName } from "../media/hls/rendition.ts";

export type RequestKind = "multivariant" | "playlist" | "init" | "segment" | "part" | "api" | "page" | "other";

/** What the doors count. */
export interface Metrics {
  readonly registry: Registry;
  countRequest(kind: RequestKind, status: number): void;
  countVoidHint(): void;
  countRendering(): void;
  countBytes(rendition: RenditionName, bytes: number): void;
  changeHeld(by: 1 | -1): void;
  /** A held request is answered at `nowMs`, with the window at `version`. */
  observeRelease(version: number, nowMs: number): void;
  /** What a player told of itself. */
  observePlayer(report: PlayerReport): void;
}

export interface MetricsDeps {
  readonly metrics: Metrics;
  readonly viewers: { count(): { readonly total: number } };
  /** More of the channel's state as gauges without labels: names without the prefix, with what they tell. */
  readonly gauges?: () => Iterable<readonly [name: string, help: string, value: number]>;
}

/** A registry of its own, so that two servers in one process (as in tests) do not count into each other. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = createTally<RequestKind>(registry, {
    name: "tercet_requests_total",
    help: "Requests answered",
    labels: ["kind", "status"],
  });
  const voidHints = new Counter({ name: "tercet_void_hints_total", help: "Hinted parts that a fault made void", registers });
  const renderings = new Counter({ name: "tercet_playlist_renderings_total", help: "Media playlists rendered", registers });
  const bytesSent = createTally<RenditionName>(registry, {
    name: "tercet_media_bytes_total",
    help: "Bytes of media answered",
    labels: ["rendition"],
  });
  let heldNow = 0;
  new Gauge({
    name: "tercet_held_requests",
    help: "Requests held until media is there",
    registers,
    collect() {
      this.set(heldNow);
    },
  });
  const lag = new Histogram({
    name: "tercet_release_lag_seconds",
    help: "From the first release after a change of the window to this one",
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    registers,
  });
  const buffer = new Histogram({
    name: "tercet_player_buffer_seconds",
    help: "Media buffered ahead of the picture, as players tell it with their requests (CMCD bl)",
    buckets: [0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10],
    registers,
  });
  const throughput = new Histogram({
    name: "tercet_player_throughput_bits_per_second",
    help: "The way from the server to the player, as players tell it with their requests (CMCD mtp)",
    buckets: [250e3, 500e3, 1e6, 2.5e6, 5e6, 10e6, 25e6, 50e6, 100e6, 1e9],
    registers,
  });
  const starvations = new Counter({
    name: "tercet_player_starvations_total",
    help: "Times a picture stood for want of media, as players tell it with their requests (CMCD bs)",
    registers,
  });
  let releasing = { version: -1, sinceMs: 0 };

  return {
    registry,
    countRequest: (kind, status) => requests.add(kind, status, 1),
    countVoidHint: () => voidHints.inc(),
    countRendering: () => renderings.inc(),
    countBytes: (rendition, bytes) => bytesSent.add(rendition, null, bytes),
    changeHeld: (by) => void (heldNow += by),
    observeRelease(version, nowMs) {
      if (releasing.version !== version) releasing = { version, sinceMs: nowMs };
      lag.observe(Math.max(0, nowMs - releasing.sinceMs) / 1000);
    },
    observePlayer({ bufferSeconds, throughputBitsPerSecond, isStarved }) {
      if (bufferSeconds !== null) buffer.observe(bufferSeconds);
      if (throughputBitsPerSecond !== null) throughput.observe(throughputBitsPerSecond);
      if (isStarved) starvations.inc();
    },
  };
}

/**
 * A counter with one or two labels for what every request counts: sums in plain maps, which prom-client takes over when somebody looks. Its own `inc`
 * builds and hashes an object of labels each time.
 */
function createTally<Label extends string>(
  registry: Registry,
  o: { name: string; help: string; labels: readonly string[] },
): { add(label: Label, second: number | null, by: number): void } {
  const sums = new Map<Label, Map<number | null, number>>();
  new Counter({
    name: o.name,
    help: o.help,
    labelNames: [...o.labels],
    registers: [registry],
    collect() {
      this.reset();
      for (const [label, bySecond] of sums) {
        for (const [second, sum] of bySecond) this.labels(...second === null ? [label] : [label, String(second)]).inc(sum);
      }
    },
  });
  return {
    add(label, second, by) {
      let bySecond = sums.get(label);
      if (bySecond === undefined) sums.set(label, bySecond = new Map());
      bySecond.set(second, (bySecond.get(second) ?? 0) + by);
    },
  };
}

/** GET /metrics, in the text format of Prometheus. */
export function createMetricsRoutes({ metrics, viewers, gauges }: MetricsDeps): Hono {
  const { registry } = metrics;
  const present = new Gauge({ name: "tercet_viewers", help: "Viewers present", registers: [registry] });
  const others = new Map<string, Gauge>();

  return new Hono().get("/metrics", async () => {
    present.set(viewers.count().total);
    for (const [name, help, value] of gauges?.() ?? []) {
      let gauge = others.get(name);
      if (gauge === undefined) others.set(name, gauge = new Gauge({ name: `tercet_${name}`, help, registers: [registry] }));
      gauge.set(value);
    }
    return new Response(await registry.metrics(), { headers: { "content-type": registry.contentType, "cache-control": "no-store" } });
  });
}
