/// <reference lib="dom" />
import { type CaptureProblem, listDevices, openCamera, openMicrophone, openScreen } from "./devices.ts";
import { openSoundMix, type SoundMix } from "./sound.ts";

/** What is captured: a picture, of the camera or of a screen, and what is heard. */
export interface Capture {
  /** Null where there is none. */
  readonly picture: MediaStreamTrack | null;
  readonly isScreen: boolean;
  readonly mix: SoundMix | null;
  readonly cameras: readonly Device[];
  readonly microphones: readonly Device[];
  readonly cameraId: string | null;
  readonly microphoneId: string | null;
  /** Opens both, whichever the browser takes first. */
  begin(): Promise<CaptureProblem | null>;
  useCamera(id: string | null): Promise<CaptureProblem | null>;
  useMicrophone(id: string | null): Promise<CaptureProblem | null>;
  /** The browser asks which; a problem is that nobody chose one. */
  useScreen(): Promise<CaptureProblem | null>;
}

export interface Device {
  readonly id: string;
  readonly name: string;
}

/** `onChange`: another picture, another list. A screen that is no longer shared gives way to the camera. */
export function createCapture(workletAddress: string, onChange: () => void): Capture {
  let camera: MediaStreamTrack | null = null;
  let microphone: MediaStreamTrack | null = null;
  let screen: { readonly picture: MediaStreamTrack; readonly sound: MediaStreamTrack | null } | null = null;
  let mix: SoundMix | null = null;
  let cameras: readonly Device[] = [];
  let microphones: readonly Device[] = [];

  async function list(): Promise<void> {
    [cameras, microphones] = await Promise.all([listDevices("videoinput"), listDevices("audioinput")]);
    onChange();
  }

  /** Without sound there is still a picture. */
  async function hear(): Promise<CaptureProblem | null> {
    const tracks = [microphone, screen?.sound ?? null].filter((track) => track !== null);
    try {
      if (tracks.length > 0) mix ??= await openSoundMix(workletAddress);
      mix?.hear(tracks);
      return null;
    } catch (problem) {
      console.error(problem);
      return "failed";
    }
  }

  async function useCamera(id: string | null): Promise<CaptureProblem | null> {
    // A telephone has one camera open at a time.
    camera?.stop();
    const captured = await openCamera(id);
    camera = captured.kind === "captured" ? captured.what : null;
    endScreen();
    await list();
    return captured.kind === "captured" ? null : captured.kind;
  }

  async function useMicrophone(id: string | null): Promise<CaptureProblem | null> {
    microphone?.stop();
    const captured = await openMicrophone(id);
    microphone = captured.kind === "captured" ? captured.what : null;
    const problem = await hear();
    await list();
    return captured.kind === "captured" ? problem : captured.kind;
  }

  function endScreen(): void {
    const was = screen;
    screen = null;
    was?.picture.stop();
    was?.sound?.stop();
    if (was !== null) void hear();
  }

  navigator.mediaDevices.addEventListener("devicechange", () => void list());

  return {
    get picture() {
      return screen?.picture ?? camera;
    },
    get isScreen() {
      return screen !== null;
    },
    get mix() {
      return mix;
    },
    get cameras() {
      return cameras;
    },
    get microphones() {
      return microphones;
    },
    get cameraId() {
      return camera?.getSettings().deviceId ?? null;
    },
    get microphoneId() {
      return microphone?.getSettings().deviceId ?? null;
    },
    async begin() {
      const problems = [await useCamera(null), await useMicrophone(null)];
      // Who has no microphone can still be seen.
      return problems[0] ?? (problems[1] === "none" ? null : problems[1]) ?? null;
    },
    useCamera,
    useMicrophone,
    async useScreen() {
      const captured = await openScreen();
      if (captured.kind !== "captured") return captured.kind;
      const mine = captured.what;
      screen = mine;
      mine.picture.addEventListener("ended", () => {
        if (screen !== mine) return;
        endScreen();
        onChange();
      });
      await hear();
      onChange();
      return null;
    },
  };
}
