import { strict as assert } from "node:assert";
import { describe, it } from "@std/testing/bdd";
import { parseAvfoundation, parseDshow, parseSources } from "../../../media/intake/devices.ts";

describe("the list of devices", () => {
  it("reads what ffmpeg -sources prints", () => {
    const text = "Auto-detected sources for video4linux2,v4l2:\n* /dev/video0 [UVC Camera: Front] (none)\n  /dev/video2 [HDMI]\n";
    assert.deepEqual(parseSources(text, "camera"), [
      { kind: "camera", id: "/dev/video0", name: "UVC Camera: Front" },
      { kind: "camera", id: "/dev/video2", name: "HDMI" },
    ]);
    assert.deepEqual(parseSources("Auto-detected sources for alsa:\n  null [Discard all samples] (none)\n", "microphone"), []);
  });

  it("reads what avfoundation prints, screens left out", () => {
    const lines = [
      "AVFoundation video devices:",
      "[0] FaceTime HD Camera",
      "[1] Capture screen 0",
      "AVFoundation audio devices:",
      "[0] MacBook Microphone",
    ];
    assert.deepEqual(parseAvfoundation(lines.map((line) => `[AVFoundation indev @ 0x7fb] ${line}`).join("\n")), [
      { kind: "camera", id: "0", name: "FaceTime HD Camera" },
      { kind: "microphone", id: "0", name: "MacBook Microphone" },
    ]);
  });

  it("reads what DirectShow prints, in its new and its old way", () => {
    const expected = [{ kind: "camera", id: "Integrated Camera", name: "Integrated Camera" }, {
      kind: "microphone",
      id: "Mic (USB)",
      name: "Mic (USB)",
    }];
    const fresh =
      `[dshow @ 01] "Integrated Camera" (video)\n[dshow @ 01]   Alternative name "@device_pnp"\n[dshow @ 01] "Mic (USB)" (audio)\r\n`;
    const old = `[dshow @ 01] DirectShow video devices\n[dshow @ 01]  "Integrated Camera"\n[dshow @ 01]     Alternative name "@x"\n` +
      `[dshow @ 01] DirectShow audio devices\n[dshow @ 01]  "Mic (USB)"\n`;
    assert.deepEqual(parseDshow(fresh), expected);
    assert.deepEqual(parseDshow(old), expected);
  });
});
