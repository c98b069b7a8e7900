import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { createPublisherStay, type PublisherStay } from "../../../media/ingest/publisher.ts";
import { pourEnvelope } from "../../../media/ingest/pour.ts";
import { setSystemTimer } from "../../../media/timer.ts";
import { startChild } from "../../fixtures/child.ts";
import { encode, type Stream } from "./rtmp/enhanced_publisher.ts";

const ARGS = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=30:duration=2", "-c:v", "libx264", "-preset", "ultrafast", "-g", "250"];

/** Publishes what a container holds, moved by `byMs`. */
function send(stay: PublisherStay, { record, packets }: Stream, byMs = 0): void {
  stay.take({ kind: "picture_header", codec: "h264", record }, byMs);
  for (const { dtsMs, ptsMs, isKey, data } of packets) {
    stay.take({ kind: "picture", timeMs: dtsMs + byMs, compositionMs: ptsMs - dtsMs, isKey, data }, dtsMs + byMs);
  }
}

describe("an envelope poured into a socket", () => {
  it("is decoded by ffmpeg from its first picture on, and ends with the publisher", async () => {
    const stream = await encode("mp4", ARGS);
    const stay = createPublisherStay({ keyId: "k", name: "OBS", setTimer: setSystemTimer, onReady() {} });
    stay.connect("127.0.0.1", 0, () => {});
    send(stay, stream);
    const folder = await Deno.makeTempDir();
    using listener = Deno.listen({ transport: "unix", path: `${folder}/in` });
    // As an intake reads it (ingest.md, section 1): next to nothing is probed, nothing is thrown away.
    const probing = ["-probesize", "32768", "-analyzeduration", "100000", "-copyts"];
    const child = startChild("ffmpeg", [
      "-v",
      "warning",
      ...probing,
      "-i",
      `unix:${folder}/in`,
      "-fps_mode",
      "passthrough",
      "-f",
      "framecrc",
      "-",
    ]);
    const envelope = stay.publisher.openEnvelope();
    const poured = pourEnvelope(envelope, await listener.accept());
    send(stay, stream, 2000);
    stay.end("stopped");
    assert.equal(await poured, "publisher_ended");
    assert.equal((await child.ended).code, 0);
    const pictures = child.output().split("\n").filter((line) => /^0,/.test(line));
    assert.equal(pictures.length, 120, child.output());
    assert.equal(envelope.edgeMs, 1000 + 1967);
    await Deno.remove(folder, { recursive: true });
  });

  it("ends without a fuss where the intake has ended first", async () => {
    const stay = createPublisherStay({ keyId: "k", name: "OBS", setTimer: setSystemTimer, onReady() {} });
    stay.connect("127.0.0.1", 0, () => {});
    const envelope = stay.publisher.openEnvelope();
    const broken = { write: () => Promise.reject(new Deno.errors.BrokenPipe()), close() {} };
    const poured = pourEnvelope(envelope, broken);
    stay.take({ kind: "picture_header", codec: "h264", record: new Uint8Array(8) }, 0);
    stay.take({ kind: "picture", timeMs: 0, compositionMs: 0, isKey: true, data: new Uint8Array(8) }, 0);
    assert.deepEqual([await poured, await envelope.ended], ["reader_gone", "closed"]);
    stay.end("closed");
  });
});
