import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import { readBrowserMessage } from "../../../../media/ingest/browser/messages.ts";
import { AUDIO_SPECIFIC_CONFIG, AVCC } from "../../flv/flv_bytes.ts";
import { pictureMessage, soundMessage, webmMessage } from "./browser_bytes.ts";

describe("a browser's message", () => {
  const data = Uint8Array.of(7);
  const cases: [name: string, message: Uint8Array, read: unknown][] = [
    ["H.264's header", Uint8Array.of(1, 1, ...AVCC), { kind: "picture_header", codec: "h264", record: AVCC }],
    ["VP8's header", Uint8Array.of(1, 2), { kind: "picture_header", codec: "vp8", record: new Uint8Array(0) }],
    ["a key picture", pictureMessage(33_333, 9, [7]), { kind: "picture", isKey: true, timeMs: 33, number: 9, data }],
    ["a picture before time began", pictureMessage(-1500, 0, [7], false), { kind: "picture", isKey: false, timeMs: -1, number: 0, data }],
    ["AAC's header", Uint8Array.of(3, 2, ...AUDIO_SPECIFIC_CONFIG), { kind: "sound_header", codec: "aac", record: AUDIO_SPECIFIC_CONFIG }],
    ["a frame of sound", soundMessage(21_000, [7]), { kind: "sound", timeMs: 21, data }],
    ["a piece of WebM", webmMessage(3, true, data), { kind: "webm", isFirst: true, number: 3, data }],
  ];
  for (const [name, message, read] of cases) it(`is read: ${name}`, () => assert.deepEqual(readBrowserMessage(message), read));

  const refused: [name: string, message: Uint8Array][] = [
    ["nothing", Uint8Array.of()],
    ["a byte", Uint8Array.of(1)],
    ["an unknown kind", Uint8Array.of(6, 0)],
    ["an unknown codec of the picture", Uint8Array.of(1, 9)],
    ["an unknown codec of the sound", Uint8Array.of(3, 0)],
    ["a description too long", new Uint8Array(70_000).fill(1)],
    ["a picture that is neither key nor not", pictureMessage(0, 0, [7]).with(1, 2)],
    ["a picture without bytes", pictureMessage(0, 0, [])],
    ["sound without bytes", soundMessage(0, [])],
    ["a time that no clock says", pictureMessage(2 ** 60, 0, [7])],
    ["WebM cut off in its head", Uint8Array.of(5, 1, 0, 0)],
  ];
  for (const [name, message] of refused) {
    it(`is refused: ${name}`, () => assert.throws(() => readBrowserMessage(message), SyntaxError));
  }

  it("is refused above 8 MiB, unread", () => {
    assert.throws(() => readBrowserMessage(new Uint8Array(8 * 1024 * 1024 + 1)), RangeError);
  });
});
