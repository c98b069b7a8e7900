import { createHmac } from "node:crypto";

const PUBLIC_BYTES = 12;

/**
 * Makes the ids under which viewers are shown to others: 16 characters that are safe in a path, the same for the same viewer id and key, and of no
 * help to whoever wants the viewer id. `key` is the one that signs viewer ids; what is derived from it here signs nothing else.
 */
export function createPublicIds(key: Uint8Array): (viewerId: string) => string {
  const publicKey = createHmac("sha256", key).update("tercet public id").digest();
  return (viewerId) => createHmac("sha256", publicKey).update(viewerId).digest().subarray(0, PUBLIC_BYTES).toString("base64url");
}
