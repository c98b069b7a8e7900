export type ReceiveOutcome =
  | { readonly kind: "received"; readonly bytes: number }
  /** More came than was allowed, or than the disk took. */
  | { readonly kind: "too_large" }
  /** Nothing came for a while. */
  | { readonly kind: "too_slow" }
  /** Whoever sent it has gone away. */
  | { readonly kind: "broken_off" };

const SILENT_MS = 30_000;

/** Writes a body into a new file, as it comes. What is not received whole is removed again. Rejects with an Error where the file cannot be made. */
export async function receiveFile(
  body: ReadableStream<Uint8Array>,
  path: string,
  o: { readonly mostBytes: number; readonly silentMs?: number },
): Promise<ReceiveOutcome> {
  const file = await Deno.open(path, { createNew: true, write: true, mode: 0o600 });
  const outcome = await pour(body, file, o.mostBytes, o.silentMs ?? SILENT_MS);
  file.close();
  if (outcome.kind !== "received") await Deno.remove(path);
  return outcome;
}

async function pour(body: ReadableStream<Uint8Array>, file: Deno.FsFile, mostBytes: number, silentMs: number): Promise<ReceiveOutcome> {
  const reader = body.getReader();
  let bytes = 0;
  for (;;) {
    const next = await readWithin(reader, silentMs);
    if (typeof next === "string") {
      void reader.cancel().catch(() => {});
      return { kind: next };
    }
    if (next === null) return { kind: "received", bytes };
    bytes += next.length;
    if (bytes > mostBytes || !await writeAll(file, next)) {
      void reader.cancel().catch(() => {});
      return { kind: "too_large" };
    }
  }
}

/** Null at its end. */
async function readWithin(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  ms: number,
): Promise<Uint8Array | null | "too_slow" | "broken_off"> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"too_slow">((resolve) => timer = setTimeout(resolve, ms, "too_slow"));
  try {
    const next = await Promise.race([reader.read(), late]);
    return next === "too_slow" ? next : next.value ?? null;
  } catch {
    return "broken_off";
  } finally {
    clearTimeout(timer);
  }
}

/** False where the disk is full. */
async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<boolean> {
  try {
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
    return true;
  } catch {
    return false;
  }
}
