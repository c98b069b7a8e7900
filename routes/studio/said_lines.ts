/** The last lines that the streamer was told, for the studio. */
export interface SaidLines {
  note(text: string, atMs: number): void;
  readonly lines: readonly { readonly atMs: number; readonly text: string }[];
}

const MOST_LINES = 50;

export function createSaidLines(): SaidLines {
  const lines: { atMs: number; text: string }[] = [];
  return {
    note(text, atMs) {
      lines.push({ atMs, text });
      if (lines.length > MOST_LINES) lines.shift();
    },
    lines,
  };
}
