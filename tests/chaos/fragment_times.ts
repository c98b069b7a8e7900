import { findBoxes, readBoxes } from "../media/mp4/boxes.ts";

/** The tracks an init tells of, by track id. */
export type Tracks = ReadonlyMap<number, { readonly kind: "video" | "sound"; readonly timescale: number }>;

/** Where one track's samples stand in a part. */
export interface TrackTimes {
  readonly startTicks: number;
  readonly endTicks: number;
  readonly samples: number;
  /** Of each of them. */
  readonly durationsTicks: readonly number[];
  readonly timescale: number;
}

export interface FragmentTimes {
  readonly video: TrackTimes | null;
  readonly sound: TrackTimes | null;
}

/** Reads the tracks out of an init. Throws a SyntaxError where it is broken. */
export function readTracks(init: Uint8Array): Tracks {
  const tracks = new Map<number, { kind: "video" | "sound"; timescale: number }>();
  for (const trak of findBoxes(init, "moov/trak")) {
    const [tkhd, mdhd, hdlr] = [only(trak, "tkhd"), only(trak, "mdia/mdhd"), only(trak, "mdia/hdlr")];
    const kind = String.fromCharCode(...hdlr.subarray(8, 12)) === "vide" ? "video" : "sound";
    tracks.set(uint32(tkhd, tkhd[0] === 1 ? 20 : 12), { kind, timescale: uint32(mdhd, mdhd[0] === 1 ? 20 : 12) });
  }
  return tracks;
}

/** Reads `tfdt` and the samples' durations out of one moof+mdat or several that follow each other. Throws where a track is unknown. */
export function readFragmentTimes(fragment: Uint8Array, tracks: Tracks): FragmentTimes {
  const times: { video: TrackTimes | null; sound: TrackTimes | null } = { video: null, sound: null };
  for (const traf of findBoxes(fragment, "moof/traf")) {
    const tfhd = readTfhd(only(traf, "tfhd"));
    const track = tracks.get(tfhd.trackId);
    if (!track) throw new SyntaxError(`Cannot read a fragment of track ${tfhd.trackId}: the init knows ${[...tracks.keys()]}`);
    const tfdt = only(traf, "tfdt");
    const startTicks = tfdt[0] === 1 ? uint32(tfdt, 4) * 2 ** 32 + uint32(tfdt, 8) : uint32(tfdt, 4);
    const runs = findBoxes(traf, "trun").map((trun) => readTrun(trun, tfhd.defaultDuration));
    const durationsTicks = runs.flatMap((run) => run.durationsTicks);
    const ticks = durationsTicks.reduce((sum, duration) => sum + duration, 0);
    const before = times[track.kind];
    if (before && before.endTicks !== startTicks) throw new SyntaxError(`${track.kind} has a hole inside one part, at ${startTicks}`);
    times[track.kind] = {
      startTicks: before?.startTicks ?? startTicks,
      endTicks: startTicks + ticks,
      samples: (before?.samples ?? 0) + durationsTicks.length,
      durationsTicks: [...before?.durationsTicks ?? [], ...durationsTicks],
      timescale: track.timescale,
    };
  }
  return times;
}

/** True where the bytes are whole boxes, a moof first: a part as a server must send it. */
export function isWholeFragment(bytes: Uint8Array): boolean {
  try {
    const types = readBoxes(bytes).map((box) => box.type);
    return types.includes("moof") && types.at(-1) === "mdat";
  } catch {
    return false;
  }
}

function readTfhd(tfhd: Uint8Array): { trackId: number; defaultDuration: number } {
  const flags = uint32(tfhd, 0) & 0xffffff;
  const at = 8 + (flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0);
  return { trackId: uint32(tfhd, 4), defaultDuration: flags & 0x8 ? uint32(tfhd, at) : 0 };
}

function readTrun(trun: Uint8Array, defaultDuration: number): { durationsTicks: number[] } {
  const flags = uint32(trun, 0) & 0xffffff;
  const samples = uint32(trun, 4);
  if (!(flags & 0x100)) return { durationsTicks: Array.from({ length: samples }, () => defaultDuration) };
  const first = 8 + (flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0);
  const perSample = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => flags & flag).length;
  return { durationsTicks: Array.from({ length: samples }, (_, sample) => uint32(trun, first + sample * perSample)) };
}

function only(bytes: Uint8Array, path: string): Uint8Array {
  const [box] = findBoxes(bytes, path);
  if (!box) throw new SyntaxError(`Cannot find box "${path}"`);
  return box;
}

function uint32(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(at);
}
