/**
 * What a viewer hands over with a payment that is made elsewhere, so that the thanks find it: `TERCET-` and six characters that are easily read and typed
 * (Crockford's base 32). They are the first 30 bits of its public id: nothing has to be remembered to know a code again, and it is no secret.
 */
export function donorCode(publicId: string): string {
  const bits = [...publicId.slice(0, PUBLIC_CHARACTERS)].reduce((sum, each) => sum * 64 + BASE64URL.indexOf(each), 0);
  const digits = Array.from({ length: DIGITS }, (_, at) => BASE32[Math.floor(bits / 32 ** (DIGITS - 1 - at)) % 32]);
  return PREFIX + digits.join("");
}

/** The first code in a text that somebody typed or pasted, and the text without it; null where there is none. */
export function takeDonorCode(text: string): { readonly code: string; readonly rest: string } | null {
  const match = /\btercet[\s_-]{0,3}([0-9A-Z]{6})(?![0-9A-Z])/i.exec(text);
  if (match === null) return null;
  const digits = match[1]!.toUpperCase().replaceAll("O", "0").replace(/[IL]/g, "1");
  if (digits.includes("U")) return null;
  return { code: PREFIX + digits, rest: (text.slice(0, match.index) + text.slice(match.index + match[0].length)).trim() };
}

const PREFIX = "TERCET-";
const DIGITS = 6;
/** Five characters of base 64 and six of base 32 are 30 bits both. */
const PUBLIC_CHARACTERS = 5;
const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
