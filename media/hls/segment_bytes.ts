import type { Part, Segment } from "./segment.ts";

/** One rendition (its place in the ladder) of a segment: its parts, one after the other (rule 22). */
export function segmentBytes(segment: Pick<Segment, "parts">, rendition: number): Uint8Array {
  const bodies = segment.parts.map((part) => partBytes(part, rendition));
  const bytes = new Uint8Array(bodies.reduce((sum, body) => sum + body.length, 0));
  let offset = 0;
  for (const body of bodies) {
    bytes.set(body, offset);
    offset += body.length;
  }
  return bytes;
}

/** Throws a RangeError where the part has no such rendition. */
export function partBytes(part: Part, rendition: number): Uint8Array {
  const body = part.bodies[rendition];
  if (body === undefined) {
    throw new RangeError(`Cannot find rendition ${rendition} of part ${part.msn}.${part.part}: it has ${part.bodies.length}`);
  }
  return body;
}
