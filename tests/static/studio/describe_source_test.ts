import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { nameOf } from "../../../static/studio/air/describe_source.ts";

describe("a source's name in the studio", () => {
  for (
    const [kind, name, said] of [
      ["camera", "camera:HD Webcam", "HD Webcam"],
      ["file", "file:/home/anna/films/holiday.mp4", "holiday.mp4"],
      ["file", "file:C:\\films\\holiday.mp4", "holiday.mp4"],
      ["file", "file:one.mp4|file:films/two.mp4", "one.mp4, two.mp4"],
      ["file", "file:films/", "films/"],
      // As a problem tells it, which knows no more than the name.
      ["address", "file:/home/anna/films/holiday.mp4", "holiday.mp4"],
      ["address", "rtsp://192.168.1.9/stream1", "rtsp://192.168.1.9/stream1"],
      ["test", "test", "Test picture"],
    ] as const
  ) {
    it(`is ${said} for ${kind} ${name}`, () => assert.equal(nameOf({ kind, name }), said));
  }
});
