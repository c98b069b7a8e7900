/** What ffmpeg last said of itself (`-progress`). */
export interface Progress {
  readonly frames: number;
  /** Encoded pictures a second. */
  readonly rate: number;
  /** Media time over wall time: below 1 the machine is too slow. Null while unknown. */
  readonly speed: number | null;
  readonly repeatedFrames: number;
  readonly droppedFrames: number;
  readonly isLast: boolean;
}

export interface LogLine {
  readonly level: "panic" | "fatal" | "error" | "warning" | "info" | null;
  /** `libx264`, `rtmp`, …; null for ffmpeg itself. */
  readonly component: string | null;
  readonly text: string;
}

/** Takes lines of `-progress` and hands out a block when its last line, `progress=…`, is there. */
export function createProgressReader(): (line: string) => Progress | null {
  let values = new Map<string, string>();
  return (line) => {
    const at = line.indexOf("=");
    if (at < 0) return null;
    const [name, value] = [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    if (values.size < MAX_VALUES) values.set(name, value);
    if (name !== "progress") return null;
    const block = values;
    values = new Map();
    const count = (key: string) => Math.max(0, Number.parseInt(block.get(key) ?? "0") || 0);
    const speed = Number.parseFloat(block.get("speed") ?? "");
    return {
      frames: count("frame"),
      rate: Number.parseFloat(block.get("fps") ?? "0") || 0,
      speed: Number.isFinite(speed) ? speed : null,
      repeatedFrames: count("dup_frames"),
      droppedFrames: count("drop_frames"),
      isLast: value === "end",
    };
  };
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

const MAX_VALUES = 100;
