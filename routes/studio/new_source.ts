import { join } from "node:path";
import { hideSecrets } from "../../media/settings/secrets.ts";
import type { NamedSource } from "../../media/settings/settings.ts";
import type { NewSource } from "./schemas.ts";

export type NewSourceOutcome =
  | { readonly kind: "source"; readonly source: NamedSource }
  | { readonly kind: "refused"; readonly field: string; readonly value: string; readonly message: string };

export interface NewSourceHost {
  /** Files that can be named stand in it. */
  readonly mediaFolder: string;
  /** The cameras of this machine, as it lists them now. */
  readonly listCameras: () => Promise<readonly { readonly id: string; readonly name: string }[]>;
}

/** What may be asked for over HTTP, and what it is to the channel. */
export async function readNewSource(
  asked: NewSource,
  o: NewSourceHost,
): Promise<NewSourceOutcome> {
  switch (asked.kind) {
    case "test":
    case "screen":
      return named({ kind: asked.kind }, asked.kind);
    case "camera": {
      const { device = null } = asked;
      if (device === null) return named({ kind: "camera", video: null, audio: null }, "camera");
      const found = (await o.listCameras()).find(({ id }) => id === device);
      return found
        ? named({ kind: "camera", video: device, audio: null }, `camera:${found.name || device}`)
        : refuse("device", device, "no such camera is listed on this machine");
    }
    case "file":
      return await readFile(asked.name, o.mediaFolder);
    case "address":
      return readAddress(asked.url);
  }
}

const SCHEMES = ["rtsp:", "rtmp:", "rtmps:", "srt:", "http:", "https:"];

function readAddress(url: string): NewSourceOutcome {
  const parsed = URL.parse(url);
  // deno-lint-ignore no-control-regex
  if (parsed === null || !SCHEMES.includes(parsed.protocol) || /[\s\x00-\x1f]/.test(url)) {
    return refuse("url", hideSecrets(url), "not an address that may be named here: rtsp, rtmp, rtmps, srt, http or https");
  }
  return named({ kind: "address", url }, hideSecrets(url));
}

/** A file of that very folder, whatever links there are in it. */
async function readFile(name: string, mediaFolder: string): Promise<NewSourceOutcome> {
  if (/[/\\\0]/.test(name) || name === "." || name === "..") return refuse("name", name, "the name of a file, without folders");
  try {
    const folder = await Deno.realPath(mediaFolder);
    const path = await Deno.realPath(join(folder, name));
    if (path !== join(folder, name) || !(await Deno.stat(path)).isFile) return refuse("name", name, "not a file of the folder media/");
    return named({ kind: "file", path }, `file:${name}`);
  } catch {
    return refuse("name", name, "there is no such file in the folder media/ of the data folder");
  }
}

function named(wish: NamedSource["wish"], text: string): NewSourceOutcome {
  return { kind: "source", source: { wish, text } };
}

function refuse(field: string, value: string, message: string): NewSourceOutcome {
  return { kind: "refused", field, value, message };
}
