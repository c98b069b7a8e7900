import { RENDITION_NAMES, type RenditionName } from "./rendition.ts";

/** What an address below `/media/` names. Every thing has one spelling; any other spelling is unknown. */
export type MediaAddress =
  | { readonly kind: "init"; readonly run: string; readonly rendition: RenditionName }
  | { readonly kind: "segment"; readonly run: string; readonly rendition: RenditionName; readonly msn: number }
  | { readonly kind: "part"; readonly run: string; readonly rendition: RenditionName; readonly msn: number; readonly part: number }
  | { readonly kind: "unknown" };

/** The path of an init, below `/media/`. */
export function initAddress(run: string, rendition: RenditionName): string {
  return `${run}/${rendition}/init.mp4`;
}

/** The path of a whole segment, below `/media/`. */
export function segmentAddress(run: string, rendition: RenditionName, msn: number): string {
  return `${run}/${rendition}/${msn}.m4s`;
}

/** The path of one part, below `/media/`. */
export function partAddress(run: string, rendition: RenditionName, msn: number, part: number): string {
  return `${run}/${rendition}/${msn}.${part}.m4s`;
}

/** Reads the three pieces of a path below `/media/`. Says nothing about whether the thing exists. */
export function parseMediaAddress(run: string, rendition: string, file: string): MediaAddress {
  const name = RENDITION_NAMES.find((known) => known === rendition);
  if (name === undefined || !RUN.test(run)) return UNKNOWN;
  if (file === "init.mp4") return { kind: "init", run, rendition: name };
  const match = MEDIA_FILE.exec(file);
  if (match === null) return UNKNOWN;
  const msn = Number(match[1]);
  if (match[2] === undefined) return { kind: "segment", run, rendition: name, msn };
  return { kind: "part", run, rendition: name, msn, part: Number(match[2]) };
}

const UNKNOWN: MediaAddress = { kind: "unknown" };
const RUN = /^[a-z0-9][a-z0-9_-]{0,63}$/;
/** At most 15 digits, so that a number stays exact; no leading zeros, so that no second address names the same bytes in a cache. */
const MEDIA_FILE = /^(0|[1-9][0-9]{0,14})(?:\.(0|[1-9][0-9]{0,5}))?\.m4s$/;
