import { createHmac } from "node:crypto";
import { join } from "node:path";
import { isSame } from "../same_secret.ts";
import { createTurns, readOrPutAside, writeWhole } from "../whole_file.ts";

/** What the pages that lie over a picture in OBS carry in their address: with it chat and donations can be read, and nothing else. */
export interface OverlayToken {
  /** 43 characters that are safe in an address. Derived from the streamer's key: another key ends it. */
  readonly text: string;
  /** Whether a text is the token, in constant time. */
  is(text: string): boolean;
  /** Another one from now on. Rejects where that could not be written: then nothing has changed. */
  renew(): Promise<void>;
}

const SALT_BYTES = 16;

/** Opens `overlay.json` of the data folder, which holds what the token is derived from beside the key. Throws an Error where the file cannot be read. */
export async function openOverlayToken(o: {
  readonly dataDir: string;
  readonly streamerKey: string;
  readonly nowMs: number;
  readonly log: (line: string) => void;
}): Promise<OverlayToken> {
  const path = join(o.dataDir, "overlay.json");
  const { found, problem } = await readOrPutAside(path, {
    read: readSalt,
    nowMs: o.nowMs,
    consequence: "OBS needs new addresses of the overlays.",
  });
  if (problem !== null) o.log(problem);
  const inTurn = createTurns();
  let salt = found ?? makeSalt();
  if (found === null) {
    await write(salt).catch((error: Error) => o.log(`${error.message}. OBS needs new addresses of the overlays after a restart.`));
  }
  let token = derive();

  function write(salt: string): Promise<void> {
    return writeWhole(path, `${JSON.stringify({ version: 1, salt })}\n`);
  }

  function derive(): string {
    return createHmac("sha256", o.streamerKey).update(`tercet overlay ${salt}`).digest("base64url");
  }

  return {
    get text() {
      return token;
    },
    is: (text) => isSame(text, token),
    renew: () =>
      inTurn(async () => {
        const next = makeSalt();
        await write(next);
        salt = next;
        token = derive();
      }),
  };
}

function makeSalt(): string {
  return crypto.getRandomValues(new Uint8Array(SALT_BYTES)).toHex();
}

function readSalt(text: string): string {
  const found = JSON.parse(text);
  if (found?.version !== 1 || !/^[0-9a-f]{32}$/.test(found.salt)) throw new SyntaxError("it is no file of the overlays' token");
  return found.salt;
}
