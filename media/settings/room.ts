const SHORTEST = 8;
const LONGEST = 100;

/** A password for people: 8 to 100 characters, blanks among them. Throws a RangeError that does not repeat it. */
export function parseRoomKey(text: string): string {
  const key = text.trim().normalize("NFC");
  if (/\p{C}/u.test(key)) throw new RangeError("has control characters");
  if (key.length < SHORTEST) throw new RangeError(`shorter than ${SHORTEST} characters: it would be guessed`);
  if (key.length > LONGEST) throw new RangeError(`longer than ${LONGEST} characters`);
  return key;
}
