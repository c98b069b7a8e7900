import { describe, it } from "@std/testing/bdd";
import assert from "node:assert/strict";
import { MOTION_THRESHOLD } from "../../../media/audience/motion.ts";
import { measureWithFfmpeg } from "../../fixtures/motion_filter.ts";

/** Two seconds of a still picture with everything in it: edges, flat fields, darker and brighter ones. */
const PICTURE = ["-f", "lavfi", "-t", "2", "-i", "smptebars=size=320x180:rate=30,lutyuv=y='60+0.6*(val-16)'"];
const SIZE = { width: 320, height: 180 };
const GREY = "cb='cb(X,Y)':cr='cr(X,Y)'";

async function countMoving(before: string): Promise<number> {
  const samples = await measureWithFfmpeg(PICTURE, SIZE, before);
  assert.ok(samples.length >= 18, `${samples.length} samples`);
  return samples.filter(({ changedShare }) => changedShare >= MOTION_THRESHOLD).length;
}

/** ffmpeg itself measures. Each case is a tenth of a second of its time. */
describe("the motion filter", () => {
  const none: [name: string, filter: string][] = [
    ["a picture that stands", "null"],
    ["sensor noise", "noise=alls=20:allf=t"],
    ["light that goes up and down", "noise=alls=8:allf=t,eq=brightness='0.08*sin(2*PI*t*3.3)':eval=frame"],
    ["a lamp that flickers by 16 % from sample to sample", `noise=alls=8:allf=t,geq=lum='lum(X,Y)*(1+0.08*sin(2*PI*T*3.3))':${GREY}`],
    ["an exposure that finds its place within a second", `noise=alls=8:allf=t,geq=lum='lum(X,Y)*(0.6+0.4*min(1,T))':${GREY}`],
  ];
  for (const [name, filter] of none) {
    it(`sees no motion in ${name}`, async () => assert.equal(await countMoving(filter), 0));
  }
  it("sees a lamp that goes on, and a scene cut, once", async () => {
    assert.ok(await countMoving(`geq=lum='lum(X,Y)*(0.4+0.6*gt(T,1))':${GREY}`) <= 1);
    assert.equal(await countMoving("hflip=enable='gt(t,1)'"), 1);
  });
  it("sees something the size of a hand that moves on", async () => {
    assert.ok(await countMoving("split[a][b];[b]crop=30:36:0:0,negate[c];[a][c]overlay=x='20+60*t':y=80") >= 17);
  });
});
