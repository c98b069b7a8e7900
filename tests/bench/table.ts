/** One measured figure. `ok` is null where there is no bar. */
export interface Row {
  readonly name: string;
  readonly value: number | string | null;
  readonly unit: string;
  readonly bar: string;
  readonly ok: boolean | null;
}

/** A figure that must not be above its bar. No measurement is a miss. */
export function atMost(name: string, value: number | null, unit: string, limit: number): Row {
  return { name, value: tidy(value), unit, bar: `≤ ${limit}`, ok: value !== null && value <= limit };
}

/** A figure without a bar. */
export function note(name: string, value: number | string | null, unit = ""): Row {
  return { name, value: typeof value === "string" ? value : tidy(value), unit, bar: "", ok: null };
}

/** A statement that must be true. */
export function holds(name: string, ok: boolean, value: string): Row {
  return { name, value, unit: "", bar: "", ok };
}

export function renderTable(rows: readonly Row[]): string {
  const cells = [
    ["what", "measured", "", "bar", ""],
    ...rows.map((row) => [row.name, String(row.value ?? "-"), row.unit, row.bar, marks(row.ok)]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => [...line[column]!].length)));
  const lines = cells.map((line) =>
    line.map((cell, column) => column === 1 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)).join("  ").trimEnd()
  );
  return [lines[0], widths.map((width) => "-".repeat(width)).join("  "), ...lines.slice(1)].join("\n");
}

export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5);
}

/** The value below which that share of the values lies; null of none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

function tidy(value: number | null): number | null {
  return value === null || Number.isInteger(value) ? value : Number(value.toPrecision(4));
}

function marks(ok: boolean | null): string {
  return ok === null ? "" : ok ? "ok" : "MISSED";
}
