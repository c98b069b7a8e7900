/**
 * A wall clock that nobody can set: it begins as the system's and goes on by the monotonic one. For everything that is a duration, or compared with one;
 * what is shown to people or kept on disk for another life is the system's own time.
 */
export function createSteadyClock(): () => number {
  const startMs = Date.now() - performance.now();
  return () => startMs + performance.now();
}
