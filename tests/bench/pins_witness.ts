/// <reference lib="dom" />

/** What a page has shown and sounded so far. Times in ms of the page's own clock (`performance.now`). */
export interface WitnessRecord {
  /** The picture's height, from the moment when the first picture of that height was presented. */
  heights: { atMs: number; height: number }[];
  /** Two presented pictures further apart than 200 ms. */
  freezes: { atMs: number; forMs: number }[];
  frames: number;
  /** What was pressed, by the browser's own time of the press. */
  pressesMs: number[];
  /** Silent stretches of 10 ms and more. One that still lasts is not in it. */
  silences: { atMs: number; forMs: number }[];
  heardSeconds: number;
  /** Between two looks more sound went by than could be looked at. */
  unheardSeconds: number;
}

/**
 * Runs in the page: watches the presented pictures of its video element and listens to its sound, sample by sample. From then on the element sounds
 * through an AudioContext, which looks at what would be heard: an element that is muted is silent there too. Writes `window.witness`.
 */
export function witnessPage(): void {
  const RATE = 48_000, SILENT_BELOW = 0.02, LEAST_SILENCE_SAMPLES = 480, FREEZE_MS = 200;
  const witness: WitnessRecord = {
    heights: [],
    freezes: [],
    frames: 0,
    pressesMs: [],
    silences: [],
    heardSeconds: 0,
    unheardSeconds: 0,
  };
  Object.assign(globalThis, { witness });
  const video = document.querySelector("video")!;
  video.muted = false;
  addEventListener("click", (event) => witness.pressesMs.push(event.timeStamp), { capture: true });

  let last: VideoFrameCallbackMetadata | null = null;
  const onFrame = (_: number, frame: VideoFrameCallbackMetadata) => {
    witness.frames++;
    if (witness.heights.at(-1)?.height !== frame.height) witness.heights.push({ atMs: frame.presentationTime, height: frame.height });
    if (last !== null) {
      // Pictures that were presented while this page was too busy to be told lie in between.
      const forMs = (frame.presentationTime - last.presentationTime) / Math.max(1, frame.presentedFrames - last.presentedFrames);
      if (forMs > FREEZE_MS) witness.freezes.push({ atMs: last.presentationTime, forMs });
    }
    last = frame;
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);

  const context = new AudioContext({ sampleRate: RATE });
  const analyser = new AnalyserNode(context, { fftSize: 32_768 });
  context.createMediaElementSource(video).connect(analyser).connect(context.destination);
  const samples = new Float32Array(analyser.fftSize);
  let heardToSeconds: number | null = null;
  let silentSamples = 0;
  setInterval(() => {
    if (context.state !== "running") return void context.resume();
    const toSeconds = context.currentTime;
    const nowMs = performance.now();
    analyser.getFloatTimeDomainData(samples);
    const fresh = heardToSeconds === null ? 0 : Math.round((toSeconds - heardToSeconds) * RATE);
    heardToSeconds = toSeconds;
    const from = Math.max(0, samples.length - fresh);
    witness.unheardSeconds += Math.max(0, fresh - samples.length) / RATE;
    witness.heardSeconds += (samples.length - from) / RATE;
    for (let at = from; at < samples.length; at++) {
      if (Math.abs(samples[at]!) < SILENT_BELOW) silentSamples++;
      else {
        if (silentSamples >= LEAST_SILENCE_SAMPLES) {
          const forMs = silentSamples / RATE * 1000;
          witness.silences.push({ atMs: nowMs - (samples.length - at) / RATE * 1000 - forMs, forMs });
        }
        silentSamples = 0;
      }
    }
  }, 100);
}
