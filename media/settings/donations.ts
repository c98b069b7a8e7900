const LONGEST_LINK = 500;
const LONGEST_SECRET = 200;

/** `EUR`, `twd`: a currency's three letters (ISO 4217), as capitals. Throws a RangeError. */
export function parseCurrency(text: string): string {
  const code = text.toUpperCase();
  if (!Intl.supportedValuesOf("currency").includes(code)) throw new RangeError("not a currency; write it as USD, EUR or TWD");
  return code;
}

/** The address of a page on the web. Throws a SyntaxError or RangeError. */
export function parseLink(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new SyntaxError("not an address; write it as https://ko-fi.com/name");
  if (url.username !== "" || url.password !== "") throw new SyntaxError("has a password in it, which everybody would see");
  if (text.length > LONGEST_LINK) throw new RangeError(`longer than ${LONGEST_LINK} characters`);
  return url;
}

/** What another service proves itself with. Throws a RangeError that does not repeat it. */
export function parseSecret(text: string): string {
  const secret = text.trim();
  if (secret === "") throw new RangeError("needs a value");
  if (secret.length > LONGEST_SECRET || /\s|\p{C}/u.test(secret)) throw new RangeError("not as the service gave it");
  return secret;
}
