import http from "node:http";
import { gunzipSync } from "node:zlib";
import type { RecordedRequest } from "./check_recording.ts";

/** Records what a server answers, with the headers as they are on the wire. */
export interface Recorder {
  readonly requests: readonly RecordedRequest[];
  /** `path` is resolved against the address it was found at. Times are in milliseconds of one clock. */
  ask(address: string, method?: "GET" | "HEAD"): Promise<RecordedRequest>;
}

export function createRecorder(): Recorder {
  const requests: RecordedRequest[] = [];
  const agent = new http.Agent({ keepAlive: true });
  return {
    requests,
    async ask(address, method = "GET") {
      const request = await send(address, method, agent);
      requests.push(request);
      return request;
    },
  };
}

/**
 * Plays one slot as a low-latency player does, until `untilMs` (performance.now): each playlist by a blocking request for the
 * next part, and with it the hinted part itself.
 */
export async function playSlot(recorder: Recorder, address: string, untilMs: number): Promise<void> {
  let { text } = await recorder.ask(address);
  while (performance.now() < untilMs && text) {
    const hint = /TYPE=PART,URI="([^"]+?(\d+)\.(\d+)\.m4s)"/.exec(text);
    if (!hint) throw new Error(`No hint in ${address}`);
    const [part, playlist] = await Promise.all([
      recorder.ask(new URL(hint[1]!, address).href),
      recorder.ask(`${address}?_HLS_msn=${hint[2]}&_HLS_part=${hint[3]}`),
    ]);
    text = playlist.text;
    if (hint[3] === "0" && part.status === 200) await fetchWhole(recorder, address, text ?? "");
  }
}

/** The newest whole segment of a playlist, and its init. */
async function fetchWhole(recorder: Recorder, address: string, text: string): Promise<void> {
  const segment = text.split("\n").findLast((line) => line.endsWith(".m4s"));
  const map = [...text.matchAll(/EXT-X-MAP:URI="([^"]+)"/g)].at(-1)?.[1];
  await Promise.all([segment, map].map((uri) => uri && recorder.ask(new URL(uri, address).href)));
}

function send(address: string, method: "GET" | "HEAD", agent: http.Agent): Promise<RecordedRequest> {
  return new Promise((resolve, reject) => {
    const atMs = performance.now();
    const request = http.request(address, { method, agent, headers: { "accept-encoding": "gzip" } }, (answer) => {
      const releasedAtMs = performance.now();
      const chunks: Uint8Array[] = [];
      answer.on("data", (chunk: Uint8Array) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () => {
        const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
        chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0);
        const headers = answer.headers as Record<string, string>;
        const body = headers["content-encoding"] === "gzip" && bytes.length > 0 ? new Uint8Array(gunzipSync(bytes)) : bytes;
        const isText = /mpegurl|json|text/.test(headers["content-type"] ?? "");
        resolve({
          url: address,
          method,
          atMs,
          releasedAtMs,
          status: answer.statusCode ?? 0,
          headers,
          ...(isText ? { text: new TextDecoder().decode(body) } : { bytesLength: bytes.length }),
        });
      });
    });
    request.on("error", reject);
    request.end();
  });
}
