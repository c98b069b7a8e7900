/** An amount as decimal text in the currency's own number of decimals (`5.00`, `500` for yen), or what is wrong with it. */
export type AmountOutcome = { readonly kind: "amount"; readonly amount: string } | { readonly kind: "refused"; readonly reason: string };

/** In whole units of any currency. */
const LEAST_UNITS = 1n;
const MOST_UNITS = 100_000n;

/** Reads an amount that a viewer names. Numbers are read as they are written, never reckoned with as floating point. */
export function readAmount(given: string | number, currency: string): AmountOutcome {
  const minor = parseMinor(String(given).trim(), decimalsOf(currency));
  if (minor === null) return refuse(`must be a decimal number, as in 5 or "${formatMinor(500n, currency)}"`);
  const unit = 10n ** BigInt(decimalsOf(currency));
  if (minor < LEAST_UNITS * unit) return refuse(`must be at least ${formatMinor(LEAST_UNITS * unit, currency)} ${currency}`);
  if (minor > MOST_UNITS * unit) return refuse(`must be at most ${formatMinor(MOST_UNITS * unit, currency)} ${currency}`);
  return { kind: "amount", amount: formatMinor(minor, currency) };
}

/** Reads an amount that a payment service tells, without our limits and with its decimals; null where it is none, or nothing. */
export function readPaid(text: string): string | null {
  return /^\d{1,15}(?:\.\d{1,9})?$/.test(text) && /[1-9]/.test(text) ? text : null;
}

/** A whole number of minor units as decimal text: 500 with 2 decimals is `5.00`. */
export function placePoint(whole: bigint, decimals: number): string {
  if (decimals === 0) return String(whole);
  const digits = String(whole).padStart(decimals + 1, "0");
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** The sum of two amounts, with as many decimals as the longer one has. Both are decimal text, which is never made a floating point number of. */
export function addAmounts(a: string, b: string): string {
  const decimals = Math.max(countDecimals(a), countDecimals(b));
  const minor = (amount: string) => {
    const [whole = "0", fraction = ""] = amount.split(".");
    return BigInt(whole + fraction.padEnd(decimals, "0"));
  };
  return placePoint(minor(a) + minor(b), decimals);
}

function countDecimals(amount: string): number {
  return amount.split(".")[1]?.length ?? 0;
}

/** Three letters, which may be of a currency that nobody here knows. */
export function isCurrency(text: string): boolean {
  return /^[A-Z]{3}$/.test(text);
}

/** In minor units. More decimals than the currency has are good only where they are zeros; null for what is no such number. */
function parseMinor(text: string, decimals: number): bigint | null {
  const match = /^(-?)(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text);
  if (match === null) return null;
  const [, sign, whole = "", fraction = ""] = match;
  if (/[^0]/.test(fraction.slice(decimals))) return null;
  const minor = BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, "0"));
  return sign === "" ? minor : -minor;
}

function formatMinor(minor: bigint, currency: string): string {
  return placePoint(minor, decimalsOf(currency));
}

function decimalsOf(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

function refuse(reason: string): AmountOutcome {
  return { kind: "refused", reason };
}
