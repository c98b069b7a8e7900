import type { IngestItem, Metadata } from "../items.ts";
import { type Amf, readAmf } from "./amf0.ts";
import {
  acknowledge,
  answerConnect,
  answerPing,
  answerResult,
  beginStream,
  MEDIA_STREAM,
  refuseConnect,
  sayStatus,
  WINDOW_BYTES,
} from "./answers.ts";
import { createBody, type Taken } from "./body.ts";
import { createByteInput } from "./byte_input.ts";
import { type ChunkLimits, readChunks, type RtmpMessage } from "./chunk_reader.ts";
import { answerHandshake, HANDSHAKE_BYTES, RTMP_VERSION } from "./handshake.ts";
import { findKeys } from "./key_places.ts";
import { readMetadata } from "./metadata.ts";
import { readPicture } from "./pictures.ts";
import { createSoundReader } from "./sounds.ts";

/** What a connection's bytes have brought about, in their order. */
export type SessionOutcome =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  /** The key was right: all items belong to it, until `stopped` or the end. */
  | { readonly kind: "published" }
  | { readonly kind: "item"; readonly item: IngestItem }
  | { readonly kind: "metadata"; readonly metadata: Metadata }
  /** Sound in a codec that is not taken; said once. */
  | { readonly kind: "unknown_sound"; readonly codec: string }
  /** The publisher has said that it ends. It may publish again on the same connection. */
  | { readonly kind: "stopped" }
  /** Send what was to be sent, then close. Nothing comes after it. The reason never holds a key. */
  | { readonly kind: "close"; readonly reason: string };

export type Verdict = { readonly kind: "accepted" } | { readonly kind: "refused"; readonly description: string };

/** How far a connection has come. */
export type Stage = "silent" | "greeting" | "greeted" | "connected" | "publishing" | "closed";

export interface Session {
  /** Takes the next bytes, cut anywhere. Never throws: what is broken closes the session. */
  push(bytes: Uint8Array): readonly SessionOutcome[];
  readonly stage: Stage;
}

/** Before the key: ffmpeg, librtmp and GStreamer send at most 400 bytes a message. After it: a key picture of 4K at 40 Mbit/s. */
const STRANGER_MESSAGE_BYTES = 4 * 1024;
const PUBLISHER_MESSAGE_BYTES = 8 * 1024 * 1024;
/** ffmpeg and OBS need seven until they publish. */
const MOST_STRANGER_MESSAGES = 64;

/**
 * One RTMP connection (Adobe's RTMP 1.0 and Enhanced RTMP), as bytes in and outcomes out: no socket, no clock. `judge` is asked once a `publish`, with every
 * text that may be the key. `refusal` is what everybody is told at `connect`, where this peer may not publish at all: before it names its key in the clear.
 */
