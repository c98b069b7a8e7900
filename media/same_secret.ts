import { createHash, timingSafeEqual } from "node:crypto";

/** Whether a text is the secret: in the same time however much of it is right. */
export function isSame(given: string, secret: string): boolean {
  return timingSafeEqual(digest(given), digest(secret));
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
