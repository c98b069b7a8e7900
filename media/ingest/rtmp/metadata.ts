import type { Metadata } from "../items.ts";
import { type Amf, readAmf } from "./amf0.ts";

/** `onMetaData` (FLV annex E.5), bare or behind `@setDataFrame`; null for other data, and where it cannot be read: it decides nothing. */
export function readMetadata(body: Uint8Array): Metadata | null {
  const values = tryToRead(body);
  if (values[0] === "@setDataFrame") values.shift();
  const fields = values[1];
  if (values[0] !== "onMetaData" || !(fields instanceof Map)) return null;
  return {
    encoder: textOf(fields.get("encoder")),
    width: sizeOf(fields.get("width")),
    height: sizeOf(fields.get("height")),
    frameRate: within(fields.get("framerate"), 1, 1000),
    promisesSound: fields.get("audiocodecid") !== undefined && fields.get("audiocodecid") !== 0,
  };
}

function tryToRead(body: Uint8Array): Amf[] {
  try {
    return readAmf(body);
  } catch {
    return [];
  }
}

function textOf(value: Amf): string | null {
  return typeof value === "string" ? value.replace(/\p{C}/gu, "").slice(0, 80) : null;
}

function sizeOf(value: Amf): number | null {
  const size = within(value, 1, 0xffff);
  return size !== null && Number.isInteger(size) ? size : null;
}

function within(value: Amf, least: number, most: number): number | null {
  return typeof value === "number" && value >= least && value <= most ? value : null;
}
