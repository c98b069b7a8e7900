/** A name never used twice: the time, so that a restarted server cannot come upon an old one, and random letters. */
export function createRunId(nowMs: number): string {
  const random = crypto.getRandomValues(new Uint8Array(6));
  return nowMs.toString(36) + Array.from(random, (byte) => (byte % 36).toString(36)).join("");
}