export function createSession(o: {
  judge: (keys: readonly string[]) => Verdict;
  random: (bytes: Uint8Array<ArrayBuffer>) => void;
  refusal?: string | null;
}): Session {
  const input = createByteInput(HANDSHAKE_BYTES);
  const limits: ChunkLimits = { maxMessageBytes: STRANGER_MESSAGE_BYTES };
  const parser = readConnection();
  let outcomes: SessionOutcome[] = [];
  let stage: Stage = "silent";
  let app = "";
  let readSound = createSoundReader();
  let hasToldOfSound = false;
  let strangerMessages = 0;
  let receivedBytes = 0;
  let acknowledgedBytes = 0;
  let windowBytes = WINDOW_BYTES;

  function send(...messages: readonly Uint8Array[]): void {
    for (const bytes of messages) outcomes.push({ kind: "send", bytes });
  }
  function close(reason: string): void {
    stage = "closed";
    outcomes.push({ kind: "close", reason });
  }

  /** Yields where it needs more bytes; returns when the session is closed. */
  function* readConnection(): Generator<null, void, void> {
    const version = (yield* input.take(1))[0]!;
    if (version !== RTMP_VERSION) return close(`it does not speak RTMP: its first byte is ${version}`);
    stage = "greeting";
    const c1 = yield* input.take(HANDSHAKE_BYTES);
    send(answerHandshake(c1, o.random));
    yield* input.take(HANDSHAKE_BYTES); // C2 echoes S1; nobody is made to prove it (some telephones do not)
    stage = "greeted";
    for (const message of readChunks(input, limits)) {
      if (message === null) yield null;
      else obey(message);
      if (isClosed()) return;
    }
  }

  function obey(message: RtmpMessage): void {
    if (stage !== "publishing" && ++strangerMessages > MOST_STRANGER_MESSAGES) return close("it talks and does not publish");
    const { type, body } = message;
    switch (type) {
      case 4: // User Control
        if (body.length === 6 && body[0] === 0 && body[1] === 6) send(answerPing(body.subarray(2))); // PingRequest
        return;
      case 5: // Window Acknowledgement Size
        windowBytes = body.length === 4 ? Math.max(2 * 1024, new DataView(body.buffer, body.byteOffset).getUint32(0)) : windowBytes;
        return;
      case 8:
      case 9:
        return takeMedia(message);
      case 15: // data as AMF 3: a byte, then AMF 0 all the same
        return takeData(body.subarray(1));
      case 18:
        return takeData(body);
      case 17: // a command as AMF 3
        return obeyCommand(readAmf(body.subarray(1)));
      case 20:
        return obeyCommand(readAmf(body));
      default: // what the chunk reader has obeyed; acknowledgements, shared objects, aggregates
        return;
    }
  }

  function obeyCommand([name, transaction, object, ...rest]: readonly Amf[]): void {
    const number = typeof transaction === "number" ? transaction : 0;
    switch (name) {
      case "connect": {
        if (stage !== "greeted") return close("it connects twice");
        if (!(object instanceof Map)) return close("its connect names nothing");
        if (o.refusal != null) {
          send(refuseConnect(number, o.refusal));
          return close(o.refusal);
        }
        const named = object.get("app");
        app = typeof named === "string" ? named : "";
        stage = "connected";
        return send(...answerConnect(number));
      }
      case "releaseStream":
      case "FCPublish":
      case "_checkbw":
        return send(answerResult(number));
      case "createStream":
        return send(answerResult(number, MEDIA_STREAM));
      case "publish":
        return publish(rest[0]);
      case "FCUnpublish":
      case "deleteStream":
      case "closeStream":
        return unpublish();
      case "play":
        send(sayStatus("Play.StreamNotFound", "Nothing is played here: open the page, or live.m3u8 in a player."));
        return close("it wants to play, not to publish");
      default:
        return;
    }
  }

  function publish(name: Amf): void {
    if (stage !== "connected") return close("it publishes out of turn");
    const verdict = typeof name === "string" || name == null
      ? o.judge(findKeys(app, name ?? ""))
      : { kind: "refused" as const, description: "The stream key is no text." };
    if (verdict.kind === "refused") {
      send(sayStatus("Publish.BadName", verdict.description));
      return close(verdict.description);
    }
    stage = "publishing";
    limits.maxMessageBytes = PUBLISHER_MESSAGE_BYTES;
    readSound = createSoundReader();
    outcomes.push({ kind: "published" });
    send(beginStream(), sayStatus("Publish.Start", "You are on."));
  }

  /** OBS says FCUnpublish and deleteStream. */
  function unpublish(): void {
    if (stage !== "publishing") return;
    stage = "connected";
    strangerMessages = 0;
    limits.maxMessageBytes = STRANGER_MESSAGE_BYTES;
    outcomes.push({ kind: "stopped" });
    send(sayStatus("Unpublish.Success", "You are off."));
  }

  function takeMedia({ type, timeMs, body }: RtmpMessage): void {
    if (stage !== "publishing") return;
    const taken: Taken = type === 9 ? readPicture(createBody(body), timeMs) : readSound(createBody(body), timeMs);
    if (taken.kind === "items") {
      for (const item of taken.items) outcomes.push({ kind: "item", item });
    } else if (taken.what === "picture") {
      const description = `The picture comes as ${printable(taken.codec)}: send H.264, HEVC, AV1 or VP9.`;
      send(sayStatus("Publish.Rejected", description));
      close(description);
    } else if (!hasToldOfSound) {
      hasToldOfSound = true;
      outcomes.push({ kind: "unknown_sound", codec: printable(taken.codec) });
    }
  }

  /** What a publisher says of itself is not worth its connection. */
  function takeData(body: Uint8Array): void {
    if (stage !== "publishing") return;
    const metadata = readMetadata(body);
    if (metadata !== null) outcomes.push({ kind: "metadata", metadata });
  }

  function isClosed(): boolean {
    return stage === "closed";
  }

  return {
    push(bytes) {
      if (isClosed() || bytes.length === 0) return [];
      outcomes = [];
      receivedBytes += bytes.length;
      input.give(bytes);
      try {
        parser.next();
      } catch (problem) {
        if (!(problem instanceof SyntaxError || problem instanceof RangeError)) throw problem;
        close(problem.message);
      }
      if (!isClosed() && receivedBytes - acknowledgedBytes >= windowBytes / 2) {
        acknowledgedBytes = receivedBytes;
        send(acknowledge(receivedBytes));
      }
      return outcomes;
    },
    get stage() {
      return stage;
    },
  };
}

function printable(codec: string): string {
  return codec.replace(/[^ -~]/g, "?");
}
