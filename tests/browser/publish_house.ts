import { openPublishing, type Publishing } from "../../media/ingest/publishing.ts";
import { readBrowserMessage } from "../../media/ingest/browser/messages.ts";
import type { PublisherReport } from "../../media/ingest/publishing.ts";
import { loadPages } from "../../routes/pages.ts";
import { buildWhereStale } from "../../static/build.ts";
import { openShow, STREAMER_KEY } from "../routes/show.ts";

/** The door for browsers, the page and all of publishing, without a show: nobody decodes what comes. */
export interface PublishHouse extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly key: string;
  readonly publishing: Publishing;
  readonly logged: readonly string[];
  /** Who publishes with the streamer's key. */
  report(): PublisherReport | null;
  /** Pictures that came, whatever way, and a head for each connection of a publisher. */
  readonly counted: number;
  /** Every picture that came frame by frame: when, how long after it was captured, of how many bytes. */
  readonly pictures: readonly { readonly atMs: number; readonly delayMs: number; readonly bytes: number; readonly number: number }[];
}

export async function openPublishHouse(): Promise<PublishHouse> {
  await buildWhereStale();
  const dataDir = await Deno.makeTempDir({ prefix: "tercet-publish-" });
  const logged: string[] = [];
  let counted = 0;
  const publishing = await openPublishing({
    rtmp: null,
    dataDir,
    show: { rate: 30, width: 1280, height: 720, bitsPerSecond: 2_500_000 },
    async onPublisher(publisher) {
      let isOver = false;
      publisher.ended.then(() => isOver = true);
      // An envelope ends where the publisher sends in another size from then on.
      while (!isOver) for await (const _block of publisher.openEnvelope("picture")) counted++;
    },
    log: (line) => logged.push(line),
  });
  const pictures: { atMs: number; delayMs: number; bytes: number; number: number }[] = [];
  const { app } = openShow({
    pages: await loadPages(new URL("../../static/dist", import.meta.url).pathname),
    publish: {
      ...publishing,
      admitBrowser(o) {
        const admission = publishing.admitBrowser(o);
        if (admission.kind === "refused") return admission;
        const { connection } = admission;
        return {
          kind: "admitted",
          connection: {
            ...connection,
            take(bytes) {
              const message = readBrowserMessage(bytes);
              if (message.kind === "picture") {
                const nowMs = performance.timeOrigin + performance.now();
                pictures.push({ atMs: nowMs, delayMs: nowMs - message.timeMs, bytes: bytes.length, number: message.number });
              }
              connection.take(bytes);
            },
          },
        };
      },
    },
  });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
  return {
    url: `http://127.0.0.1:${server.addr.port}/publish`,
    port: server.addr.port,
    key: STREAMER_KEY,
    publishing,
    logged,
    report: () => publishing.report("browser"),
    pictures,
    get counted() {
      return counted;
    },
    async [Symbol.asyncDispose]() {
      await publishing.stop();
      await server.shutdown();
      await Deno.remove(dataDir, { recursive: true });
    },
  };
}
