/** How every call of ffmpeg begins: only what went wrong is said, each line with its level. */
export const QUIET = ["-hide_banner", "-nostats", "-loglevel", "level+warning"];

/** An argument of a filter inside a graph: both the graph and the filter take a level of escapes away (ffmpeg-utils, "Quoting and escaping"). */
export function escapeInGraph(text: string): string {
  return text.replace(/[\\':]/g, "\\$&").replace(/[\\'[\],;]/g, "\\$&");
}
