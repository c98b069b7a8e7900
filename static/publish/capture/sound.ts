/// <reference lib="dom" />

/** A block of planar stereo sound and the number of its first frame. */
export interface SoundBlock {
  readonly frame: number;
  readonly samples: Float32Array<ArrayBuffer>;
}

/** All that is heard, mixed: the microphone, and what a shared screen plays. */
export interface SoundMix {
  readonly sampleRate: number;
  /** The same for a MediaRecorder. */
  readonly track: MediaStreamTrack;
  isMuted: boolean;
  /** The loudest of the last moment, 0 to 1, before it is muted: one sees that the microphone works. */
  readonly level: number;
  /** Replaces what is mixed. */
  hear(tracks: readonly MediaStreamTrack[]): void;
  onBlock: ((block: SoundBlock) => void) | null;
  /** Browsers let nothing sound before the first press. */
  wake(): void;
}

/** Of the rate that Opus has, unless the browser cannot change the microphone's to it. */
const RATE = 48_000;
/** A sixth of a second: more than there is between two looks, so that nothing loud is missed. */
const METER_SAMPLES = 8192;

export async function openSoundMix(workletAddress: string): Promise<SoundMix> {
  const context = await openContext(workletAddress);
  const mixed = new GainNode(context);
  const audible = new GainNode(context);
  const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 2 });
  const tap = new AudioWorkletNode(context, "tap", { channelCount: 2, channelCountMode: "explicit", outputChannelCount: [2] });
  const meter = new AnalyserNode(context, { fftSize: METER_SAMPLES });
  const look = new Float32Array(meter.fftSize);
  mixed.connect(audible);
  mixed.connect(meter);
  audible.connect(tap);
  // It says nothing; but what leads nowhere need not be run.
  tap.connect(destination);
  audible.connect(destination);
  let heard: AudioNode[] = [];
  const mix: SoundMix = {
    sampleRate: context.sampleRate,
    track: destination.stream.getAudioTracks()[0]!,
    get isMuted() {
      return audible.gain.value === 0;
    },
    set isMuted(is) {
      audible.gain.value = is ? 0 : 1;
    },
    get level() {
      meter.getFloatTimeDomainData(look);
      return look.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    },
    hear(tracks) {
      for (const node of heard) node.disconnect();
      heard = tracks.map((track) => new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) }));
      for (const node of heard) node.connect(mixed);
    },
    onBlock: null,
    wake: () => void context.resume().catch(() => {}),
  };
  tap.port.onmessage = ({ data }: MessageEvent<SoundBlock>) => mix.onBlock?.(data);
  return mix;
}

async function openContext(workletAddress: string): Promise<AudioContext> {
  const context = new AudioContext({ sampleRate: RATE, latencyHint: "interactive" });
  await context.audioWorklet.addModule(workletAddress);
  return context;
}
