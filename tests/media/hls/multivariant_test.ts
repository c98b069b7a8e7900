import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { decimal, quoted } from "../../../media/hls/m3u8.ts";
import { buildMultivariant } from "../../../media/hls/multivariant.ts";

describe("multivariant playlist", () => {
  it("lists each variant with what a player chooses by", () => {
    const codecs = "avc1.64001f,mp4a.40.2";
    assert.equal(
      buildMultivariant({
        variants: [
          { uri: "hq.m3u8", width: 1280, height: 720, codecs, frameRate: 30, bandwidth: 2_600_000.2, averageBandwidth: 2_400_000 },
          { uri: "lq.m3u8", width: 426, height: 240, codecs, frameRate: 29.97, bandwidth: 400_000, averageBandwidth: 400_001 },
        ],
      }),
      `#EXTM3U
#EXT-X-VERSION:6
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=2600001,AVERAGE-BANDWIDTH=2400000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000
hq.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=400000,AVERAGE-BANDWIDTH=400000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=426x240,FRAME-RATE=29.970
lq.m3u8
`,
    );
  });
});

describe("attribute values", () => {
  const printed = [[1, "1"], [0.2, "0.2"], [0.1 + 0.2, "0.3"], [4 / 30, "0.133333"], [1e-7, "0"], [1e-6, "0.000001"], [
    12345.678,
    "12345.678",
  ]] as const;
  for (const [value, text] of printed) it(`prints ${value} as ${text}`, () => assert.equal(decimal(value), text));

  it("refuses what is no duration", () => {
    for (const value of [-1, NaN, Infinity, 1e21]) assert.throws(() => decimal(value), RangeError);
  });

  it("refuses quotes and line ends in a quoted string", () => {
    assert.equal(quoted("a b,c=d"), '"a b,c=d"');
    for (const text of ['"', "a\nb", "\r", "\0"]) assert.throws(() => quoted(text), RangeError);
  });
});
