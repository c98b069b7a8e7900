/// <reference lib="dom" />

export interface SendFileOptions {
  /** Hears which share of it is sent. */
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

/** Posts a file as it is, as fetch does but that it tells how far it has come. Null where nobody answered, or it was aborted. */
export function sendFile(path: string, file: File, { onProgress, signal }: SendFileOptions): Promise<Response | null> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total === 0 ? 0 : loaded / total);
    request.onloadend = () => resolve(request.status === 0 ? null : new Response(request.responseText, { status: request.status }));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}
