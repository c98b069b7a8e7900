/// <reference lib="dom" />

/** Why there is no picture or no sound, as far as a browser tells. */
export type CaptureProblem = "denied" | "none" | "busy" | "failed";

export type Captured<What> = { readonly kind: "captured"; readonly what: What } | { readonly kind: CaptureProblem };

/** HQ's size and rate; a camera gives what is nearest to it. */
const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
/** What stands on a screen is to be read. */
const SCREEN = { width: { max: 1920 }, height: { max: 1080 }, frameRate: { ideal: 30, max: 30 } };

/** `id`: null for whichever the browser takes first. */
export function openCamera(id: string | null): Promise<Captured<MediaStreamTrack>> {
  return open({ video: { ...PICTURE, ...(id === null ? {} : { deviceId: { exact: id } }) } });
}

/** As it is, without what calls need: nobody hears himself here, and music is no noise. */
export function openMicrophone(id: string | null): Promise<Captured<MediaStreamTrack>> {
  return open({
    audio: { echoCancellation: false, noiseSuppression: false, ...(id === null ? {} : { deviceId: { exact: id } }) },
  });
}

/** The browser asks which screen, window or tab. Its sound comes with it where the browser can do that. */
export async function openScreen(): Promise<Captured<{ picture: MediaStreamTrack; sound: MediaStreamTrack | null }>> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: SCREEN, audio: true });
    return { kind: "captured", what: { picture: stream.getVideoTracks()[0]!, sound: stream.getAudioTracks()[0] ?? null } };
  } catch (problem) {
    return { kind: nameProblem(problem) };
  }
}

export function canShareScreen(): boolean {
  return "getDisplayMedia" in navigator.mediaDevices;
}

/** Names are known only once one may be used. */
export async function listDevices(kind: "videoinput" | "audioinput"): Promise<readonly { id: string; name: string }[]> {
  const all = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  return all.filter((each) => each.kind === kind && each.deviceId !== "").map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

async function open(wanted: MediaStreamConstraints): Promise<Captured<MediaStreamTrack>> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(wanted);
    return { kind: "captured", what: stream.getTracks()[0]! };
  } catch (problem) {
    return { kind: nameProblem(problem) };
  }
}

function nameProblem(problem: unknown): CaptureProblem {
  switch (problem instanceof DOMException ? problem.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}
