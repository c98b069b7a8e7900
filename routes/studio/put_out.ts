import type { Client, Viewer } from "../../media/audience/viewer.ts";
import { networkOf } from "../rate_limit.ts";

/** Who was put out of the house for some minutes: viewers by their ids, and with them whoever asks from the same address. */
export interface PutOut {
  /** Notes from where a viewer asks; an empty address tells nobody from another. */
  note(viewer: Viewer, address: string): void;
  /** `sparing`: the streamer's own address, which is not put out with the viewer. */
  add(viewer: Viewer, o: { readonly seconds: number; readonly sparing: string }): Outcast;
  readmit(publicId: string): boolean;
  has(viewer: Pick<Viewer, "publicId">): boolean;
  list(): readonly Outcast[];
  readonly isEmpty: boolean;
  /** For how many seconds who asks may not have what is at that path; null where it may. */
  refuse(path: string, address: string): number | null;
}

export interface Outcast {
  readonly publicId: string;
  readonly client: Client;
  readonly viewerId: string;
  /** Null: only the viewer itself is out. */
  readonly address: string | null;
  /** Of a clock that nobody sets. */
  readonly untilMs: number;
}

/** What belongs to the show. Pages and their scripts tell nothing of it, and the streamer's doors want more than an address. */
const OF_THE_SHOW = /^\/(?:v|media)\/|^\/live\.m3u8$|^\/thumbnail\.jpg$|^\/api\/(?!studio\/|overlay\/|webhooks\/|openapi\.json$)/;
const OF_A_VIEWER = /^\/(?:v|api\/viewers)\/([^/]+)/;
const MOST = 1000;

/** `monotonic` in ms. */
export function createPutOut({ monotonic }: { readonly monotonic: () => number }): PutOut {
  const addresses = new WeakMap<Viewer, string>();
  const byPublicId = new Map<string, Outcast>();

  function holding(): Outcast[] {
    const nowMs = monotonic();
    for (const { publicId, untilMs } of byPublicId.values()) if (untilMs <= nowMs) byPublicId.delete(publicId);
    return [...byPublicId.values()];
  }

  return {
    note(viewer, address) {
      if (address !== "") addresses.set(viewer, networkOf(address));
    },
    add(viewer, { seconds, sparing }) {
      const known = addresses.get(viewer) ?? null;
      const { publicId, client, id: viewerId } = viewer;
      const address = known === networkOf(sparing) ? null : known;
      const outcast: Outcast = { publicId, client, viewerId, address, untilMs: monotonic() + seconds * 1000 };
      byPublicId.delete(publicId);
      byPublicId.set(publicId, outcast);
      if (byPublicId.size > MOST) byPublicId.delete(byPublicId.keys().next().value!);
      return outcast;
    },
    readmit: (publicId) => byPublicId.delete(publicId),
    has: ({ publicId }) => (byPublicId.get(publicId)?.untilMs ?? -Infinity) > monotonic(),
    list: holding,
    get isEmpty() {
      return byPublicId.size === 0;
    },
    refuse(path, address) {
      if (!OF_THE_SHOW.test(path)) return null;
      const viewerId = OF_A_VIEWER.exec(path)?.[1];
      const network = address === "" ? null : networkOf(address);
      const found = holding().filter((outcast) => outcast.viewerId === viewerId || (network !== null && outcast.address === network));
      return found.length === 0 ? null : Math.ceil((Math.max(...found.map(({ untilMs }) => untilMs)) - monotonic()) / 1000);
    },
  };
}
