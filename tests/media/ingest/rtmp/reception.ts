import { createPublisherDesk } from "../../../../media/ingest/desk.ts";
import type { EnvelopeEnd } from "../../../../media/ingest/envelope.ts";
import type { Publisher } from "../../../../media/ingest/publisher.ts";
import { findKey, hashKey } from "../../../../media/ingest/publishers.ts";
import { startRtmp } from "../../../../media/ingest/rtmp/server.ts";
import { setSystemTimer } from "../../../../media/timer.ts";
import { joined } from "../../flv/flv_bytes.ts";

/** A server on a free port with one key, and what has come through the envelopes of its publishers. */
export interface Reception {
  /** With the right key. */
  readonly address: string;
  readonly port: number;
  readonly key: string;
  readonly logged: readonly string[];
  readonly publishers: readonly Publisher[];
  /** One for each envelope: a new one is opened where the last has ended for new headers. */
  readonly recordings: readonly Recording[];
  [Symbol.asyncDispose](): Promise<void>;
}

export interface Recording {
  readonly pieces: Uint8Array[];
  readonly ended: Promise<EnvelopeEnd>;
}

/** `onPublisher` takes publishers in place of the recordings. */
export function openReception(o: { readonly onPublisher?: (publisher: Publisher) => void } = {}): Reception {
  const key = "thekeyofthetest";
  const keys = [{ id: "k", name: "OBS", madeAtMs: 0, hash: hashKey(key), isUnseen: false }];
  const logged: string[] = [];
  const publishers: Publisher[] = [];
  const recordings: Recording[] = [];
  const now = () => performance.now();
  const log = (line: string) => void logged.push(line);

  async function record(publisher: Publisher): Promise<void> {
    const envelope = publisher.openEnvelope();
    const recording: Recording = { pieces: [], ended: envelope.ended };
    recordings.push(recording);
    for await (const piece of envelope) recording.pieces.push(piece);
    if (await envelope.ended === "new_headers") await record(publisher);
  }

  const desk = createPublisherDesk({
    now,
    setTimer: setSystemTimer,
    log,
    onPublisher(publisher) {
      publishers.push(publisher);
      if (o.onPublisher) o.onPublisher(publisher);
      else record(publisher);
    },
  });
  const server = startRtmp({
    host: "127.0.0.1",
    port: 0,
    allowPublic: false,
    keys: { find: (texts) => findKey(keys, texts) },
    desk,
    now,
    log,
  });
  if (server.kind === "cannot_listen") throw new Error(server.reason);
  return {
    address: `rtmp://127.0.0.1:${server.port}/live/${key}`,
    port: server.port,
    key,
    logged,
    publishers,
    recordings,
    async [Symbol.asyncDispose]() {
      desk.close();
      await server.close();
    },
  };
}

/** What ffprobe reads of a recording: each stream as `h264 640x360 90` or `aac 44100 130`, the number being of frames that were decoded. */
export async function probe({ pieces }: Recording): Promise<{ readonly streams: readonly string[]; readonly complaints: string }> {
  const path = await Deno.makeTempFile({ suffix: ".mkv" });
  try {
    await Deno.writeFile(path, joined(pieces));
    const entries = "stream=codec_name,width,height,sample_rate,nb_read_frames";
    const { stdout, stderr } = await new Deno.Command("ffprobe", {
      args: ["-v", "warning", "-count_frames", "-show_entries", entries, "-of", "json", path],
    }).output();
    const { streams } = JSON.parse(new TextDecoder().decode(stdout)) as { streams: Record<string, string | number>[] };
    return {
      streams: streams.map((it) => `${it.codec_name} ${it.sample_rate ?? `${it.width}x${it.height}`} ${it.nb_read_frames}`),
      complaints: new TextDecoder().decode(stderr),
    };
  } finally {
    await Deno.remove(path);
  }
}
