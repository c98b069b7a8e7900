import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { CLIENTS, packTraits, recognizeClient, unpackTraits } from "../../../media/audience/viewer.ts";

const CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36";
const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

const cases: [userAgent: string, player: "hls.js" | "native" | null, client: string][] = [
  [CHROME, null, "other"],
  [CHROME, "hls.js", "hls.js"],
  [CHROME, "native", "native"],
  [FIREFOX, null, "other"],
  [SAFARI, null, "apple"],
  [SAFARI, "hls.js", "hls.js"],
  [SAFARI, "native", "apple"],
  ["AppleCoreMedia/1.0.0.22F76 (iPhone; U; CPU OS 18_5 like Mac OS X; en_us)", null, "apple"],
  ["VLC/3.0.24 LibVLC/3.0.24", null, "vlc"],
  ["libmpv", null, "mpv"],
  ["Lavf/59.27.100", null, "ffmpeg"],
  ["", null, "other"],
];

describe("a viewer's player", () => {
  for (const [userAgent, player, client] of cases) {
    it(`is ${client} for ${userAgent.slice(0, 20) || "no User-Agent"} … ${userAgent.slice(-20)}${player ? ` that says ${player}` : ""}`, () => {
      assert.equal(recognizeClient(userAgent, player), client);
    });
  }
  it("and its slots survive in one byte", () => {
    for (const client of CLIENTS) {
      for (const slots of [[0], [1], [2], [0, 1, 2], [1, 2]]) {
        const byte = packTraits({ client, slots });
        assert.ok(byte >= 0 && byte < 256);
        assert.deepEqual(unpackTraits(byte), { client, slots });
      }
    }
  });
});
