import type { FlvItem } from "./frame.ts";
import { createTagBodyReader } from "./tag_body.ts";
import { createTagCutter } from "./tags.ts";

export interface FlvReader {
  /**
   * Takes the next bytes of the stream, cut anywhere, and returns what they complete.
   * Throws a SyntaxError or RangeError at the first broken byte, and the same error again at every later call; what the same chunk held before the
   * broken place is lost, as the run is.
   */
  push(chunk: Uint8Array): FlvItem[];
  /** The stream has ended. Throws a SyntaxError if it ended inside a tag. */
  end(): void;
}

/**
 * Reads one FLV stream (Adobe Flash Video File Format Specification 10.1, annex E) as ffmpeg writes it for us: H.264 without reordering, and AAC.
 * `maxTagBytes` (default 4 MiB) is the largest tag that is believed, and so the most memory a lying tag can cost.
 *
 * A frame that lies whole in one chunk is handed out as a view of that chunk, uncopied: give every `push` memory of its own and do not write into it
 * again. A frame cut by the end of a chunk is copied once, into memory of exactly its tag's size. With the one copy that `writeFragment` makes, a
 * frame is copied once or twice between the socket and the finished part. Whoever keeps frames for long (the slate) should copy them: a view keeps
 * its whole chunk alive.
 */
export function createFlvReader(limits: { maxTagBytes?: number } = {}): FlvReader {
  const cutter = createTagCutter(limits.maxTagBytes ?? 4 * 1024 * 1024);
  const readTagBody = createTagBodyReader();
  let fault: unknown = null;

  function stopAtFault<T>(action: () => T): T {
    if (fault !== null) throw fault;
    try {
      return action();
    } catch (error) {
      fault = error;
      throw error;
    }
  }

  return {
    push: (chunk) =>
      stopAtFault(() => {
        const items: FlvItem[] = [];
        for (const tag of cutter.cut(chunk)) {
          const item = readTagBody(tag);
          if (item !== null) items.push(item);
        }
        return items;
      }),
    end: () => stopAtFault(cutter.end),
  };
}
