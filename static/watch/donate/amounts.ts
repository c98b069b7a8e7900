/** Amounts that are offered to be tapped, in whole units: about a cup of tea, a coffee, a lunch. */
export function usualAmounts(currency: string): readonly number[] {
  return USUAL[currency] ?? [2, 5, 10, 20];
}

const USUAL: Readonly<Record<string, readonly number[]>> = {
  CZK: [50, 100, 200, 500],
  DKK: [20, 50, 100, 200],
  HKD: [20, 50, 100, 200],
  HUF: [500, 1000, 2000, 5000],
  IDR: [20_000, 50_000, 100_000],
  INR: [50, 100, 200, 500],
  JPY: [200, 500, 1000, 2000],
  KRW: [2000, 5000, 10_000, 20_000],
  NOK: [20, 50, 100, 200],
  PHP: [50, 100, 200, 500],
  SEK: [20, 50, 100, 200],
  THB: [50, 100, 200, 500],
  TWD: [50, 100, 200, 500],
  VND: [20_000, 50_000, 100_000],
};
