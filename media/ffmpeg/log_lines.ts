export interface LogLine {
  readonly level: "panic" | "fatal" | "error" | "warning" | "info" | null;
  /** `libx264`, `rtmp`, …; null for ffmpeg itself. */
  readonly component: string | null;
  readonly text: string;
}

/** A line of ffmpeg's log as `-loglevel level+warning` writes it: `[rtmp @ 0x55a9] [error] text`. */
export function parseLogLine(line: string): LogLine {
  const match = /^(?:\[([^\]@]+?)(?: @ [^\]]*)?\] )*\[(panic|fatal|error|warning|info)\] (.*)$/.exec(line);
  if (!match) return { level: null, component: null, text: line };
  return { level: match[2] as LogLine["level"], component: match[1] ?? null, text: match[3]! };
}

/** Cuts text into lines; what a line has above `maxCharacters` is dropped. */
export function createLineSplitter(maxCharacters = 4096): { push(text: string): string[]; end(): string[] } {
  let rest = "";
  return {
    push(text) {
      const lines = (rest + text).split(/\r\n|\n|\r/);
      rest = lines.pop()!.slice(0, maxCharacters);
      return lines.map((line) => line.slice(0, maxCharacters));
    },
    end() {
      const last = rest;
      rest = "";
      return last === "" ? [] : [last];
    },
  };
}
