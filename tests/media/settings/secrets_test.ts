import assert from "node:assert/strict";
import { describe, it } from "@std/testing/bdd";
import fc from "fast-check";
import { hideSecrets } from "../../../media/settings/secrets.ts";

describe("secrets", () => {
  const table: [string, string][] = [
    ["srt://me:pw@h:9/x?passphrase=geheim&mode=caller", "srt://…@h:9/x?passphrase=…&mode=caller"],
    ["srt://h:9?streamid=#!::r=live,u=me&latency=200", "srt://h:9?streamid=…#…"],
    ["rtsp://admin:geheim@127.0.0.1:9/x: Connection refused", "rtsp://…@127.0.0.1:9/x: Connection refused"],
    ["rtsp://admin:p#s/s?a@h:554/x", "rtsp://…@h:554/x"],
    ["rtsp://me@h/x", "rtsp://…@h/x"],
    ["[hls @ 0x5] Opening 'https://a:b@h/x.ts?t=1' for reading", "[hls @ 0x5] Opening 'https://…@h/x.ts?t=…' for reading"],
    ["http://h:80/x?token=ab@cd&timeout=5", "http://h:80/x?token=…&timeout=5"],
    ["http://h/x?geheim", "http://h/x?…"],
    ["http://h/x#geheim", "http://h/x#…"],
    ["rtmp://h/live/key: I/O error", "rtmp://h/live/…: I/O error"],
    ["rtmps://u:p@h:443/app/a/b?x=y", "rtmps://…@h:443/app/…"],
    ["rtmp://h/app/k@y", "rtmp://h/app/…"],
    ["rtmp://h/key", "rtmp://h/…"],
    ["Could not write header (passphrase=geheim, mode=caller)", "Could not write header (passphrase=…, mode=caller)"],
    ["two: http://a:b@c/ and http://d:e@f/", "two: http://…@c/ and http://…@f/"],
  ];
  for (const [text, hidden] of table) it(`${text} leaves as ${hidden}`, () => assert.equal(hideSecrets(text), hidden));

  const harmless = [
    "udp://@239.0.0.1:1234?pkt_size=1316&reuse=1",
    "tcp://[::1]:9",
    "srt://0.0.0.0:9?mode=listener&latency=200",
    "http://192.168.1.9:8080/stream.m3u8",
    "rtmp://h",
    "file:///srv/me@home/what?.mp4",
    "camera:C920+hw:1,0",
    "lavfi:testsrc2=size=640x480:rate=30",
    "Conversion failed!",
  ];
  for (const text of harmless) it(`${text} has no secret`, () => assert.equal(hideSecrets(text), text));

  const secret = fc.string({ unit: fc.constantFrom(..."aZ09-._~%!$&'()*+,;=:@/?#[]\"|^{}<>€😀"), minLength: 6, maxLength: 24 })
    .filter((it) => /[^"'()\[\]{}:,;.@/?#]{2}/.test(it));
  /** Where a `@`, `/`, `?` or `#` must be written with a percent sign. */
  const written = secret.map((it) => it.replace(/[@/?#&]/g, encodeURIComponent)).filter((it) => !/^[\d]*$/.test(it));
  /** A `&` would end it. */
  const value = secret.map((it) => it.replaceAll("&", "%26"));
  const places: [string, fc.Arbitrary<string>, (secret: string) => string][] = [
    ["a password", secret.filter((it) => !/^[\d]*[/?#]/.test(it)), (it) => `rtsp://admin:${it}@10.0.0.5:554/stream1`],
    ["a name without a password", written, (it) => `https://${it}@example.org/live.ts`],
    ["RTMP's key", secret, (it) => `rtmp://example.org/live/${it}`],
    ["RTMP's key behind a port", secret, (it) => `rtmps://example.org:443/live/${it}`],
    ["RTMP's only piece", written, (it) => `rtmp://example.org/${it}`],
    ["a passphrase", written, (it) => `srt://example.org:9000?mode=caller&passphrase=${it}&latency=200`],
    ["a stream id", value, (it) => `srt://example.org:9000?streamid=${it}`],
    ["any other value", value, (it) => `http://example.org/live.m3u8?expires=1&x=${it}`],
    ["a query without a name", written, (it) => `http://example.org:8080/live.m3u8?${it.replaceAll("=", "")}`],
    ["a fragment", secret, (it) => `http://example.org/live.m3u8#${it}`],
  ];
  const lines: ((address: string) => string)[] = [
    (it) => it,
    (it) => `${it}: Connection refused`,
    (it) => `[https @ 0x55d0] Opening '${it}' for reading`,
    (it) => `Error opening input file "${it}".`,
    (it) => `Input #0, hls, from '${it}': and (${it})`,
  ];
  for (const [name, values, write] of places) {
    it(`${name} never leaves, in whatever line it stands, and hiding twice changes nothing more`, () => {
      fc.assert(
        fc.property(values, fc.constantFrom(...lines), (value, line) => {
          const hidden = hideSecrets(line(write(value)));
          assert.ok(!hidden.includes(value), hidden);
          assert.equal(hideSecrets(hidden), hidden);
        }),
        { numRuns: 500 },
      );
    });
  }

  it("whatever the text, it is read in a time that grows with its length alone", () => {
    for (const text of ["a".repeat(200_000), "a://".repeat(50_000), "http://" + "@".repeat(200_000), "?&=".repeat(60_000)]) {
      const startedAtMs = performance.now();
      hideSecrets(text);
      assert.ok(performance.now() - startedAtMs < 2000, text.slice(0, 10));
    }
  });
});
