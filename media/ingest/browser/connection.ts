import { type AnnexBReader, createAnnexBReader } from "../annex_b.ts";
import { LET_GO, type PublisherDesk, type PublisherLine } from "../desk.ts";
import type { IngestItem, SoundHeader } from "../items.ts";
import { describePicture } from "../picture_header.ts";
import { readAacHeader, readOpusHeader } from "../sound_header.ts";
import { createWebmReader, type WebmReader } from "../webm.ts";
import { mendAvcRecord } from "./avc_record.ts";
import { type BrowserMessage, readBrowserMessage } from "./messages.ts";

/** A browser that sends what it has encoded, over a WebSocket: one message a frame (WebCodecs), or WebM in pieces (MediaRecorder). */
export interface BrowserConnection {
  /** Takes a binary message. One that is broken closes the connection with a reason. */
  take(message: Uint8Array): void;
  leave(how: "stopped" | "lost"): void;
}

/** What is said to the page. */
export type BrowserWord =
  | { readonly type: "published" }
  /** Encode the next picture as a key picture: somebody begins to decode and would wait for it. */
  | { readonly type: "key" }
  /**
   * The message of that number is here. TCP loses nothing and tells nobody how late it is, and what waits in the sockets on the way no page can see: by these
   * the page knows. `isHeld`: what it sends is not decoded as fast as it comes, so it had better leave pictures out.
   */
  | { readonly type: "heard"; readonly number: number; readonly isHeld: boolean };

/** Why a browser is let go: for the page, which does another thing at each. `in_use`: somebody else publishes with its key. */
export type BrowserEnd = "in_use" | "taken_over" | "withdrawn" | "stopping" | "broken";

export type BrowserAdmission =
  | { readonly kind: "admitted"; readonly connection: BrowserConnection }
  | { readonly kind: "refused"; readonly description: string };

/** Lets a browser publish with a key. `close` is called once at most, and never for its own `leave`. */
export function admitBrowser(desk: Pick<PublisherDesk, "admit">, o: {
  key: { readonly id: string; readonly name: string };
  address: string;
  now: () => number;
  say: (word: BrowserWord) => void;
  close: (why: BrowserEnd, reason: string) => void;
}): BrowserAdmission {
  const read = createReader();
  let heardAtMs = o.now();
  let line: PublisherLine | null = null;

  function end(why: BrowserEnd, reason: string): void {
    const was = line;
    line = null;
    was?.leave("lost");
    if (was !== null) o.close(why, reason);
  }

  const admission = desk.admit(o.key, {
    address: o.address,
    heardAtMs: () => heardAtMs,
    close: (reason) => end(reason === LET_GO.takenOver ? "taken_over" : reason === LET_GO.withdrawn ? "withdrawn" : "stopping", reason),
    askForKey: () => o.say({ type: "key" }),
  });
  if (admission.kind === "refused") return admission;
  ({ line } = admission);
  o.say({ type: "published" });
  return {
    kind: "admitted",
    connection: {
      take(bytes) {
        heardAtMs = o.now();
        try {
          const message = readBrowserMessage(bytes);
          for (const item of read(message)) line?.take(item);
          // A WebSocket cannot be held back. Who reads too slowly is let go all the same, after a while.
          const isHeld = (line?.roomToRead() ?? null) !== null;
          if ("number" in message && line !== null) o.say({ type: "heard", number: message.number, isHeld });
        } catch (problem) {
          if (!(problem instanceof SyntaxError || problem instanceof RangeError)) throw problem;
          end("broken", problem.message);
        }
      },
      leave(how) {
        const was = line;
        line = null;
        was?.leave(how);
      },
    },
  };
}

/** Of one connection: what a message says, given those before. */
function createReader(): (message: BrowserMessage) => readonly IngestItem[] {
  let annexB: AnnexBReader | null = null;
  let webm: WebmReader | null = null;
  let lastNumber: number | null = null;

  function readPicture({ number, ...picture }: Extract<BrowserMessage, { kind: "picture" }>): IngestItem[] {
    const leftOut = lastNumber === null ? 0 : number - lastNumber - 1;
    lastNumber = number;
    const unit = annexB?.read(picture.data) ?? null;
    return [
      ...(leftOut > 0 ? [{ kind: "left_out", pictures: leftOut } as const] : []),
      ...(unit?.record ? [{ kind: "picture_header", codec: "h264", record: unit.record } as const] : []),
      ...(unit?.data.length === 0 ? [] : [{ ...picture, compositionMs: 0, data: unit?.data ?? picture.data }]),
    ];
  }

  return (message) => {
    switch (message.kind) {
      case "picture_header": {
        // An avcC begins with its version; a byte stream is described by nothing, or by the beginning of one.
        const isAnnexB = message.codec === "h264" && message.record[0] !== 1;
        annexB = isAnnexB ? createAnnexBReader() : null;
        const record = annexB?.read(message.record).record ?? null;
        if (isAnnexB) return record === null ? [] : [{ ...message, record }];
        return [describePicture(message.codec, message.codec === "h264" ? mendAvcRecord(message.record) : message.record)];
      }
      case "picture":
        return readPicture(message);
      case "sound_header":
        return [readSoundHeader(message)];
      case "sound":
        return [message];
      case "webm":
        if (message.isFirst) webm = createWebmReader();
        return webm?.give(message.data) ?? [];
    }
  };
}

function readSoundHeader({ codec, record }: Extract<BrowserMessage, { kind: "sound_header" }>): SoundHeader {
  const header = codec === "opus" ? readOpusHeader(record) : readAacHeader(record);
  if (header === null) throw new SyntaxError(`Cannot read sound's header: codec ${codec}, ${record.length} bytes`);
  return header;
}
