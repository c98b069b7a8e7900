/** An amount as people of that language write it. `amount` is decimal text, which is never made a floating point number of. */
export function sayAmount(amount: string, currency: string, language: string): string {
  const decimals = amount.split(".")[1]?.replace(/0+$/, "").length ?? 0;
  const format = new Intl.NumberFormat(language, {
    style: "currency",
    currency,
    minimumFractionDigits: decimals === 1 ? 2 : decimals,
    maximumFractionDigits: decimals === 1 ? 2 : decimals,
  });
  return format.format(amount as `${number}`);
}
