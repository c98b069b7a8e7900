import { writeNutFrameHead, writeNutHeader } from "../ffmpeg/nut_writer.ts";
import { startProcess } from "../ffmpeg/process.ts";
import { openSocketFolder, type Transport } from "../ffmpeg/sockets.ts";
import { SAMPLES_PER_AAC_FRAME, SOUND_RATE } from "../timeline/grid.ts";
import { buildSoundArguments } from "./arguments.ts";
import { createFeed } from "./feed.ts";
import { readFlv } from "./output.ts";
import { describeFailedStart, type RunEnd } from "./run_end.ts";
import { beginLife, type EncoderRun } from "./run_life.ts";

/** The AAC frame of one block. */
export interface SoundBack {
  /** Of the block: 1024 samples on the timeline's grid. */
  readonly position: number;
  readonly data: Uint8Array;
}

/**
 * Starts one life of the ffmpeg that encodes the sound: blocks of 1024 stereo samples (s16le) in, an AAC frame for each out, in a process of its own because the
 * pictures would wait for it. ffmpeg's first frame stands for what was before the first block; a frame comes when two more blocks have.
 */
export async function startSoundRun(o: {
  readonly firstBlock: number;
  readonly folder: string;
  /** The decoder's configuration (AudioSpecificConfig) is known; frames follow. */
  readonly configured: (config: Uint8Array) => void;
  readonly onBack: (back: SoundBack) => void;
  readonly program?: string;
  readonly transport?: Transport;
}): Promise<EncoderRun<Uint8Array> | RunEnd> {
  const sockets = await openSocketFolder(o);
  const input = sockets.listen("in");
  const output = sockets.listen("sound");
  const process = startProcess({
    ...(o.program ? { program: o.program } : {}),
    args: buildSoundArguments({ input: input.url, url: output.url }),
  });
  if ("kind" in process) {
    await sockets.close();
    return describeFailedStart(process.reason);
  }
  let frames = 0;
  const reading = readFlv(output, (item) => {
    if (item.kind === "audio_config") return o.configured(item.data.slice());
    if (item.kind !== "audio") throw new SyntaxError("Cannot read the output: a picture among the sound");
    const position = o.firstBlock + frames++ - 1;
    if (position >= o.firstBlock) o.onBack({ position, data: item.data });
  }, (problem) => process.fail("broken", `output sound: ${problem}`));
  const feed = createFeed<Uint8Array>({
    connecting: input.accept(),
    header: writeNutHeader({ kind: "pcm", rate: SOUND_RATE, channels: 2 }),
    headOf: (block, bytes) => writeNutFrameHead((block - o.firstBlock) * SAMPLES_PER_AAC_FRAME, bytes.byteLength),
    bytesOf: (bytes) => bytes,
    keep: (bytes) => bytes,
    letGo: () => {},
  });
  return beginLife({ process, feed, sockets, outputs: [{ listening: output, reading }], hadRows: () => frames > 1 });
}
