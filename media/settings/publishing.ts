/** Where publishers come by RTMP. */
export interface RtmpWish {
  /** Null for where the rest of the server listens. */
  readonly host: string | null;
  /** 0 takes a free one. */
  readonly port: number;
  /** Publishers may come from public addresses. */
  readonly allowPublic: boolean;
}

/**
 * `1935` is for this machine and private networks; `0.0.0.0:1935`, `[::]:1935` and whatever other address is named for all who reach it; `off`.
 * Throws a SyntaxError.
 */
export function parseRtmp(text: string): RtmpWish | "off" {
  if (text === "off") return "off";
  const place = parsePlace(text);
  if (place === null) throw new SyntaxError("not a port, nor an address and a port; write it as 1935, 0.0.0.0:1935 or off");
  return Object.freeze({ ...place, allowPublic: place.host !== null });
}

/** Where publishers come by SRT. */
export interface SrtWish {
  /** Null for where the rest of the server listens. */
  readonly host: string | null;
  readonly port: number;
}

/** `9000`, `127.0.0.1:9000`, `[::]:9000`. Throws a SyntaxError. */
export function parseSrt(text: string): SrtWish {
  const place = parsePlace(text);
  if (place === null || place.port === 0) {
    throw new SyntaxError("not a port, nor an address and a port; write it as 9000 or 127.0.0.1:9000");
  }
  return Object.freeze(place);
}

function parsePlace(text: string): { readonly host: string | null; readonly port: number } | null {
  const match = /^(?:(\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:.]{2,45}\]|localhost):)?(\d{1,5})$/.exec(text);
  if (!match || Number(match[2]) > 65535) return null;
  return { host: match[1]?.replace(/^\[|\]$/g, "") ?? null, port: Number(match[2]) };
}
