/** How lines leave: `text` for who looks at a terminal, `json` for what collects them. */
export type LogForm = "text" | "json";

/** Writes what the streamer is told, one line each in `json`: `{"at", "level", "what"}`. Whoever calls has taken the secrets out. */
export interface LogOutput {
  say(line: string): void;
  /** The lines at the start: a title, what is shown and where. In `json` all of them are one. */
  begin(lines: readonly string[]): void;
  fail(line: string): void;
}

/** Says in which form lines leave. It is read before the settings are, which may be what is wrong. */
export const LOG_VARIABLE = "TERCET_LOG";

/**
 * `text` or `json` where the variable says so. Otherwise `json` where standard output is systemd's journal (`JOURNAL_STREAM` names its device and inode; the
 * variable alone is inherited by whatever a service starts), and text on a terminal, in a pipe and in a file. A text says what is wrong with the variable.
 */
export function chooseLogForm(o: {
  readonly env: (name: string) => string | undefined;
  readonly stdout: () => { readonly dev: number; readonly ino: number };
}): { readonly form: LogForm; readonly problem: string | null } {
  const wish = o.env(LOG_VARIABLE) || "auto";
  if (wish === "text" || wish === "json") return { form: wish, problem: null };
  if (wish !== "auto") return { form: "text", problem: `${LOG_VARIABLE}=${wish}: not a form of log; use text, json or auto` };
  return { form: isJournal(o) ? "json" : "text", problem: null };
}

function isJournal({ env, stdout }: Parameters<typeof chooseLogForm>[0]): boolean {
  const stream = env("JOURNAL_STREAM");
  if (!stream) return false;
  try {
    const { dev, ino } = stdout();
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** `out` and `err` write a line each; `now` is the wall clock. */
export function createLogOutput(o: {
  readonly form: LogForm;
  readonly now: () => Date;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}): LogOutput {
  const write = (level: "info" | "error", what: string, more: object = {}) =>
    o.out(JSON.stringify({ at: o.now().toISOString(), level, what, ...more }));
  if (o.form === "json") {
    return {
      say: (line) => write("info", line),
      begin: ([title = "", ...lines]) => write("info", title, { about: lines.map((line) => line.trim()).filter((line) => line !== "") }),
      fail: (line) => write("error", line),
    };
  }
  return {
    say: (line) => o.out(`${o.now().toLocaleTimeString("en-GB")}  ${line}`),
    begin: (lines) => o.out(lines.join("\n")),
    fail: o.err,
  };
}
