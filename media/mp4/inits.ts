import type { DecoderConfigs } from "../flv/frame.ts";
import { audioCodecString } from "./aac.ts";
import { pictureSize, videoCodecString } from "./avc.ts";
import { writeInit } from "./init.ts";
import { type Grid, SOUND_RATE } from "../timeline/grid.ts";

/** One rendition's init and what a multivariant playlist says of it. */
export interface Init {
  readonly bytes: Uint8Array;
  readonly codecs: string;
  readonly width: number;
  readonly height: number;
}

/** Every init that can still be fetched. Sources with equal inits share the one that was there first, so that players see one MAP. */
export interface Inits {
  /** Makes a source's inits; gives for each rendition the source under which its init is served. */
  add(source: string, configs: DecoderConfigs): readonly string[];
  /** The same, later. */
  sourcesOf(source: string): readonly string[];
  find(source: string, rendition: number): Init | null;
  /** Lets go of all that neither this source nor one of these uses. */
  keepOnly(used: ReadonlySet<string>): void;
}

export function createInits(grid: Grid): Inits {
  const served = new Map<string, Init[]>();
  const sources = new Map<string, readonly string[]>();

  function findEqual(rendition: number, bytes: Uint8Array): string | null {
    for (const [source, inits] of served) {
      const known = inits[rendition];
      if (known && areEqual(known.bytes, bytes)) return source;
    }
    return null;
  }

  return {
    add(source, configs) {
      const made = configs.pictures.map((avcC) => createInit(avcC, configs.sound, grid));
      const found = made.map((init, rendition) => findEqual(rendition, init.bytes) ?? source);
      if (found.includes(source)) served.set(source, made);
      sources.set(source, found);
      return found;
    },
    sourcesOf: (source) => sources.get(source) ?? [],
    find: (source, rendition) => served.get(source)?.[rendition] ?? null,
    keepOnly(used) {
      for (const source of sources.keys()) if (!used.has(source)) sources.delete(source);
      const needed = new Set([...sources.values()].flat());
      for (const source of served.keys()) if (!needed.has(source)) served.delete(source);
    },
  };
}

function createInit(avcC: Uint8Array, sound: Uint8Array, grid: Grid): Init {
  const size = pictureSize(avcC);
  return {
    bytes: writeInit({ avcC, audioSpecificConfig: sound, ...size, videoTimescale: grid.videoTimescale, soundRate: SOUND_RATE }),
    codecs: `${videoCodecString(avcC)},${audioCodecString(sound)}`,
    ...size,
  };
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
