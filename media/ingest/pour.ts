import type { Envelope, EnvelopeEnd } from "./envelope.ts";

/** Where an envelope goes: a connection of the socket that an intake reads. */
export interface EnvelopeReader {
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/**
 * Writes an envelope out until it ends, then closes the connection, so that the intake comes to its own end after the last picture. `reader_gone`: the intake
 * has ended first; the envelope is closed then.
 */
export async function pourEnvelope(envelope: Envelope, reader: EnvelopeReader): Promise<EnvelopeEnd | "reader_gone"> {
  try {
    for await (const bytes of envelope) for (let at = 0; at < bytes.length;) at += await reader.write(bytes.subarray(at));
  } catch (problem) {
    if (!isGone(problem)) throw problem;
    return "reader_gone"; // leaving the loop has closed the envelope
  } finally {
    try {
      reader.close();
    } catch {
      // it was closed before
    }
  }
  return await envelope.ended;
}

function isGone(problem: unknown): boolean {
  return [Deno.errors.BrokenPipe, Deno.errors.ConnectionReset, Deno.errors.BadResource, Deno.errors.Interrupted, Deno.errors.NotConnected]
    .some((kind) => problem instanceof kind);
}
