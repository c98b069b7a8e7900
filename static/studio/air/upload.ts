/// <reference lib="dom" />
import type { UploadedAnswer } from "../../../routes/studio/uploads.ts";
import type { Outcome } from "../api.ts";

/** Sends a file into the server's media folder. `onProgress` hears which share of it is sent; fetch tells nothing of that. Aborted by `signal` it is as unreachable. */
export function upload(file: File, onProgress: (share: number) => void, signal: AbortSignal): Promise<Outcome<UploadedAnswer>> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", `api/studio/media?name=${encodeURIComponent(file.name)}`);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onloadend = () => resolve(readOutcome(request.status, request.response));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

function readOutcome(
  status: number,
  value: UploadedAnswer & { kind?: string; detail?: string; title?: string } | null,
): Outcome<UploadedAnswer> {
  if (status === 201 && value !== null) return { kind: "answer", value };
  if (typeof value?.kind !== "string") return { kind: "unreachable" };
  return { kind: "problem", problem: value.kind, detail: value.detail ?? value.title ?? "" };
}
